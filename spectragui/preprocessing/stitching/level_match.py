"""Bring orders to a common level: factors fitted to all overlaps together, held about 1 by a prior."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import MAD_TO_SIGMA
from spectragui.preprocessing.stitching.order_overlap import Overlap
from spectragui.preprocessing.stitching.order_pixels import OrderPixels
from spectragui.preprocessing.stitching.shared_tilt import has_shared_tilt, tilt_precision

Floats = NDArray[np.float64]

WIDTH = 0.02  # of the prior of ln level: how well the levels of orders of a stable spectrograph agree
Ratio = tuple[float, float, float]  # wavelength, ln of bluer / redder, its error
TREND_REACH = 5  # overlaps to each side, whose median is what neighbours have in common
MAX_BINS = 12  # of an overlap, in each of which one ratio is measured
MIN_BIN_PIXELS = 12
# Of the slope and the curvature of ln level along an order: what holds them where ratios do not.
LIKELY_SHAPES = (0.005, 0.003)
RATIO_FLOOR = 2e-3  # no ratio is surer than this
CLIP_SIGMA = 4.0
LOOSE = 5.0
NO_TILT = 1e12
SURE = 0.05  # error of a ratio that tells of levels
DOUBT = 0.3  # of the scatter of ratios along their overlap: the error of their mean
UNLIKE_PRIOR = 3.0  # neighbours differ by so many widths: levels are not what the prior takes them for


@dataclasses.dataclass(frozen=True, eq=False)
class Levels:
    """Factors by which orders are multiplied.

    Attributes
    ----------
    coefficients : ndarray, shape (n_orders, n_terms)
        Of a Legendre polynomial of ln factor along each order; at least level and tilt.
    ranges_aa : ndarray, shape (n_orders, 2)
        First and last wavelength of each order.
    errors : ndarray, shape (n_orders,)
        1 sigma of ln factor in the middle of each order; NaN where none was fitted.
    width : float
        Of the prior of ln factor about 0 that was used; 0 = none was fitted.
    free : ndarray, shape (n_orders,)
        ln factor in the middle of each order with a prior `LOOSE` times as wide: what the overlaps alone say.
    shared_tilt : float
        The largest change of ln factor along an order that neighbours have in common.
    """

    coefficients: Floats
    ranges_aa: Floats
    errors: Floats
    width: float = 0.0
    free: Floats = dataclasses.field(default_factory=lambda: np.zeros(0))
    shared_tilt: float = 0.0

    def factor(self, number: int, wavelength_aa: Floats) -> Floats:
        """Return the factor of the ``number``-th order at some wavelengths, of their shape."""
        if self.coefficients.shape[1] == 1:
            return np.full(wavelength_aa.shape, np.exp(self.coefficients[number, 0]))
        place = self._place(number, wavelength_aa)
        return np.exp(np.polynomial.legendre.legval(place, self.coefficients[number]))

    def basis(self, number: int, wavelength_aa: Floats) -> Floats:
        """Return the polynomials of the ``number``-th order, shape (n, degree + 1)."""
        degree = self.coefficients.shape[1] - 1
        return np.asarray(
            np.polynomial.legendre.legvander(self._place(number, wavelength_aa), degree), dtype=np.float64
        )

    def _place(self, number: int, wavelength_aa: Floats) -> Floats:
        low, high = self.ranges_aa[number]
        return np.asarray(np.clip(2.0 * (wavelength_aa - low) / (high - low) - 1.0, -1.0, 1.0))


def match_levels(
    orders: Sequence[OrderPixels],
    overlaps: Sequence[Overlap | None],
    degree: int | None,
    width: float = WIDTH,
) -> Levels:
    """Fit factors that make the orders agree in their overlaps.

    Parameters
    ----------
    orders : sequence of OrderPixels, in ascending wavelength
    overlaps : sequence of (Overlap or None), one fewer than orders
    degree : int or None
        Of the polynomial along each order; None = leave the levels as they are.
    width : float
        1 sigma of ln level about 0, before the overlaps are looked at.

    Notes
    -----
    In bins of each overlap the ratio of the two sums of flux (the same pixels, so lines cancel), then
    one least-squares problem for all orders: ratios with their errors, outliers with less weight, the
    prior, and a tilt where neighbours share one (`shared_tilt`). So errors do not add up from order to
    order, and an order that touches no other keeps its level, with the prior's width as its error. Where
    neighbours differ by much more than the prior allows (orders normalised one by one), it is widened to
    what they differ by.
    """
    ranges = np.array([[order.wavelength_aa[0], order.wavelength_aa[-1]] for order in orders])
    count, n_terms = len(orders), 2 if degree is None else max(degree, 1) + 1
    levels = Levels(np.zeros((count, n_terms)), ranges, np.full(count, np.nan))
    if degree is None:
        return levels
    found = [[] if overlap is None else overlap_ratios(overlap) for overlap in overlaps]
    if degree == 0:  # else the run of a ratio is what is fitted
        found = [_doubted(ratios) for ratios in found]
    width = max(width, _needed_width(found, width))
    matrix, target = _equations(found, levels, degree)
    tilts = _likely_tilts(found, width)
    likely = np.array((width, *LIKELY_SHAPES[:degree]))
    solution, covariance = _solve(matrix, target, _precision(likely, tilts))
    free, _ = _solve(matrix, target, _precision(np.array((LOOSE * width, *likely[1:])), tilts))
    own = slice(0, count * (degree + 1))
    variances = np.diag(covariance)[own].reshape(count, degree + 1)[:, 0]
    levels.coefficients[:, : degree + 1] = solution[own].reshape(count, degree + 1)
    tilt = solution[own.stop :]
    levels.coefficients[:, 1] += tilt
    return dataclasses.replace(
        levels,
        errors=np.sqrt(variances),
        width=width,
        free=free[own].reshape(count, degree + 1)[:, 0],
        shared_tilt=2.0 * float(tilt[np.argmax(np.abs(tilt))]),
    )


def _equations(found: Sequence[Sequence[Ratio]], levels: Levels, degree: int) -> tuple[Floats, Floats]:
    """Return the rows of the ratios, over their errors: terms of each order, then the tilts; and targets."""
    count = len(levels.coefficients)
    rows, targets = [np.zeros((0, count * (degree + 2)))], [np.zeros(0)]
    for number, ratios in enumerate(found):
        if not ratios:
            continue
        middles, values, errors = np.array(ratios).T
        row = np.zeros((middles.size, *levels.coefficients.shape))
        row[:, number] = levels.basis(number, middles)
        row[:, number + 1] = -levels.basis(number + 1, middles)
        own = row[:, :, : degree + 1].reshape(middles.size, -1)
        rows.append(np.concatenate([own, row[:, :, 1]], axis=1) / errors[:, None])
        targets.append(-values / errors)
    return np.concatenate(rows), np.concatenate(targets)


def _likely_tilts(found: Sequence[Sequence[Ratio]], width: float) -> Floats:
    """Return the inverse covariance of the tilts; all stay 0 where levels alone make such ratios."""
    known = [np.array(ratios).T for ratios in found if ratios]
    means = np.array([np.median(ratios) for _, ratios, _ in known])
    errors = np.array([np.median(errors) / np.sqrt(errors.size) for *_, errors in known])
    if has_shared_tilt(means, errors, width):
        return tilt_precision([bool(ratios) for ratios in found])
    return NO_TILT * np.eye(len(found) + 1)


def _precision(likely: Floats, tilts: Floats) -> Floats:
    """Return the inverse covariance of the prior: of the terms of each order, and of the tilts."""
    count = len(tilts)
    precision = np.zeros((count * (likely.size + 1),) * 2)
    own = count * likely.size
    precision[:own, :own] = np.diag(np.tile(1.0 / np.square(likely), count))
    precision[own:, own:] = tilts
    return precision


def _needed_width(found: Sequence[Sequence[Ratio]], width: float) -> float:
    """Return the scatter of levels that the neighbours' ratios show, where the prior is far narrower."""
    sure = [ratios for ratios in found if ratios and float(np.median([e for *_, e in ratios])) < SURE]
    if not sure:
        return width
    medians = np.array([float(np.median([ratio for _, ratio, _ in ratios])) for ratios in sure])
    # About what neighbours have in common: that is a tilt, no scatter of levels.
    common = [np.median(medians[max(0, n - TREND_REACH) : n + TREND_REACH + 1]) for n in range(medians.size)]
    scatter = MAD_TO_SIGMA * float(np.median(np.abs(medians - common))) / np.sqrt(2.0)
    return scatter if scatter > UNLIKE_PRIOR * width else width


