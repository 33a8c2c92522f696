"""IPAC tables: a head of bars with names, types, units and nulls, then columns at fixed places.

References
----------
IPAC Table Format Definition, https://irsa.ipac.caltech.edu/applications/DDGEN/Doc/ipac_tbl.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.io.reading.source import Source
from spectragui.io.reading.text_lines import number_of
from spectragui.io.reading.text_table import TextTable, plain_comments

_TYPES = re.compile(
    r"(double|doub|d|float|flo|f|real|r|int|integer|i|long|l|char|ch|c|date|str|string|s|)", re.I
)
_LEAST_ROWS = 8


def is_ipac(head: str) -> bool:
    """Return whether a text begins with an IPAC table's head: names between bars, rows without bars."""
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith("\\")]
    bars = [line for line in lines if line.lstrip().startswith("|")]
    if not bars or lines[0] is not bars[0] or lines[0].count("|") < 3:
        return False
    words = _words(bars[0])
    after = lines[len(bars) : len(bars) + 3]
    is_head = not any(number_of(word) is not None for word in words if word)
    return is_head and bool(after) and not any(line.lstrip().startswith("|") for line in after)


def read_ipac(source: Source) -> TextTable:
    """Return the table of an IPAC text.

    Raises
    ------
    ReadError
        If fewer rows than a spectrum needs fit its head.
    """
    lines = source.text.splitlines()
    head = [line for line in lines if line.lstrip().startswith("|")]
    comments = plain_comments([line for line in lines if line.startswith("\\")])
    rows = [line for line in lines if line.strip() and not line.startswith(("\\",)) and line not in head]
    names = _words(head[0])
    types, units, nulls = (_words(head[i]) if i < len(head) else [""] * len(names) for i in (1, 2, 3))
    if not all(_TYPES.fullmatch(word) for word in types):  # the types are left out: units come next
        types, units, nulls = [""] * len(names), types, units
    padded = [(words + [""] * len(names))[: len(names)] for words in (units, nulls)]
    values = [value for row in rows if (value := _values(row, head[0], padded[1])) is not None]
    if len(values) < max(_LEAST_ROWS, 0.5 * len(rows)):
        raise source.error(
            f"only {len(values)} of {len(rows)} rows fit the head of its IPAC table.",
            "Copy or download it again.",
        )
    if len(values) < len(rows):
        source.notes.append(f"{len(rows) - len(values)} lines that are no rows of the table were left out.")
    return TextTable(_array(values), tuple(names), comments, tuple(padded[0]))


def _words(line: str) -> list[str]:
    text = line.strip()
    text = text[1:] if text.startswith("|") else text
    return [word.strip() for word in (text[:-1] if text.endswith("|") else text).split("|")]


def _values(row: str, head: str, nulls: Sequence[str]) -> list[float] | None:
    """Return the numbers of a row by the places of the bars, or by blanks where it does not keep them."""
    bars = [place for place, letter in enumerate(head) if letter == "|"]
    bars = bars if head.rstrip().endswith("|") else [*bars, max(len(row), len(head)) + 1]
    ends = [len(row) + 1 if i == len(bars) - 1 else bar for i, bar in enumerate(bars)]
    keeps = all(bar >= len(row) or row[bar] == " " for bar in bars[1:-1])
    if keeps:
        words = [row[start:end].strip() for start, end in zip(bars[:-1], ends[1:], strict=True)]
    else:
        words = row.split()
    if len(words) != len(nulls):
        return None
    numbers = [_number(word, null) for word, null in zip(words, nulls, strict=True)]
    return numbers if any(math.isfinite(number) for number in numbers) else None


def _number(word: str, null: str) -> float:
    value = math.nan if null and word == null else number_of(word)
    return math.nan if value is None else value


def _array(rows: list[list[float]]) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64)
