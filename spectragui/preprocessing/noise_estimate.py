"""Estimate the noise of a spectrum from the spectrum itself, where its file gives no errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    scale = float(np.median(np.abs(flux[good]))) if good.size else 1.0
    floor = max(1e-5 * scale, 1e-300)
    if good.size < 30:
        return np.full(flux.shape, max(0.1 * scale, floor))
    values = flux[good]
    second = np.abs(2.0 * values[2:-2] - values[:-4] - values[4:])
    blocks = np.array_split(np.arange(second.size), max(1, second.size // BLOCK_PIXELS))
    places, sigmas = [], []
    for block in blocks:
        bright = values[2:-2][block] >= np.median(values[2:-2][block])
        chosen = second[block][bright] if bright.any() else second[block]
        places.append(float(good[2:-2][block].mean()))
        sigmas.append(DER_SNR_FACTOR * float(np.median(chosen)))
    return np.maximum(np.interp(np.arange(flux.size), places, sigmas), floor)
