"""Tables of labels from which many spectra are generated."""

from __future__ import annotations

import csv
import dataclasses
import difflib
import math
from pathlib import Path
from typing import Any

from spectragui.core.errors import ReadError, first_sentence
from spectragui.core.labels import MAIN_LABELS
from spectragui.core.regular_file import read_text
from spectragui.core.results import RESULT_COLUMNS
from spectragui.inference.generate.generate_spectrum import GenerateRequest

_MISSING_BELOW = -999.0
_FILE_COLUMNS = ("file", "name", "object")


def read_request_table(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read what each row of a CSV table asks for.

    Parameters
    ----------
    path : pathlib.Path
        One header line; columns named as the fields of `GenerateRequest`. Those of a table of results that
        are no labels are not used; others are refused: a misspelt label would be left out in silence.

    Returns
    -------
    list of (str, dict)
        File name (empty where there is no column file, name or object), and the row's values;
        empty cells are left out.

    Raises
    ------
    ReadError
        If the table is missing, empty, has a column that nobody knows or one twice, or holds something that
        is no number, or more values than columns; the row is named.
    """
    hint = "It should be CSV with a header line: teff,logg,m_h and any of alpha_m, vsini, vmic ..."
    try:
        text = read_text(path).removeprefix("\ufeff")
        lines = (line for line in text.splitlines(keepends=True) if line.strip() and line[0] != "#")
        reader = csv.DictReader(lines, skipinitialspace=True)
        read = list(reader)
        columns = [name.strip() for name in reader.fieldnames or ()]
    except (OSError, UnicodeDecodeError, csv.Error, AttributeError) as error:
        raise ReadError(f"The table {path.name} could not be read: {first_sentence(error)}.", hint) from error
    kinds = {field.name: type(field.default) for field in dataclasses.fields(GenerateRequest)}
    if not read or not set(columns) & set(MAIN_LABELS):
        found = ", ".join(columns) if columns else "nothing"
        raise ReadError(f"The table {path.name} has {len(read)} rows; its columns: {found}.", hint)
    _check_columns(columns, tuple(kinds), path.name)
    for number, row in enumerate(read, start=1):
        if None in row or None in row.values():
            raise ReadError(
                f"Row {number} of {path.name} has {'more' if None in row else 'fewer'} values than there are "
                f"columns ({len(columns)}).",
                "Correct the table; an empty cell needs its comma.",
            )
    rows = [{key.strip(): value for key, value in row.items()} for row in read]
    return [
        (_file_of(row), _values(row, kinds, f"Row {number} of {path.name}"))
        for number, row in enumerate(rows, start=1)
    ]


def _check_columns(columns: list[str], fields: tuple[str, ...], table: str) -> None:
    known = {*fields, *_FILE_COLUMNS, *(column.name for column in RESULT_COLUMNS)}
    for name in columns:
        if columns.count(name) > 1:
            raise ReadError(f"{table} has two columns {name!r}.", "Leave one out, or rename it.")
        if name not in known:
            like = difflib.get_close_matches(name.casefold(), fields, 1)
            hint = f"Did you mean {like[0]}?" if like else f"Leave it out. Known: {', '.join(fields)}."
            raise ReadError(f"{table} has a column {name!r}, which nobody knows.", hint)


def _file_of(row: dict[str, str]) -> str:
    name = next((row[name].strip() for name in _FILE_COLUMNS if row.get(name, "").strip()), "")
    return "".join(letter for letter in name if letter.isprintable())


def _values(row: dict[str, str], kinds: dict[str, type], where: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind in kinds.items():
        text = row.get(name, "").strip()
        if not text or kind is bool:
            continue
        values[name] = text if kind is str else _number(text, kind, f"{where}: {name}")
    return values


def _number(text: str, kind: type, where: str) -> Any:
    try:
        value = float(text)
    except ValueError:
        raise ReadError(f"{where} = {text!r} is no number.", "Correct the table.") from None
    if not math.isfinite(value) or value <= _MISSING_BELOW:
        raise ReadError(
            f"{where} is missing ({text}).", "Leave the cell empty for the default, or the row out."
        )
    return kind(value)
