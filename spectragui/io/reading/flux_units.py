"""Units of flux as headers and tables write them, as astropy knows them."""

from __future__ import annotations

import functools
import re
import warnings

_WORDS = {
    "flam": "erg / (Angstrom s cm2)",
    "fnu": "erg / (Hz s cm2)",
    "counts": "ct",
    "electrons": "electron",
    "adu": "adu",
    "adus": "adu",
}


@functools.cache
def flux_unit_text(text: str) -> str:
    """Return a unit in astropy's spelling; empty where it is none that astropy knows.

    Parameters
    ----------
    text : str
        As a header or a table writes it: "FLAM", "10^-17 erg/s/cm^2/Ang", "Flux (erg/s/cm2/A)".
    """
    inner = re.search(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*$", text)
    candidates = [text.strip(), inner.group(1).strip() if inner else ""]
    for candidate in candidates:
        if candidate.lower() in _WORDS:
            return _WORDS[candidate.lower()]
        known = _parsed(candidate) if candidate else ""
        if known:
            return known
    return ""


@functools.cache
def is_calibrated(unit: str) -> bool:
    """Return whether a unit of astropy's spelling is one of flux density: no counts, not empty."""
    if not unit:
        return False
    from astropy import units as u

    try:
        known = u.Unit(unit)
    except (ValueError, TypeError):
        return False
    at = 5000 * u.Angstrom
    return any(known.is_equivalent(density, u.spectral_density(at)) for density in (u.Jy, u.W / u.m**2))


def _parsed(text: str) -> str:
    from astropy import units as u

    # "A" is no ampere where flux is spoken of.
    spelled = re.sub(r"\b(Ang(s|strom|stroms)?|A)(?=\b|\d|$)(?!\w)", "Angstrom", text).replace("10^", "10**")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Not "raise": astropy then takes a tenth of a second to think of similar units.
            unit = u.Unit(spelled, parse_strict="silent")
        except (ValueError, TypeError):
            return ""
    return "" if isinstance(unit, u.UnrecognizedUnit) else str(unit.to_string())
