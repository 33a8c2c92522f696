"""The thesis' correction of predicted against expected values by a polynomial; monotone, its degree found."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HIGHEST = 9
_FOLDS = 5
_STEPS = 200


@dataclasses.dataclass(frozen=True, eq=False)
class PolynomialCorrection:
    """A polynomial that rises everywhere in its range, and is not used outside it.

    Attributes
    ----------
    coefficients : ndarray, shape (degree + 1,)
        Of Chebyshev polynomials on ``low`` to ``high``.
    low, high : float
        Range of the predictions that it was fitted to.
    """

    coefficients: Floats
    low: float
    high: float

    @property
    def degree(self) -> int:
        """Degree of the polynomial."""
        return len(self.coefficients) - 1

    def apply(self, values: Floats) -> Floats:
        """Return corrected values; those outside the range stay as they are."""
        inside = (values >= self.low) & (values <= self.high)
        shown = np.clip(values, self.low, self.high)
        found = np.polynomial.chebyshev.chebval(_scaled(shown, self.low, self.high), self.coefficients)
        return np.where(inside, found, values)


def fit_correction(predicted: Floats, expected: Floats, seed: int = 0) -> PolynomialCorrection:
    """Return the correction whose degree does best in five-fold cross-validation, among those that rise.

    Parameters
    ----------
    predicted, expected : ndarray, shape (n,)
        Of objects that are not judged by it.
    seed : int
        Of the folds.
    """
    known = np.isfinite(predicted) & np.isfinite(expected)
    x, y = np.asarray(predicted)[known], np.asarray(expected)[known]
    low, high = (float(value) for value in np.quantile(x, [0.001, 0.999]))
    inside = (x >= low) & (x <= high)
    x, y = _scaled(x[inside], low, high), y[inside]
    fold = np.random.default_rng(seed).integers(_FOLDS, size=len(x))
    best, smallest = np.array([(low + high) / 2, (high - low) / 2]), np.inf  # the identity
    for degree in range(1, HIGHEST + 1):
        whole = np.asarray(np.polynomial.chebyshev.chebfit(x, y, degree), dtype=np.float64)
        if not _rises(whole):
            continue
        errors = []
        for number in range(_FOLDS):
            part = np.polynomial.chebyshev.chebfit(x[fold != number], y[fold != number], degree)
            left = np.polynomial.chebyshev.chebval(x[fold == number], part) - y[fold == number]
            errors.append(np.abs(left).mean())
        if np.mean(errors) < smallest:
            best, smallest = whole, float(np.mean(errors))
    return PolynomialCorrection(best, low, high)


def _scaled(values: Floats, low: float, high: float) -> Floats:
    return 2.0 * (values - low) / max(high - low, 1e-12) - 1.0


def _rises(coefficients: Floats) -> bool:
    places = np.linspace(-1.0, 1.0, _STEPS)
    return bool((np.diff(np.polynomial.chebyshev.chebval(places, coefficients)) > 0).all())
