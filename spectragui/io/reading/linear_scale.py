"""Wavelengths of images: linear and logarithmic FITS scales, and what their keywords say."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.iraf_cards import wat_units
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.unit_words import units_in_text
from spectragui.io.reading.wavelength_units import parse_unit, split_unit, without_logarithm

_UNIT_KEYWORDS = (
    "CUNIT{n}", "WAT{n}_001", "CTYPE{n}", "CNAME{n}", "CRVAL1_UNIT", "WAVEUNIT", "WAVE_UNIT", "WAVUNIT",
    "WAVEUNITS", "XUNIT", "XUNITS", "WUNIT", "DISPUNIT", "SPECUNIT", "LAMUNIT", "TUNIT1",
)  # fmt: skip
# By the standard (paper III): what the first letters of CTYPE mean, and their unit where CUNIT is missing.
_TYPES = {"FREQ": "Hz", "WAVN": "", "ENER": "", "WAVE": "", "AWAV": ""}
_VELOCITIES = re.compile(r"(VRAD|VELO|VOPT|ZOPT|BETA|FELO)($|-)")
_LOG_TYPES = re.compile(
    r"(LOG[ -_]?LIN|LOG10|LOGLAM|LOGWAV|LOG ?\(|LOG ?WAVE|LOG ?LAMBDA|WAVELENGTH-LOG|LOG$)"
)


def has_linear_scale(header: Header, axis: int = 1) -> bool:
    """Return whether the header gives a start and a step of wavelength along an axis."""
    start, step = header.number(f"CRVAL{axis}"), scale_step(header, axis)
    ctype = header.text(f"CTYPE{axis}").upper()
    if ctype.startswith(("PIXEL", "MULTISPE")) or not (math.isfinite(start) and math.isfinite(step)):
        return False
    return step != 0 and not (start in (0.0, 1.0) and step == 1.0) and not ctype.endswith("-TAB")


def linear_scale(header: Header, n_pixels: int, axis: int = 1) -> tuple[NDArray[np.float64], str]:
    """Return the number that the scale gives every pixel, and in words how it was computed.

    Parameters
    ----------
    header : Header
        With CRVALn, CDn_n or CDELTn, CRPIXn (1 where missing), CTYPEn.
    n_pixels : int
    axis : int
        n, the FITS number of the axis.

    Returns
    -------
    numbers : ndarray, shape (n_pixels,)
        Wavelengths, or their logarithms where `stated_by_keywords` says so.
    note : str
        Empty for a linear scale; what the header says of others.
    """
    start, step = header.number(f"CRVAL{axis}"), scale_step(header, axis)
    reference = header.number(f"CRPIX{axis}")
    reference = 1.0 if not math.isfinite(reference) else reference
    offset = np.arange(1, n_pixels + 1, dtype=np.float64) - reference
    ctype = header.text(f"CTYPE{axis}").upper()
    kind = re.match(r"(AWAV|WAVE|FREQ|WAVN|ENER)[A-Z]?-?-(LOG|[A-Z]2[A-Z]|GR[AI])$", ctype)
    # By the standard CRVAL1 is a wavelength; PHOENIX models write its logarithm instead.
    if kind and kind[2] == "LOG" and not _is_logarithm(start, kind[1]):
        return start * np.exp(offset * step / start), "logarithmic scale by " + header.quote(f"CTYPE{axis}")
    if kind and kind[2] != "LOG":
        return _by_wcs(header, axis, n_pixels), "scale by " + header.quote(f"CTYPE{axis}")
    return start + step * offset, ""


def wavelength_scale(header: Header, n_pixels: int) -> NDArray[np.float64]:
    """Return the wavelengths of a survey's scale, which is known to be one or the log10 of one.

    Parameters
    ----------
    header : Header
    n_pixels : int

    Returns
    -------
    ndarray, shape (n_pixels,)
    """
    numbers, _ = linear_scale(header, n_pixels)
    is_logarithm = _logarithm(header, 1)[0] == "log10" or 2.9 < header.number("CRVAL1") < 4.7
    return without_logarithm(numbers, "log10" if is_logarithm and numbers[0] < 6.0 else "")


def _is_logarithm(start: float, quantity: str) -> bool:
    """Return whether a start is the logarithm of a wavelength in Angstrom rather than one itself."""
    return 7.0 < start < 11.5 and quantity in ("AWAV", "WAVE")


def _by_wcs(header: Header, axis: int, n_pixels: int) -> NDArray[np.float64]:
    """Return wavelengths of the standard's nonlinear scales (WAVE-F2W, AWAV-GRI), in the header's unit."""
    from astropy import units as u
    from astropy.io import fits
    from astropy.wcs import WCS

    cards = fits.Header()
    names = ("CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT", "PV")
    for keyword, value, _ in header.cards:
        found = re.fullmatch(rf"({'|'.join(names)}){axis}(_\d+)?", keyword)
        if found and value not in (None, ""):
            cards.setdefault(f"{found[1]}1{found[2] or ''}", value)
    for keyword in ("RESTFRQ", "RESTWAV"):
        if math.isfinite(header.number(keyword)):
            cards[keyword] = header.number(keyword)
    cards["CDELT1"] = scale_step(header, axis)
    wcs = WCS(cards, naxis=1)
    values = wcs.all_pix2world(np.arange(n_pixels, dtype=np.float64), 0)[0]
    unit = parse_unit(header.text(f"CUNIT{axis}"))
    if not unit:
        return np.asarray(values)
    return np.asarray(u.Quantity(values, wcs.wcs.cunit[0]).to_value(unit, equivalencies=u.spectral()))


def stated_by_keywords(header: Header, axis: int = 1) -> Stated:
    """Return what CUNIT, CTYPE, IRAF's WAT cards, DC-FLAG and comments say of unit and medium."""
    unit, unit_source = _unit(header, axis)
    medium, medium_source = _medium(header, axis)
    odd = "" if unit else _odd_unit(header, axis)
    logarithm, reason = _logarithm(header, axis)
    if unit and split_unit(unit)[0]:
        logarithm, reason = "", ""  # the unit says it already
    return Stated(
        unit, unit_source, medium, medium_source, odd_unit=odd, logarithm=logarithm, logarithm_source=reason
    )


