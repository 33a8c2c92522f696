"""The rows of `ACTIONS` that are about files: open, watch, reload, import rules, save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.files.opening import open_files, read_otherwise, read_selected_again
from spectragui.gui.files.saving import ask_and_save, ask_and_save_all

if TYPE_CHECKING:
    from spectragui.gui.session.state import AppState
    from spectragui.gui.window import Window

SHOWN_FILES = (
    "*.fits *.fit *.fts *.fz *.gz *.csv *.ecsv *.txt *.dat *.asc *.s *.sed *.vot *.xml *.hdf5 *.h5 *.parquet"
)


def _open(window: Window) -> None:
    from PySide6.QtWidgets import QFileDialog

    recent = window.session.state.settings.recent_files
    filters = f"Spectra and catalogues ({SHOWN_FILES});;All files (*)"
    names, _ = QFileDialog.getOpenFileNames(
        window, "Open spectra or catalogues", recent[0] if recent else "", filters
    )
    open_files(window.session, names)


def _save(window: Window) -> None:
    items = window.session.state.selection
    if len(items) > 1:
        ask_and_save_all(window.session, window, items)
    else:
        ask_and_save(window.session, window)


def _open_with_options(window: Window) -> None:
    from PySide6.QtWidgets import QFileDialog

    recent = window.session.state.settings.recent_files
    name, _ = QFileDialog.getOpenFileName(window, "Open with options", recent[0] if recent else "")
    if name:
        read_otherwise(window.session, name)


def _read_again(window: Window) -> None:
    read_selected_again(window.session)


def _reload(window: Window) -> None:
    from spectragui.gui.files.file_changes import reload_files

    selected = window.session.state.selected
    if selected is not None:
        reload_files(window.session, selected.files)


def _open_folder(window: Window) -> None:
    from PySide6.QtWidgets import QFileDialog

    recent = window.session.state.settings.recent_files
    name = QFileDialog.getExistingDirectory(window, "Open folder", recent[0] if recent else "")
    if name:
        open_files(window.session, [name])


def _watch(window: Window) -> None:
    from spectragui.gui.files.watch_folder import ask_and_watch

    ask_and_watch(window.session, window)


def _watch_exposures(window: Window) -> None:
    from spectragui.gui.files.watch_folder import ask_and_watch

    ask_and_watch(window.session, window, denoises=True)


def _show_import_rules(window: Window) -> None:
    from spectragui.gui.files.import_rules_dialog import show_import_rules

    show_import_rules(window.session, window)


def _is_from_file(state: AppState) -> bool:
    return state.selected is not None and state.selected.options is not None


for _row in (
    Action(
        "file.open",
        "&Open…",
        _open,
        "File",
        "mdi6.folder-open-outline",
        "Ctrl+O",
        "Open spectra, or a catalogue of photometry",
        toolbar="Open",
    ),
    Action(
        "file.open_folder",
        "Open &folder…",
        _open_folder,
        "File",
        "mdi6.folder-multiple-outline",
        "Ctrl+Shift+O",
        "Open all spectra in a folder and the folders below it",
    ),
    Action(
        "file.open_with_options",
        "Open &with options…",
        _open_with_options,
        "File",
        "mdi6.file-cog-outline",
        "",
        "Say which columns, unit and medium a file has, and see it before it is opened",
    ),
    Action(
        "file.reload",
        "&Reload",
        _reload,
        "File",
        "mdi6.reload",
        "Ctrl+R",
        "Read the file of the selected spectrum again; corrections are kept",
        _is_from_file,
        group=1,
    ),
    Action(
        "file.read_again",
        "Read &again with options…",
        _read_again,
        "File",
        "mdi6.file-refresh-outline",
        "",
        "Say how the file of the selected spectrum is to be read, and see it first",
        _is_from_file,
        group=1,
    ),
    Action(
        "file.watch",
        "Watc&h folder…",
        _watch,
        "File",
        "mdi6.eye-outline",
        "",
        "Open new files of a folder as they arrive",
        group=2,
    ),
    Action(
        "file.watch_exposures",
        "Watch folder and &denoise…",
        _watch_exposures,
        "File",
        "mdi6.eye-plus-outline",
        "",
        "Denoise exposures as they arrive in a folder, add them up, and say how many more are needed",
        group=2,
    ),
    Action(
        "file.import_rules",
        "&Import rules…",
        _show_import_rules,
        "File",
        "mdi6.playlist-check",
        "",
        "How files of your instruments are read: list, import, export, delete",
        group=2,
    ),
    Action(
        "file.save_spectrum",
        "&Save spectrum as…",
        _save,
        menu="File",
        icon="mdi6.content-save-outline",
        shortcut="Ctrl+S",
        tip="Write the selected spectra as FITS, ECSV or CSV, with their masks and passports",
        is_enabled=has_selection,
        group=3,
        bars=(("Spectra.menu", 3),),
    ),
):
    register_action(_row)
