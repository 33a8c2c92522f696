"""The parts of a column's name: what it is called, the unit that stands with it, the quantity."""

from __future__ import annotations

import functools
import re

from spectragui.io.reading.wavelength_units import parse_unit

_LOG = r"(log_?10|log|lg|ln|log_?e)?[ _.(-]*"
_QUANTITIES = (
    (_LOG + r"(wave ?_?num(ber)?s?|wavn|wn|wellenzahl(en)?|nombre.?d.?onde)", "wavenumber"),
    (_LOG + r"(freq(uenc(y|ies|e)|uenz)?|fr[eé]quence|nu)(?![a-z])", "frequency"),
    (_LOG + r"(photon_?)?([eé]nerg(y|ies|ie|ia|ien))", "energy"),
    (
        _LOG + r"(wave|lambda|(lam|wl|wav)(?![a-z])|wvl|wlen|λ|wellenl|longueur|longitud|lunghezza)",
        "wavelength",
    ),
)
_NO_UNIT = r"(air|vac(uum)?|obs(erved)?|rest|bary|helio|lambda|lam|wave|wavelength|wl)"
_GLUED = re.compile(
    r"(?P<name>wave(?:length)?|lambda|lam|wl|freq(?:uency)?|energy)(?P<unit>nm|um|aa?|angstroms?|[gt]hz|k?ev)",
    re.I,
)


@functools.cache
def unit_in_name(name: str) -> str:
    """Return the unit that stands in a column's name, as it is written; empty without one.

    "wavelength [nm]", "Energy(eV)", "wave_nm", "lambda/AA", "log10(wavelength/A)".
    """
    text = " ".join(name.split())
    if "(" in parse_unit(text):
        return text
    found = re.search(r"[\[({]\s*([^\[\](){}]+(?:\([^()]*\)[^\[\](){}]*)?)\s*[\])}]\s*$", text)
    if found and not re.fullmatch(_NO_UNIT, found[1].strip(), re.I):
        return found[1].strip()
    glued = _GLUED.fullmatch(text)
    if glued:
        return glued["unit"]
    parts = re.match(r"(.+?)\s*(?:[_/,.]|\s|\bin\b)+\s*([^\s_/,]+(?:[ _](?:air|vac(?:uum)?))?)$", text)
    if parts and parse_unit(parts[2].replace("_", " ")):
        return parts[2].replace("_", " ")
    middle = re.match(r".+?_([^_]+)_(?:air|vac(?:uum)?|obs|rest)$", text)
    return middle[1] if middle and parse_unit(middle[1]) else ""


@functools.cache
def bare_name(name: str) -> str:
    """Return a column's name without the unit that stands in it, in lower case."""
    text, unit = " ".join(name.split()).lower(), unit_in_name(name).lower()
    if unit and unit == text:
        return "log_wavelength"
    if unit and unit in text:
        text = text[: text.rindex(unit)]
    return re.sub(r"[\s_/,.\[({]+(in)?[\s_/,.\[({]*$", "", text).strip(" _/,.[](){}") or name.strip().lower()


def quantity_of(name: str) -> str:
    """Return "wavelength", "wavenumber", "frequency" or "energy" where a name says so, else empty."""
    lower = " ".join(name.split()).lower()
    return next((quantity for pattern, quantity in _QUANTITIES if re.match(pattern, lower)), "")
