"""Photon and read noise of a detector, and the scatter drawn from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

READ_NOISE_PART = 0.05  # of the variance, where the flux is at its median


def noise_sigma(flux: ArrayLike, snr: float, read_noise_part: float = READ_NOISE_PART) -> NDArray[np.float64]:
    """Return the 1-sigma error of each pixel for a median signal-to-noise ratio.

    Parameters
    ----------
    flux : array_like, shape (n_pixels,)
        Noise-free, proportional to the photons of each pixel.
    snr : float
        Median of flux / sigma, per pixel of ``flux``.
    read_noise_part : float
        Part of the variance at the median flux that does not depend on the flux, 0 to 1.

    Returns
    -------
    ndarray, shape (n_pixels,)

    Notes
    -----
    sigma^2 = k [(1 - r) flux / median + r], k such that the median of flux / sigma is ``snr``.
    """
    relative = np.maximum(np.asarray(flux, dtype=np.float64), 0.0)
    median = float(np.median(relative))
    shape = np.sqrt((1.0 - read_noise_part) * relative / median + read_noise_part)
    return np.asarray(shape * np.median(relative / shape) / snr)


def add_noise(flux: ArrayLike, sigma: ArrayLike, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return ``flux`` with Gaussian noise of ``sigma``, shape (n_pixels,)."""
    values = np.asarray(flux, dtype=np.float64)
    return values + np.asarray(sigma) * generator.standard_normal(values.shape)


def add_cosmic_rays(
    flux: ArrayLike, sigma: ArrayLike, n_hits: int, generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Add hits of cosmic rays, one to three pixels wide, 10 to 1000 sigma high.

    Returns
    -------
    flux : ndarray, shape (n_pixels,)
    hit : ndarray of bool, shape (n_pixels,)
    """
    values = np.array(flux, dtype=np.float64)
    hit = np.zeros(values.shape, dtype=bool)
    for first in generator.integers(0, values.size, n_hits):
        pixels = slice(first, first + generator.integers(1, 4))
        values[pixels] += np.asarray(sigma)[pixels] * 10 ** generator.uniform(1, 3)
        hit[pixels] = True
    return values, hit
