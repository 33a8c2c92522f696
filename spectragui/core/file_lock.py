"""A file that one process at a time has for itself; given back when the process ends, however it ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from spectragui.core.errors import WriteError

LOCK = ".spectragui-lock"
_FAR = 0x40000000  # beyond what these files hold


def take_file(stream: IO[Any]) -> bool:
    """Take an open file for this process alone; False where another one has it.

    True too on a file system that cannot lock.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            place = stream.tell()
            stream.seek(_FAR)  # a byte that is locked there cannot be read either
            try:
                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            finally:
                stream.seek(place)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def sole_user(folder: Path, doing: str) -> Iterator[None]:
    """Have a folder for this process alone while the block runs.

    Parameters
    ----------
    folder : pathlib.Path
        That is there.
    doing : str
        What is done in it ("reproducing a paper"), for the message.

    Raises
    ------
    WriteError
        If another process has it, or nothing can be written into it.
    """
    try:
        stream = (folder / LOCK).open("ab")
    except OSError as error:
        reason = error.strerror or str(error)
        raise WriteError(
            f"Nothing can be written into {folder}: {reason}.", "Choose another folder."
        ) from error
    with stream:
        if not take_file(stream):
            raise WriteError(
                f"Another process is {doing} in {folder}.",
                "Wait until it has ended (what it computed is kept), or choose another folder.",
            )
        yield
