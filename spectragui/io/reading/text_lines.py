"""Lines of text as rows: separators, numbers however they are written, nulls, True and False, words."""

from __future__ import annotations

import csv
import dataclasses
import math
import re
from collections.abc import Sequence

_NULLS = frozenset(
    ("", "null", "nan", "none", "na", "n/a", "<na>", "--", "---", "-", "*", "indef", "nil", "undef", "masked",
     "...", "\\n", "missing")
)  # fmt: skip
_TRUTHS = {"true": 1.0, "false": 0.0, ".true.": 1.0, ".false.": 0.0}
_FORTRAN = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))[dDqQ]([-+]?\d+)")
_NO_LETTER = re.compile(r"([-+]?(?:\d+\.\d*|\.\d+))([-+]\d{1,3})")
_LOOKED_AT = 5  # rows that must be alike for a table to begin
_SEPARATORS = (",", ";", "\t", "|", None)  # None = any white space


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the rows of a text are cut.

    Attributes
    ----------
    separator : str or None
        None = any white space.
    first : int
        Index of the first row of numbers.
    n_columns : int
        0 where there are no rows of numbers.
    words : tuple of int
        The columns that hold words.
    """

    separator: str | None = None
    first: int = 0
    n_columns: int = 0
    words: tuple[int, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether rows of numbers were found."""
        return self.n_columns >= 2


def number_of(word: str) -> float | None:
    """Return the number that a word is, NaN for a null, 1 and 0 for True and False; None for others."""
    try:
        return float(word)
    except ValueError:
        pass
    found = _FORTRAN.fullmatch(word) or _NO_LETTER.fullmatch(word)
    if found:
        return float(f"{found[1]}e{found[2]}")
    lower = word.strip().lower()
    return math.nan if lower in _NULLS else _TRUTHS.get(lower)


def is_number(word: str) -> bool:
    """Return whether a word is a number that counts: no null, no True or False."""
    value = number_of(word)
    return value is not None and math.isfinite(value) and word.strip().lower() not in _TRUTHS


def split_row(line: str, separator: str | None) -> list[str]:
    """Return the entries of a line without blanks and quotes around them."""
    text = line.strip()
    if " #" in text or "\t#" in text:
        text = re.split(r"\s#", text, maxsplit=1)[0].rstrip()
    if separator == "|":
        return [word.strip().strip("\"'") for word in text.strip("|").split("|")]
    if separator in (",", ";"):
        text = text.rstrip(",;") if text.endswith((",", ";")) and not text.endswith(separator * 2) else text
    if '"' in text:
        if separator is None:
            return [word.strip("\"'") for word in re.findall(r'"[^"]*"|\S+', text)]
        row = next(csv.reader([text], delimiter=separator, skipinitialspace=True), [])
        return [word.strip() for word in row]
    return [word.strip().strip("'") for word in text.split(separator)]


def find_layout(body: Sequence[str]) -> tuple[Layout, list[str]]:
    """Return how the rows of a text are cut, and the lines with decimal points where there were commas."""
    for with_words in (False, True):
        for lines in (list(body), _with_decimal_points(body)):
            layout = _layout(lines, with_words)
            if layout.is_table:
                return layout, lines
    return Layout(), list(body)


def _with_decimal_points(body: Sequence[str]) -> list[str]:
    """Return lines in which numbers are written "5000,25" with a point instead of the comma."""
    return [re.sub(r"(?<=\d),(?=\d)", ".", line) for line in body]


def _layout(body: Sequence[str], with_words: bool) -> Layout:
    for separator in _SEPARATORS:
        if separator is not None and not any(separator in line for line in body[:2000]):
            continue
        kinds: list[str] = []
        for first in range(len(body)):
            while len(kinds) < min(first + _LOOKED_AT, len(body)):
                kinds.append(_kinds(body[len(kinds)], separator))
            row, following = kinds[first], kinds[first : first + _LOOKED_AT]
            if len(following) >= 2 and _is_row(row, with_words) and all(_alike(row, k) for k in following):
                words = tuple(i for i, kind in enumerate(row) if kind == "w")
                return Layout(separator, first, len(row), words)
    return Layout()


def _kinds(line: str, separator: str | None) -> str:
    """Return a letter an entry: n number, t True or False, x null, w word."""
    letters = []
    for word in split_row(line, separator):
        value = number_of(word)
        if value is None:
            letters.append("w")
        elif word.lower() in _TRUTHS:
            letters.append("t")
        else:
            letters.append("n" if math.isfinite(value) else "x")
    return "".join(letters)


def _is_row(kinds: str, with_words: bool) -> bool:
    """Return whether a line is a row of numbers: two at least, one where nulls stand for the others."""
    numbers, nulls = kinds.count("n"), kinds.count("x")
    enough = numbers >= 2 or (numbers == 1 and nulls >= 1)
    # Words alone in a place make rows of words and numbers; more of them than numbers are prose.
    return enough and (("w" not in kinds) or (with_words and kinds.count("w") <= numbers + nulls))


def _alike(first: str, other: str) -> bool:
    return len(first) == len(other) and all(
        (a == "w") == (b == "w") for a, b in zip(first, other, strict=True)
    )
