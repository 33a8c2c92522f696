"""The rows of `ACTIONS` that are about the open spectra: step through them, close, combine."""

from __future__ import annotations

import functools

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.open_spectra import close_spectra, select_spectrum, show_only
from spectragui.gui.window import Window


def _step(window: Window, by: int) -> None:
    state = window.session.state
    ids = [item.id for item in state.spectra]
    at = ids.index(state.selected_id) if state.selected_id in ids else 0
    select_spectrum(window.session, ids[(at + by) % len(ids)])


def _close(window: Window) -> None:
    close_spectra(window.session, window.session.state.selected_ids)


def _close_all(window: Window) -> None:
    close_spectra(window.session, [item.id for item in window.session.state.spectra])


def _show_only(window: Window) -> None:
    show_only(window.session, window.session.state.selected_ids)


def _rename(window: Window) -> None:
    from spectragui.gui.spectra.panel import SpectraPanel

    window.show_panel("Spectra")
    panel = window.panel("Spectra")
    if isinstance(panel, SpectraPanel):
        panel.edit_name()


def _has_one_selected(state: AppState) -> bool:
    return len(state.selected_ids) == 1


def _has_two(state: AppState) -> bool:
    return len(state.spectra) > 1


def _ask_coadd(window: Window) -> None:
    from spectragui.gui.spectra.combine_dialog import ask_and_coadd

    ask_and_coadd(window.session, window)


def _ask_combine(window: Window, operation: str) -> None:
    from spectragui.gui.spectra.combine_dialog import ask_and_combine

    ask_and_combine(window.session, window, operation)


for _row in (
    Action(
        "file.close",
        "&Close spectrum",
        _close,
        "File",
        "mdi6.close",
        "Ctrl+W",
        "Take the selected spectra from the tree; their results stay",
        has_selection,
        group=4,
        bars=(("Spectra.menu", 5),),
    ),
    Action(
        "file.close_all",
        "Close a&ll",
        _close_all,
        "File",
        "mdi6.close-box-multiple-outline",
        "Ctrl+Shift+W",
        "Take all spectra from the tree; their results stay, and Undo brings them back",
        has_selection,
        group=4,
        bars=(("Spectra.menu", 5),),
    ),
    Action(
        "spectrum.rename",
        "Re&name…",
        _rename,
        "Spectrum",
        "mdi6.rename-box",
        "F2",
        "Call the selected spectrum otherwise; empty = by its object or file again",
        _has_one_selected,
        group=3,
        bars=(("Spectra.menu", 4),),
    ),
    Action(
        "spectrum.show_only",
        "Show &only the selected",
        _show_only,
        "Spectrum",
        "mdi6.eye-outline",
        "",
        "Draw the selected spectra and no others",
        has_selection,
        group=3,
        bars=(("Spectra.menu", 1),),
    ),
    Action(
        "spectrum.previous",
        "P&revious spectrum",
        lambda w: _step(w, -1),
        "Spectrum",
        "mdi6.chevron-up",
        "Ctrl+PgUp",
        "Select the spectrum above",
        has_selection,
        group=3,
    ),
    Action(
        "spectrum.next",
        "&Next spectrum",
        lambda w: _step(w, 1),
        "Spectrum",
        "mdi6.chevron-down",
        "Ctrl+PgDown",
        "Select the spectrum below",
        has_selection,
        group=3,
    ),
):
    register_action(_row)
register_action(
    Action(
        "spectrum.coadd",
        "Co-&add exposures…",
        _ask_coadd,
        menu="Spectrum",
        icon="mdi6.plus-box-multiple",
        tip="Weighted mean of the selected or checked spectra, with rejection, as a new spectrum",
        is_enabled=_has_two,
        group=7,
        bars=(("View.combine", 0), ("Spectra.menu", 2)),
    )
)
for _operation, _text, _icon, _tip in (
    ("ratio", "&Ratio of two spectra…", "division", "One spectrum over another, as a new spectrum"),
    (
        "difference",
        "&Difference of two spectra…",
        "minus-box",
        "One spectrum minus another, as a new spectrum",
    ),
    (
        "telluric",
        "Divide by a &telluric standard…",
        "weather-cloudy",
        "Take the atmosphere's absorption out with a hot star, as a new spectrum",
    ),
):
    register_action(
        Action(
            f"spectrum.{_operation}",
            _text,
            functools.partial(_ask_combine, operation=_operation),
            menu="Spectrum",
            icon=f"mdi6.{_icon}",
            tip=_tip,
            is_enabled=_has_two,
            group=7,
            bars=(("View.combine", 1),),
        )
    )
