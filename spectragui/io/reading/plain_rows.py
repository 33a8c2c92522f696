"""Rows of FITS tables of plain numbers, as they lie in the file: most spectra, and quicker than astropy."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spectragui.io.headers.fits_header import Header

_PLAIN_FORMAT = re.compile(r"(\d*)([BIJKED])\s*")
_TYPES = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_MORE = ("TSCAL", "TZERO", "TNULL", "TDIM")  # then values are not what stands in the file
_MOST_COLUMNS = 999
_MOST_BYTES = 2**26  # columns are copied; of more than that memory is scarcer than time


def plain_rows(stream: BinaryIO, header: Header, offset: int) -> NDArray[Any] | None:
    """Return the rows of a binary table, None where its columns are not all plain numbers.

    Parameters
    ----------
    stream : file
        Open for reading; not compressed.
    header : Header
        Of the table's extension alone.
    offset : int
        Where its data begin [bytes].

    Returns
    -------
    ndarray, shape (n_rows,), or None
        Structured, a field for each column in their order; None also of large tables, and where the file
        ends before.
    """
    row_type = _row_type(header)
    n_rows = header.get("NAXIS2")
    if row_type is None or not isinstance(n_rows, int) or not 0 <= n_rows * row_type.itemsize <= _MOST_BYTES:
        return None
    stream.seek(offset)
    content = stream.read(n_rows * row_type.itemsize)
    if len(content) != n_rows * row_type.itemsize:
        return None
    return np.frombuffer(content, dtype=row_type)


def _row_type(header: Header) -> np.dtype[Any] | None:
    n_columns = header.get("TFIELDS")
    if header.text("XTENSION") != "BINTABLE" or not isinstance(n_columns, int):
        return None
    if not 0 < n_columns <= _MOST_COLUMNS:
        return None
    names = [header.text(f"TTYPE{number}").upper() for number in range(1, n_columns + 1)]
    if len({*names}) < n_columns:  # which of them is meant is not for us to guess
        return None
    fields: list[tuple[Any, ...]] = []
    for number in range(1, n_columns + 1):
        parts = _PLAIN_FORMAT.fullmatch(header.text(f"TFORM{number}"))
        count = int(parts[1] or 1) if parts else 0
        if parts is None or not 0 < count < 2**31 or any(f"{key}{number}" in header for key in _MORE):
            return None
        fields.append((f"column{number}", _TYPES[parts[2]], *([(count,)] if count > 1 else [])))
    try:
        row_type = np.dtype(fields)
    except ValueError:  # rows larger than any memory
        return None
    return row_type if row_type.itemsize == header.get("NAXIS1") else None
