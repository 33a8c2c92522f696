"""Open catalogues against a crash: their files, what was said of their columns, what was typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import SpectraGUIError
from spectragui.gui.photometry.catalogues import add_catalogue, bands_seen
from spectragui.gui.photometry.kept_mappings import mapping_from, mapping_values
from spectragui.gui.photometry.opening_catalogues import open_catalogues
from spectragui.gui.photometry.typed_objects import read_typed
from spectragui.gui.recovery.kept_files import is_there
from spectragui.gui.recovery.kept_json import read_list
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

FILE = "catalogues.json"


def kept_catalogues(state: AppState) -> tuple[dict[str, Any], ...]:
    """Return what is needed to open the same catalogues again, as plain values."""
    return tuple(
        {
            "file": one.path,
            "text": one.text,
            "bands": one.table.band_set.name,
            "mapping": mapping_values(one.table.mapping) if one.is_told and one.path else None,
            "is_predicted": one.result is not None,
        }
        for one in state.catalogues
    )


def write_catalogues(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows; no file where there are none."""
    if rows or (folder / FILE).exists():
        write_text_atomically(folder / FILE, json.dumps([dict(row) for row in rows]))


def read_catalogues(folder: Path) -> list[Mapping[str, Any]]:
    """Return what a session left; what is damaged is left out."""
    return [
        entry
        for entry in read_list(folder / FILE)
        if isinstance(entry, dict)
        and all(isinstance(entry.get(name), str) for name in ("file", "text", "bands"))
        and (entry["file"] or entry["text"])
    ]


def restore_catalogues(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Open catalogues again, and predict those that were; return the files that are gone."""
    missing = []
    for row in rows:
        name = row["file"]
        if name and not is_there(name):
            missing.append(name)
        elif name:
            is_predicted = row.get("is_predicted") is True
            mapping = mapping_from(row.get("mapping"))
            open_catalogues(session, [name], mapping, asks=False, then_predicts=is_predicted)
        else:
            _restore_typed(session, row)
    return missing


def _restore_typed(session: Session, row: Mapping[str, Any]) -> None:
    try:
        table = read_typed(row["text"], row["bands"])
    except SpectraGUIError as error:
        session.notifications.failure(error)
        return
    add_catalogue(session, "", table, bands_seen(table), text=row["text"], is_told=True)
