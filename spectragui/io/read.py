"""Read spectra from files: the entry points of the window, the command line and the models."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from spectragui.core.errors import ReadError, first_sentence
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.io import readers as _readers  # noqa: F401 - registers all readers
from spectragui.io.import_rules import find_rule, known_rules, with_rule, words_for
from spectragui.io.reading.arms import join_arms
from spectragui.io.reading.no_spectrum import no_spectrum
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import READERS
from spectragui.io.reading.side_files import find_side_files
from spectragui.io.reading.source import Source, library_errors
from spectragui.io.reading.spectrum_list import SpectraToChoose, entries_of

#: Readers of general layouts, which take arrays by the names that options give.
GENERAL_READERS = ("fits-table", "order-images", "shared-wavelengths", "fits-image")
PathLike = str | os.PathLike[str]
Taken = TypeVar("Taken")


def read_spectra(path: PathLike, options: ReadOptions = ReadOptions()) -> tuple[AnySpectrum, ...]:
    """Read every spectrum of a file.

    Parameters
    ----------
    path : path-like
    options : ReadOptions
        ``options.spectrum`` chooses one of several, ``options.spectra`` some of them.

    Returns
    -------
    tuple of Spectrum or EchelleSpectrum

    Raises
    ------
    ReadError
        If the file holds no spectrum that can be read; the message names the file, the hint says
        what to do.
    """

    def take(source: Source, told: ReadOptions) -> tuple[AnySpectrum, ...]:
        return _chosen(READERS.get(identify(source)).read(source, told), source, told)

    return _read_by_rules(path, options, take)


def read_or_list(
    path: PathLike, options: ReadOptions = ReadOptions(), at_most: int = 1
) -> tuple[AnySpectrum, ...] | SpectraToChoose:
    """Read the spectra of a file, or where it holds more than ``at_most``, list them to be chosen from.

    Raises
    ------
    ReadError
        See `read_spectra`.
    """

    def take(source: Source, told: ReadOptions) -> tuple[AnySpectrum, ...] | SpectraToChoose:
        found = READERS.get(identify(source)).read(source, told)
        if told.spectrum is None and not told.spectra and len(found) > at_most:
            return SpectraToChoose(source.path, entries_of(found))
        return _chosen(found, source, told)

    return _read_by_rules(path, options, take)


class _RuleError(ReadError):
    """A file could not be read as an import rule says."""


def _read_by_rules(
    path: PathLike, options: ReadOptions, take: Callable[[Source, ReadOptions], Taken]
) -> Taken:
    """Read a file by the user's import rule, or without it where the rule does not fit the file."""
    try:
        with _opened(path, options) as (source, told):
            return take(source, told)
    except _RuleError as error:
        try:
            with _opened(path, options.replace(use_rules=False)) as (source, told):
                source.notes.append(f"{error.message} Without the rule it can be read, and was.")
                return take(source, told)
        except ReadError:
            raise error from None


@contextlib.contextmanager
def _opened(path: PathLike, options: ReadOptions) -> Iterator[tuple[Source, ReadOptions]]:
    """Give a source and the options to read it with, an import rule's included."""
    source = Source(path, options)
    with source.catching_warnings():
        try:
            source.options = _with_rules(source, options)
            yield source, source.options
        except ReadError as error:
            if not source.options.rule_fields and source.name in error.message:
                raise
            if not source.options.rule_fields:  # what looks at columns alone knows no file
                raise source.error(error.message, error.hint, error.details) from error
            by_rule = f"{error.message} It was read by your import rule {source.options.rule!r}."
            raise _RuleError(by_rule, f"{error.hint} Leave the rules out with --no-rules.") from error
        except library_errors() as error:
            # Files are not to be trusted: whatever a damaged one leads to is said, not raised.
            raise source.error(
                f"the file is damaged, or not what it seems ({first_sentence(error)}).",
                "Copy or download it again.",
                error,
            ) from error
        finally:
            source.close()


