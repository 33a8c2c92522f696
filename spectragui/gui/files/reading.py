"""Read files in a worker: spectra with what the tree shows of them, failures, and what is to be chosen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress, part_of
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.session.option_words import CLOSE_QUOTE, OPEN_QUOTE, with_control_names

if TYPE_CHECKING:
    from spectragui.io.reading.read_options import ReadOptions
    from spectragui.io.reading.spectrum_list import SpectraToChoose

MOST_FILES = 1000  # in one go: all are kept in memory
OPENED_UNASKED = 20  # spectra of one file, where nobody is there to choose
READ_OTHERWISE = "Read with options…"
WHICH_UNIT = "Say which: --unit"
Unreadable = tuple[str, SpectraGUIError]


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """One spectrum that was read, with what the tree shows of it."""

    files: tuple[str, ...]
    index: int
    spectrum: AnySpectrum
    snr: float


@dataclasses.dataclass(frozen=True, eq=False)
class ReadingReport:
    """Everything that came of a list of files.

    Attributes
    ----------
    options : ReadOptions
        How they were read.
    readings : tuple of Reading
        In the order of the files.
    errors : tuple of (str, SpectraGUIError)
        Files that could not be read, and why.
    choices : tuple of SpectraToChoose
        Files with more spectra than were to be opened unasked.
    catalogues : tuple of str
        Files that are no spectra but catalogues of photometry: not read yet.
    n_files, n_others : int
        How many files were looked at, and how many below folders were not, by their suffix.
    n_too_many : int
        How many were not, since there were too many.
    """

    options: ReadOptions
    readings: tuple[Reading, ...] = ()
    errors: tuple[tuple[str, SpectraGUIError], ...] = ()
    choices: tuple[SpectraToChoose, ...] = ()
    catalogues: tuple[str, ...] = ()
    n_files: int = 0
    n_others: int = 0
    n_too_many: int = 0


def read_spectra(
    paths: tuple[str, ...],
    options: ReadOptions | None,
    at_most: int,
    mappings: tuple[str, ...],
    progress: Progress,
) -> ReadingReport:
    """Read files and folders, each file on its own, so that a damaged one costs nothing but itself.

    Parameters
    ----------
    paths : tuple of str
    options : ReadOptions or None
        What the user says about the files; None = found out from them.
    at_most : int
        Spectra of one file that are opened unasked; a file with more is listed to be chosen from.
    mappings : tuple of str
        `Settings.catalogue_mappings`: catalogues with these columns are known too.
    progress : callable

    Returns
    -------
    ReadingReport
    """
    from spectragui.io.read import read_files
    from spectragui.io.spectrum_files import expand_folders

    is_told = options is not None
    options = options or window_options()
    errors: list[tuple[str, SpectraGUIError]] = []
    choices: list[SpectraToChoose] = []
    progress(0.0, "Looking for files")
    files, n_others = expand_folders((Path(path) for path in paths), progress)
    n_too_many = max(0, len(files) - MOST_FILES)
    del files[MOST_FILES:]
    catalogues = () if is_told else _catalogues(files, mappings, progress)
    files = [file for file in files if str(file) not in catalogues]
    spectra = read_files(
        files,
        options,
        on_failed=lambda file, error: errors.append((str(file), error)),
        on_many=choices.append,
        at_most=at_most,
        progress=part_of(progress, 0.0, 0.9),
    )
    if any(orders_of(spectrum)[0].flux_unit for spectrum in spectra):
        import astropy.units  # noqa: F401 - the axis label needs it, and would hold up the window
    measuring = part_of(progress, 0.9, 1.0)
    readings = []
    for number, spectrum in enumerate(spectra):
        measuring(number / len(spectra), "Measuring the signal-to-noise ratio")
        readings.append(_reading(spectrum, files[0]))
    n_files = len(files) + len(catalogues)
    return ReadingReport(
        options, tuple(readings), tuple(errors), tuple(choices), catalogues, n_files, n_others, n_too_many
    )


def _catalogues(files: Sequence[Path], mappings: tuple[str, ...], progress: Progress) -> tuple[str, ...]:
    """Return the files that are catalogues of photometry; what is said of a file makes it a spectrum."""
    from spectragui.gui.photometry.kept_mappings import remembered
    from spectragui.io.catalogues.recognition import looks_like_catalogue

    found = []
    for file in files:
        progress(0.0, "Looking for files")
        if looks_like_catalogue(file, lambda columns: remembered(mappings, columns) is not None):
            found.append(str(file))
    return tuple(found)


def window_options() -> ReadOptions:
    """Return how the window reads a file of which the user says nothing: by his import rules, if any."""
    from spectragui.io.reading.read_options import ReadOptions

    return ReadOptions(use_rules=True)


def look_at_rules(progress: Progress) -> str:
    """Return what is wrong with the user's import rules; empty = nothing."""
    from spectragui.io.import_rules import load_rules

    progress(0.0)
    return load_rules()[1]


def _reading(spectrum: AnySpectrum, file: Path) -> Reading:
    from spectragui.core.signal_to_noise import spectrum_snr

    meta = spectrum.meta
    files = tuple(str(name) for name in meta.get("files", (meta.get("file", file),)))
    return Reading(files, int(meta.get("spectrum_index", 0)), spectrum, spectrum_snr(spectrum))


def can_be_helped(error: SpectraGUIError) -> bool:
    """Return whether something that the user says would let the file be read."""
    return "--" in error.hint


def words_for_options(hint: str) -> str:
    """Return a hint as the window says it: with the form's fields in place of the command line's options."""
    if hint.startswith(WHICH_UNIT):
        return f"Choose which it is, under {OPEN_QUOTE}Unit{CLOSE_QUOTE}."
    return with_control_names(hint)
