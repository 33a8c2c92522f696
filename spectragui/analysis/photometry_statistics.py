"""How well redshifts, star/galaxy probabilities and masses agree with those of a catalogue."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

MAD_TO_SIGMA = 1.4826  # of a normal distribution
OUTLIER = 0.15  # |dz| / (1 + z) beyond which a redshift is simply wrong
OUTLIER_SIGMAS = 5.0
FEWEST_IN_BIN = 5  # fewer say nothing about a scatter


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How values agree with reference values.

    Attributes
    ----------
    n : int
        Objects with both values.
    bias : float
        Median of the difference (redshifts: over 1 + z); NaN where there is none.
    scatter : float
        1.4826 times the median absolute deviation from the median.
    outliers : float
        Fraction with a difference beyond `OUTLIER`.
    outliers_in_sigma : float
        Fraction farther than 5 times the scatter from the bias.
    """

    n: int
    bias: float = math.nan
    scatter: float = math.nan
    outliers: float = math.nan
    outliers_in_sigma: float = math.nan


@dataclasses.dataclass(frozen=True)
class BinnedAgreement:
    """`Agreement` in bins of a quantity.

    Attributes
    ----------
    edges : ndarray, shape (n_bins + 1,)
    bins : tuple of Agreement
    """

    edges: NDArray[np.float64]
    bins: tuple[Agreement, ...]

    @property
    def centres(self) -> NDArray[np.float64]:
        """Middle of each bin."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])


@dataclasses.dataclass(frozen=True)
class Roc:
    """Receiver operating characteristic of a probability.

    Attributes
    ----------
    false_positive, true_positive : ndarray, shape (n,)
        Rates while the threshold falls, from (0, 0) to (1, 1).
    area : float
        Under the curve; NaN unless both kinds occur.
    """

    false_positive: NDArray[np.float64]
    true_positive: NDArray[np.float64]
    area: float


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Numbers of objects by true and predicted class.

    Attributes
    ----------
    counts : ndarray of int, shape (n_classes, n_classes)
        Rows are true classes, columns predicted ones.
    """

    counts: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Fraction on the diagonal."""
        return _ratio(int(np.trace(self.counts)), int(self.counts.sum()))

    def completeness(self, class_index: int) -> float:
        """Return the fraction of a true class that is predicted as such."""
        return _ratio(int(self.counts[class_index, class_index]), int(self.counts[class_index].sum()))

    def purity(self, class_index: int) -> float:
        """Return the fraction of a predicted class that truly is such."""
        return _ratio(int(self.counts[class_index, class_index]), int(self.counts[:, class_index].sum()))


@dataclasses.dataclass(frozen=True)
class CompletenessPurity:
    """Completeness and purity of a class in bins of magnitude; NaN in bins with too few objects.

    Attributes
    ----------
    edges : ndarray, shape (n_bins + 1,)
        [mag]
    completeness, purity : ndarray, shape (n_bins,)
    n_true : ndarray of int, shape (n_bins,)
    """

    edges: NDArray[np.float64]
    completeness: NDArray[np.float64]
    purity: NDArray[np.float64]
    n_true: NDArray[np.int64]

    @property
    def centres(self) -> NDArray[np.float64]:
        """Middle of each bin [mag]."""
        return 0.5 * (self.edges[1:] + self.edges[:-1])


def redshift_residuals(z: NDArray[np.floating], z_ref: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return (z - z_ref) / (1 + z_ref); NaN where either is not known."""
    reference = np.asarray(z_ref, dtype=np.float64)
    return (np.asarray(z, dtype=np.float64) - reference) / (1.0 + reference)


def sigma_nmad(residuals: NDArray[np.floating]) -> float:
    """Return 1.4826 times the median absolute deviation from the median; NaN values are left out."""
    known = residuals[np.isfinite(residuals)]
    if known.size == 0:
        return math.nan
    return float(MAD_TO_SIGMA * np.median(np.abs(known - np.median(known))))


