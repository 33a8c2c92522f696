"""Tell catalogues of photometry from spectra, at little cost, before anything is read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from spectragui.core.errors import SpectraGUIError
from spectragui.core.regular_file import open_ordinary
from spectragui.io.catalogues.catalogue_mapping import FEWEST_BANDS
from spectragui.io.catalogues.read_catalogue import guess_mapping, read_raw

_LARGEST = 1 << 40
_HEAD = 300_000  # bytes in which the columns of a FITS table are named
_FEWEST_COLUMNS = 2 * FEWEST_BANDS  # magnitudes and errors


def looks_like_catalogue(
    path: Path, is_known: Callable[[Sequence[str]], bool] = lambda _columns: False
) -> bool:
    """Return whether a file is to be opened as a catalogue; never raises.

    Parameters
    ----------
    path : pathlib.Path
    is_known : callable, optional
        ``is_known(columns)``: whether the user said before which of these columns is what.
    """
    try:
        if not _may_have_columns(path):
            return False
        columns = list(read_raw(path, only_head=True).columns)
        return len(guess_mapping(columns).present_bands) >= FEWEST_BANDS or is_known(columns)
    except (SpectraGUIError, OSError, ValueError, EOFError, zlib.error):
        return False


def _may_have_columns(path: Path) -> bool:
    """Return False for FITS files that name too few columns: most spectra are told so without being read."""
    with open_ordinary(path, _LARGEST) as stream:
        head = stream.read(_HEAD)
        if head.startswith(b"\x1f\x8b"):
            stream.seek(0)
            with gzip.open(stream) as unpacked:
                head = unpacked.read(_HEAD)
    return not head.startswith(b"SIMPLE") or head.count(b"TTYPE") >= _FEWEST_COLUMNS
