"""The rows of `ACTIONS` that convert or correct the axis of the selected spectrum."""

from __future__ import annotations

import functools

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import UNIT_SYMBOLS, SpectralAxis
from spectragui.core.spectrum import orders_of
from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.passport.conversions import UNITS, convert, frame_shifts
from spectragui.gui.session.state import AppState
from spectragui.gui.window import Window


def _axis_of(state: AppState) -> SpectralAxis | None:
    return orders_of(state.selected.spectrum)[0].spectral_axis if state.selected else None


def _to_other_medium(window: Window) -> None:
    session = window.session
    item, axis = session.state.selected, _axis_of(session.state)
    if item is not None and axis is not None:
        convert(session, item, {"medium": "air" if axis.medium == "vacuum" else "vacuum"})


def _to_rest(window: Window) -> None:
    session = window.session
    item = session.state.selected
    if item is None:
        return
    shift = next((s for s in frame_shifts(item, session.state) if s.frame == "rest"), None)
    if shift is None:
        session.notifications.failure(
            UnitError(
                f"{item.name}: the star's velocity on this axis is not known, or it is at rest already.",
                "Measure it (Spectrum > Velocity), predict, or type it under Convert axis.",
            )
        )
        return
    arguments = {"velocity_kms": shift.velocity_kms, "frame": "rest", "source": shift.source}
    convert(session, item, arguments)


def _to_unit(window: Window, unit: str) -> None:
    item = window.session.state.selected
    if item is not None:
        convert(window.session, item, {"unit": unit})


def _is_medium_known(state: AppState) -> bool:
    axis = _axis_of(state)
    return axis is not None and axis.is_medium_known and axis.unit != "pixel"


def _is_not_at_rest(state: AppState) -> bool:
    axis = _axis_of(state)
    return axis is not None and axis.frame != "rest" and axis.unit != "pixel"


def _is_in_other_unit(state: AppState, unit: str) -> bool:
    axis = _axis_of(state)
    return axis is not None and axis.unit not in (unit, "pixel")


def _correct(window: Window) -> None:
    from spectragui.gui.passport.correct_dialog import ask_and_correct

    ask_and_correct(window.session, window)


def _convert(window: Window) -> None:
    from spectragui.gui.passport.convert_dialog import ask_and_convert

    ask_and_convert(window.session, window)


register_action(
    Action(
        "spectrum.other_medium",
        "Convert &air to vacuum, or back",
        _to_other_medium,
        menu="Spectrum",
        icon="mdi6.swap-horizontal",
        tip="Change the wavelengths to the other medium",
        is_enabled=_is_medium_known,
        group=4,
    )
)
register_action(
    Action(
        "spectrum.to_rest",
        "Convert to the &rest frame",
        _to_rest,
        menu="Spectrum",
        icon="mdi6.swap-horizontal",
        tip="Take the star's velocity out, measured or told by the header",
        is_enabled=_is_not_at_rest,
        group=4,
    )
)
for _row in (
    Action(
        "spectrum.convert",
        "Con&vert axis…",
        _convert,
        "Spectrum",
        "mdi6.swap-horizontal",
        "",
        "Change air to vacuum or back, or shift by a velocity",
        has_selection,
        group=4,
    ),
    Action(
        "spectrum.correct",
        "&Correct passport…",
        _correct,
        "Spectrum",
        "mdi6.pencil-outline",
        "",
        "Say what unit, medium or frame really are; the numbers stay",
        has_selection,
        group=4,
    ),
):
    register_action(_row)
for _unit in UNITS:
    register_action(
        Action(
            f"spectrum.to_{_unit}",
            f"Convert to {UNIT_SYMBOLS[_unit]}",
            functools.partial(_to_unit, unit=_unit),
            icon="mdi6.swap-horizontal",
            tip=f"Give the axis of the selected spectrum in {UNIT_SYMBOLS[_unit]}",
            is_enabled=functools.partial(_is_in_other_unit, unit=_unit),
        )
    )
