"""In which units the numbers of an axis without a unit can be the wavelengths of a star."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from spectragui.io.reading.wavelength_units import in_angstrom, without_logarithm


@dataclasses.dataclass(frozen=True)
class _Range:
    """A unit, and between which numbers files leave it unsaid.

    Attributes
    ----------
    unit : str
    low, high : float
        The whole axis lies between them.
    lowest_end : float
        The axis reaches at least as far.
    """

    unit: str
    low: float
    high: float
    lowest_end: float = -np.inf


# Where two of them hold, the file has to be asked about. A region of the sky that is rare in one unit
# (3.9 to 5.1 um, as 3900 to 5100 nm or 1960 to 2560 cm-1) is not listed for it: files of optical
# spectra in Angstrom would all be asked about.
_RANGES = (
    _Range("Angstrom", 900.0, 60000.0),
    _Range("Angstrom", 100.0, 60000.0, 2600.0),  # models begin far below the Lyman limit
    _Range("Angstrom", 50.0, 912.0),
    _Range("nm", 90.0, 6000.0),
    _Range("um", 0.09, 30.0),
    _Range("cm-1", 9000.0, 111000.0),
    _Range("cm-1", 1500.0, 5600.0),
    _Range("log10(Angstrom)", 2.9, 4.8),
    _Range("log10(nm)", 2.45, 3.05),
    _Range("log10(um)", -1.05, 0.5),
    _Range("ln(Angstrom)", 6.8, 11.05),
    _Range("ln(nm)", 5.7, 7.02),
    _Range("ln(um)", -2.4, 1.1),
    _Range("GHz", 1.2e5, 3.4e6),
    _Range("Hz", 1e13, 3.5e15),
    _Range("m", 9e-8, 1e-5),
    _Range("cm", 1.5e-5, 1e-3),
)
# Where a name says what is counted: the numbers of each unit, from the Lyman limit to 300 microns.
_OF_QUANTITY = {
    "wavenumber": (_Range("cm-1", 33.0, 1.1e5), _Range("m-1", 1.1e5, 1.1e7), _Range("um-1", 0.003, 11.0)),
    "frequency": (
        _Range("THz", 1.0, 3400.0),
        _Range("GHz", 3400.0, 3.4e6),
        _Range("MHz", 3.4e6, 3.4e9),
        _Range("Hz", 1e12, 3.4e15),
    ),
    "energy": (_Range("eV", 0.04, 14.0), _Range("keV", 4e-5, 0.04), _Range("J", 6e-22, 2.3e-18)),
}
_OPTICAL_AA = 2900.0  # an axis in Angstrom that begins here or later is an ordinary one
_NEGATIVE_ONLY = ("log10(um)", "ln(um)")  # above 0 they would be numbers like any in um
_EXTREME_UV = (290.0, 912.0)


def possible_units(low: float, high: float, logarithm: str = "", quantity: str = "") -> tuple[str, ...]:
    """Return the units in which numbers can be wavelengths that are observed or computed of stars.

    Parameters
    ----------
    low, high : float
        Smallest and largest number.
    logarithm : str
        "log10" or "ln" where the numbers are known to be logarithms, in which unit is asked then.
    quantity : str
        "wavelength", "wavenumber", "frequency" or "energy" where it is known what they count.

    Returns
    -------
    tuple of str
        The likeliest first; empty where they fit none.
    """
    if logarithm:
        return _of_logarithms(low, high, logarithm, quantity)
    if quantity in _OF_QUANTITY:
        return tuple(r.unit for r in _OF_QUANTITY[quantity] if r.low <= low < high <= r.high)
    fitting = [r.unit for r in _RANGES if r.low <= low < high <= r.high and high >= r.lowest_end]
    units = list(dict.fromkeys(fitting))
    if low >= 0:
        units = [unit for unit in units if unit not in _NEGATIVE_ONLY]
    if "Angstrom" in units and low >= _OPTICAL_AA:
        units = [unit for unit in units if unit != "nm" and not (unit == "cm-1" and low < 9000.0)]
    if "Angstrom" in units and "nm" in units and low >= _EXTREME_UV[0] and high <= _EXTREME_UV[1]:
        units.remove("Angstrom")  # what lies below the Lyman limit is not observed but in a few stars
    if quantity == "wavelength" or ("nm" in units and "Angstrom" not in units):
        units = [unit for unit in units if unit not in ("cm-1", "GHz", "Hz")]
    return tuple(units)


def reading_words(unit: str, low: float, high: float) -> str:
    """Return a unit with the wavelengths that would follow: "nm (9171.9 to 10054.7 A)"."""
    ends = sorted(float(end) for end in in_angstrom(np.array([low, high]), unit))
    return f"{unit} ({ends[0]:.1f} to {ends[1]:.1f} A)"


def _of_logarithms(low: float, high: float, logarithm: str, quantity: str) -> tuple[str, ...]:
    numbers = [float(end) for end in without_logarithm(np.array([low, high]), logarithm)]
    units: Sequence[str] = (
        possible_units(numbers[0], numbers[1], quantity=quantity) if np.all(np.isfinite(numbers)) else ()
    )
    return tuple(f"{logarithm}({unit})" for unit in units if "(" not in unit)
