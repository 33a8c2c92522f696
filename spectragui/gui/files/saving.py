"""Save a spectrum: as it is now, with its mask, passport and history."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from spectragui.core.atomic_write import check_target
from spectragui.core.errors import WriteError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum

_SIGNS = {"\N{MINUS SIGN}": " minus ", " / ": " over "}  # what a name of a file cannot say
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
    first = Path(session.state.settings.export_folder, f"{stem_of(item)}.fits")
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
    try:
        check_target(absolute, [file for other in session.state.spectra for file in other.files])
    except WriteError as error:
        session.notifications.failure(error)
        return
    session.run(
        f"save:{absolute}",
        write_one,
        item.spectrum,
        absolute,
        title=f"Writing {path.name}",
        on_done=functools.partial(_on_written, session, item.id, absolute),
    )


def ask_and_save_all(session: Session, parent: QWidget, items: Sequence[OpenSpectrum]) -> None:
    """Ask for a folder and write spectra into it, each as a FITS file of its own name."""
    first = session.state.settings.export_folder
    name = QFileDialog.getExistingDirectory(parent, f"Save {len(items)} spectra into a folder", first)
    if name:
        session.update(settings=session.state.settings.replace(export_folder=name))
        save_spectra(session, items, Path(name))


def save_spectra(session: Session, items: Sequence[OpenSpectrum], folder: Path) -> None:
    """Write open spectra into a folder as one job; files that are there already are never written over."""
    written: list[Path] = []

    def on_part(part: tuple[str, Path]) -> None:
        written.append(part[1])
        _remember_file(session, *part)

    def on_done(_nothing: object) -> None:
        session.notifications.success(f"{len(written)} spectra written to {folder}.")

    def on_cancelled() -> None:
        session.notifications.note(f"Stopped: {len(written)} of {len(items)} spectra are in {folder}.")

    session.run(
        f"save:{folder}:{'|'.join(item.id for item in items)}",
        write_many,
        tuple((item.id, item.spectrum, stem_of(item)) for item in items),
        folder,
        title=f"Writing {len(items)} spectra",
        on_part=on_part,
        on_done=on_done,
        on_cancelled=on_cancelled,
    )


def write_many(
    spectra: tuple[tuple[str, AnySpectrum, str], ...],
    folder: Path,
    progress: Progress,
    hand_over: Callable[[tuple[str, Path]], None],
) -> None:
    """Write spectra (id, spectrum, stem of the name) in a worker; hand each over once it is written."""
    for number, (spectrum_id, spectrum, stem) in enumerate(spectra):
        progress(number / len(spectra), f"Writing {stem}")
        path = _free_path(folder, stem)
        write_one(spectrum, path, no_progress)
        hand_over((spectrum_id, path))


def stem_of(item: OpenSpectrum) -> str:
    """Return the name of a spectrum as the stem of a file's."""
    named = item.name
    for sign, word in _SIGNS.items():
        named = named.replace(sign, word)
    if not item.files:  # suffixes of the files that it was made of
        named = re.sub(r"\.(?:fits?|ecsv|csv)(?![\w.])", "", named)
    return re.sub(r"[^\w.+-]+", "_", named).strip("_.") or "spectrum"


def _free_path(folder: Path, stem: str) -> Path:
    names = itertools.chain((f"{stem}.fits",), (f"{stem}_{number}.fits" for number in itertools.count(2)))
    return next(folder / name for name in names if not (folder / name).exists())


def write_one(spectrum: AnySpectrum, path: Path, progress: Progress) -> None:
    """Write a spectrum (for a worker)."""
    from spectragui.io.writers import write_spectrum

    progress(0.0, f"Writing {path.name}")
    write_spectrum(spectrum, path)


def _on_written(session: Session, spectrum_id: str, path: Path, _nothing: object) -> None:
    session.notifications.success(f"Written to {path}.")
    _remember_file(session, spectrum_id, path)


def _remember_file(session: Session, spectrum_id: str, path: Path) -> None:
    item = session.state.spectrum(spectrum_id)
    if item is None or item.files:
        return
    # A spectrum that was made here has a file from now on: a crash cannot take it any more.
    named = item.replace(files=(str(path),))
    spectra = tuple(named if other.id == spectrum_id else other for other in session.state.spectra)
    session.update(spectra=spectra)
