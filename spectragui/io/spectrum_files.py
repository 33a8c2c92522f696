"""Which files of a folder may be spectra: by suffix, without looking into them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from spectragui.core.progress import Progress, no_progress

SUFFIXES = (
    ".fits", ".fit", ".fts", ".fz", ".csv", ".ecsv", ".txt", ".dat", ".asc", ".ascii", ".s", ".out", ".sed",
    ".vot", ".votable", ".xml", ".hdf5", ".h5", ".hdf",
)  # fmt: skip
# What programs write beside a file while it is on its way.
_TEMPORARY = re.compile(
    r"(^[.~#].*)|(.*(~|#|\.(part|partial|crdownload|download|tmp|temp|swp|swx|lock|filepart|bak|rsync|aria2)))$",
    re.IGNORECASE,
)


def is_temporary(path: Path) -> bool:
    """Return whether a file's name says that it is hidden, or still being written."""
    return _TEMPORARY.match(path.name) is not None


def has_spectrum_suffix(path: Path) -> bool:
    """Return whether a file's name ends as those of spectra do, gzip included; never temporary ones."""
    if is_temporary(path):
        return False
    name = path.name.lower()
    return name.removesuffix(".gz").endswith(SUFFIXES)


def expand_folders(paths: Iterable[Path], progress: Progress = no_progress) -> tuple[list[Path], int]:
    """Return files, those below folders in place of the folders, sorted by name.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Files are taken as they are.
    progress : callable

    Returns
    -------
    files : list of pathlib.Path
        Each once.
    n_others : int
        Files below the folders whose suffix is not that of a spectrum.
    """
    files: dict[Path, None] = {}
    n_others = 0
    for path in paths:
        if not os.path.isdir(path):  # which raises nothing, whatever the name or its folder
            files[path] = None
            continue
        for file in _files_below(path):
            progress(0.0, f"Looking for files: {len(files)} so far")
            if has_spectrum_suffix(file):
                files[file] = None
            else:
                n_others += not is_temporary(file)
    return list(files), n_others


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names))
