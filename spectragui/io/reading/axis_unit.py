"""Which unit the numbers of a spectral axis are in: told, said by the file, clued, or asked for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.core.median import median
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.unit_readings import possible_units, reading_words
from spectragui.io.reading.wavelength_units import (
    OFFERED_UNITS,
    base_of,
    in_angstrom,
    parse_unit,
    split_unit,
    without_logarithm,
)

#: Median wavelengths [Angstrom] beyond which numbers are taken for no spectrum's.
PLAUSIBLE_AA = (10.0, 1e7)
#: What to do about a unit that is not said or cannot be.
SAY_UNIT = "Say the right one with --unit, as --unit Angstrom, nm, um, cm-1, GHz, eV or log10(Angstrom)."
_NO_UNIT = re.compile(r"(none|unknown|n/?a|null|-+|1|no|not given|unit|units|dimensionless|\?*)$", re.I)
_BARE_LOGARITHM = re.compile(
    r"(log_?10|log|lg|ln|log_?e|dex)\s*(?:\(?\s*(lambda|wavelength|wave|lam)?\s*\)?)?$", re.I
)
#: What a reader may know besides: gives a unit and why it is that one, or empty texts.
Clue = Callable[[Sequence[str]], tuple[str, str]]


class UnitQuestionError(ReadError):
    """The numbers of an axis can be read in several units: which one has to be asked.

    Attributes
    ----------
    readings : tuple of str
        The units that are possible, as ``--unit`` takes them.
    """

    def __init__(
        self, message: str, hint: str = "", details: str = "", readings: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hint, details)
        self.readings = readings

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.message, self.hint, self.details, self.readings)


@dataclasses.dataclass(frozen=True)
class AxisUnit:
    """The unit of an axis.

    Attributes
    ----------
    unit : str
        astropy unit text.
    logarithm : str
        "log10" or "ln" where the numbers are logarithms of those in ``unit``, else empty.
    source : str
        Where it comes from, or "assumed: ..." with the reason.
    """

    unit: str
    logarithm: str
    source: str

    def wavelengths(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return numbers in ``unit`` of the numbers that the file holds."""
        return without_logarithm(values, self.logarithm)

    @property
    def name(self) -> str:
        """The unit as ``--unit`` takes it."""
        return f"{self.logarithm}({self.unit})" if self.logarithm else self.unit


def find_axis_unit(
    extent: NDArray[np.float64],
    stated: Stated,
    options: ReadOptions,
    file_name: str,
    clue: Clue | None = None,
) -> AxisUnit:
    """Return the unit of the numbers that a file gives for its wavelengths.

    Parameters
    ----------
    extent : ndarray, shape (2,)
        Smallest and largest of the numbers as they stand in the file.
    stated : Stated
        What the file says in its data layout.
    options : ReadOptions
        ``unit`` wins over everything, but never takes a logarithm twice.
    file_name : str
        For error messages.
    clue : callable, optional
        Chooses among several possible units by what else is known.

    Raises
    ------
    UnitQuestionError
        If several units are possible and nothing says which.
    ReadError
        If a unit is said that is none of a wavelength, or the numbers fit none.
    """
    if options.unit:
        return _told(extent, stated, options, file_name)
    if stated.unit:
        return _said(extent, stated.unit, stated.unit_source, stated)
    if stated.odd_unit and not _NO_UNIT.match(stated.odd_unit.strip()):
        bare = _BARE_LOGARITHM.match(stated.odd_unit.strip())
        if not bare:
            raise _not_a_unit(stated.odd_unit, file_name)
        stated = dataclasses.replace(
            stated, logarithm=base_of(bare[1]), logarithm_source=stated.unit_source or repr(stated.odd_unit)
        )
    return _by_numbers(extent, stated, file_name, clue)


def _told(extent: NDArray[np.float64], stated: Stated, options: ReadOptions, file_name: str) -> AxisUnit:
    text = options.unit.strip()
    bare = _BARE_LOGARITHM.match(text)
    if bare:
        told = dataclasses.replace(stated, logarithm=base_of(bare[1]), logarithm_source=options.said("unit"))
        found = _by_numbers(extent, told, file_name, None)
        return dataclasses.replace(found, source=f"{options.said('unit')}; {found.source}")
    unit = parse_unit(text)
    if not unit:
        raise ReadError(
            f"{file_name}: {text!r} is not a unit of wavelength.",
            f"Use --unit with one of {', '.join(OFFERED_UNITS[:-3])}.",
        )
    return _said(extent, unit, options.said("unit"), stated)


