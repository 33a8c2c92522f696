"""Tables (results, measurements) as ECSV, CSV, FITS, VOTable or LaTeX; results also back."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spectragui.core.atomic_write import atomic_path, check_target, write_text_atomically
from spectragui.core.errors import ReadError, WriteError, first_sentence
from spectragui.core.measurements import MEASUREMENT_COLUMNS
from spectragui.core.regular_file import read_ordinary, read_text
from spectragui.core.results import RESULT_COLUMNS, Column, complete_row, make_row
from spectragui.io.reading.limits import Limits
from spectragui.io.reading.source import library_errors
from spectragui.io.reading.xml_check import check_votable
from spectragui.io.tables.latex_table import latex_table, measurements_latex
from spectragui.io.tables.votable_file import votable_text

Row = Mapping[str, Any]
FITS_TEXT = 68  # characters of a card
NO_FITS_UNIT = ("dex",)  # a logarithm has no unit in the FITS standard: the comment says it

_COLUMNS: Mapping[str, Column] = MappingProxyType({column.name: column for column in RESULT_COLUMNS})


@dataclasses.dataclass(frozen=True)
class TableKind:
    """What a table is called and which columns it has.

    Attributes
    ----------
    name : str
        Of the FITS extension and of the VOTable, in lower case.
    description : str
        In one sentence.
    columns : tuple of Column
    latex : callable
        ``latex(rows)`` returns the table for a paper.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    latex: Callable[[Sequence[Row]], str]


RESULTS_TABLE = TableKind(
    "results",
    "Stellar parameters read by SpectraGUI, one row a spectrum and model",
    RESULT_COLUMNS,
    latex_table,
)
MEASUREMENTS_TABLE = TableKind(
    "measurements",
    "Lines and regions measured by SpectraGUI, one row a measurement",
    MEASUREMENT_COLUMNS,
    measurements_latex,
)


def write_results(rows: Iterable[Row], path: str | os.PathLike[str]) -> None:
    """Write the results table; the suffix of the path chooses the format.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of `spectragui.core.results`; missing columns are written empty.
    path : path-like
        Ends in .ecsv, .csv, .fits, .vot or .tex.

    Raises
    ------
    WriteError
        If the suffix is unknown or the file cannot be written; an old file survives.
    """
    write_table(rows, RESULTS_TABLE, path)


def write_table(rows: Iterable[Row], table: TableKind, path: str | os.PathLike[str]) -> None:
    """Write a table of any kind; the suffix of the path chooses the format.

    Parameters
    ----------
    rows : iterable of mapping
        Missing columns are written empty.
    table : TableKind
        Its columns and names.
    path : path-like
        Ends in .ecsv, .csv, .fits, .vot or .tex.

    Raises
    ------
    WriteError
        If the suffix is unknown or the file cannot be written; an old file survives.
    """
    check_table_path(path)
    complete = [complete_row(table.columns, dict(row)) for row in rows]
    _WRITERS[Path(path).suffix.lower()](complete, table, Path(path))


