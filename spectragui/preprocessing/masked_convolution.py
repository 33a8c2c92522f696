"""Convolve a spectrum with a kernel so that masked pixels take no part and errors come out right."""

from __future__ import annotations

import numpy as np

from spectragui.core.numerics import BoolArray, FloatArray, fourier_convolve

DIRECT_LENGTH = 64  # longer kernels go through Fourier space
MIN_WEIGHT = 0.05  # of the kernel on good pixels, below which a pixel is left empty


def convolve_masked(
    flux: FloatArray, sigma: FloatArray | None, good: BoolArray, kernel: FloatArray
) -> tuple[FloatArray, FloatArray | None, BoolArray]:
    """Convolve flux with a symmetric kernel over good pixels.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    sigma : ndarray, shape (n_pixels,), or None
    good : ndarray of bool, shape (n_pixels,)
    kernel : ndarray, shape (2 n + 1,), sum 1

    Returns
    -------
    flux, sigma : ndarray, shape (n_pixels,)
    empty : ndarray of bool, shape (n_pixels,)
        Hardly any of the kernel lay on good pixels there.

    Notes
    -----
    flux_o = sum_i k_oi flux_i / sum_i k_oi and sigma_o^2 = sum_i k_oi^2 sigma_i^2 / (sum_i k_oi)^2
    over good pixels i; beyond the ends nothing is supposed.
    """
    weight = convolve_same(good.astype(np.float64), kernel)
    empty = weight < MIN_WEIGHT
    divisor = np.where(empty, 1.0, weight)
    values = convolve_same(np.where(good, flux, 0.0), kernel) / divisor
    values = np.where(empty, np.where(np.isfinite(flux), flux, 0.0), values)
    if sigma is None:
        return values, None, empty
    variance = convolve_same(np.where(good, np.square(np.where(good, sigma, 0.0)), 0.0), np.square(kernel))
    errors = np.sqrt(np.maximum(variance, 0.0)) / divisor
    return values, np.where(empty, np.inf, errors), empty


def convolve_same(values: FloatArray, kernel: FloatArray) -> FloatArray:
    """Return the convolution with an odd kernel, of the length of ``values``."""
    half = kernel.size // 2
    if kernel.size > DIRECT_LENGTH and values.size > DIRECT_LENGTH:
        full = fourier_convolve(values, kernel)
    else:
        full = np.convolve(values, kernel, mode="full")
    return np.asarray(full[half : half + values.size], dtype=np.float64)