def _said(extent: NDArray[np.float64], unit: str, source: str, stated: Stated) -> AxisUnit:
    """Return a unit that is said, with the logarithm that is said beside it; it is taken once."""
    logarithm, plain = split_unit(unit)
    if logarithm == "log10" and not is_plausible(extent, unit) and is_plausible(extent, f"ln({plain})"):
        return AxisUnit(plain, "ln", f"{source}, taken for a natural logarithm by the size of the numbers")
    if not logarithm and stated.logarithm and is_plausible(extent, f"{stated.logarithm}({plain})"):
        logarithm = stated.logarithm
        source = source if stated.logarithm_source in source else f"{source}, {stated.logarithm_source}"
    if not logarithm and not is_plausible(extent, plain):
        return _logarithm_of(extent, plain, source)
    return AxisUnit(plain, logarithm, source)


def _logarithm_of(extent: NDArray[np.float64], unit: str, source: str) -> AxisUnit:
    """Return the logarithm of a unit where the numbers can only be that, else the unit itself."""
    low, high = float(np.min(extent)), float(np.max(extent))
    for logarithm in ("log10", "ln"):
        if f"{logarithm}({unit})" in possible_units(low, high, logarithm):
            return AxisUnit(unit, logarithm, f"{source}; {low:g} to {high:g} can only be its {logarithm}")
    return AxisUnit(unit, "", source)


def is_plausible(extent: NDArray[np.float64], unit: str) -> bool:
    """Return whether numbers in a unit are wavelengths at which stars shine.

    Parameters
    ----------
    extent : ndarray, shape (2,)
    unit : str
        As `parse_unit` returns it.
    """
    with np.errstate(all="ignore"):
        wavelengths = in_angstrom(extent, unit)
    low, high = PLAUSIBLE_AA
    return bool(np.all(np.isfinite(wavelengths)) and low < median(wavelengths) < high)


def _by_numbers(extent: NDArray[np.float64], stated: Stated, file_name: str, clue: Clue | None) -> AxisUnit:
    low, high = float(np.min(extent)), float(np.max(extent))
    readings = possible_units(low, high, stated.logarithm, stated.quantity)
    if not readings and stated.logarithm == "log10":  # DC-FLAG = 1 says no more than "a logarithm"
        readings = possible_units(low, high, "ln", stated.quantity)
    why = f"{stated.logarithm_source}; " if stated.logarithm else ""
    numbers = f"{low:g} to {high:g}"
    if len(readings) > 1 and clue is not None:
        unit, reason = clue(readings)
        if unit:
            logarithm, plain = split_unit(unit)
            possible = " or ".join(readings)
            return AxisUnit(plain, logarithm, f"assumed: {numbers} may be {possible}, and {reason}")
    if len(readings) > 1:
        raise _question(readings, low, high, file_name)
    if not readings:
        raise ReadError(
            f"{file_name}: the file does not say the unit of its wavelengths, "
            f"and the numbers {numbers} do not tell.",
            SAY_UNIT,
        )
    logarithm, plain = split_unit(readings[0])
    return AxisUnit(
        plain, logarithm, f"assumed: {why}the file gives no unit, and {numbers} read as {readings[0]}"
    )


def _question(readings: Sequence[str], low: float, high: float, file_name: str) -> UnitQuestionError:
    words = [reading_words(unit, low, high) for unit in readings]
    options = [f"--unit {unit!r}".replace("'", '"') if "(" in unit else f"--unit {unit}" for unit in readings]
    return UnitQuestionError(
        f"{file_name}: the file does not say the unit of its wavelengths, "
        f"and the numbers {low:g} to {high:g} do not tell: "
        f"they may be {', '.join(words[:-1])} or {words[-1]}.",
        f"Say which: {' or '.join(options)}.",
        readings=tuple(readings),
    )


def _not_a_unit(text: str, file_name: str) -> ReadError:
    shown = text if len(text) <= 40 else text[:37] + "..."
    return ReadError(
        f"{file_name}: the wavelengths are in {shown!r}, which is no unit of wavelength.", SAY_UNIT
    )
