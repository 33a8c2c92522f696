"""Units of spectral axes as headers, columns, comments and people write them, logarithms included.

A unit is named by one text everywhere: an astropy unit ("Angstrom", "cm-1", "GHz", "eV"), or its
logarithm ("log10(Angstrom)", "ln(nm)").
"""

from __future__ import annotations

import functools
import re
import warnings

import numpy as np
from numpy.typing import NDArray

#: Units to choose from, in the window and in hints.
OFFERED_UNITS = (
    "Angstrom", "nm", "um", "mm", "m", "cm-1", "m-1", "um-1", "Hz", "MHz", "GHz", "THz", "eV", "keV",
    "log10(Angstrom)", "log10(nm)", "log10(um)", "ln(Angstrom)", "ln(nm)", "ln(um)",
)  # fmt: skip
#: Units that are no wavelength: what follows from them is a wavelength in vacuum.
_VACUUM_UNITS = re.compile(r"(cm-1|m-1|um-1|nm-1|[kMGTP]?Hz|m?[kM]?eV|J|erg|1 / .*)$")

_LENGTHS = (
    (r"(0\.1|1e-1) ?(nm|nanomet(er|re)s?)|[aå]ngstr(o|ö|oe|ø)?e?m?s?|angs?\.?|aa?|å|å|"
     r"(1?0?\*?\*?|1e|10\^|10\*\*)\(?-10\)? ?m(et(er|re)s?)?|1?\.?0?e-10 ?m", "Angstrom"),
    (r"nanomet(er|re|res|ers)|nm|millimicrons?|nanometern?|10\*\*-9 ?m|1e-9 ?m|10\^-9 ?m", "nm"),
    (r"microns?|micromet(er|re)s?|mikrometern?|mikron|um|µm|μm|mum|10\*\*-6 ?m|1e-6 ?m|10\^-6 ?m", "um"),
    (r"millimet(er|re)s?|mm", "mm"),
    (r"centimet(er|re)s?|cm", "cm"),
    (r"met(er|re)s?|m", "m"),
)  # fmt: skip
_INVERSES = (("cm", "cm-1"), ("um", "um-1"), ("nm", "nm-1"), ("m", "m-1"))
_INVERSE = re.compile(
    r"(?:inv(?:erse|\.)? ?|reciprocal |1 ?/ ?|/ ?)(.+)|(.+?) ?(?:\*\*|\^)?[({]?[-−⁻][1¹][)}]?"
)
_FREQUENCIES = {"hz": "Hz", "khz": "kHz", "mhz": "MHz", "ghz": "GHz", "thz": "THz", "phz": "PHz"}
_PREFIXES = {"kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P"}
_ENERGIES = {"ev": "eV", "kev": "keV", "mev": "MeV"}
_LOGARITHM = re.compile(
    r"(?P<base>log_?\{?10\}?|log_?e|log|lg|ln|dex|alog10|alog)(?:\s*[(\[{]\s*(?P<inner>.*?)\s*[)\]}]+"
    r"|[\s_-]+(?:of\s+)?(?P<word>\S.*))?$",
    re.I,
)
_NAME = r"(?:wave(?:length)?s?|lambda|lam|wvl|wl|λ|frequency|freq|nu|energy|wavenumber|wn|x)"


@functools.cache
def parse_unit(text: str) -> str:
    """Return the name of a spectral unit as headers write it ("ANGSTROMS", "0.1 nm", "log10(Angstrom)").

    An empty string where the text is no such unit.
    """
    word = _stripped(text)
    if not word:
        return ""
    logarithm = _LOGARITHM.match(word)
    if logarithm:
        inner = logarithm["inner"] or logarithm["word"] or ""
        unit = _plain(re.sub(rf"^{_NAME}\s*(?:/|\bin\b|,|\[|\()?\s*", "", inner, flags=re.I) or inner)
        return f"{base_of(logarithm['base'])}({unit})" if unit else ""
    return _plain(word)


def base_of(word: str) -> str:
    """Return "log10" or "ln" for a logarithm as it is written ("log", "dex", "loge")."""
    return "ln" if re.fullmatch(r"ln|log_?e|alog", word, re.I) else "log10"


def split_unit(unit: str) -> tuple[str, str]:
    """Return the logarithm ("", "log10" or "ln") and the unit of the number that it is taken of."""
    found = re.fullmatch(r"(log10|ln)\((.*)\)", unit)
    return (found[1], found[2]) if found else ("", unit)


def without_logarithm(values: NDArray[np.float64], logarithm: str) -> NDArray[np.float64]:
    """Return numbers whose logarithms are ``values``: ``logarithm`` is "", "log10" or "ln"."""
    if not logarithm:
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(10.0**values if logarithm == "log10" else np.exp(values))


