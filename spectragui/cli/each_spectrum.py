"""Do the same for each spectrum of many files: what fails is said, the others are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.told_spectra import changed
from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress, part_of

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.io.reading.read_options import ReadOptions

Found = TypeVar("Found")
READING_PART = 0.1  # of the progress bar


def each_spectrum(
    files: tuple[Path, ...],
    reading: ReadOptions,
    changes: Sequence[SpectrumChange],
    work: Callable[[AnySpectrum, Progress], Found],
) -> tuple[list[Found], list[SpectraGUIError]]:
    """Call ``work(spectrum, progress)`` for every spectrum, changed as told; give what came out, and why not.

    Messages of progress and errors name the spectrum's file.
    """
    from spectragui.io.read import read_files

    failures: list[SpectraGUIError] = []
    found: list[Found] = []
    with progress_bar("Reading") as progress:
        spectra = read_files(
            files,
            reading,
            on_failed=lambda _file, error: failures.append(error),
            progress=part_of(progress, 0.0, READING_PART),
        )
        share = (1.0 - READING_PART) / max(len(spectra), 1)
        for number, spectrum in enumerate(spectra):
            part = part_of(progress, READING_PART + number * share, READING_PART + (number + 1) * share)
            try:
                found.append(_named(changed(spectrum, changes), work, part))
            except SpectraGUIError as error:
                failures.append(error)
            except KeyboardInterrupt:
                # Hours of finished rows are worth more than the one under way.
                done = f"Stopped after {number} of {len(spectra)} spectra."
                failures.append(SpectraGUIError(done, "The rows that were finished are kept."))
                break
    return found, failures


def _named(
    spectrum: AnySpectrum, work: Callable[[AnySpectrum, Progress], Found], progress: Progress
) -> Found:
    name = Path(str(spectrum.meta.get("file") or spectrum.name)).name
    try:
        return work(spectrum, lambda done, message="": progress(done, f"{name}: {message}"))
    except SpectraGUIError as error:
        if name in error.message:
            raise
        raise type(error)(f"{name}: {error.message}", error.hint) from error
