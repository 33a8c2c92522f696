"""Dispersion solutions of IRAF's multispec format (WAT2 cards), evaluated at every pixel.

References
----------
Valdes 1993, "The IRAF/NOAO spectral world coordinate systems", ASP Conf. Ser. 52, 467.
"""

from __future__ import annotations

import dataclasses
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.linear_scale import wat_text

_LINEAR, _LOG, _NONLINEAR = 0, 1, 2
_CHEBYSHEV, _LEGENDRE, _CUBIC_SPLINE, _LINEAR_SPLINE, _PIXELS, _SAMPLED = 1, 2, 3, 4, 5, 6


@dataclasses.dataclass(frozen=True)
class Dispersion:
    """One aperture of a multispec image.

    Attributes
    ----------
    aperture, beam : int
        Running number and order number.
    kind : int
        -1 pixels, 0 linear, 1 log-linear, 2 a sum of functions.
    start, step : float
        Wavelength (or its log10) of the first pixel, and per pixel.
    n_pixels : int
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


def read_dispersions(header: Header) -> list[Dispersion]:
    """Return the dispersion of each aperture, by the number of its specN entry.

    Raises
    ------
    ValueError
        If the cards cannot be parsed.
    """
    found = re.findall(r'spec(\d+)\s*=\s*"([^"]*)"?', wat_text(header, 2))
    if not found:
        raise ValueError("there are no specN entries in the WAT2 cards")
    return [_parse(text) for _, text in sorted(found, key=lambda item: int(item[0]))]


def wavelengths_of(dispersion: Dispersion, n_pixels: int, header: Header) -> NDArray[np.float64]:
    """Return the wavelength of each pixel, NaN outside the aperture's valid pixels.

    Parameters
    ----------
    dispersion : Dispersion
    n_pixels : int
        Length of the image's rows.
    header : Header
        For LTM1_1 and LTV1, the mapping of a trimmed or binned image to its original pixels.

    Raises
    ------
    ValueError
        If the solution is of an unknown kind or lacks numbers.
    """
    logical = np.arange(1, n_pixels + 1, dtype=np.float64)
    if dispersion.kind in (_LINEAR, _LOG):
        values = dispersion.start + dispersion.step * (logical - 1.0)
        values = 10.0**values if dispersion.kind == _LOG else values
    elif dispersion.kind == _NONLINEAR:
        values = _sum_of_functions(dispersion.functions, _physical(logical, header))
    else:
        raise ValueError(f"an aperture has no wavelength solution (dispersion type {dispersion.kind})")
    values = values / (1.0 + dispersion.redshift)
    if 0 < dispersion.n_pixels < n_pixels:
        values[dispersion.n_pixels :] = np.nan
    return values


def _parse(text: str) -> Dispersion:
    # Fortran writes exponents with D; numbers may touch where a sign begins the next one.
    words = text.replace("D", "E").split()
    if len(words) < 7:
        raise ValueError(f"an entry has only {len(words)} numbers: {text[:40]!r}")
    numbers = [float(word) for word in words]
    kind = int(numbers[2])
    return Dispersion(
        int(numbers[0]),
        int(numbers[1]),
        kind,
        numbers[3],
        numbers[4],
        int(numbers[5]),
        numbers[6],
        tuple(numbers[9:]),
    )


def _physical(logical: NDArray[np.float64], header: Header) -> NDArray[np.float64]:
    scale, offset = header.number("LTM1_1"), header.number("LTV1")
    scale = 1.0 if not np.isfinite(scale) or scale == 0 else scale
    offset = 0.0 if not np.isfinite(offset) else offset
    return (logical - offset) / scale


def _sum_of_functions(numbers: tuple[float, ...], pixel: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.zeros_like(pixel)
    position = 0
    while position + 3 <= len(numbers):
        weight, zero, kind = numbers[position], numbers[position + 1], int(numbers[position + 2])
        values, used = _function(kind, numbers[position + 3 :], pixel)
        total += weight * (zero + values)
        position += 3 + used
    if position == 0:
        raise ValueError("a nonlinear solution has no function")
    return total


def _function(
    kind: int, numbers: tuple[float, ...], pixel: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Return one function at the pixels, and how many numbers it used."""
    if kind in (_PIXELS, _SAMPLED):
        return _table(kind, numbers, pixel)
    order, low, high = int(numbers[0]), numbers[1], numbers[2]
    n_coefficients = order + {_CUBIC_SPLINE: 3, _LINEAR_SPLINE: 1}.get(kind, 0)
    coefficients = np.array(numbers[3 : 3 + n_coefficients])
    if len(coefficients) < n_coefficients:
        raise ValueError("a wavelength solution lacks coefficients")
    x = (2.0 * pixel - (high + low)) / (high - low)
    if kind == _CHEBYSHEV:
        values = np.polynomial.chebyshev.chebval(x, coefficients)
    elif kind == _LEGENDRE:
        values = np.polynomial.legendre.legval(x, coefficients)
    elif kind in (_CUBIC_SPLINE, _LINEAR_SPLINE):
        values = _spline(kind, order, coefficients, (pixel - low) / (high - low))
    else:
        raise ValueError(f"a wavelength solution uses the unknown function type {kind}")
    return values, 3 + n_coefficients


def _spline(
    kind: int, pieces: int, coefficients: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    scaled = np.clip(x, 0.0, 1.0) * pieces
    piece = np.minimum(scaled.astype(int), pieces - 1)
    a = piece + 1.0 - scaled
    b = scaled - piece
    if kind == _LINEAR_SPLINE:
        return np.asarray(a * coefficients[piece] + b * coefficients[piece + 1])
    basis = (a**3, 1 + 3 * a * (1 + a * b), 1 + 3 * b * (1 + a * b), b**3)
    return np.asarray(sum(coefficients[piece + i] * basis[i] for i in range(4)))


def _table(
    kind: int, numbers: tuple[float, ...], pixel: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    count = int(numbers[0])
    if kind == _PIXELS:
        values = np.array(numbers[1 : 1 + count])
        return np.interp(pixel, np.arange(1, count + 1), values), 1 + count
    pairs = np.array(numbers[1 : 1 + 2 * count]).reshape(count, 2)
    return np.interp(pixel, pairs[:, 0], pairs[:, 1]), 1 + 2 * count
