"""The context menu of the tree: what can be done with all selected spectra at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from spectragui.gui.actions import fill_menu

if TYPE_CHECKING:
    from spectragui.gui.session.session import Session

TREE_MENU = "Spectra.menu"


def tree_menu(session: Session, parent: QWidget) -> QMenu:
    """Return the menu for the selected spectra; it names how many they are."""
    menu = QMenu(parent)
    n_selected = len(session.state.selected_ids)
    if n_selected > 1:
        menu.addAction(f"{n_selected} spectra").setEnabled(False)
        menu.addSeparator()
    fill_menu(menu, parent.window(), TREE_MENU)
    return menu
