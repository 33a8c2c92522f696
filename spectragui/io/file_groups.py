"""Which files belong together, told from names and headers, before any of them is read."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from pathlib import Path

from spectragui.io.read import identify
from spectragui.io.reading.reader import READERS
from spectragui.io.reading.side_files import find_side_files
from spectragui.io.reading.source import Source


def group_files(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Put the files of one observation together: what a run reads, works on and forgets at once.

    Parameters
    ----------
    paths : sequence of pathlib.Path

    Returns
    -------
    list of tuple of pathlib.Path
        In the order of the paths. Files of wavelengths or blaze functions are left out where they
        belong to others. A file that cannot be opened stands alone.
    """
    side_files = find_side_files(paths) if len(paths) > 1 else set()
    files = [path for path in paths if path not in side_files] or list(paths)
    candidates = [_named_arm(path) for path in files]
    several = {one for one, count in collections.Counter(candidates).items() if one and count > 1}
    groups: dict[object, list[Path]] = {}
    for number, (path, candidate) in enumerate(zip(files, candidates, strict=True)):
        is_arm = candidate in several and candidate is not None and _is_read_by(path, candidate[0])
        groups.setdefault(candidate if is_arm else number, []).append(path)
    return [tuple(group) for group in groups.values()]


def _named_arm(path: Path) -> tuple[str, str] | None:
    """Return reader and exposure that a file's name speaks of; None where it is no arm by its name."""
    for name, reader in READERS.items():
        exposure_of = getattr(reader, "exposure_of", None)
        exposure = exposure_of(path) if exposure_of is not None else ""
        if exposure:
            return name, exposure
    return None


def _is_read_by(path: Path, reader: str) -> bool:
    """Return whether a file's headers are those of a reader; False where it cannot be opened."""
    try:
        source = Source(path)
        try:
            with source.catching_warnings():
                return identify(source) == reader
        finally:
            source.close()
    except Exception:  # noqa: BLE001 - whatever it is, it is said when the file is read
        return False
