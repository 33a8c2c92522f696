"""Export the results table: ask for a file, write it in the background."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from spectragui.core.atomic_write import check_target
from spectragui.core.errors import WriteError
from spectragui.core.progress import Progress
from spectragui.gui.forms.export_path import ask_path
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import Result

if TYPE_CHECKING:
    from spectragui.io.tables.tables import TableKind


def ask_and_export(
    session: Session,
    parent: QWidget,
    shown: Sequence[Result] | None = None,
    selected: Sequence[Result] = (),
) -> None:
    """Ask which results and for a file, and write them to it.

    Parameters
    ----------
    session : Session
    parent : QWidget
    shown : sequence of Result, optional
        Those that the table's filter lets through; all if not given.
    selected : sequence of Result
        Those whose rows are selected.
    """
    from spectragui.gui.results.export_rows import ask_rows

    results = session.state.results
    chosen = ask_rows(results, results if shown is None else shown, selected, parent)
    path = None if chosen is None else ask_path(session, parent, "Export results", "results")
    if path is not None and chosen is not None:
        export_results(session, path, [result.prediction.row for result in chosen])


def ask_and_export_table(
    session: Session, parent: QWidget, rows: Sequence[Mapping[str, Any]], table: TableKind
) -> None:
    """Ask for a file and write rows of a table of any kind to it."""
    path = ask_path(session, parent, f"Export {table.name}", table.name)
    if path is not None:
        export_table(session, path, rows, table)


def export_results(session: Session, path: Path, rows: Sequence[Mapping[str, Any]] | None = None) -> None:
    """Write results to a table; the suffix says the format.

    Parameters
    ----------
    session : Session
    path : pathlib.Path
        Ends in .ecsv .csv .fits .vot or .tex.
    rows : sequence of mapping, optional
        Rows of the results table; all of them if not given.
    """
    if rows is None:
        rows = [result.prediction.row for result in session.state.results]
    from spectragui.io.tables.tables import RESULTS_TABLE

    export_table(session, path, rows, RESULTS_TABLE)


def export_table(session: Session, path: Path, rows: Sequence[Mapping[str, Any]], table: TableKind) -> None:
    """Write rows of a table of any kind in the background; the suffix says the format."""
    try:  # a table must not take the place of a spectrum that it was made of
        check_target(path, [file for item in session.state.spectra for file in item.files])
    except WriteError as error:
        session.notifications.failure(error)
        return
    session.run(
        f"export:{path}",
        write_rows,
        tuple(rows),
        table,
        path,
        title=f"Writing {path.name}",
        on_done=functools.partial(_on_written, session, path, table.name.removesuffix("s")),
    )


def write_rows(rows: tuple[Mapping[str, Any], ...], table: TableKind, path: Path, progress: Progress) -> int:
    """Write a table; return its number of rows."""
    from spectragui.io.tables.tables import write_table

    progress(0.0, f"Writing {path.name}")
    write_table(rows, table, path)
    return len(rows)


def _on_written(session: Session, path: Path, noun: str, n_rows: int) -> None:
    session.notifications.success(f"{n_rows} {noun}{'s' * (n_rows != 1)} written to {path}.")
