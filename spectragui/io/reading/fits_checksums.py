"""Whether the bytes of a FITS extension are those that its checksum cards were made of."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from spectragui.io.headers.fits_header import Header

_BLOCK = 2880
_PIECE = 1000 * _BLOCK
_ALL_ONES = 0xFFFFFFFF


def wrong_checksum(stream: BinaryIO, header: Header, start: int, data_start: int, n_bytes: int) -> str:
    """Return what is wrong with an extension by its cards DATASUM and CHECKSUM, in words; empty = nothing.

    Parameters
    ----------
    stream : binary file
    header : Header
        The extension's own.
    start, data_start : int
        Where the extension and its data begin.
    n_bytes : int
        Of the data, without what fills the last block.

    Notes
    -----
    Sums of 32-bit words in ones' complement, FITS standard 4.0, section 4.4.2.7. Many tools change a header
    and leave CHECKSUM as it was, so the data's own sum is what tells of damage.
    """
    told = header.text("DATASUM").strip() or _number(header)
    told_whole = header.text("CHECKSUM").strip()
    if not told and len(told_whole) != 16:
        return ""
    length = -(-n_bytes // _BLOCK) * _BLOCK
    of_data = _sum(stream, data_start, length)
    if told.isdigit() and int(told) not in (of_data, of_data ^ _ALL_ONES):
        return "its data are not those that its checksum (DATASUM) was made of: damaged, or changed since"
    if len(told_whole) == 16 and _add(_sum(stream, start, data_start - start), of_data) not in (0, _ALL_ONES):
        return "its header or data were changed after its checksum (CHECKSUM) was made"
    return ""


def _number(header: Header) -> str:
    value = header.get("DATASUM")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _sum(stream: BinaryIO, start: int, length: int) -> int:
    stream.seek(start)
    total = 0
    while length > 0:
        piece = stream.read(min(length, _PIECE))
        if not piece:
            break
        words = np.frombuffer(piece[: len(piece) // 4 * 4], dtype=">u4")
        total = _add(total, int(words.sum(dtype=np.uint64)))
        length -= len(piece)
    return total


def _add(one: int, other: int) -> int:
    total = one + other
    while total > _ALL_ONES:
        total = (total & _ALL_ONES) + (total >> 32)
    return total
