"""Files packed with gzip, xz or bzip2, known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spectragui.io.reading.limits import TooLargeError

#: What damaged packing raises.
PACKING_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
_CHUNK = 1 << 20
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"BZh": bz2.open,
}


def is_packed(path: Path) -> bool:
    """Return whether a file is packed in a way that `open_packed` undoes."""
    return _opener(path) is not None


def open_packed(path: Path) -> Any:
    """Return the file, opened for reading bytes, unpacked where it is packed."""
    opener = _opener(path)
    return path.open("rb") if opener is None else opener(path, "rb")


def unpacked(path: Path, most_bytes: int, check: Callable[[memoryview], None] | None = None) -> io.BytesIO:
    """Return the content of a file, unpacked where it is packed, piece by piece.

    Parameters
    ----------
    path : pathlib.Path
    most_bytes : int
        More are not unpacked.
    check : callable, optional
        Is given every piece as it comes; what it raises ends the unpacking.

    Raises
    ------
    TooLargeError
        If it holds more.
    OSError, EOFError, zlib.error, lzma.LZMAError
        If the packing is damaged.
    """
    content = io.BytesIO()
    with open_packed(path) as stream:
        while piece := stream.read(_CHUNK):
            if content.tell() + len(piece) > most_bytes:
                raise TooLargeError(f"it holds more than {most_bytes:,} bytes, unpacked")
            if check is not None:
                check(memoryview(piece))
            content.write(piece)
    content.seek(0)
    return content


def _opener(path: Path) -> Callable[..., Any] | None:
    with path.open("rb") as stream:
        start = stream.read(8)
    return next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
