"""Catalogues of photometry: `guess_mapping`, `read_catalogue`, and writing them with predictions."""

from __future__ import annotations

from spectragui.io.catalogues.catalogue_mapping import CatalogueMapping
from spectragui.io.catalogues.pasted_objects import read_pasted
from spectragui.io.catalogues.read_catalogue import guess_mapping, is_catalogue, read_catalogue

__all__ = ["CatalogueMapping", "guess_mapping", "is_catalogue", "read_catalogue", "read_pasted"]
