"""What the View shows: how curves are drawn, rows of marks, the list of lines; kept in the preferences."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.session.session import Session
from spectragui.gui.session.settings_keeper import data_home

if TYPE_CHECKING:
    from spectragui.io.line_lists.line_lists import LineList


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
    with contextlib.suppress(OSError):  # said by the writing below
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
