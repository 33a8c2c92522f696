"""Numbers in text: find the separator, the header and the columns, whatever wrote them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.io.reading.column_names import Column, find_flux, find_wavelength
from spectragui.io.reading.limits import TooLargeError
from spectragui.io.reading.source import HEAD_BYTES, Source
from spectragui.io.reading.text_cards import is_printed_card
from spectragui.io.reading.text_lines import Layout, find_layout, number_of, split_row
from spectragui.io.reading.text_names import Named, names_in_comments, names_in_head

_COMMENT = ("#", "!", "%", ";", "*", "//", "\\", "|")
_MIN_ROWS = 8
_BLOCK_ROWS = 10_000
_EXPONENT = re.compile(r"(?<=[\d.])[dD](?=[-+]?\d)")
_LARGEST_HEAD = 4_000_000  # characters in which a table must begin


@dataclasses.dataclass(frozen=True)
class TextTable:
    """A table of numbers.

    Attributes
    ----------
    values : ndarray, shape (n_rows, n_columns)
        NaN where an entry is empty, a null or a word; 1 and 0 for True and False.
    names, units : tuple of str
        Of the columns, as many as there are; both empty where the file gives no names. A name is
        empty where the file names only the first columns.
    comments : tuple of str
        Comment lines without their mark.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    comments: tuple[str, ...]
    units: tuple[str, ...] = ()


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


@dataclasses.dataclass(frozen=True)
class _Parts:
    """A text in its parts: comments, lines before the numbers, rows."""

    comments: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[str, ...]
    layout: Layout

    def names(self) -> tuple[Named, ...]:
        """Return names and units of the columns, padded with empty ones."""
        separator, n_columns = self.layout.separator, self.layout.n_columns
        found = names_in_head(self.head, separator, n_columns)
        found = found or names_in_comments(self.comments, separator, n_columns)
        return (*found, *([("", "")] * (n_columns - len(found)))) if found else ()


def read_text_head(source: Source) -> TextHead:
    """Return what the first lines of a text tell of its table, without reading the whole."""
    parts = _parts(_first_lines(source))
    names = tuple(name for name, _ in parts.names()) if parts.layout.is_table else ()
    return TextHead(names, parts.layout.n_columns, parts.comments)


def read_text_table(source: Source) -> TextTable:
    """Return the table of numbers in a text file.

    Raises
    ------
    ReadError
        If there is none, or half of its lines do not fit.
    """
    parts = _parts(source.text.splitlines())
    if not parts.layout.is_table:
        raise source.error(
            "the text holds no columns of numbers.",
            "A spectrum needs at least wavelength and flux in columns.",
        )
    values = _parse(parts.rows, parts.layout, source)
    named = parts.names()
    return TextTable(
        values, tuple(name for name, _ in named), parts.comments, tuple(unit for _, unit in named)
    )


def looks_like_numbers(source: Source) -> bool:
    """Return whether a text has rows of at least two numbers after its comments.

    Rows with words in them count where names tell which columns are wavelength and flux, or where
    the first column is one of numbers.
    """
    parts = _parts(_first_lines(source))
    if not parts.layout.words:
        return parts.layout.is_table
    columns = [Column(name, unit) for name, unit in parts.names()]
    if columns:
        return find_wavelength(columns) is not None and find_flux(columns) is not None
    return 0 not in parts.layout.words and 1 not in parts.layout.words


def is_comment(line: str) -> bool:
    """Return whether a line is a comment in any of the usual ways."""
    text = line.lstrip()
    if text.startswith("|"):
        return number_of(split_row(text, "|")[0]) is None
    return text.startswith(_COMMENT)


def head_text(source: Source) -> str:
    """Return the first kilobytes of a text file."""
    return _decoded(source.head)


def plain_comments(lines: Sequence[str]) -> tuple[str, ...]:
    """Return comment lines without their mark, those that are not empty then."""
    texts = [re.sub(r"^[\s#!%;*\\|/\"']+", "", line).strip() for line in lines]
    return tuple(text for text in texts if text)


def _first_lines(source: Source) -> list[str]:
    """Return whole lines up to the table: the first kilobytes, or more where comments fill them."""
    lines = _decoded(source.head).splitlines()[:-1]
    if _parts(lines).layout.is_table or len(source.head) < HEAD_BYTES:
        return lines
    return source.text[:_LARGEST_HEAD].splitlines()[:-1]


def _decoded(head: bytes) -> str:
    """Return the first bytes of a file as text; the last letter may be cut."""
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (
            head[: error.start].decode("utf-8-sig") if error.start > len(head) - 4 else head.decode("latin-1")
        )


def _parts(lines: Sequence[str]) -> _Parts:
    marked = [is_comment(line) for line in lines]
    comments = [line for line, is_marked in zip(lines, marked, strict=True) if is_marked]
    body = [line for line, is_marked in zip(lines, marked, strict=True) if not is_marked and line.strip()]
    layout, body = find_layout(body)
    head = body[: layout.first]
    printed = [line for line in head if is_printed_card(line)]
    return _Parts(
        (*plain_comments(comments), *printed),
        tuple(line for line in head if line not in printed),
        tuple(body[layout.first :]),
        layout,
    )


def _parse(rows: Sequence[str], layout: Layout, source: Source) -> NDArray[np.float64]:
    try:
        source.limits.check_array(len(rows) * layout.n_columns, "the table")
    except TooLargeError as error:
        raise source.too_large(error) from error
    if not layout.words:
        try:
            values = np.loadtxt(_plain_rows(rows), delimiter=layout.separator, ndmin=2, comments=None)
            if values.shape[1] == layout.n_columns:
                return np.asarray(values, dtype=np.float64)
        except ValueError:
            pass
    parsed, n_good = np.empty((len(rows), layout.n_columns)), 0
    for row in rows:
        numbers = _numbers(row, layout)
        if numbers is not None:
            parsed[n_good] = numbers
            n_good += 1
    good = parsed[:n_good]
    if len(good) < max(_MIN_ROWS, 0.5 * len(rows)):
        raise source.error(
            f"only {len(good)} of {len(rows)} lines hold {layout.n_columns} numbers.",
            "This does not look like a spectrum; check the file.",
        )
    if len(good) < len(rows):
        source.notes.append(f"{len(rows) - len(good)} lines that are no rows of numbers were left out.")
    return good


def _plain_rows(rows: Sequence[str]) -> Iterator[str]:
    """Give rows as numpy reads them, a block at a time: a copy of all would double the memory."""
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = "\n".join(rows[start : start + _BLOCK_ROWS])
        yield from _EXPONENT.sub("E", block).replace('"', "").splitlines()


def _numbers(row: str, layout: Layout) -> list[float] | None:
    words = split_row(row, layout.separator)
    if len(words) != layout.n_columns:
        return None
    numbers = [np.nan if value is None else value for value in map(number_of, words)]
    first = 0 if 0 not in layout.words else next(i for i in range(len(words)) if i not in layout.words)
    return numbers if np.isfinite(numbers[first]) else None
