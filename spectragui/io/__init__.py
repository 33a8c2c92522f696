"""Files to values and back: readers, writers, tables. Importing it loads no astropy."""

from spectragui.io.describe import Fact, SpectrumSummary, describe, describe_file
from spectragui.io.read import read_files, read_spectra, read_spectrum
from spectragui.io.reading.read_options import ReadOptions

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
