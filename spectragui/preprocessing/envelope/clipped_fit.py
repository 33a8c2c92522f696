"""Least squares with asymmetric clipping: lines below the fit count for nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from spectragui.core.numerics import MAD_TO_SIGMA, FloatArray
from spectragui.preprocessing.envelope.blocks import Blocks

ITERATIONS = 25
STEEPNESS = 3  # of the fall of weights beyond the limits: a sharp end makes fits jump
ERROR_FACTOR = 1.6  # by Monte Carlo: what lies low was left out, so the scatter reads too small
RIDGE = 1e-8
N_SHOWN = 2000  # points at which a curve is computed; in between it is straight


@dataclasses.dataclass(frozen=True, eq=False)
class LinearModel:
    """Columns at wavelengths, and what their coefficients cost.

    Attributes
    ----------
    columns : callable
        Wavelengths, shape (n,), to columns, shape (n, n_columns).
    penalty : ndarray, shape (n_columns, n_columns)
        In units of the mean diagonal of the normal matrix.
    """

    columns: Callable[[FloatArray], FloatArray]
    penalty: FloatArray

    @property
    def n_columns(self) -> int:
        """How many columns there are."""
        return int(self.penalty.shape[0])


def series_model(wavelength_aa: FloatArray, degree: int, damping: float) -> LinearModel:
    """Return a Chebyshev series over an order; damping grows with the square of a term's degree."""
    middle = 0.5 * (wavelength_aa[0] + wavelength_aa[-1])
    half = max(0.5 * float(wavelength_aa[-1] - wavelength_aa[0]), 1e-9)
    cost = damping * np.square(np.maximum(np.arange(degree + 1) - 1.0, 0.0)) + RIDGE
    return LinearModel(
        lambda x: np.polynomial.chebyshev.chebvander((x - middle) / half, degree), np.diag(cost)
    )


def spline_model(wavelength_aa: FloatArray, n_intervals: int, damping: float) -> LinearModel:
    """Return a cubic spline over an order; second differences of its coefficients cost."""
    from scipy.interpolate import BSpline

    low, high = wavelength_aa[0], wavelength_aa[-1]
    inner = np.linspace(low, high, n_intervals + 1)
    knots = np.concatenate([[low] * 3, inner, [high] * 3])
    bends = np.diff(np.eye(n_intervals + 3), 2, axis=0)
    penalty = damping * (bends.T @ bends) + RIDGE * np.eye(n_intervals + 3)
    return LinearModel(lambda x: BSpline.design_matrix(np.clip(x, low, high), knots, 3).toarray(), penalty)


def clipped_fit(
    blocks: Blocks, model: LinearModel, wavelength_aa: FloatArray, low_sigma: float, high_sigma: float
) -> tuple[FloatArray, FloatArray]:
    """Fit a linear model to the blocks that lines leave alone.

    Parameters
    ----------
    blocks : Blocks
    model : LinearModel
    wavelength_aa : ndarray, shape (n_pixels,)
        Where the fit is wanted.
    low_sigma, high_sigma : float
        Blocks further below or above lose their weight, in units of the scatter of those that count.

    Returns
    -------
    fit, uncertainty : ndarray, shape (n_pixels,)
    """
    columns = model.columns(blocks.wavelength_aa)
    y, sigma = blocks.flux, blocks.sigma
    weight = np.ones(y.size)
    for _ in range(ITERATIONS):
        coefficients, covariance, scatter = _solve(columns, y, weight, model.penalty)
        residual = y - columns @ coefficients
        width = np.maximum(scatter, 0.5 * sigma)
        limit = np.where(residual < 0, low_sigma, high_sigma) * width
        now = np.minimum(1.0, (limit / np.maximum(np.abs(residual), 1e-12)) ** STEEPNESS)
        if np.max(np.abs(now - weight)) < 1e-3:
            break
        weight = now
    shown = np.linspace(wavelength_aa[0], wavelength_aa[-1], min(N_SHOWN, max(wavelength_aa.size, 2)))
    wanted = model.columns(shown)
    error = ERROR_FACTOR * np.sqrt(np.maximum(np.sum((wanted @ covariance) * wanted, axis=1), 0.0))
    return np.interp(wavelength_aa, shown, wanted @ coefficients), np.interp(wavelength_aa, shown, error)


def _solve(
    columns: FloatArray, y: FloatArray, weight: FloatArray, penalty: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Return coefficients, their covariance and the robust scatter of the blocks that count."""
    used = columns * weight[:, None]
    normal = used.T @ columns
    normal += max(float(np.trace(normal)) / normal.shape[0], 1e-300) * penalty
    inverse = np.linalg.pinv(normal, hermitian=True)
    coefficients = inverse @ (used.T @ y)
    residual = np.abs(y - columns @ coefficients)
    counts = weight > 0.5
    scatter = MAD_TO_SIGMA * float(np.median(residual[counts] if counts.any() else residual))
    scatter = max(scatter, 1e-6)
    return coefficients, np.asarray(inverse * scatter**2), scatter
