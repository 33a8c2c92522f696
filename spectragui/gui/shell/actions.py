"""The rows of `ACTIONS` that belong to the window itself."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

from spectragui.gui.actions import Action, register_action
from spectragui.gui.panel import PANELS
from spectragui.gui.theme.theme import ThemeMode

if TYPE_CHECKING:
    from spectragui.gui.session.state import AppState
    from spectragui.gui.window import Window


def _is_theme(state: AppState, mode: str) -> bool:
    return state.settings.theme == mode


def _always(_state: AppState) -> bool:
    return True


def _show_panel(window: Window, name: str) -> None:
    window.show_panel(name)


def _set_theme(window: Window, mode: str) -> None:
    session = window.session
    session.theme.set_mode(cast(ThemeMode, mode))
    session.update(settings=session.state.settings.replace(theme=mode))


def _toggle_full_screen(window: Window) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def _preferences(window: Window) -> None:
    from spectragui.gui.shell.preferences import ask_preferences

    ask_preferences(window.session, window)


def _show_shortcuts(window: Window) -> None:
    from spectragui.gui.shell.shortcuts import show_shortcuts

    show_shortcuts(window)


def _show_about(window: Window) -> None:
    from spectragui.gui.shell.about import show_about

    show_about(window)


_ROWS = (
    Action(
        "file.quit",
        "&Quit",
        lambda w: w.close(),
        "File",
        "mdi6.exit-to-app",
        "Ctrl+Q",
        "Close the window",
        group=5,
    ),
    Action(
        "edit.undo",
        "&Undo",
        lambda w: w.session.undo(),
        "Edit",
        "mdi6.undo",
        "Ctrl+Z",
        "Undo",
        toolbar="Undo",
        group=1,
    ),
    Action(
        "edit.redo",
        "&Redo",
        lambda w: w.session.redo(),
        "Edit",
        "mdi6.redo",
        "Ctrl+Shift+Z  Ctrl+Y",
        "Redo",
        toolbar="Redo",
        group=1,
    ),
    Action(
        "edit.preferences",
        "&Preferences…",
        _preferences,
        "Edit",
        "mdi6.cog-outline",
        "Ctrl+,",
        "What the program remembers from one start to the next",
        group=2,
    ),
    Action(
        "spectrum.stop",
        "&Stop all jobs",
        lambda w: w.session.tasks.cancel_all(),
        "Spectrum",
        "mdi6.stop-circle-outline",
        "Ctrl+.",
        "Cancel everything that runs",
        group=2,
    ),
    *(
        Action(
            f"view.theme.{mode}",
            f"{mode.capitalize()} colours",
            functools.partial(_set_theme, mode=mode),
            "View",
            tip=tip,
            group=8,
            is_checked=functools.partial(_is_theme, mode=mode),
        )
        for mode, tip in (
            ("system", "Follow the colours of the system"),
            ("light", "Always light"),
            ("dark", "Always dark"),
        )
    ),
    Action(
        "view.full_screen",
        "&Full screen",
        _toggle_full_screen,
        "View",
        "mdi6.fullscreen",
        "F11",
        "Use the whole screen, or not",
        group=9,
    ),
    Action(
        "view.reset_layout",
        "Reset &layout",
        lambda w: w.reset_layout(),
        "View",
        "mdi6.view-dashboard-outline",
        "",
        "Put all docks back in their first places",
        group=9,
    ),
    Action(
        "help.search",
        "&Search actions",
        lambda w: w.search.open(),
        "Help",
        "mdi6.magnify",
        "Ctrl+K",
        "Find any action by its name",
    ),
    Action(
        "help.shortcuts",
        "&Shortcuts",
        _show_shortcuts,
        "Help",
        "mdi6.keyboard-outline",
        "?",
        "All keys",
        group=1,
    ),
    Action(
        "help.about",
        "&About SpectraGUI",
        _show_about,
        "Help",
        "mdi6.information-outline",
        "",
        "Version and licence",
        group=2,
    ),
)
for _row in _ROWS:
    register_action(_row)

_TABS = [name for name, entry in PANELS.items() if entry.area == "centre"]
for _name, _entry in PANELS.items():
    if not _entry.for_tab:
        register_action(
            Action(
                f"panel.{_name}",
                f"Show {_name}",
                functools.partial(_show_panel, name=_name),
                "View" if _name in _TABS else "",
                _entry.icon,
                f"Ctrl+{_TABS.index(_name) + 1}" if _name in _TABS else "",
                f"Bring {_name} to the front",
                _always if _entry.area == "bottom" else _entry.is_available,
                group=7,
                bars=_entry.bars,
            )
        )
