"""Catalogues in text: CSV, TSV, ECSV, VizieR's tables; plain or packed; read piece by piece."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import re
from collections.abc import Generator, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import CatalogueError, first_sentence
from spectragui.core.progress import Progress, no_progress
from spectragui.core.wording import plain_text
from spectragui.io.catalogues.arrow_csv import NO_VALUE, is_possible, read_rows
from spectragui.io.catalogues.raw_catalogue import RawCatalogue, check_size, text_array, unique_names
from spectragui.io.reading.limits import HINT, Limits
from spectragui.io.reading.packed_file import PACKING_ERRORS, open_packed

_PIECE = 1 << 22
_LONGEST_LINE = 1 << 18
_SEPARATORS = (",", "\t", ";", "|")
_DASHES = re.compile(r"[-=+\s|]+")
_ECSV_COLUMN = re.compile(r"#\s*-\s*\{\s*name:\s*(?P<name>'(?:[^']|'')*'|\"[^\"]*\"|[^,}]+)(?P<rest>.*)\}")
_ECSV_UNIT = re.compile(r"unit:\s*('[^']*'|\"[^\"]*\"|[^,}]+)")
_BLANK = (*(word.lower() for word in NO_VALUE), '""')
_LARGEST_EXACT = 2**53


@dataclasses.dataclass
class _Layout:
    names: list[str]
    separator: str | None  # None: blanks
    units: dict[str, str]
    form: str
    first: int  # lines before the first row
    remarks: list[str]


@dataclasses.dataclass
class _Column:
    """What is known of a column while pieces come."""

    pieces: list[NDArray[Any]] = dataclasses.field(default_factory=list)
    n_bad: int = 0
    first_bad: str = ""
    is_text: bool = False


def lines_of(
    path: Path, limits: Limits, progress: Progress = no_progress
) -> Generator[list[str], None, None]:
    """Give the lines of a text file, some ten thousand at a time, unpacked where it is packed.

    Raises
    ------
    CatalogueError
        If it is too large, is no text, cannot be read or its packing is damaged.
    """
    size, total, rest = max(path.stat().st_size, 1), 0, b""
    try:
        with open_packed(path) as stream:
            while piece := stream.read(_PIECE):
                total += len(piece)
                if total > 4 * limits.text_bytes:
                    raise CatalogueError(
                        f"{path.name}: it holds more than {4 * limits.text_bytes:,} bytes, unpacked.", HINT
                    )
                if b"\0" in piece:
                    raise CatalogueError(f"{path.name}: this is no text and no table that is known.")
                lines = (rest + piece).splitlines()
                rest = b"" if piece.endswith((b"\n", b"\r")) else lines.pop()
                if len(rest) > _LONGEST_LINE:
                    raise CatalogueError(
                        f"{path.name}: it has a line of more than {_LONGEST_LINE:,} characters."
                    )
                raw = getattr(stream, "fileobj", None) or getattr(stream, "_fp", None) or stream
                progress(min(raw.tell() / size, 1.0), "reading the catalogue")
                yield [line.decode("utf-8", "replace") for line in lines]
    except PACKING_ERRORS as error:
        raise CatalogueError(
            f"{path.name}: the file cannot be read or its compression is damaged ({first_sentence(error)}).",
            "Copy or download it again.",
        ) from error
    if rest:
        yield [rest.decode("utf-8", "replace")]


def read_text_catalogue(path: Path, limits: Limits, progress: Progress = no_progress) -> RawCatalogue:
    """Read a catalogue in text.

    Raises
    ------
    CatalogueError
        If it is no table, a row does not fit its head, or it is too large.
    """
    pieces = lines_of(path, limits, progress)
    lines = next(pieces, None)
    if lines is None:
        raise CatalogueError(f"{path.name}: the file is empty.", "Copy or download it again.")
    layout = text_layout(lines, path.name)
    check_size(0, len(layout.names), limits, path.name)
    columns = [_Column() for _ in layout.names]
    if is_possible(layout.separator):
        pieces.close()
        _add_by_arrow(columns, layout, path, limits, progress)
    else:
        _add_by_lines(columns, layout, path, limits, chain([lines], pieces))
    if not any(len(piece) for piece in columns[0].pieces):
        raise CatalogueError(f"{path.name}: the table has a head but no rows.")
    arrays = _arrays(layout, columns)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return RawCatalogue(
        path, arrays, layout.units, layout.form, digest, (*layout.remarks, *_remarks(layout, columns))
    )


def columns_of_lines(
    lines: list[str], name: str
) -> tuple[dict[str, NDArray[Any]], dict[str, str], list[str]]:
    """Return columns, units and remarks of a table that is at hand as lines; raises as a file would."""
    layout = text_layout(lines, name)
    columns = [_Column() for _ in layout.names]
    _add_by_lines(columns, layout, Path(name), Limits(), [lines])
    if not columns[0].pieces:
        raise CatalogueError(f"{name}: the table has a head but no rows.")
    return _arrays(layout, columns), layout.units, layout.remarks + _remarks(layout, columns)


def _arrays(layout: _Layout, columns: list[_Column]) -> dict[str, NDArray[Any]]:
    return {name: _joined(column) for name, column in zip(layout.names, columns, strict=True)}


def _remarks(layout: _Layout, columns: list[_Column]) -> list[str]:
    return [
        f"Column {name}: {column.n_bad:,} entries are no numbers (the first is "
        f"{plain_text(column.first_bad)[:30]!r}) and count as empty."
        for name, column in zip(layout.names, columns, strict=True)
        if column.n_bad and not column.is_text
    ]


def _add_by_arrow(
    columns: list[_Column], layout: _Layout, path: Path, limits: Limits, progress: Progress
) -> None:
    by_name = dict(zip(layout.names, columns, strict=True))

    def from_texts(name: str, texts: list[str]) -> NDArray[Any]:
        _add(by_name[name], texts)
        return by_name[name].pieces.pop()

    found = read_rows(path, layout.names, layout.separator or ",", layout.first, limits, progress, from_texts)
    check_size(len(next(iter(found.values()))), len(columns), limits, path.name)
    for name, values in found.items():
        by_name[name].pieces.append(values)


def _add_by_lines(
    columns: list[_Column], layout: _Layout, path: Path, limits: Limits, pieces: Iterable[list[str]]
) -> None:
    n_lines = n_rows = 0
    for lines in pieces:
        skipped = layout.first if n_lines == 0 else 0
        rows = _rows(lines[skipped:], layout, n_lines + skipped, path.name)
        n_lines += len(lines)
        n_rows += len(rows)
        check_size(n_rows, len(columns), limits, path.name)
        for column, texts in zip(columns, zip(*rows, strict=True), strict=False):
            _add(column, list(texts))


def text_layout(lines: list[str], name: str) -> _Layout:
    """Return names, separator and units of a table in text, from its first lines.

    Raises
    ------
    CatalogueError
        If its first line names no columns.
    """
    if lines:
        lines = [lines[0].removeprefix("\ufeff"), *lines[1:]]
    is_ecsv = bool(lines) and lines[0].startswith("# %ECSV")
    start = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None:
        raise CatalogueError(f"{name}: the file holds no table.", "Copy or download it again.")
    head, comments = lines[start], lines[:start]
    if is_ecsv:
        marked = [line for line in comments if "delimiter:" in line]
        separator: str | None = "," if marked and "," in marked[0].partition("delimiter:")[2] else None
    else:
        counts = {mark: head.count(mark) for mark in _SEPARATORS}
        separator = max(counts, key=lambda mark: counts[mark])
        separator = separator if counts[separator] else None
        if _is_number_row(head, separator) and comments and not _is_number_row(comments[-1][1:], separator):
            head, start = comments[-1].lstrip("# "), start - 1  # the names stand in a comment
    if _is_number_row(head, separator):
        raise CatalogueError(
            f"{name}: its first line holds numbers, not the names of columns.", "Add a line with the names."
        )
    names, remarks = unique_names(word.strip().strip("'\"") for word in split_line(head, separator))
    units = _ecsv_units(comments) if is_ecsv else {}
    first = start + 1
    below = [index for index in (start + 1, start + 2) if index < len(lines) and lines[index].strip()]
    dashes = next((i for i in below if _DASHES.fullmatch(lines[i]) and "--" in lines[i]), None)
    if dashes is not None:  # VizieR: names, units, dashes
        if dashes == start + 2:
            words = split_line(lines[start + 1], separator)
            units = {n: u.strip() for n, u in zip(names, words, strict=False) if u.strip()}
        first = dashes + 1
    return _Layout(names, separator, units, "ecsv" if is_ecsv else "csv", first, remarks)


def split_line(line: str, separator: str | None) -> list[str]:
    """Return the entries of one line."""
    if '"' in line:
        mark = separator or " "
        return next(csv.reader([line], delimiter=mark, skipinitialspace=True), [])
    return line.split(separator)


def _is_number_row(line: str, separator: str | None) -> bool:
    words = [word.strip() for word in split_line(line, separator)]
    numbers = sum(_number(word) is not None for word in words)
    return len(words) > 0 and numbers > len(words) / 2


def _ecsv_units(comments: list[str]) -> dict[str, str]:
    units = {}
    for line in comments:
        found = _ECSV_COLUMN.match(line)
        unit = _ECSV_UNIT.search(found["rest"]) if found else None
        if found and unit:
            units[found["name"].strip("'\" ")] = unit.group(1).strip("'\" ")
    return units


def _rows(lines: list[str], layout: _Layout, first: int, name: str) -> list[Any]:
    """Return the entries of lines; comments and blank lines are left out."""
    separator, count = layout.separator, len(layout.names)
    rows: list[Any]
    if any('"' in line for line in lines):
        rows = [split_line(line, separator) if line.strip() and line[0] != "#" else [] for line in lines]
    else:
        rows = [line.split(separator) if line.strip() and line[0] != "#" else [] for line in lines]
    for number, row in enumerate(rows, start=first + 1):
        if row and len(row) != count:
            if len(row) == count + 1 and not row[-1].strip():
                row.pop()
                continue
            raise CatalogueError(
                f"{name}: line {number:,} has {len(row)} entries, the head has {count}.",
                "The file may be cut short, or an entry holds the separator: mend that line.",
            )
    return [row for row in rows if row]


def _add(column: _Column, texts: list[str]) -> None:
    """Add a piece of a column: as integers, as floats, or as texts where most are no numbers."""
    for kind in (np.int64, np.float64):
        try:
            column.pieces.append(np.array(texts, dtype=kind))
            return
        except (ValueError, OverflowError):
            continue
    numbers = [_number(text) for text in texts]
    bad = [i for i, value in enumerate(numbers) if value is None]
    n_filled = sum(text.strip().lower() not in _BLANK for text in texts)
    if bad and 2 * len(bad) > n_filled:
        column.pieces.append(text_array([text.strip().strip('"') for text in texts]))
        return
    column.n_bad += len(bad)
    column.first_bad = column.first_bad or (texts[bad[0]].strip() if bad else "")
    column.pieces.append(np.array([np.nan if value is None else value for value in numbers]))


def _number(text: str) -> float | None:
    """Return a number, NaN of a blank; None of other texts."""
    word = text.strip()
    if word.lower() in _BLANK:
        return float("nan")
    try:
        return float(word.strip('"'))
    except ValueError:
        return None


def _joined(column: _Column) -> NDArray[Any]:
    kinds = {piece.dtype.kind for piece in column.pieces}
    if kinds <= {"i", "f"}:
        joined = np.concatenate(column.pieces)
        largest = max((np.abs(p).max() for p in column.pieces if p.dtype.kind == "i" and p.size), default=0)
        if joined.dtype.kind == "i" or largest < _LARGEST_EXACT:
            column.pieces.clear()
            return joined
    column.is_text = True
    texts = [text for piece in column.pieces for text in _as_texts(piece)]
    column.pieces.clear()
    return text_array(texts)


def _as_texts(piece: NDArray[Any]) -> list[str]:
    if piece.dtype.kind == "f":
        return ["" if np.isnan(value) else repr(value) for value in piece.tolist()]
    return [str(value) for value in piece.tolist()]
