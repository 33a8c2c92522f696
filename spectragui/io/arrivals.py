"""Files that arrive in a folder: which are new, and which are complete."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

from spectragui.core.errors import ReadError
from spectragui.io.reading.fits_structure import is_whole
from spectragui.io.spectrum_files import has_spectrum_suffix

SETTLED_S = 2.0  # a file that has not changed for this long is taken for complete
WHOLE_S = 0.3  # the same where it is as long as its headers say
PAUSE_FACTOR = 30.0  # the same, in SETTLED_S, where it is shorter: the writing may only have paused
RETRY_S = 10.0  # after which a file that could not be read is given once more


@dataclasses.dataclass(frozen=True)
class FileState:
    """Size [bytes] and time of the last change [ns] of a file, and whether it then was as long as it says.

    ``is_whole`` is None where that is not known (`fits_structure.is_whole`).
    """

    size: int
    mtime_ns: int
    is_whole: bool | None = dataclasses.field(default=None, compare=False)


Listing = Mapping[Path, FileState]


def list_folder(folder: Path, before: Listing | None = None) -> dict[Path, FileState]:
    """Return the state of every file in a folder whose name may be that of a spectrum.

    Parameters
    ----------
    folder : Path
    before : mapping, optional
        The listing before this one: the headers of files that are another since are looked at.

    Raises
    ------
    ReadError
        If the folder is not there or cannot be looked into.
    """
    found: dict[Path, FileState] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                state = file_state(path) if has_spectrum_suffix(path) else None
                if state is not None:
                    found[path] = state if before is None else _looked_at(path, state, before.get(path))
    except OSError as error:
        raise ReadError(
            f"The folder {folder} cannot be looked into ({error.strerror}).",
            "It is tried again; check the connection if it is on a network.",
        ) from error
    return found


def _looked_at(path: Path, state: FileState, before: FileState | None) -> FileState:
    return before if before == state else dataclasses.replace(state, is_whole=is_whole(path))


def file_state(path: Path) -> FileState | None:
    """Return the state of a file; None where there is no such file or it cannot be asked."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return FileState(stat.st_size, stat.st_mtime_ns) if path.is_file() else None


@dataclasses.dataclass
class _Waiting:
    state: FileState
    since_s: float  # when it was first seen so


class Arrivals:
    """Tells of listings of a folder which files are new and complete.

    A file is complete when its size and time of change have stayed the same for a while, which is
    short where it is as long as its headers say and long where it is shorter, and it is not empty.
    Files that change after they were given are given again.

    Parameters
    ----------
    known : mapping
        What is there already and is not new.
    """

    def __init__(self, known: Listing) -> None:
        self._given: dict[Path, FileState] = dict(known)
        self._waiting: dict[Path, _Waiting] = {}

    @property
    def n_waiting(self) -> int:
        """Files that are seen but not complete."""
        return len(self._waiting)

    def update(self, listing: Listing, now_s: float) -> list[Path]:
        """Take the newest listing; return the files that are new and complete, the oldest first.

        Parameters
        ----------
        listing : mapping
        now_s : float
            Time of the listing, of a clock that does not jump [s].
        """
        for path in [path for path in self._waiting if path not in listing]:
            del self._waiting[path]
        for path, state in listing.items():
            if self._given.get(path) != state:
                self._wait(path, state, now_s)
        ready = [path for path, waiting in self._waiting.items() if self._is_complete(waiting, now_s)]
        for path in ready:
            self._given[path] = self._waiting.pop(path).state
        return sorted(ready, key=lambda path: (self._given[path].mtime_ns, path.name))

    def wait_again(self, path: Path, now_s: float) -> None:
        """Give a file once more after a while, though it has not changed: it could not be read."""
        state = self._given.pop(path, None)
        if state is not None:
            again = dataclasses.replace(state, is_whole=None)
            self._waiting[path] = _Waiting(again, now_s + RETRY_S - SETTLED_S)

    def _wait(self, path: Path, state: FileState, now_s: float) -> None:
        waiting = self._waiting.get(path)
        if waiting is None or waiting.state != state:
            self._waiting[path] = _Waiting(state, now_s)

    def _is_complete(self, waiting: _Waiting, now_s: float) -> bool:
        whole = waiting.state.is_whole
        settled_s = SETTLED_S if whole is None else WHOLE_S if whole else PAUSE_FACTOR * SETTLED_S
        return waiting.state.size > 0 and now_s - waiting.since_s >= settled_s