def in_angstrom(values: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    """Return wavelengths [Angstrom] of numbers in a unit, logarithms included; NaN where there is none.

    Parameters
    ----------
    values : ndarray, shape (...)
    unit : str
        As `parse_unit` returns it.
    """
    logarithm, plain = split_unit(unit)
    numbers = without_logarithm(np.asarray(values, dtype=np.float64), logarithm)
    if plain in _IN_ANGSTROM:
        return numbers * _IN_ANGSTROM[plain]
    if plain in _OVER:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(numbers > 0, _OVER[plain] / numbers, np.nan)
    from astropy import units as u

    return np.asarray(u.Quantity(numbers, plain).to_value(u.AA, equivalencies=u.spectral()))


def is_vacuum_unit(unit: str) -> bool:
    """Return whether a unit is one of frequency, energy or wavenumber, which know no air."""
    return _VACUUM_UNITS.match(split_unit(unit)[1]) is not None


def _stripped(text: str) -> str:
    word = " ".join(text.replace("\\", "").replace("$", "").split()).strip("'\" ,;:")
    while word[:1] in "([{" and word[-1:] in ")]}" and len(word) > 1 and _encloses(word):
        word = word[1:-1].strip("'\" ")
    return word.strip("[](){} ") if not re.search(r"[(\[{].*[)\]}]$", word) else word


def _encloses(word: str) -> bool:
    """Return whether the first bracket of a word closes at its very end."""
    depth = 0
    for place, letter in enumerate(word):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return place == len(word) - 1
    return False


def _plain(text: str) -> str:
    """Return the name of a unit that is no logarithm, empty where it is none."""
    word = _stripped(text)
    if word in ("meV", "MeV"):
        return word
    lower = word.lower()
    known = _known(lower)
    return known or (_by_astropy(word) if _may_be_unit(word) else "")


def _known(lower: str) -> str:
    lower = re.sub(r"\s*\((in )?(air|vac(uum)?)\)|[\s_,]+(in[\s_]+)?(air|vac(uum)?)$", "", lower)
    for pattern, unit in _LENGTHS:
        if re.fullmatch(pattern, lower):
            return unit
    inverse = re.fullmatch(
        r"(?:inv(?:erse|\.)? ?|1 ?/ ?|/ ?)(.+)|(.+?) ?(?:\*\*|\^)?[({]?[-−⁻][1¹][)}]?", lower
    )
    if inverse:
        length = next((u for p, u in _LENGTHS if re.fullmatch(p, inverse[1] or inverse[2])), "")
        return dict(_INVERSES).get(length, "")
    if re.fullmatch(r"kaysers?", lower):
        return "cm-1"
    for prefix, letter in _PREFIXES.items():
        if re.fullmatch(rf"{prefix}hertz", lower):
            return f"{letter}Hz"
    if lower == "hertz":
        return "Hz"
    if re.fullmatch(r"electron[- ]?volts?", lower):
        return "eV"
    return _FREQUENCIES.get(lower) or _ENERGIES.get(lower, "")


def _may_be_unit(word: str) -> bool:
    """Return whether it is worth asking astropy, which takes long: a short word with a known letter."""
    return 0 < len(word) <= 24 and re.search(r"(m|Hz|eV|J|erg|[Aa]ngstrom)\b|m[-*^]", word) is not None


def _by_astropy(word: str) -> str:
    from astropy import units as u

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            unit = u.Unit(word.replace("^", "**"), parse_strict="silent")
            if isinstance(unit, u.UnrecognizedUnit) or not hasattr(unit, "is_equivalent"):
                return ""
            is_known = unit.is_equivalent(u.AA, equivalencies=u.spectral())
            return str(unit.to_string()) if is_known and 0.0 < unit.decompose().scale < np.inf else ""
        except (ValueError, TypeError, ArithmeticError):  # a scale of nothing or without end, too
            return ""


_IN_ANGSTROM = {"Angstrom": 1.0, "nm": 10.0, "um": 1e4, "mm": 1e7, "cm": 1e8, "m": 1e10}
_HC_EV_AA = 12398.419843320026  # h c / e, exact in the SI of 2019
_C_HZ_AA = 2.99792458e18
_OVER = {
    "cm-1": 1e8, "m-1": 1e10, "um-1": 1e4, "nm-1": 10.0,
    "Hz": _C_HZ_AA, "kHz": _C_HZ_AA / 1e3, "MHz": _C_HZ_AA / 1e6, "GHz": _C_HZ_AA / 1e9,
    "THz": _C_HZ_AA / 1e12, "PHz": _C_HZ_AA / 1e15,
    "eV": _HC_EV_AA, "keV": _HC_EV_AA / 1e3, "MeV": _HC_EV_AA / 1e6, "meV": _HC_EV_AA * 1e3,
}  # fmt: skip
