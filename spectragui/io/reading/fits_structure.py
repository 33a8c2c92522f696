"""Walk through a FITS file's extensions before astropy does: sizes that lie would make it hang.

A negative size sends astropy's reader back into the file, for ever; a huge one makes it allocate.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import BinaryIO

from spectragui.io.reading.limits import Limits, TooLargeError
from spectragui.io.reading.plain_hdus import Unit

_BLOCK, _CARD = 2880, 80
_MOST_EXTENSIONS = 2000
_MOST_HEADER_BYTES = 64 * 1024 * 1024
_SIZE_KEYWORD = re.compile(
    rb"(Z?BITPIX|Z?NAXIS\d*|PCOUNT|GCOUNT|GROUPS|TFIELDS) *= *([-+]?\d+|[TF])\s*(?:/|$)"
)
_MOST_COLUMNS = 999
_FORM = re.compile(rb"TFORM\d+ *= *'\s*(\d*)([LXBIJKAEDCMPQ])")
_LETTER_BYTES = dict(zip("LBIJKAEDCMPQ", (1, 1, 2, 4, 8, 1, 4, 8, 8, 16, 8, 16), strict=True))
_BITPIX = (8, 16, 32, 64, -32, -64)
_FITS_SUFFIXES = (".fits", ".fit", ".fts", ".fz")
_ANNOUNCED = re.compile(rb"NEXTEND *= *(\d+)")
_EXTENDS = re.compile(rb"EXTEND  = *T")


class TruncatedError(ValueError):
    """A file ends before what its headers announce."""


def check_structure(stream: BinaryIO, limits: Limits) -> list[Unit]:
    """Raise where the extensions' sizes do not fit the file; leaves the stream at its beginning.

    Parameters
    ----------
    stream : file
    limits : Limits
        How many values it may announce.

    Returns
    -------
    list of Unit

    Raises
    ------
    TooLargeError
        If it announces more.
    ValueError
        With the reason in words; "truncated" is among them where the file is too short.
    """
    units: list[Unit] = []
    _walk(stream, limits, units)
    return units


def is_whole(path: Path) -> bool | None:
    """Return whether a FITS file is as long as its headers say; None where they do not tell.

    A header without END, data that are not all there, and fewer extensions than the primary header
    announces (NEXTEND; at least one where it has EXTEND and no data) mean that more is to come. Files
    that are compressed or no FITS do not tell.
    """
    if path.suffix.lower() not in _FITS_SUFFIXES:
        return None
    try:
        with path.open("rb") as stream:
            if not b"SIMPLE".startswith(stream.read(6)):
                return None
            n_found, n_announced = _walk(stream)
    except TruncatedError:
        return False
    except (OSError, ValueError):
        return None
    return n_found > n_announced


def _walk(stream: BinaryIO, limits: Limits | None = None, units: list[Unit] | None = None) -> tuple[int, int]:
    """Check each unit, note it in ``units``; return how many there are, and how many the first announces."""
    stream.seek(0, 2)
    length = stream.tell()
    position, number, n_announced, n_values = 0, 0, 0, 0
    while position < length:
        stream.seek(position)
        start = stream.read(10)
        if number > 0 and len(start) < 8 and b"XTENSION".startswith(start):
            raise TruncatedError(f"the file is truncated: the header of extension {number} has no END")
        if number > 0 and not start.startswith(b"XTENSION"):
            break  # what follows the last extension is no concern of ours
        if number >= _MOST_EXTENSIONS:
            raise ValueError(f"it has more than {_MOST_EXTENSIONS} extensions")
        stream.seek(position)
        header = _read_header(stream, number)
        size, own_values = _data_size(header, number, limits)
        if limits is not None:
            n_values += own_values
            limits.check_file(n_values)
        if number == 0:
            n_announced = _announced(header, size)
        data = position + len(header)
        if data + size > length:
            raise TruncatedError(f"the file is truncated: extension {number} needs {data + size} bytes")
        if units is not None:
            units.append((position, data, size, header))
        position = data + math.ceil(size / _BLOCK) * _BLOCK
        number += 1
    stream.seek(0)
    return number, n_announced


def _announced(header: bytes, size: int) -> int:
    """Return how many extensions must follow a primary header, at least."""
    n_announced = 0
    for at in range(0, len(header), _CARD):
        card = header[at : at + _CARD]
        found = _ANNOUNCED.match(card)
        if found is not None:
            return int(found.group(1))
        if size == 0 and _EXTENDS.match(card):
            n_announced = 1
    return n_announced


def _read_header(stream: BinaryIO, number: int) -> bytes:
    """Return a header's blocks, up to the one with the card END."""
    blocks: list[bytes] = []
    while len(blocks) * _BLOCK < _MOST_HEADER_BYTES:
        block = stream.read(_BLOCK)
        if len(block) < _BLOCK:
            raise TruncatedError(f"the file is truncated: the header of extension {number} has no END")
        blocks.append(block)
        if any(block[at : at + _CARD].rstrip() == b"END" for at in range(0, _BLOCK, _CARD)):
            return b"".join(blocks)
    raise ValueError(f"the header of extension {number} has no END")


