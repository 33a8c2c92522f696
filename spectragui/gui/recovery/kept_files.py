"""The open files in a form that survives a crash: names, and how the user had them read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.files.opening import open_files
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum

Kept = str | dict[str, Any]  # a name, or one with what was said of the file
NOT_KEPT = ("spectrum", "spectra", "use_rules", "rule", "rule_fields")


def kept_files(spectra: Sequence[OpenSpectrum]) -> tuple[Kept, ...]:
    """Return what is needed to open the same spectra again, for JSON."""
    kept: dict[str, Kept] = {}
    for item in spectra:
        said = {} if item.options is None else _said(item.options)
        is_one_of_many = int(item.spectrum.meta.get("n_spectra", 1)) > 1
        for name in item.files:
            if not said and not is_one_of_many and not item.label:
                kept.setdefault(name, name)
                continue
            entry = kept.setdefault(name, {"file": name, "options": said, "spectra": []})
            if isinstance(entry, dict) and is_one_of_many:
                entry["spectra"].append(item.index)
            if isinstance(entry, dict) and item.label:
                entry.setdefault("labels", {})[str(item.index)] = item.label
    return tuple(kept.values())


def names_of(kept: Iterable[Kept]) -> list[str]:
    """Return the names of kept files, each once."""
    return list(dict.fromkeys(entry if isinstance(entry, str) else str(entry["file"]) for entry in kept))


def checked(stored: Any) -> list[Kept]:
    """Return the entries of a stored list that can be understood."""
    entries = stored if isinstance(stored, list) else []
    kept: list[Kept] = []
    for entry in entries:
        if isinstance(entry, str):
            kept.append(entry)
        elif isinstance(entry, dict) and isinstance(entry.get("file"), str):
            kept.append({name: value for name, value in entry.items() if _is_of_its_kind(name, value)})
    return kept


def _is_of_its_kind(name: str, value: Any) -> bool:
    if name == "spectra":
        return isinstance(value, list) and all(isinstance(index, int) for index in value)
    return isinstance(value, dict if name in ("options", "labels") else object)


def is_there(name: str) -> bool:
    """Return whether a file exists; False also where nobody can tell."""
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def open_kept(session: Session, kept: Sequence[Kept]) -> None:
    """Open kept files as they were open; those that are gone are left out."""
    there = [entry for entry in kept if is_there(names_of([entry])[0])]
    ReturningNames(session, [entry for entry in there if isinstance(entry, dict)])
    open_files(session, [entry for entry in there if isinstance(entry, str)])
    for entry in there:
        if isinstance(entry, str):
            continue
        from spectragui.io.reading.read_options import ReadOptions

        said, spectra = entry.get("options") or {}, tuple(entry.get("spectra") or ())
        try:
            options = ReadOptions(**said, spectra=spectra, use_rules=not said)
        except (TypeError, SpectraGUIError):  # kept by another version of the program
            options = ReadOptions(use_rules=True)
        open_files(session, [entry["file"]], options)


class ReturningNames(QObject):
    """Calls spectra as the user did as they are opened again.

    Parameters
    ----------
    session : Session
    entries : sequence of dict
        Of kept files; ``labels`` holds the names by the spectrum's index in its file.
    """

    def __init__(self, session: Session, entries: Sequence[dict[str, Any]]) -> None:
        super().__init__(session)
        self._session = session
        self._waiting = {
            (str(entry["file"]), str(index)): str(label)
            for entry in entries
            for index, label in dict(entry.get("labels") or {}).items()
        }
        if self._waiting:
            session.changed.connect(self._on_session_changed)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.spectra is new.spectra or not self._waiting:
            return
        known = {item.id for item in old.spectra}
        found = {
            item.id: self._waiting.pop((item.files[0], str(item.index)), "")
            for item in new.spectra
            if item.files and item.id not in known
        }
        if any(found.values()):
            spectra = tuple(
                item.replace(label=found[item.id]) if found.get(item.id) else item for item in new.spectra
            )
            self._session.update(spectra=spectra)


def _said(options: Any) -> dict[str, Any]:
    values = dataclasses.asdict(options)
    return {name: value for name, value in values.items() if value and name not in NOT_KEPT}
