"""Files with many spectra: a list to choose from that makes only those spectra that are wanted."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import overload

from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectrum import AnySpectrum, orders_of

MakeSpectrum = Callable[[int], AnySpectrum]


@dataclasses.dataclass(frozen=True)
class SpectrumEntry:
    """One spectrum of a file with several, as a list shows it.

    Attributes
    ----------
    index : int
        From 0, as ``--spectrum`` takes it.
    name : str
        What the file calls it: target, visit, row.
    snr : float
        Per pixel; NaN where it is not known.
    range_aa : (float, float)
        First and last wavelength [Angstrom]; NaN where it is not known.
    identifier : str
        A number by which the file calls it (DESI's TARGETID); may be empty.
    """

    index: int
    name: str
    snr: float = math.nan
    range_aa: tuple[float, float] = (math.nan, math.nan)
    identifier: str = ""


class SpectrumList(Sequence[AnySpectrum]):
    """Spectra of a file, each made when it is asked for.

    Parameters
    ----------
    entries : sequence of SpectrumEntry
    make : callable
        ``make(index)`` returns the spectrum; works while the file is open.
    """

    def __init__(self, entries: Sequence[SpectrumEntry], make: MakeSpectrum) -> None:
        self.entries = tuple(entries)
        self._make = make

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> AnySpectrum: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[AnySpectrum, ...]: ...

    def __getitem__(self, index: int | slice) -> AnySpectrum | tuple[AnySpectrum, ...]:
        if isinstance(index, slice):
            return tuple(self._make(i) for i in range(len(self))[index])
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._make(index % len(self))

    def __iter__(self) -> Iterator[AnySpectrum]:
        return (self._make(index) for index in range(len(self)))


@dataclasses.dataclass(frozen=True, eq=False)
class SpectraToChoose:
    """A file with more spectra than are opened unasked.

    Attributes
    ----------
    path : Path
    entries : tuple of SpectrumEntry
    """

    path: Path
    entries: tuple[SpectrumEntry, ...]


def entries_of(spectra: Sequence[AnySpectrum]) -> tuple[SpectrumEntry, ...]:
    """Return what a list shows of the spectra of a file."""
    if isinstance(spectra, SpectrumList):
        return spectra.entries
    entries = [entry_of(spectrum, index) for index, spectrum in enumerate(spectra)]
    names = collections.Counter(entry.name for entry in entries)
    return tuple(
        entry if names[entry.name] == 1 else dataclasses.replace(entry, name=f"{entry.name} ({entry.index})")
        for entry in entries
    )


def entry_of(spectrum: AnySpectrum, index: int) -> SpectrumEntry:
    """Return what a list shows of a spectrum that was read."""
    orders = orders_of(spectrum)
    ends = [float(end) for order in orders for end in order.wavelength_aa[[0, -1]]]
    name = str(spectrum.meta.get("name") or spectrum.meta.get("object") or f"spectrum {index}")
    identifier = str(spectrum.meta.get("identifier", ""))
    return SpectrumEntry(index, name, spectrum_snr(spectrum), (min(ends), max(ends)), identifier)
