"""Objects that are typed or pasted: a few lines of a table, or only its numbers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from spectragui.core.errors import CatalogueError
from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.io.catalogues.catalogue_mapping import CatalogueMapping, guess_from_columns
from spectragui.io.catalogues.raw_catalogue import RawCatalogue
from spectragui.io.catalogues.read_catalogue import make_table
from spectragui.io.catalogues.text_catalogue import columns_of_lines

_MOST_CHARACTERS = 1_000_000
_PLACE = Path("pasted")


def read_pasted(text: str, bands: str = "alhambra") -> PhotometricTable:
    """Return the objects of a pasted text.

    Parameters
    ----------
    text : str
        Lines of a table whose first one names the columns; or one object a line as numbers only:
        magnitude and error band after band (48 of ALHAMBRA), or all magnitudes, then all errors, said so
        by a first word ``columns``. Words are separated by commas, blanks, tabs or semicolons.
    bands : str
        Name of the band set that bare numbers are of.

    Raises
    ------
    CatalogueError
        If it is neither.
    """
    if len(text) > _MOST_CHARACTERS:
        raise CatalogueError("The pasted text is too long.", "Save it as a file and open that.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise CatalogueError(
            "Nothing was pasted.", "Paste magnitudes and errors, with the names of their columns."
        )
    if not all(_is_numbers(line) for line in lines):
        columns, units, remarks = columns_of_lines(lines, "the pasted text")
        raw = RawCatalogue(_PLACE, columns, units, "csv", "", tuple(remarks))
        return make_table(raw, guess_from_columns(list(columns), units))
    return _bare(lines, bands)


def _bare(lines: list[str], bands: str) -> PhotometricTable:
    names = band_set(bands).names
    rows = [[float(word) for word in _words(line)] for line in lines]
    count = 2 * len(names)
    if len(rows) > 1 and all(len(row) == 2 for row in rows) and len(rows) == len(names):
        rows = [[value for row in rows for value in row]]  # a band a line
    if any(len(row) != count for row in rows):
        raise CatalogueError(
            f"The pasted numbers are {len(rows[0])}; {count} are needed: magnitude and error, {names[0]} to "
            f"{names[-1]}.",
            "Or paste a table with the names of its columns in the first line.",
        )
    values = np.array(rows, dtype=np.float64)
    columns = {}
    for number, name in enumerate(names):
        columns[name], columns[f"e_{name}"] = values[:, 2 * number], values[:, 2 * number + 1]
    mapping = CatalogueMapping(bands, {name: name for name in columns})
    return make_table(RawCatalogue(_PLACE, columns, {}, "csv"), mapping)


def _words(line: str) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", line) if word]


def _is_numbers(line: str) -> bool:
    try:
        return bool([float(word) for word in _words(line)])
    except ValueError:
        return False
