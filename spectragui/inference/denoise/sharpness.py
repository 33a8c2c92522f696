"""Whether the lines of a spectrum are as wide as those of the denoised one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sharpness(noisy: Floats, sigma: Floats, denoised: Floats, level: Floats, factor: Floats) -> float:
    """Return how much wider (positive) or sharper the data's lines are, in sigma.

    Parameters
    ----------
    noisy, sigma, denoised, level : ndarray, shape (n,)
        Sigma infinite where masked; level is the denoised continuum.
    factor : ndarray, shape (n, k)
        Of the covariance of ``denoised``.

    Notes
    -----
    A score test: to first order wider lines add the second derivative g of the spectrum. With
    W = 1 / sigma^2 and the posterior covariance C of the denoised flux, z = g W r / sqrt(g W g - g W C W g)
    for the residual r: what the model itself can follow is left out, so z has unit variance.
    """
    good = np.isfinite(sigma) & np.isfinite(noisy)
    curvature = np.zeros_like(denoised)
    lines = denoised / level
    curvature[1:-1] = lines[2:] - 2.0 * lines[1:-1] + lines[:-2]
    g = np.where(good, curvature * level, 0.0)
    weight = np.where(good, 1.0 / np.square(np.where(good, sigma, 1.0)), 0.0)
    weighted = g * weight
    own = float(np.sum(weighted * g))
    left = own - float(np.sum(np.square(weighted.astype(factor.dtype) @ factor)))
    if not left > 1e-3 * own:
        return 0.0
    residual = np.where(good, noisy - denoised, 0.0)
    return float(weighted @ residual) / float(np.sqrt(left))
