"""Export a catalogue with its predictions: all objects, those that are shown, or the selected ones."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QButtonGroup, QDialog, QLabel, QRadioButton, QVBoxLayout, QWidget

from spectragui.core.atomic_write import check_target
from spectragui.core.errors import WriteError
from spectragui.core.progress import Progress
from spectragui.core.wording import counted
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.forms.export_path import TABLE_FORMATS, ask_path
from spectragui.gui.photometry.catalogues import catalogue_files
from spectragui.gui.session.session import Session

if TYPE_CHECKING:
    from spectragui.gui.session.photometry_state import OpenCatalogue

Rows = NDArray[np.int64]
FORMATS = tuple(row for row in TABLE_FORMATS if row[1] != ".tex")  # of hundreds of thousands of rows


class ExportObjectsDialog(QDialog):
    """One button for each choice, with its number of objects.

    Parameters
    ----------
    choices : sequence of (words, rows)
    proposed : int
        Index of the choice that is made at first.
    """

    def __init__(self, choices: tuple[tuple[str, Rows], ...], proposed: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export predictions")
        self._choices = choices
        self.buttons = QButtonGroup(self)
        column = QVBoxLayout()
        column.setSpacing(8)
        for number, (words, rows) in enumerate(choices):
            button = QRadioButton(f"{words}: {counted(rows.size, 'object')}")
            button.setEnabled(bool(rows.size))
            button.setChecked(number == proposed)
            self.buttons.addButton(button, number)
            column.addWidget(button)
        lay_out_dialog(self, "Export…", QLabel("Which objects are to be written?"), column)

    @property
    def rows(self) -> Rows:
        """Places in the file of the chosen objects."""
        return self._choices[self.buttons.checkedId()][1]


def ask_and_export(session: Session, parent: QWidget, shown: Rows, selected: Rows) -> None:
    """Ask which objects and for a file, and write them with their predictions.

    Parameters
    ----------
    session : Session
    parent : QWidget
    shown, selected : ndarray of int
        Places in the file, in the order of the table.
    """
    catalogue = session.state.catalogue
    if catalogue is None or catalogue.result is None:
        return
    rows = _ask_rows(len(catalogue.table), shown, selected, parent)
    if rows is None:
        return
    stem = catalogue.name.split(".")[0].replace(" ", "_").lower()
    path = ask_path(session, parent, "Export predictions", f"{stem}_photometry", FORMATS)
    if path is not None:
        export_predictions(session, catalogue, path, rows)


def export_predictions(session: Session, catalogue: OpenCatalogue, path: Path, rows: Rows) -> None:
    """Write objects with their predictions in the background; the suffix says the format."""
    try:
        files = [file for item in session.state.spectra for file in item.files]
        check_target(path, [*files, *catalogue_files(session.state.catalogues)])
    except WriteError as error:
        session.notifications.failure(error)
        return
    session.run(
        f"export:{path}",
        write_in_worker,
        catalogue,
        path,
        rows,
        title=f"Writing {path.name}",
        on_done=functools.partial(_on_written, session, path),
    )


def write_in_worker(catalogue: OpenCatalogue, path: Path, rows: Rows, progress: Progress) -> int:
    """Write a table in a worker; return its number of rows."""
    from spectragui.io.catalogues.write_photometry import write_photometry

    progress(0.0, f"Writing {path.name}")
    table, result = catalogue.table, catalogue.result
    assert result is not None
    if rows.size < len(table) or not np.array_equal(rows, np.arange(len(table))):
        table, result = table.rows(rows), result.select(rows)
    write_photometry(path, table, result, progress)
    return int(rows.size)


def _ask_rows(n_rows: int, shown: Rows, selected: Rows, parent: QWidget) -> Rows | None:
    """Ask which rows are wanted, unless it is the same; None where the user thought better of it."""
    everything = np.arange(n_rows)
    if shown.size == n_rows and selected.size <= 1:
        return everything  # every row, in the order of the file
    choices = (("All", everything), ("Shown", shown), ("Selected", selected))
    proposed = 1 if 0 < shown.size < n_rows else 2 if selected.size > 1 else 0
    dialog = ExportObjectsDialog(choices, proposed, parent)
    is_accepted = dialog.exec() == QDialog.DialogCode.Accepted
    rows = dialog.rows if is_accepted else None
    dialog.deleteLater()
    return rows


def _on_written(session: Session, path: Path, n_rows: int) -> None:
    session.notifications.success(f"{counted(n_rows, 'object')} written to {path}.")
