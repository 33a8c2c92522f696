"""Wavelengths of images: linear and logarithmic FITS scales, and what their keywords say."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.axis_passport import Stated, parse_unit


def has_linear_scale(header: Header) -> bool:
    """Return whether the header gives a start and a step of wavelength along the first axis."""
    start, step = header.number("CRVAL1"), _step(header)
    ctype = header.text("CTYPE1").upper()
    if ctype.startswith(("PIXEL", "MULTISPE")) or not (math.isfinite(start) and math.isfinite(step)):
        return False
    return step != 0 and not (start in (0.0, 1.0) and step == 1.0)


def linear_scale(header: Header, n_pixels: int) -> tuple[NDArray[np.float64], str]:
    """Return the wavelength of every pixel, and in words how it was computed.

    Parameters
    ----------
    header : Header
        With CRVAL1, CD1_1 or CDELT1, CRPIX1 (1 where missing), CTYPE1, DC-FLAG.
    n_pixels : int

    Returns
    -------
    wavelength : ndarray, shape (n_pixels,), in the header's unit
    note : str
        Empty for a linear scale; what was assumed for others.
    """
    start, step = header.number("CRVAL1"), _step(header)
    reference = header.number("CRPIX1")
    reference = 1.0 if not math.isfinite(reference) else reference
    offset = np.arange(1, n_pixels + 1, dtype=np.float64) - reference
    ctype = header.text("CTYPE1").upper()
    # By the standard CRVAL1 is a wavelength; PHOENIX models write its logarithm instead.
    if re.match(r"(A?WAV|WAVE)[A-Z]?-LOG$|^(AWAV|WAVE)-LOG", ctype) and not 7.0 < start < 11.5:
        return start * np.exp(offset * step / start), "logarithmic scale by " + header.quote("CTYPE1")
    values = start + step * offset
    logarithm = _logarithm(header, ctype, start, step)
    if logarithm == "log10":
        return 10.0**values, f"log10 of the wavelength runs linearly ({_log_reason(header)})"
    if logarithm == "ln":
        return np.exp(values), "assumed: the numbers are natural logarithms of the wavelength"
    return values, ""


def stated_by_keywords(header: Header) -> Stated:
    """Return what CUNIT1, CTYPE1 and IRAF's WAT cards say of unit and medium."""
    unit, unit_source = _unit(header)
    medium, medium_source = _medium(header)
    odd = "" if unit else header.text("CUNIT1")
    return Stated(unit, unit_source, medium, medium_source, odd_unit=odd)


def wat_text(header: Header, axis: int) -> str:
    """Return IRAF's WAT cards of an axis joined, each padded to its 68 characters."""
    cards = sorted(header.matching(rf"WAT{axis}_\d\d\d$"))
    return "".join(str(header.get(card) or "").ljust(68) for card in cards)


def _step(header: Header) -> float:
    step = header.number("CD1_1")
    return step if math.isfinite(step) and step != 0 else header.number("CDELT1")


def _logarithm(header: Header, ctype: str, start: float, step: float) -> str:
    if (
        header.number("DC-FLAG") == 1
        or "LOG-LINEAR" in ctype
        or ctype.startswith(("LOG10", "LOGLAM", "LOG("))
    ):
        return "log10" if start < 6 else "ln"
    is_linear = ctype[:4] in ("AWAV", "WAVE") and not ctype.endswith("-LOG")
    if header.number("DC-FLAG") == 0 or (parse_unit(header.text("CUNIT1")) and not ctype.endswith("-LOG")):
        return ""
    if is_linear:
        return ""
    if 2.9 < start < 4.7 and abs(step) < 0.003:
        return "log10"
    return "ln" if 7.0 < start < 10.8 and abs(step) < 0.003 else ""


def _log_reason(header: Header) -> str:
    if header.number("DC-FLAG") == 1:
        return header.quote("DC-FLAG")
    if "LOG" in header.text("CTYPE1").upper():
        return header.quote("CTYPE1")
    return f"assumed from CRVAL1 = {header.number('CRVAL1'):g}"


def _unit(header: Header) -> tuple[str, str]:
    for keyword in ("CUNIT1", "WAT1_001", "CTYPE1", "CRVAL1_UNIT", "WAVEUNIT", "WAVE_UNIT", "XUNIT"):
        text = header.text(keyword)
        found = re.search(r"units=['\"]?([A-Za-z.0-9]+)", text) or re.search(r"\[(.+)\]", text)
        unit = parse_unit(found.group(1) if found else text)
        if unit:
            return unit, header.quote(keyword)
    if header.text("CTYPE1").upper().startswith("FREQ"):
        return "Hz", header.quote("CTYPE1")
    if header.text("CTYPE1").upper().startswith("WAVN"):
        return "cm-1", header.quote("CTYPE1")
    return "", ""


def _medium(header: Header) -> tuple[str, str]:
    ctype = header.text("CTYPE1").upper()
    if re.match(r"AWAV($|-)", ctype):
        return "air", header.quote("CTYPE1")
    if re.match(r"(WAVE|VRAD|FREQ|WAVN)($|-)", ctype):
        return "vacuum", header.quote("CTYPE1")
    return "", ""