def scale_step(header: Header, axis: int = 1) -> float:
    """Return the step a pixel along an axis: CDn_n, else CDELTn (times PCn_n); NaN without."""
    step = header.number(f"CD{axis}_{axis}")
    if math.isfinite(step) and step != 0:
        return step
    factor = header.number(f"PC{axis}_{axis}")
    step = header.number(f"CDELT{axis}")
    return step * factor if math.isfinite(factor) and factor not in (0.0, 1.0) else step


def _logarithm(header: Header, axis: int) -> tuple[str, str]:
    """Return "log10" where the header says that the scale runs in logarithms, and the card."""
    ctype = header.text(f"CTYPE{axis}").upper()
    start = header.number(f"CRVAL{axis}")
    standard = re.match(r"(AWAV|WAVE|FREQ|WAVN|ENER)[A-Z]?-?-LOG$", ctype)
    if standard:
        said = _is_logarithm(start, standard[1])
        return ("ln", f"CRVAL{axis} = {start:g} is a logarithm") if said else ("", "")
    if header.number("DC-FLAG") == 0:
        return "", ""
    if header.number("DC-FLAG") == 1:
        return "log10", header.quote("DC-FLAG")
    if _LOG_TYPES.search(ctype):
        return "log10", header.quote(f"CTYPE{axis}")
    if re.match(r"(LN ?\(|LNLAM|LN[- ]?WAVE|NATURAL LOG)", ctype):
        return "ln", header.quote(f"CTYPE{axis}")
    for keyword in ("LOGLAM", "LOGSCALE", "LOG_SCAL", "WFITTYPE"):
        if re.match(r"log", header.text(keyword), re.I):
            return "log10", header.quote(keyword)
    for keyword in (f"CRVAL{axis}", f"CD{axis}_{axis}", f"CDELT{axis}"):
        comment = comment_of(header, keyword)
        found = re.search(r"\b(log10|log|ln)\b", comment, re.I)
        if found and start < 20.0:
            base = "ln" if found[1].lower() == "ln" else "log10"
            return base, f"the comment of {keyword}: {comment!r}"
    return "", ""


def comment_of(header: Header, keyword: str) -> str:
    """Return the comment of a keyword's first card."""
    return next((comment for name, _, comment in header.cards if name == keyword), "")


def _unit(header: Header, axis: int) -> tuple[str, str]:
    for pattern in _UNIT_KEYWORDS:
        keyword = pattern.format(n=axis)
        text = wat_units(header, axis) if keyword.startswith("WAT") else header.text(keyword)
        found = re.search(r"\[(.+)\]", text)
        unit = parse_unit(found.group(1) if found else text)
        if unit:
            return unit, header.quote(keyword)
    for keyword in (f"CRVAL{axis}", f"CDELT{axis}", f"CD{axis}_{axis}"):
        comment = comment_of(header, keyword)
        found = re.match(r"\s*\[([^\]]+)\]", comment)
        units = [parse_unit(found[1])] if found else [*units_in_text([comment])]
        if len(units) == 1 and units[0]:
            return units[0], f"the comment of {keyword}: {comment!r}"
    known = _TYPES.get(header.text(f"CTYPE{axis}").upper()[:4], "")
    if known:
        return known, header.quote(f"CTYPE{axis}")
    return _by_type(header, axis)


def _by_type(header: Header, axis: int) -> tuple[str, str]:
    """Return the unit of wavenumbers and energies whose CUNIT is missing, by the size of the numbers."""
    ctype, start = header.text(f"CTYPE{axis}").upper(), header.number(f"CRVAL{axis}")
    if re.match(r"WAVN($|-)", ctype):
        return ("m-1" if start > 2e5 else "cm-1"), header.quote(f"CTYPE{axis}")
    if re.match(r"ENER($|-)", ctype):
        return ("J" if start < 1e-10 else "eV"), header.quote(f"CTYPE{axis}")
    return "", ""


def _odd_unit(header: Header, axis: int) -> str:
    ctype = header.text(f"CTYPE{axis}").upper()
    if _VELOCITIES.match(ctype):
        return header.text(f"CUNIT{axis}") or "m/s"
    words = (header.text(f"CUNIT{axis}"), wat_units(header, axis))
    return next((word for word in words if word), "")


def _medium(header: Header, axis: int) -> tuple[str, str]:
    ctype = header.text(f"CTYPE{axis}").upper()
    if re.match(r"AWAV($|-)", ctype):
        return "air", header.quote(f"CTYPE{axis}")
    if re.match(r"(WAVE|VRAD|FREQ|WAVN|ENER)($|-)", ctype):
        return "vacuum", header.quote(f"CTYPE{axis}")
    return "", ""
