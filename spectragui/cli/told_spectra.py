"""Read what a command works on: files, with the reading options and the changes that were told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.core.errors import SettingsError, SpectraGUIError

if TYPE_CHECKING:
    from spectragui.analysis.change_words import SpectrumChange
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.io.reading.read_options import ReadOptions


def read_one(
    files: Sequence[Path], reading: ReadOptions, changes: Sequence[SpectrumChange] = ()
) -> AnySpectrum:
    """Return the one spectrum of a file (the first, or the one that is told), or of the arms of an exposure.

    Raises
    ------
    SettingsError
        If several files hold several spectra.
    """
    from spectragui.io.read import read_files, read_spectrum

    if len(files) == 1:
        return changed(read_spectrum(files[0], reading), changes)
    spectra = read_files(files, reading)
    if len(spectra) != 1:
        raise SettingsError(
            f"{len(files)} files hold {len(spectra)} spectra; this command takes one.",
            "Give one file, or the arms of one exposure.",
        )
    return changed(spectra[0], changes)


def changed(spectrum: AnySpectrum, changes: Sequence[SpectrumChange]) -> AnySpectrum:
    """Return a spectrum with the changes that were told; errors name its file."""
    if not changes:
        return spectrum
    from spectragui.analysis.change_words import with_changes

    try:
        return with_changes(spectrum, changes)
    except SpectraGUIError as error:
        name = Path(str(spectrum.meta.get("file") or spectrum.name)).name
        raise type(error)(f"{name}: {error.message}", error.hint) from error
