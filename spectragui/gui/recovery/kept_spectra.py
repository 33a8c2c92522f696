"""Spectra that no file holds, kept against a crash: computed, kept or generated ones, and changed ones."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.progress import Progress
from spectragui.gui.recovery.kept_json import read_list
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum

if TYPE_CHECKING:
    from spectragui.core.spectrum import AnySpectrum

FOLDER, INDEX = "spectra", "spectra.json"
KeptSpectrum = dict[str, Any]  # kept (path), files, index, is_visible


def is_only_here(item: OpenSpectrum) -> bool:
    """Return whether a spectrum would be lost with the window: no file, or changed since it was read."""
    return not item.files or bool(item.changes)


class SpectrumKeeper:
    """Writes the spectra that no file holds into the folder of a session, each version once.

    Parameters
    ----------
    folder : pathlib.Path
        Of the session.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, AnySpectrum] = {}

    def write(self, spectra: Sequence[OpenSpectrum]) -> None:
        """Write what is new, take away what is closed, and list what there is.

        Raises
        ------
        WriteError
            If the disk is full, or the folder cannot be written.
        """
        wanted = {item.id: item for item in spectra if is_only_here(item)}
        if not wanted and not self._written:
            return
        from spectragui.io.writers import write_spectrum

        (self._folder / FOLDER).mkdir(exist_ok=True)
        for identity in set(self._written) - set(wanted):
            self._path(identity).unlink(missing_ok=True)
            del self._written[identity]
        for identity, item in wanted.items():
            if self._written.get(identity) is not item.spectrum:
                write_spectrum(item.spectrum, self._path(identity))
                self._written[identity] = item.spectrum
        rows = [
            {
                "kept": f"{FOLDER}/{self._path(identity).name}",
                "files": list(item.files),
                "index": item.index,
                "is_visible": item.is_visible,
                "label": item.label,
            }
            for identity, item in wanted.items()
        ]
        write_text_atomically(self._folder / INDEX, json.dumps(rows))

    def _path(self, identity: str) -> Path:
        return self._folder / FOLDER / f"{identity}.fits"


def list_kept_spectra(folder: Path) -> list[KeptSpectrum]:
    """Return the spectra that a session left; what cannot be understood is left out."""
    found = []
    for row in read_list(folder / INDEX):
        if _is_sound(row):
            found.append({**row, "kept": str(folder / row["kept"])})
    return [row for row in found if Path(row["kept"]).is_file()]


def _is_sound(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    kept, files, index = row.get("kept"), row.get("files"), row.get("index", 0)
    is_ours = isinstance(kept, str) and Path(kept).parts[:-1] == (FOLDER,)
    return is_ours and isinstance(files, list) and isinstance(index, int)


def restore_spectra(session: Session, rows: Sequence[KeptSpectrum], on_done: Any) -> None:
    """Read kept spectra in the background and put them into the tree; then call ``on_done()``."""
    session.run(
        "restore-spectra",
        read_kept_spectra,
        tuple(rows),
        title="Restoring spectra",
        on_done=functools.partial(_add, session, on_done),
    )


def read_kept_spectra(
    rows: tuple[KeptSpectrum, ...], progress: Progress
) -> list[tuple[KeptSpectrum, AnySpectrum]]:
    """Read kept spectra in a worker; one that is damaged is left out."""
    from spectragui.io.read import read_spectrum

    found = []
    for number, row in enumerate(rows):
        progress(number / len(rows))
        try:
            spectrum = read_spectrum(row["kept"])
        except Exception:  # noqa: BLE001 - one that is damaged costs nothing but itself
            continue
        files = tuple(str(name) for name in row["files"])
        found.append((row, spectrum.with_meta(file=files[0] if files else "")))
    return found


def _add(session: Session, on_done: Any, found: list[tuple[KeptSpectrum, AnySpectrum]]) -> None:
    items = tuple(
        OpenSpectrum(
            session.new_id("spectrum"),
            tuple(str(name) for name in row["files"]),
            int(row.get("index", 0)),
            spectrum,
            is_visible=bool(row.get("is_visible", True)),
            changes=(unchanged,) if row["files"] else (),
            label=str(row.get("label", "")),
        )
        for row, spectrum in found
    )
    if items:
        session.update(undo="Restore spectra", spectra=(*session.state.spectra, *items))
        if not session.state.selected_id:
            session.update(selected_id=items[0].id)
    on_done()


def unchanged(spectrum: AnySpectrum) -> AnySpectrum:
    """Return the spectrum as it is: marks a restored one as changed since it was read."""
    return spectrum
