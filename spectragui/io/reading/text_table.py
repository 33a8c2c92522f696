"""Numbers in text: find the separator, the header and the columns, whatever wrote them."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.io.reading.source import Source

_COMMENT = ("#", "!", "%", ";", "*", "//", "\\", "|")
_SEPARATORS = (",", ";", "\t", None)  # None = any white space
_MIN_ROWS = 8


@dataclasses.dataclass(frozen=True)
class TextTable:
    """A table of numbers.

    Attributes
    ----------
    values : ndarray, shape (n_rows, n_columns)
        NaN where an entry is empty or no number.
    names : tuple of str
        Names of the columns; empty where the file gives none.
    comments : tuple of str
        Comment lines without their mark.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    comments: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class TextHead:
    """What the first lines of a text tell of its table.

    Attributes
    ----------
    names : tuple of str
        Names of the columns; empty where the file gives none.
    n_columns : int
    comments : tuple of str
        Comment lines without their mark.
    """

    names: tuple[str, ...]
    n_columns: int
    comments: tuple[str, ...]


def read_text_head(source: Source) -> TextHead:
    """Return what the first lines of a text tell of its table, without reading the whole."""
    lines = source.head.decode("latin-1").splitlines()[:-1]
    comments = [line for line in lines if is_comment(line)]
    body = [line for line in lines if line.strip() and not is_comment(line)]
    separator, first, n_columns = _layout(body)
    if n_columns < 2:
        body = _with_decimal_points(body)
        separator, first, n_columns = _layout(body)
    names = _names(body[:first], comments, separator, n_columns) if n_columns >= 2 else ()
    return TextHead(names, n_columns, _plain_comments(comments))


def read_text_table(source: Source) -> TextTable:
    """Return the table of numbers in a text file.

    Raises
    ------
    ReadError
        If there is none, or half of its lines do not fit.
    """
    lines = source.text.splitlines()
    comments = [line for line in lines if is_comment(line)]
    body = [line for line in lines if line.strip() and not is_comment(line)]
    separator, first, n_columns = _layout(body)
    if n_columns < 2:
        body = _with_decimal_points(body)
        separator, first, n_columns = _layout(body)
    if n_columns < 2:
        raise source.error(
            "the text holds no columns of numbers.",
            "A spectrum needs at least wavelength and flux in columns.",
        )
    values = _parse(body[first:], separator, n_columns, source)
    names = _names(body[:first], comments, separator, n_columns)
    return TextTable(values, names, _plain_comments(comments))


def _plain_comments(comments: list[str]) -> tuple[str, ...]:
    texts = [re.sub(r"^\W+", "", line).strip() for line in comments]
    return tuple(text for text in texts if text)


def looks_like_numbers(text: str) -> bool:
    """Return whether the beginning of a text has rows of at least two numbers."""
    body = [line for line in text.splitlines()[:-1] if line.strip() and not is_comment(line)]
    return _layout(body)[2] >= 2 or _layout(_with_decimal_points(body))[2] >= 2


def _with_decimal_points(body: list[str]) -> list[str]:
    """Return lines in which numbers are written "5000,25" with a point instead of the comma."""
    return [re.sub(r"(?<=\d),(?=\d)", ".", line) for line in body]


def is_comment(line: str) -> bool:
    """Return whether a line is a comment in any of the usual ways."""
    return line.lstrip().startswith(_COMMENT)


def _layout(body: list[str]) -> tuple[str | None, int, int]:
    """Return separator, index of the first row of numbers, and the number of columns."""
    for separator in _SEPARATORS:
        for first, line in enumerate(body[:60]):
            count = _count_numbers(line, separator)
            following = [_count_numbers(later, separator) for later in body[first : first + 5]]
            if count >= 2 and len(following) >= 2 and all(value == count for value in following):
                return separator, first, count
    return None, 0, 0


def _count_numbers(line: str, separator: str | None) -> int:
    """Return the number of entries if all are numbers or empty (at least two numbers), else 0."""
    words = [word.strip() for word in line.strip().rstrip(",;" if separator else "").split(separator)]
    numbers = [word for word in words if _is_number(word)]
    return len(words) if len(numbers) >= 2 and len(numbers) + words.count("") == len(words) else 0


def _is_number(word: str) -> bool:
    try:
        float(word.replace("D", "E"))
    except ValueError:
        return False
    return True


def _parse(rows: list[str], separator: str | None, n_columns: int, source: Source) -> NDArray[np.float64]:
    try:
        values = np.loadtxt(rows, delimiter=separator, ndmin=2, comments=None)
        if values.shape[1] == n_columns:
            return np.asarray(values, dtype=np.float64)
    except ValueError:
        pass
    parsed = [_numbers(row, separator, n_columns) for row in rows]
    good = [row for row in parsed if row is not None]
    if len(good) < max(_MIN_ROWS, 0.5 * len(rows)):
        raise source.error(
            f"only {len(good)} of {len(rows)} lines hold {n_columns} numbers.",
            "This does not look like a spectrum; check the file.",
        )
    if len(good) < len(rows):
        source.notes.append(f"{len(rows) - len(good)} lines that are no rows of numbers were left out.")
    return np.array(good)


def _numbers(row: str, separator: str | None, n_columns: int) -> list[float] | None:
    words = row.strip().rstrip(",;" if separator else "").split(separator)
    if len(words) != n_columns:
        return None
    numbers = [float(w.replace("D", "E")) if _is_number(w.strip()) else np.nan for w in words]
    return numbers if np.isfinite(numbers[:1]).all() else None


def _names(head: list[str], comments: list[str], separator: str | None, n_columns: int) -> tuple[str, ...]:
    """Return the names in the line before the numbers, or in the last comment with as many words."""
    for line in (*reversed(head), *reversed(comments)):
        text = re.sub(r"^[#!%;*\s]+", "", line).strip()
        for split in (separator, None):
            words = [word.strip().strip("\"'") for word in text.split(split)]
            if len(words) == n_columns and not any(_is_number(word) for word in words):
                return tuple(words)
    return ()
