"""Estimate the noise of a spectrum from the spectrum itself, where its file gives no errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.median import median
from spectragui.core.numerics import DER_SNR_FACTOR

BLOCK_PIXELS = 400


def estimate_noise(flux: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Estimate 1 sigma pixel by pixel, smooth on scales of some hundred pixels.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    ndarray, shape (n_pixels,), unit of ``flux``
        Positive everywhere.

    Notes
    -----
    DER_SNR in blocks, from the brighter half of their pixels only: lines bend the spectrum, and
    there they do so least. Noise correlated by a resampling is underestimated.

    References
    ----------
    Stoehr et al. 2008, ASP Conf. 394, 505.
    """
    good = np.flatnonzero(~mask)
    scale = median(np.abs(flux[good])) if good.size else 1.0
    floor = max(1e-5 * scale, 1e-300)
    if good.size < 30:
        return np.full(flux.shape, max(0.1 * scale, floor))
    values = flux[good]
    second = np.abs(2.0 * values[2:-2] - values[:-4] - values[4:])
    places, sigmas = [], []
    for first, stop, size in _equal_blocks(second.size, max(1, second.size // BLOCK_PIXELS)):
        table = second[first:stop].reshape(-1, size)
        level = values[2:-2][first:stop].reshape(-1, size)
        is_bright = level >= np.median(level, axis=1)[:, None]
        is_bright |= ~np.any(is_bright, axis=1, keepdims=True)
        places.append(good[2:-2][first:stop].reshape(-1, size).mean(axis=1))
        sigmas.append(DER_SNR_FACTOR * _median_where(table, is_bright))
    return np.maximum(np.interp(np.arange(flux.size), np.concatenate(places), np.concatenate(sigmas)), floor)


def _equal_blocks(n_values: int, n_blocks: int) -> list[tuple[int, int, int]]:
    """Return (first, stop, size) of the runs of blocks of equal size, as `numpy.array_split` makes them."""
    size, n_larger = divmod(n_values, n_blocks)
    middle = n_larger * (size + 1)
    runs = [(0, middle, size + 1), (middle, n_values, size)]
    return [run for run in runs if run[1] > run[0]]


def _median_where(table: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the median of the chosen values of each row, shape (n_rows,)."""
    ordered = np.sort(np.where(chosen, table, np.inf), axis=1)
    count = chosen.sum(axis=1)
    rows = np.arange(len(table))
    return 0.5 * (ordered[rows, (count - 1) // 2] + ordered[rows, count // 2])
