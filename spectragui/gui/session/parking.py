"""Closed spectra leave memory: what only the history still holds lies in a file until it is undone."""

from __future__ import annotations

import contextlib
import dataclasses
import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.progress import Progress
from spectragui.workers.memory import give_back_memory

LEAST_BYTES = 1024  # smaller arrays are not worth the view that takes their place
LEAST_TOGETHER = 32_768  # less than that is not worth a file
MOST_HISTORY_BYTES = (
    1 << 30
)  # what only the history holds: a disk may be small, and a temporary one is memory
ALIGNMENT = 64

_PLAIN = (str, int, float, type(None))  # most of what is in a header
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
    seen: set[int] = set()
    return _park([place for value in values for place in _arrays(value, seen)])


def park_unused(
    in_use: Sequence[object],
    closed: Sequence[object],
    history: Sequence[Sequence[object]],
    progress: Progress,
    most_bytes: int | None = None,
) -> list[int]:
    """Let what is not in use lie in a file (see `park`), and say how much of the history is too much.

    Parameters
    ----------
    in_use : sequence
        Frozen values that are looked at: what is in them stays in memory.
    closed : sequence
        Frozen values that are kept, though what they belong to is closed.
    history : sequence of sequence
        Steps of each direction, the nearest first.
    progress : callable
    most_bytes : int, optional
        What only the history holds, in memory and in files, may be as large; None = `MOST_HISTORY_BYTES`.

    Returns
    -------
    list of int
        How many steps of each direction may stay; the nearest always may.
    """
    progress(0.0)
    most_bytes = MOST_HISTORY_BYTES if most_bytes is None else most_bytes
    seen: set[int] = set()
    used = {id(array) for value in in_use for _, _, array in _arrays(value, seen)}
    places = [place for value in closed for place in _arrays(value, seen) if id(place[2]) not in used]
    sizes: dict[int, int] = {}
    counts = []
    for steps in history:
        n_kept = 0
        for step in steps:
            held = [place for place in _arrays(step, seen) if id(place[2]) not in used]
            sizes |= {id(array): array.nbytes for _, _, array in held}
            if sum(sizes.values()) > most_bytes and n_kept:
                break
            n_kept += 1
            places += held
        counts.append(n_kept)
    held = []
    _park(places)
    return counts


def _park(found: list[_Place]) -> int:
    for parked in {id(file): file for _, _, array in found if (file := _file_of(array))}.values():
        _leave_pages(parked)
    places = [place for place in found if _file_of(place[2]) is None]
    unique = {id(array): array for _, _, array in places}  # versions of a spectrum share what did not change
    n_bytes = sum(array.nbytes for array in unique.values())
    if n_bytes < LEAST_TOGETHER:
        return 0
    try:
        handle, path = tempfile.mkstemp(prefix="spectragui-closed-")
    except OSError:
        return 0  # then they stay in memory
    try:
        with os.fdopen(handle, "wb") as stream:
            starts = {key: _append(stream, array) for key, array in unique.items()}
        # Parts of a bare array keep no view of their own between them and the file.
        mapped = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    except OSError:
        return 0
    finally:
        _unlink(path)
    parts = {key: _part(mapped, starts[key], array) for key, array in unique.items()}
    for owner, name in {(id(owner), name): (owner, name) for owner, name, _ in places}.values():
        object.__setattr__(owner, name, _with_parts(getattr(owner, name), parts))
    del places, unique, owner
    found.clear()
    give_back_memory()
    return n_bytes


def _with_parts(value: Any, parts: Mapping[int, NDArray[Any]]) -> Any:
    """Return what an attribute held, equal and read-only as before, with parts of the file as its arrays."""
    if isinstance(value, np.ndarray):
        return parts.get(id(value), value)
    if isinstance(value, MappingProxyType):
        return MappingProxyType({key: _with_parts(part, parts) for key, part in value.items()})
    if type(value) in (tuple, dict):
        found = value.items() if isinstance(value, dict) else value
        return type(value)(_with_parts(part, parts) for part in found)
    return value


def _part(mapped: NDArray[np.uint8], start: int, array: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(mapped[start : start + array.nbytes]).view(array.dtype).reshape(array.shape)


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
    if isinstance(value, _PLAIN) or id(value) in seen:
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
            yield from ((value, field.name, array) for array in _bare_arrays(part))
            if not isinstance(part, np.ndarray):
                yield from _arrays(part, seen)


def _bare_arrays(value: object) -> Iterator[NDArray[Any]]:
    """Find the large arrays that an attribute is, or that lie in its tuples and mappings: `Spectrum.meta`."""
    if isinstance(value, np.ndarray):
        if value.nbytes >= LEAST_BYTES and value.dtype.kind in "fiub":
            yield value
    elif type(value) in (tuple, dict, MappingProxyType):
        for part in value.values() if isinstance(value, Mapping) else value:  # type: ignore[attr-defined]
            yield from _bare_arrays(part)


def _file_of(array: NDArray[Any]) -> mmap.mmap | None:
    """Return the file that an array looks into, None where it lies in memory."""
    base: Any = array
    while base is not None:
        if isinstance(base, mmap.mmap):
            return base
        base = getattr(base, "base", None)
    return None


def _leave_pages(parked: mmap.mmap) -> None:
    """Let what was read again of a file leave memory."""
    if hasattr(mmap, "MADV_DONTNEED"):  # of a file that is only read, nothing is lost
        parked.madvise(mmap.MADV_DONTNEED)
