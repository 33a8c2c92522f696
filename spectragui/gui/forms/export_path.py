"""Ask for the file that a table is written to; the suffix says the format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from spectragui.gui.session.session import Session

TABLE_FORMATS = (
    ("ECSV table, with units and descriptions", ".ecsv"),
    ("FITS table", ".fits"),
    ("CSV, one header line", ".csv"),
    ("VOTable", ".vot"),
    ("LaTeX", ".tex"),
)


def ask_path(
    session: Session,
    parent: QWidget,
    title: str,
    name: str,
    formats: Sequence[tuple[str, str]] = TABLE_FORMATS,
) -> Path | None:
    """Ask for a file, and remember its folder; None where the user thought better of it.

    Parameters
    ----------
    session : Session
    parent : QWidget
    title : str
        Of the dialog.
    name : str
        Proposed, without a suffix.
    formats : sequence of (words, suffix)
        That are offered; the first is proposed.
    """
    filters = {f"{words} (*{suffix})": suffix for words, suffix in formats}
    first = Path(session.state.settings.export_folder, f"{name}{formats[0][1]}")
    chosen, chosen_filter = QFileDialog.getSaveFileName(parent, title, str(first), ";;".join(filters))
    if not chosen:
        return None
    path = Path(chosen)
    session.update(settings=session.state.settings.replace(export_folder=str(path.parent)))
    return path if path.suffix else path.with_suffix(filters.get(chosen_filter, formats[0][1]))
