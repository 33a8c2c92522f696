"""Measurements against a crash: the rows of the table as JSON, and back into it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.measurements import MEASUREMENT_COLUMNS, make_measurement
from spectragui.gui.recovery.kept_json import read_list
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Measurement

FILE = "measurements.json"


def kept_measurements(state: AppState) -> tuple[dict[str, Any], ...]:
    """Return the rows of the table as plain values."""
    return tuple(dict(item.row) for item in state.measurements)


def write_measurements(folder: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows; no file where there are none."""
    if rows or (folder / FILE).exists():
        write_text_atomically(folder / FILE, json.dumps([dict(row) for row in rows]))


def read_measurements(folder: Path) -> list[Mapping[str, Any]]:
    """Return the rows that a session left; what is damaged is left out."""
    rows = []
    for entry in read_list(folder / FILE):
        if isinstance(entry, dict):
            rows += _row(entry)
    return rows


def restore_measurements(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows back into the table; their spectra are found when they are opened again."""
    restored = tuple(Measurement(session.new_id("measurement"), "", None, row) for row in rows)
    if restored:
        session.update(undo="Restore measurements", measurements=(*restored, *session.state.measurements))


def _row(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kinds = {"text": str, "number": float, "integer": int}
    try:
        values = {c.name: kinds[c.kind](entry[c.name]) for c in MEASUREMENT_COLUMNS if c.name in entry}
    except (TypeError, ValueError, OverflowError):
        return []
    return [make_measurement(**values)]
