"""A catalogue with its predictions as CSV, ECSV, FITS, VOTable or Parquet: every row, in the same order."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, check_target
from spectragui.core.errors import WriteError
from spectragui.core.photometry import PhotometricTable
from spectragui.core.photometry_result import (
    PHOTOMETRY_COLUMN_NAMES,
    PHOTOMETRY_COLUMNS,
    PhotometryResult,
)
from spectragui.core.progress import Progress, no_progress
from spectragui.core.results import Column
from spectragui.core.wording import plain_text
from spectragui.io.tables.tables import FITS_TEXT, NO_FITS_UNIT
from spectragui.io.tables.votable_file import field_of

_CHUNK = 10_000
_PREFIX = "cat_"


def output_columns(table: PhotometricTable, result: PhotometryResult) -> list[tuple[Column, NDArray[Any]]]:
    """Return all columns that are written: the catalogue's, then the predictions.

    A column of the catalogue that is called as one of the predictions becomes ``cat_NAME``.
    """
    found: list[tuple[Column, NDArray[Any]]] = []
    taken = set(PHOTOMETRY_COLUMN_NAMES)
    for given, values in table.columns.items():
        name = f"{_PREFIX}{given}" if given in taken else given
        while name in taken:
            name = f"{_PREFIX}{name}"
        taken.add(name)
        kinds = {"i": "integer", "f": "number"}
        said = "from the catalogue" + (f", called {given} there" if name != given else "")
        kind: Any = kinds.get(values.dtype.kind, "text")
        found.append((Column(name, kind, table.units.get(given, ""), said), values))
    for column in PHOTOMETRY_COLUMNS:
        found.append((column, result.flag_texts() if column.name == "flags" else result[column.name]))
    return found


def check_photometry_path(
    path: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]] = ()
) -> None:
    """Refuse a path where no table could be written, before the work is done rather than after.

    Raises
    ------
    WriteError
        If the suffix is unknown, the folder is missing, or what is there must not be written over.
    """
    file = Path(path)
    if file.suffix.lower() not in _WRITERS:
        raise WriteError(
            f"{file.name}: a catalogue cannot be written as {file.suffix or 'a file without suffix'}.",
            f"Use one of {', '.join(_WRITERS)}.",
        )
    if not file.absolute().parent.is_dir():
        raise WriteError(
            f"{file.name}: there is no folder {file.parent}.", "Make it first, or choose another."
        )
    check_target(file, inputs)


def write_photometry(
    path: str | os.PathLike[str],
    table: PhotometricTable,
    result: PhotometryResult,
    progress: Progress = no_progress,
) -> None:
    """Write a catalogue with its predictions; the suffix of the path chooses the format.

    Parameters
    ----------
    path : path-like
        Ends in .csv, .ecsv, .fits, .vot or .parquet.
    table : PhotometricTable
    result : PhotometryResult
        Of the same objects.
    progress : Progress

    Raises
    ------
    WriteError
        If the suffix is unknown or the file cannot be written; an old file survives.
    """
    check_photometry_path(path, [table.file] if table.file else [])
    file = Path(path)
    with atomic_path(file) as temporary:
        _WRITERS[file.suffix.lower()](temporary, output_columns(table, result), result, progress)


def _write_csv(path: Path, columns: list[Any], result: PhotometryResult, progress: Progress) -> None:
    try:
        import pyarrow as pa
        from pyarrow import csv
    except ImportError:
        with path.open("w", encoding="utf-8", newline="") as stream:
            _write_lines(stream, columns, ",", progress)
        return
    n = len(result)
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    with path.open("wb") as stream:
        stream.write((",".join(_quoted(column.name) for column, _ in columns) + "\n").encode())
        for start in range(0, n, 5 * _CHUNK):
            rows = slice(start, start + 5 * _CHUNK)
            arrays = [_arrow(values[rows]) for _, values in columns]
            csv.write_csv(pa.table(arrays, [column.name for column, _ in columns]), stream, options)
            progress(min(rows.stop / max(n, 1), 1.0), "writing the table")


def _arrow(values: NDArray[Any]) -> Any:
    """Return an array of arrow: NaN is a missing value; numbers of single precision keep their own digits."""
    import pyarrow as pa

    if values.dtype.kind in "UO":
        return pa.array([_plain(str(value)) for value in values.tolist()], pa.string())
    return pa.array(values, from_pandas=True)


def _plain(text: str) -> str:
    return plain_text(text) if not text.isprintable() else text


def _write_ecsv(path: Path, columns: list[Any], result: PhotometryResult, progress: Progress) -> None:
    from astropy.table import Table

    head = Table()
    for column, values in columns:
        empty = np.empty(0, dtype="U1" if values.dtype.kind in "UO" else values.dtype)
        head[column.name] = empty
        head[column.name].description = column.description
        head[column.name].unit = column.unit or None
    head.meta["models"] = result.model
    with path.open("w", encoding="utf-8", newline="") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        head.write(stream, format="ascii.ecsv", delimiter=",")
        _write_lines(stream, columns, ",", progress, with_head=False)


def _write_lines(
    stream: TextIO, columns: list[Any], separator: str, progress: Progress, *, with_head: bool = True
) -> None:
    """Write rows as text; an empty entry where there is no value."""
    if with_head:
        stream.write(separator.join(_quoted(column.name) for column, _ in columns) + "\n")
    n = len(columns[0][1])
    for start in range(0, n, _CHUNK):
        rows = slice(start, start + _CHUNK)
        texts = [_texts(values[rows]) for _, values in columns]
        stream.writelines(separator.join(row) + "\n" for row in zip(*texts, strict=True))
        progress(min(rows.stop / n, 1.0), "writing the table")


def _texts(values: NDArray[Any]) -> list[str]:
    if values.dtype.kind == "f":
        # repr of a float32 in its own precision, not in that of a double.
        return ["" if text == "nan" else text for text in values.astype(str).tolist()]
    if values.dtype.kind == "i":
        return [str(value) for value in values.tolist()]
    return [_quoted(_plain(str(value))) for value in values.tolist()]


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\n\r '):
        return '"' + text.replace('"', '""') + '"'
    return text


def _write_fits(path: Path, columns: list[Any], result: PhotometryResult, progress: Progress) -> None:
    from astropy.io import fits

    names: set[str] = set()
    definitions = []
    formats = {"f4": "E", "f8": "D", "i8": "K", "i4": "J", "i2": "I"}
    for column, values in columns:
        name = column.name
        while name.lower() in names:  # FITS does not tell case apart
            name = f"{_PREFIX}{name}"
        names.add(name.lower())
        unit = (
            column.unit if column.unit and column.unit.isascii() and column.unit not in NO_FITS_UNIT else None
        )
        if values.dtype.kind in "UO":
            texts = np.array(
                [_plain(str(v)).encode("ascii", "backslashreplace") for v in values.tolist()] or [b""]
            )
            texts = texts[: len(values)]
            form = f"{max(texts.dtype.itemsize, 1)}A"
            definitions.append(fits.Column(name, form, array=texts))
            continue
        code = values.dtype.str[1:]
        values = values if code in formats else values.astype("f8" if values.dtype.kind == "f" else "i8")
        definitions.append(fits.Column(name, formats[values.dtype.str[1:]], unit=unit, array=values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdu = fits.BinTableHDU.from_columns(definitions, name="PHOTOMETRY")
        for number, (column, _) in enumerate(columns, start=1):
            hdu.header.set(
                f"TCOMM{number}", column.description.encode("ascii", "replace").decode()[:FITS_TEXT]
            )
            if column.ucd:
                hdu.header.set(f"TUCD{number}", column.ucd)
        hdu.header["MODELS"] = result.model[:FITS_TEXT]
        progress(0.5, "writing the table")
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path, overwrite=True)


def _write_votable(path: Path, columns: list[Any], result: PhotometryResult, progress: Progress) -> None:
    from xml.sax.saxutils import escape

    from spectragui.io.tables.votable_file import FOOT, HEAD

    n = len(result)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(f'{HEAD}<TABLE name="photometry">\n<DESCRIPTION>{escape(result.model)}</DESCRIPTION>\n')
        stream.writelines(field_of(column) for column, _ in columns)
        stream.write("<DATA>\n<TABLEDATA>\n")
        for start in range(0, n, _CHUNK):
            rows = slice(start, start + _CHUNK)
            texts = [_cells(values[rows]) for _, values in columns]
            for row in zip(*texts, strict=True):
                stream.write("<TR><TD>" + "</TD><TD>".join(row) + "</TD></TR>\n")
            progress(min(rows.stop / max(n, 1), 1.0), "writing the table")
        stream.write(FOOT)


def _cells(values: NDArray[Any]) -> list[str]:
    from xml.sax.saxutils import escape

    if values.dtype.kind == "f":
        return ["NaN" if text == "nan" else text for text in values.astype(str).tolist()]
    if values.dtype.kind == "i":
        return [str(value) for value in values.tolist()]
    return [escape(_plain(str(value))) for value in values.tolist()]


def _write_parquet(path: Path, columns: list[Any], result: PhotometryResult, progress: Progress) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise WriteError(
            "Parquet is written by pyarrow, which is not installed.", "Install pyarrow, or write .fits."
        ) from error
    fields, arrays = [], []
    for column, values in columns:
        array = _arrow(values)
        said = {"unit": column.unit, "description": column.description, "ucd": column.ucd}
        fields.append(pa.field(column.name, array.type, metadata={k: v for k, v in said.items() if v}))
        arrays.append(array)
    schema = pa.schema(fields, metadata={"models": result.model})
    progress(0.5, "writing the table")
    pq.write_table(pa.table(arrays, schema=schema), path)


Writer = Callable[[Path, list[Any], PhotometryResult, Progress], None]
_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        ".csv": _write_csv,
        ".ecsv": _write_ecsv,
        ".fits": _write_fits,
        ".vot": _write_votable,
        ".parquet": _write_parquet,
    }
)
PHOTOMETRY_SUFFIXES = tuple(_WRITERS)
