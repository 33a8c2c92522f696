"""Find the resolving power: from a keyword that measured it, else from the instrument table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spectragui.core.spectrum import Spectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import InstrumentFacts

_DIRECT_KEYWORDS = (
    "SPEC_RES", "RESOLVPW", "RESOLPOW", "SPECRES", "SPECRP", "SPEC_RP", "RESPOWER", "R_POWER",
    "RESOLUTN", "RESOLUTI", "BSS_ITRP",
)  # fmt: skip
_FWHM_AA_KEYWORDS = ("H_WRESOL", "RES")  # [Angstrom], by TACOS/Pleinpot and by the GALAH pipeline


def find_resolving_power(header: Header, orders: list[Spectrum], facts: InstrumentFacts) -> dict[str, Any]:
    """Return ``resolving_power`` and ``resolving_power_source`` for ``meta``, empty where unknown.

    Parameters
    ----------
    header : Header
    orders : list of Spectrum
        For the wavelength at which a width in Angstrom is taken: the median of all pixels.
    facts : InstrumentFacts
    """
    for keyword in _DIRECT_KEYWORDS:
        value = header.number(keyword)
        if math.isfinite(value) and 100.0 <= value <= 1e6:
            return {"resolving_power": value, "resolving_power_source": header.quote(keyword)}
    if header.number("RES") >= 500.0 and "XUNITS" in header:  # Spextool: the average resolving power
        return {"resolving_power": header.number("RES"), "resolving_power_source": header.quote("RES")}
    for keyword in _FWHM_AA_KEYWORDS:
        found = _from_width(header, keyword, orders)
        if found:
            return found
    if facts.resolving_power is not None:
        return {
            "resolving_power": facts.resolving_power,
            "resolving_power_source": facts.resolving_power_source,
        }
    return {}


def _from_width(header: Header, keyword: str, orders: list[Spectrum]) -> dict[str, Any]:
    width = header.number(keyword)
    if not (math.isfinite(width) and 0.001 < width < 50.0):
        return {}
    if keyword == "RES" and "LSF" not in header:
        return {}  # "RES" means other things elsewhere
    middle = float(np.median([np.median(order.wavelength_aa) for order in orders]))
    power = middle / width
    if not 100.0 <= power <= 1e6:
        return {}
    source = f"{header.quote(keyword)} A (FWHM) at {middle:.0f} A"
    return {"resolving_power": round(power, 1), "resolving_power_source": source}
