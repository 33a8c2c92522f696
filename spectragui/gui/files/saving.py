"""Save a spectrum: as it is now, with its mask, passport and history."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from spectragui.core.errors import WriteError
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum

FORMATS = (
    ("FITS table, with passport and header", ".fits"),
    ("ECSV, with passport", ".ecsv"),
    ("CSV, columns only", ".csv"),
)


def ask_and_save(session: Session, parent: QWidget, item: OpenSpectrum | None = None) -> None:
    """Ask for a file and write a spectrum to it, the selected one if none is given."""
    item = item or session.state.selected
    if item is None:
        return
    filters = ";;".join(f"{words} (*{suffix})" for words, suffix in FORMATS)
    stem = re.sub(r"[^\w.+-]+", "_", item.name).strip("_.") or "spectrum"
    first = Path(session.state.settings.export_folder, f"{stem}.fits")
    name, chosen = QFileDialog.getSaveFileName(parent, f"Save {item.name}", str(first), filters)
    if not name:
        return
    path = Path(name)
    session.update(settings=session.state.settings.replace(export_folder=str(path.parent)))
    if not path.suffix:
        suffixes = {f"{words} (*{suffix})": suffix for words, suffix in FORMATS}
        path = path.with_suffix(suffixes.get(chosen, ".fits"))
    save_spectrum(session, item, path)


def save_spectrum(session: Session, item: OpenSpectrum, path: Path) -> None:
    """Write an open spectrum in the background; the suffix says the format.

    The file that it was read from is never written over.
    """
    absolute = path.expanduser().absolute()
    if str(absolute) in item.files:
        session.notifications.failure(
            WriteError(f"{path.name} is the file that the spectrum was read from.", "Choose another name.")
        )
        return
    session.run(
        f"save:{absolute}",
        write_one,
        item.spectrum,
        absolute,
        title=f"Writing {path.name}",
        on_done=functools.partial(_on_written, session, item.id, absolute),
    )


def write_one(spectrum: AnySpectrum, path: Path, progress: Progress) -> None:
    """Write a spectrum (for a worker)."""
    from spectragui.io.writers import write_spectrum

    progress(0.0, f"Writing {path.name}")
    write_spectrum(spectrum, path)


def _on_written(session: Session, spectrum_id: str, path: Path, _nothing: object) -> None:
    session.notifications.success(f"Written to {path}.")
    item = session.state.spectrum(spectrum_id)
    if item is None or item.files:
        return
    # A spectrum that was made here has a file from now on: a crash cannot take it any more.
    named = item.replace(files=(str(path),))
    spectra = tuple(named if other.id == spectrum_id else other for other in session.state.spectra)
    session.update(spectra=spectra)