def check_table_path(path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Refuse a path where no table could be written, before the work is done rather than after.

    Parameters
    ----------
    path : path-like
    inputs : iterable of path-like
        Files that are read, and so not written over.

    Raises
    ------
    WriteError
        If the suffix is unknown, the folder is missing, or what is there must not be written over.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in _WRITERS:
        raise WriteError(
            f"{file.name}: a table cannot be written as {suffix or 'a file without suffix'}.",
            f"Use one of {', '.join(_WRITERS)}.",
        )
    if not file.absolute().parent.is_dir():
        raise WriteError(
            f"{file.name}: there is no folder {file.parent}.", "Make it first, or choose another."
        )
    check_target(file, inputs)


def read_results(path: str | os.PathLike[str]) -> list[Row]:
    """Read a results table that `write_results` wrote (all formats but LaTeX).

    Returns
    -------
    list of mapping
        Complete rows; empty numbers are NaN.

    Raises
    ------
    ReadError
        If it is no such table.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in _READERS:
        raise ReadError(f"{file.name}: results are not read from {suffix or 'such a file'}.", _READ_HINT)
    if not file.is_file():
        raise ReadError(f"{file.name}: there is no such file in {file.absolute().parent}.", "Check the path.")
    try:
        rows = _READERS[suffix](file)
    except _table_errors() as error:
        said = first_sentence(error)
        raise ReadError(f"{file.name} is not a results table ({said}).", _READ_HINT) from error
    return [_complete(row, file) for row in rows]


def _table_errors() -> tuple[type[Exception], ...]:
    return (*library_errors(), csv.Error)


_READ_HINT = "Use a table written by SpectraGUI as .ecsv, .csv, .fits or .vot."


def as_astropy_table(rows: Iterable[Row], columns: Sequence[Column] = RESULT_COLUMNS) -> Any:
    """Return rows as an `astropy.table.Table` with units, descriptions and UCDs.

    Numbers that are not known are NaN.
    """
    from astropy.table import MaskedColumn, Table

    complete = [complete_row(columns, dict(row)) for row in rows]
    table = Table()
    for column in columns:
        values = [row[column.name] for row in complete]
        converted, dtype = _column_values(column, values)
        entry = MaskedColumn(converted, dtype=dtype, unit=column.unit or None, description=column.description)
        entry = entry.filled() if hasattr(entry, "filled") else entry
        if column.ucd:
            entry.meta["ucd"] = column.ucd
        table[column.name] = entry
    return table


def _column_values(column: Column, values: list[Any]) -> tuple[list[Any], Any]:
    if column.kind == "text":
        texts = [str(value) for value in values]
        return texts, f"U{max([1, *map(len, texts)])}"
    if column.kind == "integer":
        return [int(value) for value in values], "i8"
    return [float(value) if value is not None else math.nan for value in values], "f8"


def csv_text(rows: Iterable[Row], columns: Sequence[Column]) -> str:
    """Return rows as CSV, the names of the columns in the first line; missing columns are empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for row in rows:
        complete = complete_row(columns, dict(row))
        writer.writerow([_csv_entry(column, complete[column.name]) for column in columns])
    return buffer.getvalue()


def _write_csv(rows: list[Row], table: TableKind, path: Path) -> None:
    write_text_atomically(path, csv_text(rows, table.columns))


def _csv_entry(column: Column, value: Any) -> str:
    if column.kind == "text":
        return str(value)
    if column.kind == "integer":
        return str(int(value))
    return "" if value is None or math.isnan(float(value)) else repr(float(value))


def _write_ecsv(rows: list[Row], table: TableKind, path: Path) -> None:
    with atomic_path(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        as_astropy_table(rows, table.columns).write(temporary, format="ascii.ecsv", overwrite=True)


def _write_fits(rows: list[Row], table: TableKind, path: Path) -> None:
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdu = fits.table_to_hdu(as_astropy_table([_in_ascii(row) for row in rows], table.columns))
    hdu.name = table.name.upper()
    for number, column in enumerate(table.columns, start=1):
        hdu.header.set(f"TCOMM{number}", _fits_comment(column))
        if column.ucd:
            hdu.header.set(f"TUCD{number}", column.ucd)
        if column.unit and column.unit not in NO_FITS_UNIT:
            hdu.header.set(f"TUNIT{number}", column.unit)
    with atomic_path(path) as temporary:
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(temporary, overwrite=True)


def _fits_comment(column: Column) -> str:
    """Return what a column means, with the unit where TUNIT cannot say it."""
    said = f" [{column.unit}]" if column.unit in NO_FITS_UNIT else ""
    return column.description[: FITS_TEXT - len(said)] + said


def _in_ascii(row: Row) -> Row:
    # FITS allows only ASCII in tables; other characters are written as \\uXXXX.
    return {
        k: v.encode("ascii", "backslashreplace").decode() if isinstance(v, str) else v for k, v in row.items()
    }


def _from_ascii(text: str) -> str:
    return re.sub(
        r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})", lambda m: chr(int(m.group(1) or m.group(2), 16)), text
    )


def _write_votable(rows: list[Row], table: TableKind, path: Path) -> None:
    write_text_atomically(path, votable_text(rows, table.columns, table.name, table.description))


def _write_latex(rows: list[Row], table: TableKind, path: Path) -> None:
    write_text_atomically(path, table.latex(rows))


def _read_csv(path: Path) -> list[dict[str, Any]]:
    text = read_text(path, Limits().text_bytes).removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "file" not in (reader.fieldnames or ()):
        raise ValueError("its first line does not name the columns")
    return [dict(row) for row in reader]


def _read_votable(path: Path) -> list[dict[str, Any]]:
    limits = Limits()
    check_votable(read_ordinary(path, limits.text_bytes), limits)
    return _read_astropy(path, "votable")


def _read_astropy(path: Path, how: str) -> list[dict[str, Any]]:
    from astropy.table import Table

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Table.read(path, format=how)
    return [{name: row[name] for name in table.colnames} for row in table]


def _complete(row: Mapping[str, Any], path: Path) -> Row:
    known = {name: value for name, value in row.items() if name in _COLUMNS}
    if "file" not in known or "model" not in known:
        raise ReadError(
            f"{path.name} is not a results table: it lacks the columns file and model.", _READ_HINT
        )
    try:
        return make_row(**{name: _parsed(_COLUMNS[name], value) for name, value in known.items()})
    except (ValueError, TypeError) as error:
        raise ReadError(
            f"{path.name}: an entry is no number ({first_sentence(error)}).", _READ_HINT, str(error)
        ) from error


def _parsed(column: Column, value: Any) -> Any:
    import numpy as np

    is_empty = value is None or value is np.ma.masked or (isinstance(value, str) and not value.strip())
    if column.kind == "text":
        text = value.decode() if isinstance(value, bytes) else value
        return "" if is_empty else _from_ascii(str(text))
    if column.kind == "integer":
        return 0 if is_empty else int(float(value))
    return math.nan if is_empty else float(value)


_WRITERS: Mapping[str, Callable[[list[Row], TableKind, Path], None]] = MappingProxyType(
    {
        ".ecsv": _write_ecsv,
        ".csv": _write_csv,
        ".fits": _write_fits,
        ".vot": _write_votable,
        ".tex": _write_latex,
    }
)
_READERS: Mapping[str, Callable[[Path], list[dict[str, Any]]]] = MappingProxyType(
    {
        ".ecsv": lambda path: _read_astropy(path, "ascii.ecsv"),
        ".csv": _read_csv,
        ".fits": lambda path: _read_astropy(path, "fits"),
        ".vot": _read_votable,
    }
)
RESULT_SUFFIXES = tuple(_WRITERS)
