"""The functions of IRAF's dispersion solutions: polynomials, splines and tables of physical pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_CHEBYSHEV, _LEGENDRE, _CUBIC_SPLINE, _LINEAR_SPLINE, _PIXELS, _SAMPLED = 1, 2, 3, 4, 5, 6


def averaged_functions(numbers: Sequence[float], pixel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean, by weight, of the functions that a specN entry lists.

    Parameters
    ----------
    numbers : sequence of float
        For each function: weight, zero point, type, then its parameters and coefficients.
    pixel : ndarray, shape (n_pixels,)
        Physical pixels, from 1.

    Returns
    -------
    ndarray, shape (n_pixels,), in the solution's unit

    Raises
    ------
    ValueError
        If there is no function, one is of an unknown type, or numbers are missing.
    """
    total, weights = np.zeros_like(pixel), 0.0
    position = 0
    while position + 3 <= len(numbers):
        weight, zero, kind = numbers[position : position + 3]
        values, used = _function(int(kind), numbers[position + 3 :], pixel)
        total += weight * (zero + values)
        weights += weight
        position += 3 + used
    if position == 0:
        raise ValueError("a nonlinear solution has no function")
    if not np.isfinite(weights) or weights == 0:
        raise ValueError("the weights of a solution's functions add up to nothing")
    # A single function is most often of weight 1: no rounding is added then.
    return total if weights == 1.0 else total / weights


def _function(
    kind: int, numbers: Sequence[float], pixel: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Return one function at the pixels, and how many numbers it used."""
    if kind in (_PIXELS, _SAMPLED):
        return _table(kind, numbers, pixel)
    if len(numbers) < 3:
        raise ValueError("a wavelength solution lacks coefficients")
    order, low, high = int(numbers[0]), numbers[1], numbers[2]
    n_coefficients = order + {_CUBIC_SPLINE: 3, _LINEAR_SPLINE: 1}.get(kind, 0)
    coefficients = np.array(numbers[3 : 3 + n_coefficients])
    if len(coefficients) < n_coefficients or order < 1:
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
    scaled = x * pieces
    piece = np.clip(scaled.astype(int), 0, pieces - 1)  # beyond the ends the outermost pieces go on
    a = piece + 1.0 - scaled
    b = scaled - piece
    if kind == _LINEAR_SPLINE:
        return np.asarray(a * coefficients[piece] + b * coefficients[piece + 1])
    basis = (a**3, 1 + 3 * a * (1 + a * b), 1 + 3 * b * (1 + a * b), b**3)
    return np.asarray(sum(coefficients[piece + i] * basis[i] for i in range(4)))


def _table(
    kind: int, numbers: Sequence[float], pixel: NDArray[np.float64]
) -> tuple[NDArray[np.float64], int]:
    """Return an array of wavelengths a pixel, or of pairs of pixel and wavelength, interpolated."""
    count = int(numbers[0]) if len(numbers) else 0
    if kind == _PIXELS:
        values = np.array(numbers[1 : 1 + count])
        return _interpolated(pixel, np.arange(1.0, len(values) + 1), values), 1 + count
    # A dummy field stands between the count and the pairs. The document counts pairs; IRAF's driver
    # counts their numbers, so both are found.
    for length in (2 * count, count):
        pairs = np.array(numbers[2 : 2 + length])
        if len(pairs) == length and length % 2 == 0 and np.all(np.diff(pairs[::2]) > 0):
            return _interpolated(pixel, pairs[::2], pairs[1::2]), 2 + length
    raise ValueError(f"a sampled solution does not hold the {count} pairs that it announces")


def _interpolated(
    pixel: NDArray[np.float64], places: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return values between samples; beyond the ends the outermost pieces go on, as in IRAF."""
    if len(values) < 2 or not np.isfinite(values).all():
        raise ValueError("a solution's table of wavelengths has fewer than two entries")
    piece = np.clip(np.searchsorted(places, pixel, side="right") - 1, 0, len(places) - 2)
    part = (pixel - places[piece]) / (places[piece + 1] - places[piece])
    return np.asarray((1.0 - part) * values[piece] + part * values[piece + 1])
