"""Do the same for each spectrum of many files, one by one: what fails is a row, the others are done."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectragui.cli.finished_rows import Files, FinishedRows, Outcome
from spectragui.cli.progress_bar import progress_bar
from spectragui.cli.told_spectra import changed
from spectragui.core.errors import fault_in_words
from spectragui.core.progress import Progress, part_of

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.io.reading.read_options import ReadOptions


@dataclasses.dataclass(frozen=True)
class Job:
    """What is done with each spectrum.

    Attributes
    ----------
    work : callable
        ``work(spectrum, progress)`` returns an `Outcome`.
    fail : callable
        ``fail(files, spectrum or None, reason)`` returns the `Outcome` of what went wrong.
    """

    work: Callable[[AnySpectrum, Progress], Outcome]
    fail: Callable[[Files, AnySpectrum | None, str], Outcome]


def each_spectrum(
    files: Files, reading: ReadOptions, changes: Sequence[SpectrumChange], job: Job, rows: FinishedRows
) -> str:
    """Read, work on and forget the files of one star after the other; every outcome goes into ``rows``.

    Returns
    -------
    str
        A sentence where the user stopped it, else empty.
    """
    from spectragui.io.file_groups import group_files

    done, groups = 0, []
    try:
        with progress_bar("Reading") as progress:
            groups = group_files(files)
            rows.expect(groups)
            for number, group in enumerate(groups):
                part = part_of(progress, number / len(groups), (number + 1) / len(groups))
                if not rows.is_done(number):
                    _do_group(group, number, reading, changes, job, rows, part)
                done = number + 1
    except KeyboardInterrupt:  # hours of finished rows are worth more than the one under way
        return f"Stopped after {done} of {len(groups)} files, or groups of files of one star."
    return ""


def _do_group(
    group: Files,
    number: int,
    reading: ReadOptions,
    changes: Sequence[SpectrumChange],
    job: Job,
    rows: FinishedRows,
    progress: Progress,
) -> None:
    spectra, complaints = _read(group, reading)
    n_rows = len(spectra) + len(complaints)
    for index in range(len(spectra)):
        spectrum, spectra[index] = spectra[index], None  # one is in memory at a time, once they are read
        assert spectrum is not None
        if not rows.is_done(number, index):
            part = part_of(progress, index / n_rows, (index + 1) / n_rows)
            rows.add(number, index, n_rows, _do_one(group, spectrum, changes, job, part))
    for index, (file, reason) in enumerate(complaints, start=len(spectra)):
        rows.add(number, index, n_rows, job.fail((file,), None, reason))


def _read(group: Files, reading: ReadOptions) -> tuple[list[AnySpectrum | None], list[tuple[Path, str]]]:
    """Return the spectra of one star's files, and what is wrong with those that cannot be read."""
    from spectragui.io.read import read_files

    complaints: list[tuple[Path, str]] = []
    spectra: list[AnySpectrum | None] = []
    try:
        spectra.extend(
            read_files(group, reading, on_failed=lambda file, error: complaints.append((file, str(error))))
        )
    except Exception as error:  # noqa: BLE001 - no file ends the run of the others
        show_traceback()
        said = [(file, f"{file.name}: {fault_in_words(error)}") for file in group]
        return [], said
    if not spectra and not complaints:
        complaints = [(file, f"{file.name}: the file holds no spectrum.") for file in group]
    return spectra, complaints


def _do_one(
    group: Files, spectrum: AnySpectrum, changes: Sequence[SpectrumChange], job: Job, progress: Progress
) -> Outcome:
    name = Path(str(spectrum.meta.get("file") or spectrum.name)).name
    try:
        return job.work(
            changed(spectrum, changes), lambda done, message="": progress(done, f"{name}: {message}")
        )
    except Exception as error:  # noqa: BLE001 - no spectrum ends the run of the others
        show_traceback()
        said = fault_in_words(error)
        return job.fail(group, spectrum, said if name in said else f"{name}: {said}")


def show_traceback() -> None:
    """Print where an error happened, for --debug."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().meta.get("debug"):
        traceback.print_exc()