def _solve(rows: Floats, targets: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Return the solution and its covariance, outliers with less weight; ``prior`` is an inverse one."""
    weight = np.ones(targets.size)
    solution: Floats = np.zeros(len(prior))
    normal: Floats = prior
    for _ in range(4):
        weighted = rows * weight[:, None]
        normal = weighted.T @ weighted + prior
        solution = np.asarray(np.linalg.solve(normal, weighted.T @ (targets * weight)))
        if targets.size == 0:
            break
        residual = np.abs(targets - rows @ solution)
        scatter = max(1.0, MAD_TO_SIGMA * float(np.median(residual)))
        weight = np.sqrt(np.minimum(1.0, 2.0 * scatter / np.maximum(residual, 1e-9)))
    return solution, np.asarray(np.linalg.inv(normal))


def overlap_ratios(overlap: Overlap) -> list[tuple[float, float, float]]:
    """Return (wavelength, ln of bluer / redder, its error) in bins of an overlap."""
    own, other = overlap.bluer, overlap.redder_values
    both = np.flatnonzero(overlap.both)
    n_bins = int(np.clip(both.size // MIN_BIN_PIXELS, 1, MAX_BINS))
    found = []
    for part in np.array_split(both, n_bins):
        if part.size < MIN_BIN_PIXELS // 2:
            continue
        at = part + overlap.pixels.start
        ratio = _ratio(own.flux[at], own.sigma[at], other.flux[part], other.sigma[part])
        if ratio is not None:
            found.append((float(own.wavelength_aa[at].mean()), *ratio))
    return found


def _doubted(found: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Return ratios with larger errors where they run along their overlap: a blaze is still in them.

    All bins of an overlap are off together then, so their mean is no surer than one of them.
    """
    if len(found) < 2:
        return found
    ratios, errors = np.array([one[1] for one in found]), np.array([one[2] for one in found])
    scatter = MAD_TO_SIGMA * float(np.median(np.abs(ratios - np.median(ratios))))  # a hit is no run
    together = np.sqrt(max(scatter**2 - float(np.mean(np.square(errors))), 0.0) * len(found))
    return [(place, ratio, float(np.hypot(error, DOUBT * together))) for place, ratio, error in found]


def _ratio(
    first: Floats, first_sigma: Floats, second: Floats, second_sigma: Floats
) -> tuple[float, float] | None:
    """Return ln(sum of first / sum of second) and its error, pixels that disagree left out."""
    kept = np.ones(first.size, dtype=bool)
    for _ in range(3):
        sums = float(first[kept].sum()), float(second[kept].sum())
        if min(sums) <= 0:
            return None
        error = np.hypot(first_sigma, second_sigma * sums[0] / sums[1])
        deviation = np.abs(first - second * sums[0] / sums[1]) / error
        agree = deviation < CLIP_SIGMA * max(1.0, MAD_TO_SIGMA * float(np.median(deviation)))
        if agree.sum() < 4 or np.array_equal(agree, kept):
            break
        kept = agree
    first_part = float(np.linalg.norm(first_sigma[kept])) / sums[0]
    second_part = float(np.linalg.norm(second_sigma[kept])) / sums[1]
    return float(np.log(sums[0] / sums[1])), float(np.hypot(np.hypot(first_part, second_part), RATIO_FLOOR))
