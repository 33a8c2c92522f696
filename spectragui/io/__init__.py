"""Files to values and back: readers, writers, tables. Importing it loads neither astropy nor the readers."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectragui.io.read import read_files, read_spectra, read_spectrum
    from spectragui.io.reading.read_options import ReadOptions
    from spectragui.io.spectrum_summary import Fact, SpectrumSummary, describe, describe_file

_PLACES = {
    **dict.fromkeys(("Fact", "SpectrumSummary", "describe", "describe_file"), "spectrum_summary"),
    **dict.fromkeys(("read_files", "read_spectra", "read_spectrum"), "read"),
    "ReadOptions": "reading.read_options",
}

__all__ = [
    "Fact",
    "ReadOptions",
    "SpectrumSummary",
    "describe",
    "describe_file",
    "read_files",
    "read_spectra",
    "read_spectrum",
]


def __getattr__(name: str) -> Any:
    """Bring a public name when it is first asked for: all readers take a sixth of a second."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)
    globals()[name] = value
    return value
