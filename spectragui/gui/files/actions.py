"""The rows of `ACTIONS` that are about files: open, watch, reload, import rules, export, close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectragui.gui.actions import Action, has_results, has_selection, register_action
from spectragui.gui.files.opening import close_spectra, open_files

if TYPE_CHECKING:
    from spectragui.gui.session.state import AppState
    from spectragui.gui.shell.main_window import MainWindow

SHOWN_FILES = "*.fits *.fit *.fts *.fz *.gz *.csv *.ecsv *.txt *.dat *.asc *.s *.sed *.vot *.xml *.hdf5 *.h5"


def _open(window: MainWindow) -> None:
    from PySide6.QtWidgets import QFileDialog

    recent = window.session.state.settings.recent_files
    filters = f"Spectra ({SHOWN_FILES});;All files (*)"
    names, _ = QFileDialog.getOpenFileNames(window, "Open spectra", recent[0] if recent else "", filters)
    open_files(window.session, names)


def _export(window: MainWindow) -> None:
    from spectragui.gui.results.exporting import ask_and_export

    ask_and_export(window.session, window)


def _close(window: MainWindow) -> None:
    close_spectra(window.session, [window.session.state.selected_id])


def _open_with_options(window: MainWindow) -> None:
    from spectragui.gui.files.import_assistant import ask_file_and_read

    ask_file_and_read(window.session, window)


def _read_again(window: MainWindow) -> None:
    from spectragui.gui.files.import_assistant import read_selected_again

    read_selected_again(window.session)


def _reload(window: MainWindow) -> None:
    from spectragui.gui.files.file_changes import reload_files

    selected = window.session.state.selected
    if selected is not None:
        reload_files(window.session, selected.files)


def _open_folder(window: MainWindow) -> None:
    from PySide6.QtWidgets import QFileDialog

    recent = window.session.state.settings.recent_files
    name = QFileDialog.getExistingDirectory(window, "Open folder", recent[0] if recent else "")
    if name:
        open_files(window.session, [name])


def _watch(window: MainWindow) -> None:
    from spectragui.gui.files.watch_folder import ask_and_watch

    ask_and_watch(window.session, window)


def _show_import_rules(window: MainWindow) -> None:
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
        "Open spectra",
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
        "file.export",
        "&Export results…",
        _export,
        "File",
        "mdi6.export-variant",
        "Ctrl+E",
        "Write the results table as ECSV, CSV, FITS, VOTable or LaTeX",
        has_results,
        toolbar="Export",
        group=3,
    ),
    Action(
        "file.close",
        "&Close spectrum",
        _close,
        "File",
        "mdi6.close",
        "Ctrl+W",
        "Take the selected spectrum from the tree; its results stay",
        has_selection,
        group=4,
    ),
):
    register_action(_row)
