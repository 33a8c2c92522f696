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
from spectragui.core.spectrum import orders_of

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.io.reading.read_options import ReadOptions

#: Of spectra that are worked on together.
AT_ONCE, MOST_PIXELS = 32, 400_000


@dataclasses.dataclass(frozen=True)
class Job:
    """What is done with each spectrum.

    Attributes
    ----------
    work : callable
        ``work(spectrum, progress)`` returns an `Outcome`.
    fail : callable
        ``fail(files, spectrum or None, reason)`` returns the `Outcome` of what went wrong.
    many : callable, optional
        ``many(spectra, progress)`` returns, of each, what ``work`` would, or the error that it would raise.
    """

    work: Callable[[AnySpectrum, Progress], Outcome]
    fail: Callable[[Files, AnySpectrum | None, str], Outcome]
    many: Callable[[Sequence[AnySpectrum], Progress], Sequence[Outcome | Exception]] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class _Waiting:
    """A spectrum that waits for others to be worked on with: its files, its place among the rows."""

    group: Files
    number: int
    index: int
    n_rows: int
    spectrum: AnySpectrum


class _Batch:
    """Spectra that are worked on together, a bounded number of pixels at once."""

    def __init__(self, job: Job, rows: FinishedRows) -> None:
        self._job, self._rows = job, rows
        self._waiting: list[_Waiting] = []

    @property
    def groups(self) -> set[int]:
        """Groups of files of which some are not done."""
        return {one.number for one in self._waiting}

    def add(self, one: _Waiting, progress: Progress) -> None:
        """Take a spectrum; work on all of them when they are enough."""
        self._waiting.append(one)
        n_pixels = sum(len(order) for each in self._waiting for order in orders_of(each.spectrum))
        if len(self._waiting) >= AT_ONCE or n_pixels > MOST_PIXELS:
            self.flush(progress)

    def flush(self, progress: Progress) -> None:
        """Work on all that wait."""
        waiting, many = self._waiting, self._job.many
        if not waiting or many is None:
            return
        try:
            found = many([one.spectrum for one in waiting], progress)
        except Exception:  # noqa: BLE001 - one of them ends nothing but its own row
            show_traceback()
            found = [self._alone(one, progress) for one in waiting]
        for one, result in zip(waiting, found, strict=True):
            if isinstance(result, Exception):
                result = _failed(self._job, one.group, one.spectrum, result)
            self._rows.add(one.number, one.index, one.n_rows, result)
        self._waiting = []

    def _alone(self, one: _Waiting, progress: Progress) -> Outcome:
        return _do_one(one.group, one.spectrum, (), self._job, progress)


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
    batch = _Batch(job, rows)
    try:
        with progress_bar("Reading") as progress:
            groups = group_files(files)
            rows.expect(groups)
            for number, group in enumerate(groups):
                part = part_of(progress, number / len(groups), (number + 1) / len(groups))
                if not rows.is_done(number):
                    _do_group((group, number), reading, changes, job, (rows, batch), part)
                done = number + 1
            batch.flush(part_of(progress, 1.0, 1.0))
    except KeyboardInterrupt:  # hours of finished rows are worth more than the one under way
        done -= len(batch.groups)
        return f"Stopped after {done} of {len(groups)} files, or groups of files of one star."
    return ""


def _do_group(
    files: tuple[Files, int],
    reading: ReadOptions,
    changes: Sequence[SpectrumChange],
    job: Job,
    places: tuple[FinishedRows, _Batch],
    progress: Progress,
) -> None:
    (group, number), (rows, batch) = files, places
    spectra, complaints = _read(group, reading)
    n_rows = len(spectra) + len(complaints)
    for index in range(len(spectra)):
        spectrum, spectra[index] = spectra[index], None  # one is in memory at a time, once they are read
        assert spectrum is not None
        if rows.is_done(number, index):
            continue
        part = part_of(progress, index / n_rows, (index + 1) / n_rows)
        if job.many is None:
            rows.add(number, index, n_rows, _do_one(group, spectrum, changes, job, part))
            continue
        try:
            spectrum = changed(spectrum, changes)
        except Exception as error:  # noqa: BLE001 - no spectrum ends the run of the others
            rows.add(number, index, n_rows, _failed(job, group, spectrum, error))
        else:
            batch.add(_Waiting(group, number, index, n_rows, spectrum), part)
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
    name = _name(spectrum)
    try:
        return job.work(
            changed(spectrum, changes), lambda done, message="": progress(done, f"{name}: {message}")
        )
    except Exception as error:  # noqa: BLE001 - no spectrum ends the run of the others
        return _failed(job, group, spectrum, error)


def _failed(job: Job, group: Files, spectrum: AnySpectrum, error: Exception) -> Outcome:
    show_traceback(error)
    said, name = fault_in_words(error), _name(spectrum)
    return job.fail(group, spectrum, said if name in said else f"{name}: {said}")


def _name(spectrum: AnySpectrum) -> str:
    return Path(str(spectrum.meta.get("file") or spectrum.name)).name


def show_traceback(error: BaseException | None = None) -> None:
    """Print where an error happened, by default the one at hand, for --debug."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().meta.get("debug"):
        if error is None:
            traceback.print_exc()
        else:
            traceback.print_exception(error)
