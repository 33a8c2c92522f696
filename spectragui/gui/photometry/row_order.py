"""Which rows of a catalogue are shown, and in which order: whole columns at once, without Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.photometry_result import PHOTOMETRY_COLUMN_NAMES, PhotometryFlag
from spectragui.core.progress import Progress
from spectragui.core.row_filter import Kind, RowFilter
from spectragui.gui.photometry.catalogue_columns import verdict_words

if TYPE_CHECKING:
    from spectragui.gui.session.photometry_state import OpenCatalogue

REFERENCE_PREFIX = "catalogue_"  # of what the catalogue says of redshift, mass, type and kind
CATALOGUE_PREFIX = "cat_"  # of a column whose name is that of a prediction
_WORD, _MOST_WORDS, _LAST_BYTE = 8, 4, 255
PREDICTED_NAMES = frozenset(PHOTOMETRY_COLUMN_NAMES)
FILTER_HINT = (
    "Words that occur in a name, a class or the verdict, or an expression:\n"
    "z > 0.5 and p_star < 0.1,  18 < F814W < 22.5,  not BIMODAL,\n"
    'kind == "galaxy".  Columns are called as in the catalogue, predictions as in the exported file\n'
    "(z, e_z, p_star, log_mass ...); a column of the catalogue with such a name is called cat_z.\n"
    "What predictions are compared with: catalogue_z, catalogue_log_mass, catalogue_star, catalogue_type."
)


class FilterColumns(Mapping[str, Any]):
    """Columns that a filter may name: the catalogue's, its magnitudes and what was predicted.

    Text is folded to small letters when it is first asked for, and kept.

    Parameters
    ----------
    catalogue : OpenCatalogue
    """

    def __init__(self, catalogue: OpenCatalogue) -> None:
        table, result = catalogue.table, catalogue.result
        self.n_rows = len(table)
        self._columns: dict[str, NDArray[Any]] = {"id": table.ids}
        for band, name in enumerate(table.band_set.names):
            self._columns[name] = table.magnitudes[:, band]
            self._columns[f"e_{name}"] = table.errors[:, band]
        for part in (table.columns, table.morphology, table.flags):
            for name, values in part.items():
                if values.ndim == 1:
                    self._columns.setdefault(_free(name), values)
        for (
            name,
            values,
        ) in table.reference.items():  # as they are compared, whatever the column's unit and name
            self._columns[f"{REFERENCE_PREFIX}{name}"] = values
        if result is not None:
            for name, values in result.columns.items():
                if values.ndim == 1:
                    self._columns[name] = values
        self._folded: dict[str, NDArray[Any]] = {}
        self._verdicts: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self._columns)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name == "verdict":
            return self.verdicts
        values = self._columns[name]
        if values.dtype.kind not in "OSU":
            return values
        if name not in self._folded:
            self._folded[name] = np.char.lower(values.astype(str))
        return self._folded[name]

    @property
    def kinds(self) -> dict[str, Kind]:
        """What each column holds, as a `RowFilter` is told."""
        kinds: dict[str, Kind] = {}
        for name, values in self._columns.items():
            kinds[name] = "text" if values.dtype.kind in "OSU" else "number"
        return {**kinds, "verdict": "text"} if "flag_bad" in self._columns else kinds

    @property
    def verdicts(self) -> NDArray[Any]:
        """Words of the verdicts, shape (n,); a few different ones."""
        if self._verdicts is None:
            bits = self._columns["flag_warn"].astype(np.int64) << 32 | self._columns["flag_bad"].astype(
                np.int64
            )
            different, places = np.unique(bits, return_inverse=True)
            words = [verdict_words(int(one >> 32), int(one & 0xFFFFFFFF)).casefold() for one in different]
            self._verdicts = np.array(words)[places]
        return self._verdicts

    def holds(self, word: str) -> NDArray[np.bool_]:
        """Return which rows show a word in a name, a class or the verdict."""
        found = np.zeros(self.n_rows, dtype=bool)
        for name, kind in self.kinds.items():
            if kind == "text":
                found |= np.char.find(self[name], word) >= 0
        return found


def catalogue_filter(columns: FilterColumns, text: str) -> RowFilter:
    """Return the filter of a text.

    Raises
    ------
    SettingsError
        If an expression cannot be understood.
    """
    fractions = ("p_star",) if "p_star" in columns else ()
    return RowFilter(text, columns.kinds, fractions, PhotometryFlag)


def rows_that_pass(columns: FilterColumns, text: str) -> NDArray[np.int64]:
    """Return the rows that a filter lets through, in the order of the file.

    Raises
    ------
    SettingsError
        If an expression cannot be understood.
    """
    if not text.strip():
        return np.arange(columns.n_rows)
    return np.flatnonzero(catalogue_filter(columns, text).select(columns, columns.holds, columns.n_rows))


def ordered(rows: NDArray[np.int64], values: NDArray[Any] | None, is_descending: bool) -> NDArray[np.int64]:
    """Return rows by their values; equal ones as in the file, what is not known last in either direction."""
    if values is None:
        return rows
    keys = values[rows]
    if keys.dtype.kind in "OSU":
        words = _words(keys.astype(str))
        if words is not None:
            return rows[np.lexsort(~words if is_descending else words)]
        _, keys = np.unique(keys.astype(str), return_inverse=True)
    if keys.dtype.kind in "ub":
        keys = keys.astype(np.int64)
    return rows[np.argsort(-keys if is_descending else keys, kind="stable")]


def _words(texts: NDArray[np.str_]) -> NDArray[np.uint64] | None:
    """Return texts as numbers of the same order, eight letters each, the last first; None of long ones.

    Whole columns of such numbers are ordered in a fifth of the time that texts take.
    """
    n_letters = texts.dtype.itemsize // 4
    n_words = -(-n_letters // _WORD)
    if not 0 < n_words <= _MOST_WORDS or not texts.size:
        return None
    codes = np.ascontiguousarray(texts).view(np.uint32).reshape(texts.size, n_letters)
    if codes.max() > _LAST_BYTE:
        return None
    letters = np.zeros((texts.size, n_words * _WORD), dtype=np.uint8)
    letters[:, :n_letters] = codes
    return letters.view(">u8").T[::-1].astype(np.uint64)


def find_rows(
    columns: FilterColumns, text: str, values: NDArray[Any] | None, is_descending: bool, progress: Progress
) -> NDArray[np.int64]:
    """Filter and order the rows of a large catalogue in a worker."""
    progress(0.0)
    return ordered(rows_that_pass(columns, text), values, is_descending)


def _free(name: str) -> str:
    return CATALOGUE_PREFIX + name if name in PREDICTED_NAMES else name
