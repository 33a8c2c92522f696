"""`ACTIONS`: everything a user can do; menus, toolbar, palette and shortcut help are built from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from spectragui.gui.window import Window

MENUS = ("File", "Edit", "Spectrum", "Pipeline", "Photometry", "View", "Help")


@dataclasses.dataclass(frozen=True)
class Action:
    """One thing a user can do.

    Attributes
    ----------
    name : str
        Unique, as "file.open"; also the object name of its QAction.
    text : str
        In the menu, with an ellipsis where a dialog follows.
    function : callable
        ``function(window)``; a panel is reached by ``window.panel("View")``.
    menu : str
        One of `MENUS`; empty = only in palette and shortcut help.
    icon : str
        Material Design name ("mdi6.folder-open-outline").
    shortcut : str
        Portable text, several separated by two spaces.
    tip : str
        Tooltip and status text, one sentence.
    is_enabled : callable
        By state.
    toolbar : str
        The word in the toolbar; empty = not there.
    group : int
        Actions of another group are separated by a line, in menu and toolbar.
    is_checked : callable or None
        By state, for actions that are on or off.
    bars : tuple of (str, int)
        Menus in the bars of panels where it appears too ("View.measure"), each with its group there.
    """

    name: str
    text: str
    function: Callable[[Window], object]
    menu: str = ""
    icon: str = ""
    shortcut: str = ""
    tip: str = ""
    is_enabled: Callable[[AppState], bool] = lambda _state: True
    toolbar: str = ""
    group: int = 0
    is_checked: Callable[[AppState], bool] | None = None
    bars: tuple[tuple[str, int], ...] = ()

    @property
    def shortcuts(self) -> tuple[str, ...]:
        """The shortcuts, first the one that is shown."""
        return tuple(key for key in self.shortcut.split("  ") if key)

    @property
    def plain_text(self) -> str:
        """The text without mnemonic marks."""
        return self.text.replace("&", "")


ACTIONS: list[Action] = []


def register_action(action: Action) -> Action:
    """Add a row to `ACTIONS`; its name and shortcuts must be free."""
    if any(other.name == action.name for other in ACTIONS):
        raise ValueError(f"action {action.name!r} is registered twice")
    taken = (
        {key for other in ACTIONS if other.shortcut for key in other.shortcuts} if action.shortcut else set()
    )
    if taken & set(action.shortcuts):
        raise ValueError(f"shortcut of {action.name!r} is taken: {action.shortcut!r}")
    ACTIONS.append(action)
    return action


#: Keys and gestures that a part of the window handles itself: place -> (keys, what they do), for the list of
#: shortcuts. Keys are portable text; several that do the same are separated by two spaces.
HANDLED_KEYS: dict[str, list[tuple[str, str]]] = {}


def register_keys(place: str, *rows: tuple[str, str]) -> None:
    """Tell the list of shortcuts of keys that are no action: beside what handles them."""
    known = HANDLED_KEYS.setdefault(place, [])
    known.extend(row for row in rows if row not in known)


#: Menus within the menus of panels' bars: bar -> (group, text, what fills it).
SUBMENUS: dict[str, list[tuple[int, str, Callable[[QMenu, Window], None]]]] = {}


def register_submenu(bar: str, group: int, text: str, fill: Callable[[QMenu, Window], None]) -> None:
    """Put a menu into that of a panel's bar ("Spectra.menu"), filled when it is opened."""
    SUBMENUS.setdefault(bar, []).append((group, text, fill))


def ordered_actions() -> list[Action]:
    """Return all rows in the order of the menus: by menu, then by group, then as registered."""
    places = {menu: place for place, menu in enumerate((*MENUS, ""))}
    return sorted(ACTIONS, key=lambda action: (places[action.menu], action.group))


def trigger(window: object, name: str) -> None:
    """Do what an action does, if it is enabled: for a button in a panel.

    Parameters
    ----------
    window : QWidget
        As from ``panel.window()``; nothing happens where the panel stands alone.
    name : str
        Of the action.
    """
    from spectragui.gui.window import Window

    if isinstance(window, Window):
        window.trigger(name)


def fill_menu(menu: QMenu, window: object, bar: str) -> None:
    """Put the actions of a panel's bar ("View.measure") into a menu, a line between their groups."""
    from spectragui.gui.window import Window

    if not isinstance(window, Window):
        return
    rows: list[tuple[int, Action | None, str, Callable[[QMenu, Window], None] | None]] = [
        (group, action, "", None) for action in ACTIONS for name, group in action.bars if name == bar
    ]
    rows += [(group, None, text, fill) for group, text, fill in SUBMENUS.get(bar, ())]
    last = None
    for group, action, text, fill in sorted(rows, key=lambda row: row[0]):
        if last not in (None, group):
            menu.addSeparator()
        last = group
        if action is not None:
            menu.addAction(window.qaction(action.name))
        elif fill is not None:
            fill(menu.addMenu(text), window)


def has_selection(state: AppState) -> bool:
    """Whether a spectrum is selected."""
    return state.selected is not None


def has_results(state: AppState) -> bool:
    """Whether there are results."""
    return bool(state.results)
