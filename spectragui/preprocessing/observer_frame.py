"""Wavelengths as the Earth's atmosphere saw them, whatever frame a spectrum has been brought to."""

from __future__ import annotations

from spectragui.core.spectral_axis import doppler_factor
from spectragui.core.spectrum import Spectrum

EARTH_KMS = 30.5  # the largest the barycentric correction gets


def observer_factor(order: Spectrum) -> float | None:
    """Return the wavelength in the observer's frame over that on the axis; None if it is not known.

    Notes
    -----
    Shifts that were applied here are in the axis' velocity history; the one that an observatory
    applied is undone with the barycentric correction of the header (``meta["berv_kms"]``).
    """
    axis = order.spectral_axis
    factor, frame = 1.0, str(axis.frame)
    for step in reversed(axis.velocity_history):
        if frame == "observer":
            break
        factor *= doppler_factor(step.velocity_kms)
        frame = step.frame_before
    if frame in ("barycentric", "heliocentric") and order.meta.get("berv_kms") is not None:
        return factor / doppler_factor(float(order.meta["berv_kms"]))
    return factor if frame == "observer" else None