def agreement(residuals: NDArray[np.floating]) -> Agreement:
    """Return how values agree with reference values, from their differences; NaN values are left out."""
    known = np.asarray(residuals, dtype=np.float64)
    known = known[np.isfinite(known)]
    if known.size == 0:
        return Agreement(0)
    bias, scatter = float(np.median(known)), sigma_nmad(known)
    beyond = np.abs(known - bias) > OUTLIER_SIGMAS * scatter
    return Agreement(
        int(known.size), bias, scatter, float(np.mean(np.abs(known) > OUTLIER)), float(np.mean(beyond))
    )


def agreement_by(
    quantity: NDArray[np.floating], residuals: NDArray[np.floating], edges: NDArray[np.floating]
) -> BinnedAgreement:
    """Return how values agree in bins of a quantity; bins with fewer than five objects say only how many."""
    steps = np.asarray(edges, dtype=np.float64)
    known = np.isfinite(quantity) & np.isfinite(residuals)
    places = np.digitize(quantity[known], steps) - 1
    values = np.asarray(residuals)[known]
    found = []
    for place in range(len(steps) - 1):
        inside = values[places == place]
        found.append(Agreement(int(inside.size)) if inside.size < FEWEST_IN_BIN else agreement(inside))
    return BinnedAgreement(steps, tuple(found))


def roc_curve(probability: NDArray[np.floating], is_positive: NDArray[np.bool_]) -> Roc:
    """Return the receiver operating characteristic; equal probabilities are one step (no order is invented).

    Parameters
    ----------
    probability : ndarray, shape (n,)
        NaN = not known, left out.
    is_positive : ndarray of bool, shape (n,)
    """
    known = np.isfinite(probability)
    values, positive = probability[known], np.asarray(is_positive, dtype=bool)[known]
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return Roc(np.array([0.0, 1.0]), np.array([0.0, 1.0]), math.nan)
    order = np.argsort(-values, kind="stable")
    ends = np.flatnonzero(np.diff(values[order], append=np.nan) != 0)
    true_positive = np.concatenate(([0.0], np.cumsum(positive[order])[ends] / n_positive))
    false_positive = np.concatenate(([0.0], np.cumsum(~positive[order])[ends] / n_negative))
    return Roc(false_positive, true_positive, float(np.trapezoid(true_positive, false_positive)))


def confusion(true_class: NDArray[np.integer], predicted: NDArray[np.integer], n_classes: int) -> Confusion:
    """Return how often each class is predicted as each; classes outside 0 .. n_classes - 1 are left out."""
    known = (true_class >= 0) & (true_class < n_classes) & (predicted >= 0) & (predicted < n_classes)
    flat = true_class[known].astype(np.int64) * n_classes + predicted[known].astype(np.int64)
    return Confusion(np.bincount(flat, minlength=n_classes**2).reshape(n_classes, n_classes))


def completeness_and_purity(
    magnitude: NDArray[np.floating],
    is_class: NDArray[np.bool_],
    is_predicted: NDArray[np.bool_],
    edges: NDArray[np.floating],
) -> CompletenessPurity:
    """Return completeness and purity of a class by magnitude.

    Parameters
    ----------
    magnitude : ndarray, shape (n,)
        [mag]; NaN = left out.
    is_class, is_predicted : ndarray of bool, shape (n,)
    edges : ndarray, shape (n_bins + 1,)
    """
    steps = np.asarray(edges, dtype=np.float64)
    known = np.isfinite(magnitude)
    n_true = _counts(magnitude[known & is_class], steps)
    n_predicted = _counts(magnitude[known & is_predicted], steps)
    n_both = _counts(magnitude[known & is_class & is_predicted], steps)
    return CompletenessPurity(steps, _ratios(n_both, n_true), _ratios(n_both, n_predicted), n_true)


def _counts(values: NDArray[np.floating], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.histogram(values, edges)[0].astype(np.int64)


def _ratios(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(whole >= FEWEST_IN_BIN, part / np.maximum(whole, 1), np.nan)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
