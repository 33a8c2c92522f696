"""Least squares with asymmetric clipping: lines below the fit count for nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spectragui.core.numerics import FloatArray
from spectragui.preprocessing.continuum_blocks import Blocks

ITERATIONS = 12
RIDGE = 1e-8


def clipped_fit(
    blocks: Blocks,
    basis: Callable[[FloatArray], FloatArray],
    wavelength_aa: FloatArray,
    low_sigma: float,
    high_sigma: float,
) -> tuple[FloatArray, FloatArray]:
    """Fit a linear model to the blocks that lines leave alone.

    Parameters
    ----------
    blocks : Blocks
    basis : callable
        Wavelengths to the model's columns, shape (n, n_columns).
    wavelength_aa : ndarray, shape (n_pixels,)
        Where the fit is wanted.
    low_sigma, high_sigma : float
        Blocks further below or above are left out, in units of the scatter of those that are not.

    Returns
    -------
    fit, uncertainty : ndarray, shape (n_pixels,)
    """
    columns = basis(blocks.wavelength_aa)
    scale = max(float(np.median(np.abs(blocks.flux))), 1e-300)
    y, sigma = blocks.flux / scale, blocks.sigma / scale
    kept = np.ones(y.size, dtype=bool)
    coefficients, covariance, scatter = _solve(columns, y, kept)
    for _ in range(ITERATIONS):
        residual = y - columns @ coefficients
        width = np.maximum(scatter, sigma)
        now = (residual > -low_sigma * width) & (residual < high_sigma * width)
        if np.count_nonzero(now) < max(columns.shape[1] + 2, 0.02 * y.size) or np.array_equal(now, kept):
            break
        kept = now
        coefficients, covariance, scatter = _solve(columns, y, kept)
    wanted = basis(wavelength_aa)
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", wanted, covariance, wanted), 0.0))
    return scale * (wanted @ coefficients), scale * error


def _solve(columns: FloatArray, y: FloatArray, kept: np.ndarray) -> tuple[FloatArray, FloatArray, float]:
    """Return coefficients, their covariance and the robust scatter of the kept blocks."""
    used = columns[kept]
    normal = used.T @ used
    normal += RIDGE * max(float(np.trace(normal)) / normal.shape[0], 1e-300) * np.eye(normal.shape[0])
    inverse = np.linalg.inv(normal)
    coefficients = inverse @ (used.T @ y[kept])
    residual = y[kept] - used @ coefficients
    scatter = max(1.4826 * float(np.median(np.abs(residual))), 1e-6)
    return coefficients, inverse * scatter**2, scatter
