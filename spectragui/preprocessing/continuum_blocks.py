"""Average a spectrum in blocks about a line wide, so that noise does not lift a continuum."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.numerics import BoolArray, FloatArray

BLOCK_AA = 0.15
MAX_BLOCK_AA = 2.0
WANTED_SNR = 60.0
MIN_BLOCKS = 60


@dataclasses.dataclass(frozen=True, eq=False)
class Blocks:
    """Means of good pixels.

    Attributes
    ----------
    wavelength_aa, flux, sigma : ndarray, shape (n_blocks,)
    """

    wavelength_aa: FloatArray
    flux: FloatArray
    sigma: FloatArray


def average_blocks(wavelength_aa: FloatArray, flux: FloatArray, sigma: FloatArray, good: BoolArray) -> Blocks:
    """Average neighbouring good pixels.

    Parameters
    ----------
    wavelength_aa, flux, sigma : ndarray, shape (n_pixels,)
    good : ndarray of bool, shape (n_pixels,)
    """
    pixels = np.flatnonzero(good)
    step = float(np.median(np.diff(wavelength_aa))) if wavelength_aa.size > 1 else 1.0
    snr = max(float(np.median(np.abs(flux[pixels]) / sigma[pixels])), 0.1)
    for_noise = int(np.ceil(min(WANTED_SNR / snr, 100.0) ** 2))
    length = min(max(int(BLOCK_AA / step), for_noise, 1), max(int(MAX_BLOCK_AA / step), 1))
    length = max(1, min(length, pixels.size // MIN_BLOCKS))
    starts = np.arange(0, pixels.size, length)
    count = np.diff(np.append(starts, pixels.size))
    if count.size > 1 and count[-1] < 0.5 * length:
        starts = starts[:-1]
        count = np.diff(np.append(starts, pixels.size))
    return Blocks(
        np.add.reduceat(wavelength_aa[pixels], starts) / count,
        np.add.reduceat(flux[pixels], starts) / count,
        np.sqrt(np.add.reduceat(np.square(sigma[pixels]), starts)) / count,
    )
