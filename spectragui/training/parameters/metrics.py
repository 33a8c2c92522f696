"""Figures of merit: how far predicted labels are off, and whether their errors are honest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mean_absolute_errors(predicted: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of |predicted - true| for each label, shape (n_labels,)."""
    return np.asarray(np.abs(predicted - true).mean(axis=0))


def biases(predicted: NDArray[np.float64], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of predicted - true for each label, shape (n_labels,)."""
    return np.asarray(np.median(predicted - true, axis=0))


def coverage_of_errors(
    predicted: NDArray[np.float64], sigma: NDArray[np.float64], true: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the part of spectra whose true label lies within one sigma, shape (n_labels,); ideal 0.683."""
    return np.asarray((np.abs(predicted - true) <= sigma).mean(axis=0))


def error_factors(
    predicted: NDArray[np.float64], sigma: NDArray[np.float64], true: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by what stated errors must be multiplied so that 68.3 % lie within them, shape (n_labels,)."""
    return np.asarray(np.quantile(np.abs(predicted - true) / sigma, 0.6827, axis=0))