def _with_rules(source: Source, options: ReadOptions) -> ReadOptions:
    if not options.use_rules:
        return options
    rule = find_rule(source, known_rules())
    return options if rule is None else with_rule(options, rule, source.path.absolute().parent)


def read_spectrum(path: PathLike, options: ReadOptions = ReadOptions()) -> AnySpectrum:
    """Read one spectrum of a file: the one that ``options.spectrum`` says, else the first.

    Raises
    ------
    ReadError
        See `read_spectra`.
    """
    return read_spectra(path, options)[0]


def read_files(
    paths: Iterable[PathLike],
    options: ReadOptions = ReadOptions(),
    *,
    on_failed: Callable[[Path, ReadError], None] | None = None,
    on_many: Callable[[SpectraToChoose], None] | None = None,
    at_most: int = 1,
    progress: Progress = no_progress,
) -> list[AnySpectrum]:
    """Read the spectra of several files, in their order; arms of one star become one spectrum.

    Files of wavelengths or blaze functions among the paths are no spectra of their own: they are
    used for the files beside them.

    Parameters
    ----------
    paths : iterable of path-like
    options : ReadOptions
    on_failed : callable, optional
        Is told of every file that cannot be read, and why, while the others go on; None = the first
        one raises.
    on_many : callable, optional
        Is told of every file with more than ``at_most`` spectra, which is then left to be chosen
        from; None = all spectra of all files.
    at_most : int
    progress : callable

    Returns
    -------
    list of Spectrum or EchelleSpectrum

    Raises
    ------
    ReadError
        On the first file that cannot be read, where ``on_failed`` is None.
    """
    files = [Path(path) for path in paths]
    side_files = find_side_files(files)
    spectra: list[AnySpectrum] = []
    for number, file in enumerate(files):
        progress(number / len(files), f"Reading {file.name}")
        if file in side_files and len(files) > 1:
            continue
        try:
            found = read_spectra(file, options) if on_many is None else read_or_list(file, options, at_most)
        except ReadError as error:
            if on_failed is None:
                raise
            on_failed(file, error)
            continue
        if isinstance(found, SpectraToChoose):
            assert on_many is not None
            on_many(found)
        else:
            spectra.extend(found)
    return join_arms(spectra)


def identify(source: Source) -> str:
    """Return the name of the first reader that knows the file's layout.

    Raises
    ------
    ReadError
        If no reader does.
    """
    names = list(READERS.items())
    if source.options.chooses_arrays:  # a reader of one instrument knows better than to ask for names
        names = [(n, r) for n, r in names if n in GENERAL_READERS] + names
    for name, reader in names:
        if reader.identify(source):
            return name
    raise no_spectrum(source)


def _chosen(spectra: Sequence[AnySpectrum], source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
    wanted: Sequence[int] = range(len(spectra))
    if options.spectrum is not None:
        wanted = [_index_of(options.spectrum, spectra, source)]
    elif options.spectra:
        wanted = [index for index in wanted if options.is_wanted(index)]
    said: dict[str, Any] = {"n_spectra": len(spectra)}
    if options.rule_fields:
        said["import_rule"] = options.rule
    return tuple(
        _with_rule_note(spectra[index].with_meta(spectrum_index=index, **said), options) for index in wanted
    )


def _index_of(wanted: int, spectra: Sequence[AnySpectrum], source: Source) -> int:
    if 0 <= wanted < len(spectra):
        return wanted
    for entry in entries_of(spectra):
        if entry.identifier == str(wanted):
            return entry.index
    raise ReadError(
        f"{source.name}: there is no spectrum {wanted}; the file holds {len(spectra)}.",
        f"Use --spectrum 0 to {len(spectra) - 1}.",
    )


def _with_rule_note(spectrum: AnySpectrum, options: ReadOptions) -> AnySpectrum:
    if not options.rule_fields:
        return spectrum
    values = words_for({name: getattr(options, name) for name in options.rule_fields})
    note = f"Read by your import rule {options.rule!r}: {values}."
    return spectrum.with_meta(notes=(note, *spectrum.meta.get("notes", ())))
