"""The conversions that an axis allows with what is known about it, each one click away."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from spectragui.analysis.axis_conversion import AxisConversion
from spectragui.core.errors import UnitError
from spectragui.core.labels import true_minus
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS, SpectralAxis
from spectragui.core.spectrum import orders_of
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.correcting import change_spectrum

UNITS = ("Angstrom", "nm", "um", "cm-1")
FASTEST_KMS = 3000.0


@dataclasses.dataclass(frozen=True)
class FrameShift:
    """A frame that can be reached, and the velocity that has to be taken out for it.

    Attributes
    ----------
    frame : str
    velocity_kms : float
        Positive = the source recedes in the present frame; NaN = not known, to be typed.
    source : str
        Where the velocity is from.
    """

    frame: str
    velocity_kms: float
    source: str

    @property
    def words(self) -> str:
        """The frame, its velocity and where that is from, as they stand after the word "to"."""
        speed = f"v = {true_minus(f'{self.velocity_kms:.3f}')} km/s"
        return f"{frame_name(self.frame)} ({speed}, {self.source})"


@dataclasses.dataclass(frozen=True)
class Conversion:
    """One conversion: its words in a menu, and the arguments of `AxisConversion`."""

    text: str
    arguments: dict[str, Any]


def frame_name(frame: str) -> str:
    """Return a frame as it stands after "to"."""
    names = {"observer": "the observer's frame", "rest": "the rest frame", "barycentric": "the barycentre"}
    return names.get(frame, FRAME_WORDS[frame])


def frame_shifts(item: OpenSpectrum, state: AppState) -> list[FrameShift]:
    """Return the frames that can be reached with a velocity that is known."""
    axis, meta = axis_and_meta(item)
    shifts = []
    correction = _number(meta.get("berv_kms"))
    if axis.frame == "observer" and math.isfinite(correction):
        # Moving towards the star, the observer sees it come nearer: that much is taken out.
        shifts.append(FrameShift("barycentric", -correction, str(meta.get("berv_source", "header"))))
    velocity, source = star_velocity_and_source(item, state, is_exact=True)
    if axis.frame != "rest" and math.isfinite(velocity):
        shifts.append(FrameShift("rest", velocity, source))
    if axis.velocity_history:
        step = axis.velocity_history[-1]
        if step.frame_before != axis.frame:
            shifts.append(FrameShift(step.frame_before, -step.velocity_kms, "the last shift taken back"))
    return shifts


def star_velocity_and_source(
    item: OpenSpectrum, state: AppState, *, is_exact: bool = False
) -> tuple[float, str]:
    """Return the star's velocity in the frame of its axis and where it is from; NaN = not known.

    Parameters
    ----------
    item : OpenSpectrum
    state : AppState
    is_exact : bool
        Not known, too, where only the observer's motion is missing; else marks are drawn without it.
    """
    from spectragui.analysis.mark_frames import star_velocity, velocity_in_frame

    axis, meta = axis_and_meta(item)
    if axis.frame == "rest":
        return 0.0, axis.frame_source
    prediction = state.prediction(item.id)
    velocity = math.nan if prediction is None else _number(prediction.row["v_rad"])
    if prediction is not None and math.isfinite(velocity):
        frame, source = prediction.v_rad_frame or axis.frame, "measured by the prediction"
    else:
        velocity, frame = _number(meta.get("v_rad_kms")), "barycentric"
        source = str(meta.get("v_rad_source", "header"))
    if not (math.isfinite(velocity) and abs(velocity) < FASTEST_KMS):
        return math.nan, ""
    if is_exact:
        return velocity_in_frame(velocity, frame, axis.frame, meta), source
    return star_velocity(axis, meta, velocity, frame), source


def conversions(item: OpenSpectrum, state: AppState) -> list[Conversion]:
    """Return the conversions that need nothing but a click."""
    axis, _ = axis_and_meta(item)
    if axis.unit == "pixel":
        return []
    found = []
    if axis.is_medium_known:
        medium = "air" if axis.medium == "vacuum" else "vacuum"
        found.append(Conversion(f"To {medium}", {"medium": medium}))
    for shift in frame_shifts(item, state):
        arguments = {"velocity_kms": shift.velocity_kms, "frame": shift.frame, "source": shift.source}
        found.append(Conversion(f"To {shift.words}", arguments))
    units = [unit for unit in UNITS if unit != axis.unit and (unit != "cm-1" or axis.is_medium_known)]
    found += [Conversion(f"To {UNIT_SYMBOLS[unit]}", {"unit": unit}) for unit in units]
    return found


def convert(session: Session, item: OpenSpectrum, arguments: dict[str, Any]) -> None:
    """Convert the axis of an open spectrum; what cannot be is said."""
    change = AxisConversion(**arguments)
    try:
        result = change(item.spectrum)
        if orders_of(result)[0].spectral_axis != orders_of(item.spectrum)[0].spectral_axis:
            change_spectrum(session, item.id, change, f"Convert {item.name}")
    except UnitError as error:
        session.notifications.failure(error)


def axis_and_meta(item: OpenSpectrum) -> tuple[SpectralAxis, dict[str, Any]]:
    """Return the axis of the first order, and what is known of it and of the whole spectrum."""
    first = orders_of(item.spectrum)[0]
    return first.spectral_axis, {**first.meta, **item.spectrum.meta}


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
