"""The context menu of the tree: what can be done with all selected spectra at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu, QWidget

from spectragui.gui.actions import fill_menu
from spectragui.gui.pipeline.edits import give_chain, give_preset, give_suggested
from spectragui.gui.pipeline.shown import shown_chain

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
    chains = _chain_menu(session, menu)
    save = next((one for one in menu.actions() if one.objectName() == "file.save_spectrum"), None)
    if save is not None:  # above the lines about files
        menu.insertMenu(save, chains)
        menu.insertSeparator(save)
    return menu


def _chain_menu(session: Session, parent: QMenu) -> QMenu:
    from spectragui.preprocessing.chain_files import load_preset, preset_names

    state = session.state
    ids, chain = state.selected_ids, shown_chain(state)
    menu = parent.addMenu("Chain")
    menu.addAction("The one that suits each", lambda: give_suggested(session, ids))
    for name in preset_names():
        menu.addAction(load_preset(name).title, functools.partial(give_preset, session, ids, name))
    menu.addSeparator()
    same = menu.addAction("As the looked-at spectrum's", lambda: give_chain(session, ids, chain))
    same.setEnabled(chain is not None and len(ids) > 1)
    if state.selected is not None:
        same.setText(f"As that of {state.selected.name}")
    return menu
