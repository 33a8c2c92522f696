"""Which column is what, in a form that survives: for recovery, and for the next file with these columns."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.session.settings import Settings

if TYPE_CHECKING:
    from spectragui.io.catalogues import CatalogueMapping

MOST_KEPT = 20


def mapping_values(mapping: CatalogueMapping) -> dict[str, Any]:
    """Return a mapping as plain values, without what was assumed."""
    values = {field.name: getattr(mapping, field.name) for field in dataclasses.fields(mapping)}
    del values["remarks"]
    return {**values, "columns": dict(mapping.columns)}


def mapping_from(values: object) -> CatalogueMapping | None:
    """Return the mapping of plain values; None where they are none (of another version, damaged)."""
    from spectragui.io.catalogues import CatalogueMapping

    if not isinstance(values, Mapping) or not isinstance(values.get("columns"), Mapping):
        return None
    texts = [*values["columns"].items(), *((k, v) for k, v in values.items() if k != "columns")]
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in texts):
        return None
    try:
        mapping = CatalogueMapping(**values)
        known = set(mapping.roles)
    except (TypeError, ValueError, SpectraGUIError):
        return None
    return mapping if set(mapping.columns) <= known else None


def remembered(entries: Sequence[str], columns: Sequence[str]) -> CatalogueMapping | None:
    """Return what the user said of an earlier file with the same columns, None if there was none.

    Parameters
    ----------
    entries : sequence of str
        `Settings.catalogue_mappings`.
    columns : sequence of str
    """
    for entry in entries:
        try:
            stored = json.loads(entry)
        except ValueError:
            continue
        if isinstance(stored, dict) and stored.get("of") == _fingerprint(columns):
            return mapping_from(stored.get("mapping"))
    return None


def remember(settings: Settings, columns: Sequence[str], mapping: CatalogueMapping) -> Settings:
    """Return preferences that know what the user said of the columns of a file."""
    fresh = json.dumps({"of": _fingerprint(columns), "mapping": mapping_values(mapping)}, sort_keys=True)
    mark = f'"of": "{_fingerprint(columns)}"'
    others = tuple(entry for entry in settings.catalogue_mappings if mark not in entry)
    return settings.replace(catalogue_mappings=(fresh, *others)[:MOST_KEPT])


def _fingerprint(columns: Sequence[str]) -> str:
    return sha256("\n".join(sorted(columns)).encode()).hexdigest()[:16]
