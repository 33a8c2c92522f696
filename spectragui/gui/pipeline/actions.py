"""The rows of `ACTIONS` that belong to chains: the Pipeline menu."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from spectragui.gui.actions import Action, has_selection, register_action, register_submenu
from spectragui.gui.pipeline import edits, keep
from spectragui.gui.pipeline.shown import TABS, shown_chain, shown_step

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from spectragui.gui.session.session import Session
    from spectragui.gui.session.state import AppState
    from spectragui.gui.window import Window


def has_chain(state: AppState) -> bool:
    """Whether the selected spectrum has a chain with stages."""
    chain = shown_chain(state)
    return chain is not None and len(chain) > 0


def has_step(state: AppState) -> bool:
    """Whether a stage is looked at."""
    return state.active_panel in TABS and shown_step(state) >= 0


def _on_step(function: Callable[[Session, int], None]) -> Callable[[Window], None]:
    return lambda window: function(window.session, shown_step(window.session.state))


def _move(window: Window, by: int) -> None:
    step = shown_step(window.session.state)
    edits.move_step(window.session, step, step + by)


def _suggest(window: Window) -> None:
    window.session.update(active_panel=TABS[0])
    edits.use_suggested(window.session)


def _fill_chains(menu: QMenu, window: Window) -> None:
    """Offer chains for all selected spectra."""
    from spectragui.preprocessing.chain_files import load_preset, preset_names

    session = window.session
    state = session.state
    ids, chain = state.selected_ids, shown_chain(state)
    menu.addAction("The one that suits each", lambda: edits.give_suggested(session, ids))
    for name in preset_names():
        menu.addAction(load_preset(name).title, functools.partial(edits.give_preset, session, ids, name))
    menu.addSeparator()
    whose = "the looked-at spectrum" if state.selected is None else state.selected.name
    same = menu.addAction(f"As that of {whose}", lambda: edits.give_chain(session, ids, chain))
    same.setEnabled(chain is not None and len(ids) > 1)


_Row = tuple[str, str, Callable[["Window"], object], str, str, str, Callable[["AppState"], bool], int]
_ROWS: tuple[_Row, ...] = (
    ("suggest", "&Suggested chain", _suggest, "creation-outline", "",
     "Give the spectrum the bundled chain that suits it", has_selection, 0),
    ("for_all", "Use chain for &all spectra", lambda w: edits.use_for_all(w.session), "select-all", "",
     "Give the chain to all open spectra", has_chain, 0),
    ("open", "&Open chain…", lambda w: keep.ask_and_open_chain(w.session, w), "folder-open-outline", "",
     "Give the spectrum the chain of a TOML file", has_selection, 0),
    ("save", "&Save chain…", lambda w: keep.ask_and_save_chain(w.session, w), "content-save-outline", "",
     "Write the chain to a TOML file, for the command line too", has_chain, 0),
    ("command", "&Copy as command line", lambda w: keep.copy_command(w.session, w), "console", "",
     "Put the command that does the same into the clipboard", has_chain, 0),
    ("keep", "&Keep as new spectrum", lambda w: keep.keep_result(w.session), "content-save-plus-outline",
     "Ctrl+Return", "Put the result of the chain into the tree", has_chain, 1),
    ("export", "&Export processed spectrum…", lambda w: keep.ask_and_export_result(w.session, w),
     "export-variant", "Ctrl+Shift+E", "Write the result of the chain as FITS, ECSV or CSV", has_chain, 1),
    ("previous", "&Previous stage", lambda w: edits.move_choice(w.session, -1), "chevron-left",
     "Alt+Up", "Look at the stage before", has_step, 2),
    ("next", "&Next stage", lambda w: edits.move_choice(w.session, 1), "chevron-right",
     "Alt+Down", "Look at the stage after", has_step, 2),
    ("switch", "Stage on or o&ff", _on_step(edits.switch_step), "toggle-switch-outline",
     "Ctrl+Shift+Space", "Switch the chosen stage", has_step, 3),
    ("duplicate", "&Duplicate stage", _on_step(edits.duplicate_step), "content-duplicate",
     "", "Put a copy of the chosen stage behind it", has_step, 3),
    ("earlier", "Move stage &earlier", functools.partial(_move, by=-1), "arrow-left-bold-outline",
     "Alt+Shift+Up", "Change places with the stage before", has_step, 3),
    ("later", "Move stage &later", functools.partial(_move, by=1), "arrow-right-bold-outline",
     "Alt+Shift+Down", "Change places with the stage after", has_step, 3),
    ("remove", "&Remove stage", _on_step(edits.remove_step), "delete-outline",
     "", "Take the chosen stage out of the chain", has_step, 3),
)  # fmt: skip
for _name, _text, _function, _icon, _keys, _tip, _is_enabled, _group in _ROWS:
    register_action(
        Action(
            f"pipeline.{_name}",
            _text,
            _function,
            menu="Pipeline",
            icon=f"mdi6.{_icon}",
            shortcut=_keys,
            tip=_tip,
            is_enabled=_is_enabled,
            group=_group,
        )
    )
register_submenu("Spectra.menu", 2, "Chain", _fill_chains)
