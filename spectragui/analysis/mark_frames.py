"""Where the star's lines, and those of the Earth's atmosphere, fall on the axis of a spectrum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spectragui.core.spectral_axis import SpectralAxis, add_velocities, doppler_factor
from spectragui.preprocessing.observer_frame import axis_to_observer

OFF = "may be off by up to 30 km/s"
SUN_FRAMES = ("barycentric", "heliocentric")  # up to 0.02 km/s apart


def star_velocity(
    axis: SpectralAxis,
    meta: Mapping[str, Any],
    measured_kms: float = math.nan,
    measured_frame: str = "",
) -> float:
    """Return the velocity of the star in the frame of the axis [km/s], positive = receding; 0 if unknown.

    Where the frames differ and the barycentric correction is not known, the velocity as it is: at most
    30 km/s off, good enough for marks; `velocity_in_frame` says whether it is known.

    Parameters
    ----------
    axis : SpectralAxis
    meta : mapping
        Of the spectrum: ``v_rad_kms`` (barycentric) and ``berv_kms`` are used.
    measured_kms : float
        Velocity that was measured on this spectrum; NaN = none.
    measured_frame : str
        Frame in which it is given; empty = that of the axis.
    """
    if axis.frame == "rest":
        return 0.0
    velocity, frame = measured_kms, measured_frame or axis.frame
    if not math.isfinite(velocity):
        velocity, frame = _number(meta.get("v_rad_kms")), "barycentric"
    if not math.isfinite(velocity):
        return 0.0
    exact = velocity_in_frame(velocity, frame, axis.frame, meta)
    return exact if math.isfinite(exact) else velocity


def velocity_in_frame(velocity_kms: float, frame: str, to_frame: str, meta: Mapping[str, Any]) -> float:
    """Return a velocity given in one frame in another [km/s]; NaN where ``berv_kms`` is needed and missing.

    Parameters
    ----------
    velocity_kms : float
        Positive = receding.
    frame, to_frame : str
        "observer", "barycentric" or "heliocentric"; between any others the velocity stays.
    meta : mapping
        Of the spectrum: ``berv_kms`` is used.
    """
    correction = _number(meta.get("berv_kms"))
    if frame in SUN_FRAMES and to_frame == "observer":
        return add_velocities(velocity_kms, -correction)
    if frame == "observer" and to_frame in SUN_FRAMES:
        return add_velocities(velocity_kms, correction)
    return velocity_kms


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
    As `spectragui.preprocessing.observer_frame`; of a file that is at rest without a history, the
    star's velocity and the barycentric correction of its header are undone.
    """
    known = axis_to_observer(axis, meta)
    if known is not None:
        return 1.0 / known, ""
    correction = _number(meta.get("berv_kms"))
    steps = axis.velocity_history
    frame = steps[0].frame_before if steps else axis.frame
    if frame == "unknown":
        return 1.0, f"The frame of the axis is not known: telluric and sky marks {OFF}."
    if not math.isfinite(correction):
        return 1.0, f"The file gives no barycentric correction: telluric and sky marks {OFF}."
    velocity = _number(meta.get("v_rad_kms"))
    if not math.isfinite(velocity):
        return 1.0, "The star's velocity was taken out, and is not known: telluric and sky marks may be off."
    return doppler_factor(correction) / doppler_factor(velocity), ""


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
