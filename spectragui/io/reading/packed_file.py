"""Files packed with gzip, xz or bzip2, known by their first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What damaged packing raises.
PACKING_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError)
#: More bytes than this are not unpacked, so that no small file fills the memory.
MOST_BYTES = 2 * 1024**3
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


def _opener(path: Path) -> Callable[..., Any] | None:
    with path.open("rb") as stream:
        start = stream.read(8)
    return next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