def _data_size(header: bytes, number: int, limits: Limits | None) -> tuple[int, int]:
    """Return the bytes of data that a header announces, and the values that they hold.

    Raises
    ------
    TooLargeError
        If there are too many.
    ValueError
        If a number is missing or not allowed.
    """
    found: dict[str, int] = {}
    for at in range(0, len(header), _CARD):
        card = _SIZE_KEYWORD.match(header, at, at + _CARD)
        if card is not None:
            value = card.group(2)
            found.setdefault(
                card.group(1).decode(), int(value) if value not in (b"T", b"F") else value == b"T"
            )
    where = f"in extension {number}"
    if found.get("BITPIX") not in _BITPIX:
        raise ValueError(f"BITPIX is missing or not allowed {where}")
    n_axes = found.get("NAXIS", -1)
    axes = [found.get(f"NAXIS{i}", -1) for i in range(1, n_axes + 1)] if 0 <= n_axes <= 999 else [-1]
    if any(axis < 0 for axis in axes):
        raise ValueError(f"NAXIS or one of its numbers is missing or not allowed {where}")
    if axes and axes[0] == 0 and found.get("GROUPS"):
        axes = axes[1:]
    _check_promises(found, where)
    is_table = header.startswith(b"XTENSION= 'BINTABLE'")
    if is_table and _row_bytes(header) > sum(axes[:1]):
        raise ValueError(f"the columns need more bytes than a row has {where}")
    groups, heap = found.get("GCOUNT", 1), found.get("PCOUNT", 0)
    if groups < 0 or heap < 0:
        raise ValueError(f"GCOUNT or PCOUNT is negative {where}")
    size = abs(found["BITPIX"]) // 8 * groups * (heap + math.prod(axes)) if axes else 0
    return size, 0 if limits is None else _check_amount(header, found, axes, size, number, limits)


def _check_amount(
    header: bytes, found: dict[str, int], axes: list[int], size: int, number: int, limits: Limits
) -> int:
    """Return how many values an extension holds; raises TooLargeError where they are too many."""
    what = f"extension {number}"
    is_text_table = header.startswith(b"XTENSION= 'TABLE")
    if header.startswith(b"XTENSION= 'BINTABLE'") or is_text_table:
        n_rows = axes[1] if len(axes) > 1 else 0
        widths = [_width(form) for form in _forms(header)] or [1]
        limits.check_array(n_rows * max(1, *widths), f"a column of {what}")
        n_values = n_rows * sum(widths) if not is_text_table else size // 4
    else:
        n_values = found.get("GCOUNT", 1) * math.prod(axes) if axes else 0
        limits.check_array(n_values, what)
    packed = math.prod(found.get(f"ZNAXIS{i}", 1) for i in range(1, min(found.get("ZNAXIS", 0), 9) + 1))
    limits.check_array(packed, f"the compressed image in {what}")
    if size > limits.table_bytes:
        raise TooLargeError(f"{what} has {size:,} bytes, more than the {limits.table_bytes:,} that are read")
    return max(n_values, packed if "ZNAXIS" in found else 0)


def _forms(header: bytes) -> list[tuple[int, str]]:
    """Return repeat and letter of every TFORM card."""
    found = (_FORM.match(header, at, at + _CARD) for at in range(0, len(header), _CARD))
    return [(int(form.group(1) or 1), form.group(2).decode()) for form in found if form is not None]


def _width(form: tuple[int, str]) -> int:
    """Return how many values a row has in a column; a text counts as one for every eight letters."""
    count, letter = form
    return math.ceil(count / 8) if letter == "A" else count


def _row_bytes(header: bytes) -> int:
    """Return the bytes of a binary table's row, by its TFORM cards."""
    return sum(
        (count + 7) // 8 if letter == "X" else count * _LETTER_BYTES[letter]
        for count, letter in _forms(header)
    )


def _check_promises(found: dict[str, int], where: str) -> None:
    """Raise where a header promises more columns than the standard allows, or an image that fills memory."""
    if not 0 <= found.get("TFIELDS", 0) <= _MOST_COLUMNS:
        raise ValueError(f"TFIELDS = {found['TFIELDS']} is not allowed {where}")
    axes = [found.get(f"ZNAXIS{i}", 1) for i in range(1, min(found.get("ZNAXIS", 0), 9) + 1)]
    if min(axes, default=1) < 0:
        raise ValueError(f"the compressed image's size is not allowed {where}")
