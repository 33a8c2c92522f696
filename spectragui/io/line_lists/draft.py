"""What was found in a file of lines, before unit and medium are settled: said, guessed, or to be asked."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spectragui.core.errors import ReadError
from spectragui.core.spectral_axis import UNIT_SYMBOLS
from spectragui.io.line_lists.line_lists import LineList, make_line
from spectragui.io.reading.wavelength_units import in_angstrom, is_vacuum_unit

SHORTEST_AA, LONGEST_AA = 1.0, 1e11
WHAT_IS_READ = (
    "Use a VALD extract, a NIST table (CSV, tab or ASCII), or text: a wavelength and a label in each row."
)


@dataclasses.dataclass(frozen=True)
class LineListDraft:
    """What was found in a file, before unit and medium are settled.

    Attributes
    ----------
    name : str
        Of the file, without suffix.
    kind : str
        "VALD extract", "NIST table" or "Text".
    values : tuple of float
        As in the file, in ``unit``, the most useful first.
    labels : tuple of str
    unit : str
        As `parse_unit` returns it; empty = the file does not tell.
    medium : str
        "air" or "vacuum"; empty = the file does not tell.
    unit_source, medium_source : str
        Where each was read, or "assumed: ..." with the reason.
    n_skipped : int
        Rows that hold no line.
    """

    name: str
    kind: str
    values: tuple[float, ...]
    labels: tuple[str, ...]
    unit: str
    medium: str
    unit_source: str
    medium_source: str
    n_skipped: int = 0

    def line_list(self, unit: str = "", medium: str = "") -> LineList:
        """Return the list, in the unit and medium that are told or, where they are empty, were found.

        Raises
        ------
        ReadError
            If either is neither told nor found, or no line is left in that unit.
        """
        unit, medium = unit or self.unit, medium or self.medium
        if is_vacuum_unit(unit):
            medium = "vacuum"
        for word, value in (("unit", unit), ("medium", medium)):
            if not value:
                raise ReadError(f"{self.name}: the {word} of the lines is not known.", f"Say the {word}.")
        with np.errstate(all="ignore"):
            wavelength = in_angstrom(np.asarray(self.values), unit)
        lines = tuple(
            make_line(label, float(value), medium)
            for label, value in zip(self.labels, wavelength, strict=True)
            if SHORTEST_AA <= value <= LONGEST_AA
        )
        symbol = UNIT_SYMBOLS.get(unit, unit)
        if not lines:
            raise ReadError(
                f"{self.name}: in {symbol} no line lies between 1 Å and 10 m.", "Say another unit."
            )
        source = f"{self.kind}: {len(lines)} lines in {symbol}, {medium}"
        n_outside = len(self.values) - len(lines)
        if n_outside:
            source += f"; {n_outside} left out, not between 1 Å and 10 m"
        return LineList(self.name, lines, source)


class Said(NamedTuple):
    """Unit and medium as the file says them, empty where it does not, and where it says so."""

    unit: str
    medium: str
    source: str


def make_draft(
    file: Path,
    kind: str,
    values: tuple[float, ...],
    labels: tuple[str, ...],
    said: Said,
    n_skipped: int = 0,
) -> LineListDraft:
    """Return a draft, unit and medium guessed from the numbers where the file does not say them."""
    unit, medium, source = said
    if not values:
        raise ReadError(f"{file.name}: no line was found in it.", WHAT_IS_READ)
    unit_source = medium_source = source
    if not unit:
        unit, unit_source = _guess_unit(values)
    if not medium:
        medium, medium_source = _guess_medium(values, unit)
    return LineListDraft(file.stem, kind, values, labels, unit, medium, unit_source, medium_source, n_skipped)


def _guess_unit(values: tuple[float, ...]) -> tuple[str, str]:
    low, high = min(values), max(values)
    why = f"assumed: the file does not say, and {low:g} to {high:g} can only be"
    if low >= 0.09 and high <= 30.0:
        return "um", f"{why} µm"
    if high > 2600.0 and low > 900.0:
        return "Angstrom", f"{why} Å"
    if low >= 90.0 and high <= 1100.0:
        return "nm", f"{why} nm"
    return "", f"the file does not say, and {low:g} to {high:g} do not tell"


def _guess_medium(values: tuple[float, ...], unit: str) -> tuple[str, str]:
    if not unit:
        return "", "the file does not say"
    if is_vacuum_unit(unit):
        return "vacuum", "frequencies, energies and wavenumbers are those in vacuum"
    with np.errstate(all="ignore"):
        low, high = in_angstrom(np.array([min(values), max(values)]), unit)
    if high < 2000.0:
        return "vacuum", "assumed: below 2000 Å wavelengths are in vacuum by convention"
    if low >= 2000.0 and high < 11000.0:
        return "air", "assumed: the file does not say, and optical line lists usually are in air"
    return "", "the file does not say"
