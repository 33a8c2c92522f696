"""Wavelengths as the Earth's atmosphere saw them, whatever frame a spectrum has been brought to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import Spectrum

EARTH_KMS = 30.5  # the largest the barycentric correction gets


def observer_factor(order: Spectrum) -> float | None:
    """Return the wavelength in the observer's frame over that on the axis; None if it is not known."""
    return axis_to_observer(order.spectral_axis, order.meta)


def axis_to_observer(axis: SpectralAxis, meta: Mapping[str, Any]) -> float | None:
    """Return the wavelength in the observer's frame over that on an axis; None if it is not known.

    Parameters
    ----------
    axis : SpectralAxis
    meta : mapping
        Of the spectrum.

    Notes
    -----
    Shifts that were applied here are in the axis' velocity history; the one that an observatory
    applied is undone with the barycentric correction of the header (``meta["berv_kms"]``).
    """
    factor, frame = 1.0, str(axis.frame)
    for step in reversed(axis.velocity_history):
        if frame == "observer":
            break
        factor *= doppler_factor(step.velocity_kms)
        frame = step.frame_before
    if frame in ("barycentric", "heliocentric") and meta.get("berv_kms") is not None:
        return factor / doppler_factor(float(meta["berv_kms"]))
    return factor if frame == "observer" else None
