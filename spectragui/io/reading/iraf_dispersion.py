"""Dispersion solutions of IRAF's multispec format (WAT2 cards), evaluated at every pixel.

References
----------
Valdes 1993, "The IRAF/NOAO spectral world coordinate systems", ASP Conf. Ser. 52, 467; the same as
`noao/onedspec/doc/specwcs` and, where the two differ, IRAF's driver `sys/mwcs/wfmspec`.
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.iraf_cards import wat_text
from spectragui.io.reading.iraf_functions import averaged_functions

_LINEAR, _LOG, _NONLINEAR = 0, 1, 2
# Fortran writes exponents with D; numbers may touch where a sign begins the next one.
_NUMBER = re.compile(r"INDEF|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?", re.I)
_FIELDS = 7  # up to the Doppler factor; the limits of the aperture are no concern of the wavelengths


@dataclasses.dataclass(frozen=True)
class Dispersion:
    """One aperture of a multispec image.

    Attributes
    ----------
    aperture, beam : int
        Running number and order number.
    kind : int
        -1 pixels, 0 linear, 1 log-linear, 2 a weighted mean of functions.
    start, step : float
        Wavelength (or its log10) of the first physical pixel, and per physical pixel.
    n_pixels : int
        How many physical pixels are valid.
    redshift : float
        Doppler factor; wavelengths are divided by 1 + redshift.
    functions : tuple of float
        Numbers after the ninth, for ``kind`` 2.
    """

    aperture: int
    beam: int
    kind: int
    start: float
    step: float
    n_pixels: int
    redshift: float
    functions: tuple[float, ...]


def read_dispersions(header: Header) -> dict[int, Dispersion]:
    """Return the dispersion of each physical image line, by the number of its specN entry.

    Raises
    ------
    ValueError
        If the cards cannot be parsed.
    """
    found = re.findall(r'spec(\d+)\s*=\s*"([^"]*)"?', wat_text(header, 2))
    if not found:
        raise ValueError("there are no specN entries in the WAT2 cards")
    return {int(number): _parse(text) for number, text in found}


def dispersions_of_lines(header: Header, n_lines: int) -> tuple[list[Dispersion], str]:
    """Return the dispersion of every line of an image as it is now, cut or not.

    Parameters
    ----------
    header : Header
        Also for LTV2, LTM2_2 and WAXMAP01, which say what lines of the physical image are left.
    n_lines : int

    Returns
    -------
    dispersions : list of Dispersion, n_lines long
    note : str
        What was assumed, empty where nothing was.

    Raises
    ------
    ValueError
        If an entry cannot be parsed, or there is none for a line.
    """
    entries = read_dispersions(header)
    numbers = physical_lines(header, n_lines)
    if all(number in entries for number in numbers):
        return [entries[number] for number in numbers], ""
    if n_lines == 1:
        only = entries.get(1) or (next(iter(entries.values())) if len(entries) == 1 else None)
        if only is not None:
            return [only], _without_number(numbers[0], 1 if 1 in entries else next(iter(entries)))
    if len(entries) == n_lines:
        note = "The WAT2 cards have no entries for the physical image lines: they were taken in their order."
        return [entries[number] for number in sorted(entries)], note
    missing = next(number for number in numbers if number not in entries)
    raise ValueError(f"there is no spec{missing} for {n_lines} lines, only {len(entries)} other entries")


def physical_lines(header: Header, n_lines: int) -> list[int]:
    """Return the number, from 1, of the physical image line that each line of an image was.

    Parameters
    ----------
    header : Header
    n_lines : int
    """
    logical = np.arange(1, n_lines + 1, dtype=np.float64)
    kept = re.findall(r"-?\d+", header.text("WAXMAP01"))
    if len(kept) >= 4 and kept[2] == "0":  # the axis of lines is gone: one of them is left
        logical = np.full(n_lines, float(kept[3]) + 1.0)
    return [int(number) for number in np.rint(_physical(logical, header, 2))]


def wavelengths_of(dispersion: Dispersion, n_pixels: int, header: Header) -> NDArray[np.float64]:
    """Return the wavelength of each pixel, NaN outside the aperture's valid pixels.

    Parameters
    ----------
    dispersion : Dispersion
    n_pixels : int
        Length of the image's rows.
    header : Header
        For LTM1_1 and LTV1: every kind of dispersion is a function of the physical pixel.

    Raises
    ------
    ValueError
        If the solution is of an unknown kind or lacks numbers.
    """
    pixel = _physical(np.arange(1, n_pixels + 1, dtype=np.float64), header, 1)
    if dispersion.kind in (_LINEAR, _LOG):
        values = dispersion.start + dispersion.step * (pixel - 1.0)
        values = 10.0**values if dispersion.kind == _LOG else values
    elif dispersion.kind == _NONLINEAR:
        values = averaged_functions(dispersion.functions, pixel)
    else:
        raise ValueError(f"an aperture has no wavelength solution (dispersion type {dispersion.kind})")
    values = values / (1.0 + dispersion.redshift)
    if dispersion.n_pixels > 0:
        values[(pixel < 0.5) | (pixel > dispersion.n_pixels + 0.5)] = np.nan
    return values


def doppler_factor(header: Header) -> float:
    """Return the Doppler factor z of the first entry with a dispersion; 0 where there is none."""
    try:
        entries = read_dispersions(header)
    except ValueError:
        return 0.0
    return next((entry.redshift for entry in entries.values() if entry.kind >= 0), 0.0)


def _without_number(wanted: int, taken: int) -> str:
    return f"The WAT2 cards have no spec{wanted} for the image line: spec{taken} was taken."


def _parse(text: str) -> Dispersion:
    words = _NUMBER.findall(text)
    if len(words) < _FIELDS:
        raise ValueError(f"an entry has only {len(words)} numbers: {text[:40]!r}")
    numbers = [_number(word) for word in words]
    kind = int(numbers[2])
    used = numbers[:_FIELDS] if kind == _NONLINEAR else numbers[:6]
    needed = {0, 1, 2, 5} if kind == _NONLINEAR else {0, 1, 2, 3, 4}
    if kind >= 0 and any(np.isnan(used[i]) for i in needed):
        raise ValueError(f"an entry is INDEF where a number is needed: {text[:40]!r}")
    plain = [0.0 if np.isnan(number) else number for number in numbers]
    return Dispersion(
        int(plain[0]),
        int(plain[1]),
        kind,
        plain[3],
        plain[4],
        int(plain[5]),
        plain[6],
        tuple(numbers[9:]),
    )


def _number(word: str) -> float:
    return np.nan if word.upper() == "INDEF" else float(re.sub("[dD]", "E", word))


def _physical(logical: NDArray[np.float64], header: Header, axis: int) -> NDArray[np.float64]:
    scale, offset = header.number(f"LTM{axis}_{axis}"), header.number(f"LTV{axis}")
    scale = 1.0 if not np.isfinite(scale) or scale == 0 else scale
    offset = 0.0 if not np.isfinite(offset) else offset
    return (logical - offset) / scale
