"""In which frame a measured velocity is reported: barycentric where that can be known."""

from __future__ import annotations

import dataclasses

from spectragui.analysis.barycentric_correction import BarycentricCorrection
from spectragui.core.spectral_axis import Frame, SpectralAxis, add_velocities


@dataclasses.dataclass(frozen=True)
class ReportedVelocity:
    """A velocity for tables.

    Attributes
    ----------
    velocity_kms : float
    frame : {"barycentric", "heliocentric", "observer", "rest", "unknown"}
        "rest": of a spectrum that somebody else had put at rest, what is left there.
    is_corrected : bool
        Whether the barycentric correction was added.
    remark : str
        Why it is not barycentric; empty where it is.
    """

    velocity_kms: float
    frame: Frame
    is_corrected: bool = False
    remark: str = ""


def report_velocity(
    axis: SpectralAxis, velocity_kms: float, correction: BarycentricCorrection | None
) -> ReportedVelocity:
    """Return the velocity of a star from one measured on an axis.

    Parameters
    ----------
    axis : SpectralAxis
        As it was when the velocity was measured.
    velocity_kms : float
        In the axis' frame.
    correction : BarycentricCorrection or None
        To be added in the observer's frame; never where the axis is corrected already.

    Notes
    -----
    Shifts to the rest frame in the axis' history are put back first, so a spectrum that was shifted
    by its velocity gives the same velocity again.
    """
    frame: Frame = axis.frame
    for step in reversed(axis.velocity_history):
        if frame != "rest":
            break
        velocity_kms = add_velocities(velocity_kms, step.velocity_kms)
        frame = step.frame_before  # type: ignore[assignment]
    if frame in ("barycentric", "heliocentric"):
        return ReportedVelocity(velocity_kms, frame)
    if frame == "observer" and correction is not None:
        total = add_velocities(velocity_kms, correction.velocity_kms)
        return ReportedVelocity(total, "barycentric", True)
    return ReportedVelocity(velocity_kms, frame, remark=_why_not(frame))


def _why_not(frame: Frame) -> str:
    if frame == "rest":
        return "The spectrum was in the rest frame already: the velocity is what is left there."
    words = "the observer's frame" if frame == "observer" else "an unknown frame"
    return f"The velocity is as observed, in {words}, not barycentric."
