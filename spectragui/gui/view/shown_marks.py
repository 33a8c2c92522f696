"""What the View shows: how curves are drawn, rows of marks, the list of lines; kept in the preferences."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.session.session import Session
from spectragui.gui.session.settings_keeper import data_home
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.gui.shell.main_window import MainWindow
    from spectragui.io.line_lists.line_lists import LineList

ROWS = (
    (
        "star",
        "Star's &lines",
        "L",
        "mdi6.format-letter-starts-with",
        "Lines and band heads, at the star's velocity",
    ),
    (
        "telluric",
        "&Telluric bands",
        "T",
        "mdi6.cloud-outline",
        "Absorption of the atmosphere, in the observer's frame",
    ),
    (
        "sky",
        "&Night-sky lines",
        "N",
        "mdi6.weather-night",
        "Emission of the night sky, in the observer's frame",
    ),
)


SHOWS = (
    (
        "errors",
        "&Errors",
        "B",
        "mdi6.plus-minus-variant",
        "One sigma about each curve, where the file gives it",
    ),
    ("stacked", "&Stacked", "S", "mdi6.layers-outline", "Draw the checked spectra above one another"),
    (
        "normalised",
        "Normalised for &display",
        "D",
        "mdi6.math-norm",
        "Divide each spectrum by its median in the view; the data stay as they are",
    ),
)


def toggle_shown(session: Session, key: str) -> None:
    """Draw the curves of the View another way: "errors", "stacked", "normalised"."""
    settings = session.state.settings
    shown = settings.view_shows
    keys = tuple(name for name in shown if name != key) if key in shown else (*shown, key)
    session.update(settings=settings.replace(view_shows=keys))


def toggle_marks(session: Session, key: str) -> None:
    """Show a row of marks, or hide it."""
    settings = session.state.settings
    shown = settings.view_marks
    keys = tuple(name for name in shown if name != key) if key in shown else (*shown, key)
    session.update(settings=settings.replace(view_marks=keys))


def shown_line_list(session: Session) -> LineList | None:
    """Return the imported list that is shown in place of the bundled one; None = the bundled one."""
    from spectragui.io.line_lists.line_lists import load_line_list

    path = session.state.settings.line_list
    if not path:
        return None
    try:
        return load_line_list(path)
    except SpectraGUIError as error:
        session.notifications.failure(error)
        session.update(settings=session.state.settings.replace(line_list=""))
        return None


def keep_line_list(session: Session, lines: LineList) -> None:
    """Keep an imported list for later starts, and show it.

    Raises
    ------
    WriteError
        If it cannot be kept.
    """
    from spectragui.io.line_lists.line_lists import write_line_list

    folder = data_home() / "line_lists"
    folder.mkdir(parents=True, exist_ok=True)
    path = str(folder / (re.sub(r"[^\w.-]+", "_", lines.name) + ".csv"))
    write_line_list(lines, path)
    settings = session.state.settings
    marks = settings.view_marks if "star" in settings.view_marks else (*settings.view_marks, "star")
    others = tuple(name for name in settings.line_lists if name != path)
    session.update(settings=settings.replace(line_lists=(*others, path), line_list=path, view_marks=marks))
    session.notifications.success(f"{lines.name}: {lines.source}.")


def show_line_list(session: Session, path: str) -> None:
    """Show an imported list, or the bundled one (empty)."""
    session.update(settings=session.state.settings.replace(line_list=path))


def forget_line_list(session: Session, path: str) -> None:
    """Take an imported list from the choice; its source stays where it was."""
    settings = session.state.settings
    left = tuple(name for name in settings.line_lists if name != path)
    shown = "" if settings.line_list == path else settings.line_list
    session.update(settings=settings.replace(line_lists=left, line_list=shown))
    Path(path).unlink(missing_ok=True)


def _toggle(window: MainWindow, key: str) -> None:
    toggle_marks(window.session, key)


def _toggle_shown(window: MainWindow, key: str) -> None:
    toggle_shown(window.session, key)


def _is_in_view(state: AppState) -> bool:
    """Whether the View is in front: elsewhere these keys would change what nobody sees."""
    return has_selection(state) and state.active_panel == "View"


def _is_drawn_so(state: AppState, key: str) -> bool:
    return key in state.settings.view_shows


def _is_shown(state: AppState, key: str) -> bool:
    return key in state.settings.view_marks


def _line_lists(window: MainWindow) -> None:
    from spectragui.gui.view.line_lists_dialog import ask_line_list

    ask_line_list(window.session, window)


for _key, _text, _shortcut, _icon, _tip in SHOWS:
    register_action(
        Action(
            f"view.curves.{_key}",
            _text,
            functools.partial(_toggle_shown, key=_key),
            menu="View",
            icon=_icon,
            shortcut=_shortcut,
            tip=_tip,
            is_enabled=_is_in_view,
            group=2,
            is_checked=functools.partial(_is_drawn_so, key=_key),
        )
    )
for _key, _text, _shortcut, _icon, _tip in ROWS:
    register_action(
        Action(
            f"view.marks.{_key}",
            _text,
            functools.partial(_toggle, key=_key),
            menu="View",
            icon=_icon,
            shortcut=_shortcut,
            tip=_tip,
            is_enabled=_is_in_view,
            group=2,
            is_checked=functools.partial(_is_shown, key=_key),
        )
    )
register_action(
    Action(
        "view.marks.lists",
        "L&ine lists…",
        _line_lists,
        menu="View",
        icon="mdi6.file-import-outline",
        tip="Choose the marked lines, or import them from VALD, NIST or text",
        group=2,
    )
)
CURVE_ACTIONS = tuple(f"view.curves.{row[0]}" for row in SHOWS)
MARK_ACTIONS = (*(f"view.marks.{row[0]}" for row in ROWS), "", "view.marks.lists")
