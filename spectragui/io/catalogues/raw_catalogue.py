"""`RawCatalogue`: a table as the file has it, whatever its format, before its columns are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import CatalogueError
from spectragui.io.reading.limits import HINT, Limits, TooLargeError

#: Values of one array unless ``--max-values`` says more: 450,000 rows of 140 columns fit several times.
MOST_VALUES = 40_000_000
MOST_COLUMNS = 2000
MOST_ROWS = 5_000_000
_LONGEST_TEXT = 80  # longer texts are kept as objects, so that one of them does not widen all


@dataclasses.dataclass(frozen=True, eq=False)
class RawCatalogue:
    """Columns of a file.

    Attributes
    ----------
    path : pathlib.Path
    columns : mapping of str to ndarray, shape (n_rows,)
        Floats with NaN where empty, integers, or texts.
    units : mapping of str to str
        Those that the file gives.
    form : {"csv", "ecsv", "fits", "votable", "parquet"}
    sha256 : str
    remarks : tuple of str
        What was left out or is odd, in sentences.
    """

    path: Path
    columns: Mapping[str, NDArray[Any]]
    units: Mapping[str, str]
    form: str
    sha256: str = ""
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return next((len(values) for values in self.columns.values()), 0)


def check_size(n_rows: int, n_columns: int, limits: Limits, name: str) -> None:
    """Raise where a table is larger than is read.

    Raises
    ------
    CatalogueError
        With how large it is.
    """
    if n_columns > MOST_COLUMNS:
        raise CatalogueError(f"{name}: it has {n_columns:,} columns; up to {MOST_COLUMNS:,} are read.")
    if n_rows > MOST_ROWS * max(1, limits.array_values // MOST_VALUES):
        raise CatalogueError(f"{name}: it has {n_rows:,} rows; up to {MOST_ROWS:,} are read.", HINT)
    try:
        limits.check_file(n_rows * n_columns)
    except TooLargeError as error:
        raise CatalogueError(f"{name}: {error}.", HINT) from error


def unique_names(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return names made unique ("z", "z_2"), and the sentences about those that were not."""
    found: list[str] = []
    twice: list[str] = []
    for number, given in enumerate(names, start=1):
        name = given.strip() or f"column_{number}"
        unique, count = name, 2
        while unique in found:
            unique, count = f"{name}_{count}", count + 1
        if unique != name:
            twice.append(f"Two columns are called {name}; the later one is read as {unique}.")
        found.append(unique)
    return found, twice


def text_array(texts: list[str]) -> NDArray[Any]:
    """Return texts as an array that does not grow with its longest."""
    longest = max(map(len, texts), default=1)
    return np.array(texts, dtype=object if longest > _LONGEST_TEXT else f"U{max(longest, 1)}")


def as_column(values: Any) -> NDArray[Any] | None:
    """Return a library's column as floats with NaN, integers or texts; None if it is none of these."""
    masked = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    plain = np.asarray(np.ma.getdata(values))
    if plain.ndim != 1:
        return None
    if plain.dtype.kind in "SUO":
        texts = [_text_of(value) for value in plain.tolist()]
        if masked is not None and masked.any():
            texts = ["" if hidden else text for text, hidden in zip(texts, masked.tolist(), strict=True)]
        return text_array(texts)
    if plain.dtype.kind == "b":
        plain = plain.astype(np.int64)
    if plain.dtype.kind not in "iuf":
        return None
    if masked is not None and masked.any():
        plain = np.where(masked, np.nan, plain.astype(np.float64))
    native = plain.dtype.newbyteorder("=")
    if native.kind == "u":
        native = np.dtype(np.int64) if plain.dtype.itemsize < 8 else np.dtype(np.float64)
    return np.ascontiguousarray(plain.astype(native))


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value).strip()
