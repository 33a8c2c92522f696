"""Closed spectra leave memory: what only the history still holds lies in a file until it is undone."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.progress import Progress
from spectragui.workers.memory import give_back_memory

LEAST_BYTES = 32_768  # smaller arrays are not worth a page
ALIGNMENT = 64

_Place = tuple[object, str, NDArray[Any]]


def park(values: Sequence[object], progress: Progress) -> int:
    """Let the arrays of frozen values lie in a file instead of in memory; they stay equal.

    The file has no name, where the system allows that: it goes with the last array that looks into it.

    Parameters
    ----------
    values : sequence
        Frozen dataclasses that nobody looks at now, and what is in them.
    progress : callable

    Returns
    -------
    int
        Bytes that are no longer in memory.
    """
    progress(0.0)
    places = [place for value in values for place in _arrays(value, set())]
    if not places:
        return 0
    try:
        handle, path = tempfile.mkstemp(prefix="spectragui-closed-")
    except OSError:
        return 0  # then they stay in memory
    try:
        with os.fdopen(handle, "wb") as stream:
            starts = [_append(stream, array) for _, _, array in places]
        mapped = np.memmap(path, dtype=np.uint8, mode="r")
    except OSError:
        return 0
    finally:
        _unlink(path)
    for (owner, name, array), start in zip(places, starts, strict=True):
        part = np.asarray(mapped[start : start + array.nbytes]).view(array.dtype).reshape(array.shape)
        object.__setattr__(owner, name, part)  # equal, and read-only as before
    n_bytes = sum(array.nbytes for _, _, array in places)
    del places, array
    give_back_memory()
    return n_bytes


def _append(stream: Any, array: NDArray[Any]) -> int:
    start = -(-stream.tell() // ALIGNMENT) * ALIGNMENT
    stream.seek(start)
    stream.write(np.ascontiguousarray(array).data)
    return int(start)


def _unlink(path: str) -> None:
    # A system that keeps open files has others who empty its folder for temporary files.
    with contextlib.suppress(OSError):
        os.unlink(path)


def _arrays(value: object, seen: set[int]) -> Iterator[_Place]:
    """Find the large arrays in the attributes of frozen values, each place once."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, tuple | list):
        for part in value:
            yield from _arrays(part, seen)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _arrays(part, seen)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            part = getattr(value, field.name)
            if not isinstance(part, np.ndarray):
                yield from _arrays(part, seen)
            elif part.nbytes >= LEAST_BYTES and part.dtype.kind in "fiub" and not _is_parked(part):
                yield value, field.name, part


def _is_parked(array: NDArray[Any]) -> bool:
    base: Any = array
    while base is not None:
        if isinstance(base, np.memmap):
            return True
        base = getattr(base, "base", None)
    return False
