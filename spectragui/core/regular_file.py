"""Open and copy ordinary files only: never a pipe that waits for ever, a device, or more than is allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

MOST_TEXT = 1 << 24  # bytes of a text that is written by hand or by us: settings, chains, rules, lines
_CHUNK = 1 << 20


class NotOrdinaryError(OSError):
    """What lies there is no ordinary file, is a link where none is allowed, or is larger than allowed."""

    @property
    def strerror(self) -> str:  # type: ignore[override]
        """The reason, as the system's errors have it."""
        return str(self.args[0])


def open_ordinary(path: Path, most_bytes: int, *, follows_links: bool = True) -> BinaryIO:
    """Open an ordinary file for reading.

    Parameters
    ----------
    path : pathlib.Path
    most_bytes : int
        A larger file is refused.
    follows_links : bool
        Whether the file itself may be a symbolic link.

    Raises
    ------
    NotOrdinaryError
        If it is a pipe, a socket, a device, a folder, a link that is not followed, or larger.
    OSError
        If it cannot be opened.
    """
    if not follows_links and path.is_symlink():
        raise NotOrdinaryError(f"{path.name} is a link to another file")
    # Without blocking: a pipe with no writer would hang here, and is refused below.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    flags |= 0 if follows_links else getattr(os, "O_NOFOLLOW", 0)
    stream = os.fdopen(os.open(path, flags), "rb")
    facts = os.fstat(stream.fileno())
    if not stat.S_ISREG(facts.st_mode):
        stream.close()
        raise NotOrdinaryError(f"{path.name} is not an ordinary file")
    if facts.st_size > most_bytes:
        stream.close()
        raise NotOrdinaryError(f"{path.name} has {facts.st_size:,} bytes; {most_bytes:,} are allowed")
    return stream


def read_ordinary(path: Path, most_bytes: int) -> bytes:
    """Return the content of an ordinary file; raises as `open_ordinary`."""
    with open_ordinary(path, most_bytes) as stream:
        content = stream.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise NotOrdinaryError(f"{path.name} has more than {most_bytes:,} bytes")
    return content


def read_text(path: Path, most_bytes: int = MOST_TEXT) -> str:
    """Return the text of an ordinary file in UTF-8, its line ends as one character.

    Raises
    ------
    UnicodeDecodeError
        If it is no text in UTF-8.
    OSError
        As `open_ordinary`.
    """
    return read_ordinary(path, most_bytes).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def copy_ordinary(source: Path, target: Path, most_bytes: int) -> None:
    """Copy an ordinary file that is no link; raises as `open_ordinary`."""
    with open_ordinary(source, most_bytes, follows_links=False) as stream, target.open("xb") as copy:
        left = most_bytes
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:  # it grew meanwhile
                raise NotOrdinaryError(f"{source.name} has more than {most_bytes:,} bytes")
            copy.write(chunk)
