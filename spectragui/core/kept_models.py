"""What was read of a model folder is kept as long as the folder's files stay as they were."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

More = ParamSpec("More")
Read = TypeVar("Read")
_Stamp = tuple[tuple[str, int, int], ...]


def kept_while_unchanged(
    n_kept: int,
) -> Callable[[Callable[Concatenate[Path, More], Read]], Callable[Concatenate[Path, More], Read]]:
    """Return a decorator of functions that read a model folder: the last ``n_kept`` results are kept.

    A model that is imported again, or whose weights are damaged meanwhile, is read again: else a window that
    is open would go on with the old one, under the new one's name.
    """

    def decorate(
        read: Callable[Concatenate[Path, More], Read],
    ) -> Callable[Concatenate[Path, More], Read]:
        def of_stamp(folder: Path, _stamp: _Stamp, *more: More.args, **named: More.kwargs) -> Read:
            return read(folder, *more, **named)

        kept: Callable[..., Read] = functools.lru_cache(maxsize=n_kept)(of_stamp)

        @functools.wraps(read)
        def asked(folder: Path, /, *more: More.args, **named: More.kwargs) -> Read:
            return kept(Path(folder), stamp_of(folder), *more, **named)

        return asked

    return decorate


def stamp_of(folder: Path) -> _Stamp:
    """Return name, size and time of change of a folder's files; empty where it cannot be looked into."""
    try:
        with os.scandir(folder) as entries:
            facts = [(entry.name, entry.stat()) for entry in entries]
    except OSError:
        return ()
    return tuple(sorted((name, fact.st_size, fact.st_mtime_ns) for name, fact in facts))
