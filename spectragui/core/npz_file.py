"""Read numpy archives (.npz) of others: no pickles, and no small file that fills the memory."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

ALWAYS_BYTES = 500_000_000  # arrays of a small file may be so large together
LARGEST_RATIO = 50  # of what is unpacked to the file: spectra are packed to a third
_KINDS = "biufcSU"


class NpzError(ValueError):
    """An archive is none, is damaged, or holds more than is read; the message is half a sentence."""


def read_npz(
    path: Path, needed: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, NDArray[np.generic]]:
    """Read some arrays of an archive.

    Parameters
    ----------
    path : pathlib.Path
    needed, optional : sequence of str
        Names of arrays; an optional one may be missing.

    Raises
    ------
    NpzError
        If it is no archive, lacks an array, or what it holds does not fit what it says.
    OSError
        If the file cannot be opened.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
            missing = [name for name in needed if name not in members]
            if missing:
                raise NpzError(f"it has no array {missing[0]!r}")
            chosen = [name for name in (*needed, *optional) if name in members]
            total = sum(members[name].file_size for name in chosen)
            if total > max(ALWAYS_BYTES, LARGEST_RATIO * path.stat().st_size):
                raise NpzError(f"its arrays would take {total / 1e9:.1f} GB, far more than a grid's")
            return {name: _array(archive, members[name], name) for name in chosen}
    except NpzError:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise NpzError("it is no archive of arrays, or it is damaged") from error
    except (ValueError, EOFError, LookupError, TypeError, SyntaxError, MemoryError, OverflowError) as error:
        raise NpzError("one of its arrays is damaged") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray[np.generic]:
    with archive.open(member) as stream:
        shape, in_columns, dtype = _header(stream)
        n_bytes = math.prod(shape) * dtype.itemsize
        if dtype.kind not in _KINDS:
            raise NpzError(f"its array {name} does not hold numbers or names")
        if n_bytes > member.file_size or min(shape, default=0) < 0:
            raise NpzError(f"its array {name} is shorter than it says")
        content = stream.read(n_bytes + 1)
    if len(content) != n_bytes:
        raise NpzError(f"its array {name} is not as long as it says")
    flat = np.frombuffer(content, dtype=dtype)
    return flat.reshape(shape[::-1]).T if in_columns else flat.reshape(shape)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    head = io.BytesIO(stream.read(12))
    version = np.lib.format.read_magic(head)
    size = 2 if version == (1, 0) else 4
    length = int.from_bytes(head.read(size), "little")
    if length > 100_000:
        raise NpzError("the description of an array is too long")
    rest = stream.read(length - (4 - size))
    whole = io.BytesIO(head.getvalue() + rest)
    whole.seek(8)
    read = np.lib.format.read_array_header_1_0 if size == 2 else np.lib.format.read_array_header_2_0
    return read(whole)
