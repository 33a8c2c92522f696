"""Where the star's lines, and those of the Earth's atmosphere, fall on the axis of a spectrum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spectragui.core.spectral_axis import SpectralAxis, VelocityStep, doppler_factor

BARYCENTRIC_FRAMES = ("barycentric", "heliocentric")
OFF = "may be off by up to 30 km/s"


def star_velocity(axis: SpectralAxis, meta: Mapping[str, Any], measured_kms: float = math.nan) -> float:
    """Return the velocity of the star in the frame of the axis [km/s], positive = receding; 0 if unknown.

    Parameters
    ----------
    axis : SpectralAxis
    meta : mapping
        Of the spectrum: ``v_rad_kms`` (barycentric) and ``berv_kms`` are used.
    measured_kms : float
        Velocity that was measured on this axis; NaN = none.
    """
    if axis.frame == "rest":
        return 0.0
    if math.isfinite(measured_kms):
        return measured_kms
    velocity = _number(meta.get("v_rad_kms"))
    if not math.isfinite(velocity):
        return 0.0
    correction = _number(meta.get("berv_kms"))
    if axis.frame == "observer" and math.isfinite(correction):
        return velocity - correction
    return velocity


def observer_factor(axis: SpectralAxis, meta: Mapping[str, Any]) -> tuple[float, str]:
    """Return wavelength on the axis / wavelength in the observer's frame.

    Parameters
    ----------
    axis : SpectralAxis
    meta : mapping
        Of the spectrum: ``berv_kms`` (positive = moving towards the star) and ``v_rad_kms`` are used.

    Returns
    -------
    factor : float
    doubt : str
        Why the place of telluric and sky marks is not certain, in a sentence; else empty.

    Notes
    -----
    The passport's velocity history is undone step by step. What came before it is the barycentric
    correction, and in the rest frame of a file without a history the star's velocity too.
    """
    factor = 1.0
    steps = list(axis.velocity_history)
    frame = steps[0].frame_before if steps else axis.frame
    for step in steps:
        factor /= doppler_factor(step.velocity_kms)
    before, doubt = _factor_before(frame, meta)
    return factor * before, doubt


def _factor_before(frame: str, meta: Mapping[str, Any]) -> tuple[float, str]:
    """Return the factor from the observer's frame to the one in which the file's history begins."""
    if frame == "observer":
        return 1.0, ""
    if frame == "unknown":
        return 1.0, f"The frame of the axis is not known: telluric and sky marks {OFF}."
    correction = _number(meta.get("berv_kms"))
    if not math.isfinite(correction):
        return 1.0, f"The file gives no barycentric correction: telluric and sky marks {OFF}."
    towards_barycentre = doppler_factor(correction)
    if frame in BARYCENTRIC_FRAMES:
        return towards_barycentre, ""
    velocity = _number(meta.get("v_rad_kms"))
    if not math.isfinite(velocity):
        return 1.0, "The star's velocity was taken out, and is not known: telluric and sky marks may be off."
    return towards_barycentre / doppler_factor(velocity), ""


def observer_step(axis: SpectralAxis, meta: Mapping[str, Any]) -> VelocityStep | None:
    """Return the step that takes the axis from the observer's frame to the barycentre, if it is known."""
    correction = _number(meta.get("berv_kms"))
    if axis.frame != "observer" or not math.isfinite(correction):
        return None
    return VelocityStep(-correction, "observer", "barycentric", str(meta.get("berv_source", "")))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
