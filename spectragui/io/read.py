"""Read spectra from files: the entry points of the window, the command line and the models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from spectragui.core.errors import ReadError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.io import readers as _readers  # noqa: F401 - registers all readers
from spectragui.io.arms import join_arms
from spectragui.io.no_spectrum import no_spectrum
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import READERS
from spectragui.io.side_files import find_side_files
from spectragui.io.source import Source, library_errors

#: Readers of general layouts, which take arrays by the names that options give.
GENERAL_READERS = ("fits-table", "order-images", "shared-wavelengths", "fits-image")
PathLike = str | os.PathLike[str]


def read_spectra(path: PathLike, options: ReadOptions = ReadOptions()) -> tuple[AnySpectrum, ...]:
    """Read every spectrum of a file.

    Parameters
    ----------
    path : path-like
    options : ReadOptions
        ``options.spectrum`` chooses one of several.

    Returns
    -------
    tuple of Spectrum or EchelleSpectrum

    Raises
    ------
    ReadError
        If the file holds no spectrum that can be read; the message names the file, the hint says
        what to do.
    """
    source = Source(path, options)
    with source.catching_warnings():
        try:
            spectra = READERS.get(identify(source)).read(source, options)
            return _chosen(spectra, source, options)
        except library_errors() as error:
            # Files are not to be trusted: whatever a damaged one leads to is said, not raised.
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise source.error(
                f"the file is damaged, or not what it seems ({said[0].rstrip('.')}).",
                "Copy or download it again.",
            ) from error
        finally:
            source.close()


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
            spectra.extend(read_spectra(file, options))
        except ReadError as error:
            if on_failed is None:
                raise
            on_failed(file, error)
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


def _chosen(
    spectra: tuple[AnySpectrum, ...], source: Source, options: ReadOptions
) -> tuple[AnySpectrum, ...]:
    numbered = tuple(s.with_meta(spectrum_index=i, n_spectra=len(spectra)) for i, s in enumerate(spectra))
    if options.spectrum is None:
        return numbered
    if not 0 <= options.spectrum < len(numbered):
        raise ReadError(
            f"{source.name}: there is no spectrum {options.spectrum}; the file holds {len(numbered)}.",
            f"Use --spectrum 0 to {len(numbered) - 1}.",
        )
    return (numbered[options.spectrum],)
