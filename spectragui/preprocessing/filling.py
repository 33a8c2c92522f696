"""Interpolate over bad pixels with errors that tell what an interpolation cannot know."""

from __future__ import annotations

import numpy as np

from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.stage import StageRegion

FILLED_NOTE = "Filled pixels are interpolated: their errors hold what that leaves open; they are no data."
NEIGHBOURHOOD = 200  # pixels around a hole whose structure says how wrong a straight line is


def runs_of(flags: BoolArray) -> list[tuple[int, int]]:
    """Return (first, behind the last) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def regions_of_runs(
    wavelength_aa: FloatArray, flags: BoolArray, kind: str, index: int
) -> tuple[StageRegion, ...]:
    """Return a region for every run of True."""
    return tuple(
        StageRegion(float(wavelength_aa[a]), float(wavelength_aa[b - 1]), kind, index, f"{b - a} px")
        for a, b in runs_of(flags)
    )


def fill_masked(order: Spectrum, longest: int) -> tuple[Spectrum, int]:
    """Interpolate over masked runs of at most ``longest`` pixels; return also how many were filled."""
    flux, mask = order.flux.copy(), order.mask.copy()
    sigma = None if order.uncertainty is None else order.uncertainty.copy()
    for piece in find_pieces(order.wavelength_aa):
        runs = [(a, b) for a, b in runs_of(order.mask[piece]) if b - a <= longest]
        if not runs:
            continue
        errors = None if order.uncertainty is None else order.uncertainty[piece]
        flux[piece], new, filled = fill_runs(
            order.wavelength_aa[piece], order.flux[piece], errors, order.good[piece], runs
        )
        if sigma is not None and new is not None:
            sigma[piece] = new
        mask[piece] &= ~filled
    count = int(np.count_nonzero(order.mask & ~mask))
    return order.without_correlation().replace(flux=flux, uncertainty=sigma, mask=mask), count


def fill_runs(
    wavelength_aa: FloatArray,
    flux: FloatArray,
    sigma: FloatArray | None,
    good: BoolArray,
    runs: list[tuple[int, int]],
) -> tuple[FloatArray, FloatArray | None, BoolArray]:
    """Interpolate runs of pixels linearly between the good pixels at their sides.

    Parameters
    ----------
    wavelength_aa, flux : ndarray, shape (n_pixels,)
    sigma : ndarray, shape (n_pixels,), or None
    good : ndarray of bool, shape (n_pixels,)
    runs : list of (int, int)
        First pixel and the one behind the last, of bad pixels.

    Returns
    -------
    flux, sigma : ndarray, shape (n_pixels,)
    filled : ndarray of bool, shape (n_pixels,)
        A run at an end of the spectrum, or beside another bad pixel, is left.

    Notes
    -----
    sigma_o^2 = (1 - t)^2 sigma_1^2 + t^2 sigma_2^2 + s^2, where s^2 is how far the good pixels
    around scatter about straight lines of the same length, less the noise in that.
    """
    values = flux.copy()
    errors = None if sigma is None else sigma.copy()
    filled = np.zeros(flux.shape, dtype=bool)
    for start, stop in runs:
        left, right = start - 1, stop
        if left < 0 or right >= flux.size or not (good[left] and good[right]):
            continue
        inside = slice(start, stop)
        place = (wavelength_aa[inside] - wavelength_aa[left]) / (wavelength_aa[right] - wavelength_aa[left])
        values[inside] = (1 - place) * flux[left] + place * flux[right]
        filled[inside] = True
        if errors is not None and sigma is not None:
            noise = np.square((1 - place) * sigma[left]) + np.square(place * sigma[right])
            errors[inside] = np.sqrt(noise + _structure(flux, sigma, good, left, right))
    return values, errors, filled


def _structure(flux: FloatArray, sigma: FloatArray, good: BoolArray, left: int, right: int) -> float:
    """Return the mean square by which spectrum nearby leaves straight lines as long as the hole."""
    length = right - left
    half = max(1, length // 2)
    low, high = max(0, left - NEIGHBOURHOOD // 2), min(flux.size, right + NEIGHBOURHOOD // 2)
    f, s, g = flux[low:high], sigma[low:high], good[low:high]
    if f.size <= length + 5:
        return 0.0
    ends, begins, middles = slice(length, None), slice(None, -length), slice(half, half + f.size - length)
    t = half / length
    usable = g[ends] & g[begins] & g[middles]
    if np.count_nonzero(usable) < 5:
        return 0.0
    off = np.square(f[middles] - (1 - t) * f[begins] - t * f[ends])[usable]
    noise = (np.square(s[middles]) + np.square((1 - t) * s[begins]) + np.square(t * s[ends]))[usable]
    return max(float(np.mean(off - noise)), 0.0)
