"""SHA-256 of files, for the provenance of results."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from spectragui.core.errors import ReadError


def file_sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    Raises
    ------
    ReadError
        If the file cannot be read.
    """
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ReadError(f"{Path(path).name} cannot be read: {error.strerror}.", "Check the path.") from error


def files_sha256(paths: str) -> str:
    """Return the SHA-256 of a spectrum's file; of several joined by " + ", that of their hashes.

    Parameters
    ----------
    paths : str
        ``meta["file"]`` of a spectrum.
    """
    hashes = [file_sha256(path) for path in paths.split(" + ")]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()
