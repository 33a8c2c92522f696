"""`Window`: all that actions, bars and panels know of the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from spectragui.gui.panel import Panel
    from spectragui.gui.session.session import Session


class Search(Protocol):
    """The field in which any action is found by its name."""

    def open(self) -> None:
        """Put the cursor into it."""


class Window(QMainWindow):
    """The main window as others see it; `shell.main_window` is the one there is."""

    session: Session
    search: Search

    def panel(self, name: str) -> Panel:
        """Return a panel by its registered name, built if need be.

        Raises
        ------
        SpectraGUIError
            If no panel is called so.
        """
        raise NotImplementedError

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front: its tab, or its dock."""
        raise NotImplementedError

    def trigger(self, action_name: str) -> None:
        """Do what an action does, if it is enabled."""
        raise NotImplementedError

    def qaction(self, action_name: str) -> QAction:
        """Return the QAction of an action, for a menu."""
        raise NotImplementedError

    def reset_layout(self) -> None:
        """Put all docks back where they were at first."""
        raise NotImplementedError
