"""Export the results table: ask for a file, write it in the background."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from spectragui.core.progress import Progress
from spectragui.gui.session import Session

FORMATS = (
    ("ECSV table, with units and descriptions", ".ecsv"),
    ("FITS table", ".fits"),
    ("CSV, one header line", ".csv"),
    ("VOTable", ".vot"),
    ("LaTeX", ".tex"),
)


def ask_and_export(session: Session, parent: QWidget) -> None:
    """Ask for a file and write all results to it."""
    filters = ";;".join(f"{name} (*{suffix})" for name, suffix in FORMATS)
    first = Path(session.state.settings.export_folder, "results.ecsv")
    name, chosen = QFileDialog.getSaveFileName(parent, "Export results", str(first), filters)
    if name:
        path = Path(name)
        session.update(settings=session.state.settings.replace(export_folder=str(path.parent)))
        suffixes = {f"{words} (*{suffix})": suffix for words, suffix in FORMATS}
        if not path.suffix:
            path = path.with_suffix(suffixes.get(chosen, ".ecsv"))
        export_results(session, path)


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
    session.run(
        f"export:{path}",
        write_rows,
        tuple(rows),
        path,
        title=f"Writing {path.name}",
        on_done=functools.partial(_on_written, session, path),
    )


def write_rows(rows: tuple[Mapping[str, Any], ...], path: Path, progress: Progress) -> int:
    """Write a results table; return its number of rows."""
    from spectragui.io.tables import write_results

    progress(0.0, f"Writing {path.name}")
    write_results(rows, path)
    return len(rows)


def _on_written(session: Session, path: Path, n_rows: int) -> None:
    session.notifications.success(f"{n_rows} result{'s' * (n_rows != 1)} written to {path}.")
