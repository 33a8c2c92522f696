"""Bring orders to a common level: smooth factors that make neighbours agree where they overlap."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import MAD_TO_SIGMA
from spectragui.preprocessing.stitching.order_overlap import Overlap
from spectragui.preprocessing.stitching.order_pixels import OrderPixels

Floats = NDArray[np.float64]

MAX_BINS = 12  # of an overlap, in each of which one ratio is measured
MIN_BIN_PIXELS = 12
# Of ln level, its slope and its curvature along an order: what holds orders in place where ratios do not.
LIKELY_CHANGES = (0.05, 0.01, 0.005)
LIKELY_TILT = 0.02  # of the slope that all orders have in common: of a blaze that is not quite right
LEAST_FOR_TILT = 15  # overlaps
RATIO_FLOOR = 2e-3  # no ratio is surer than this
CLIP_SIGMA = 4.0


@dataclasses.dataclass(frozen=True, eq=False)
class Levels:
    """Factors by which orders are multiplied.

    Attributes
    ----------
    coefficients : ndarray, shape (n_orders, degree + 1)
        Of a Legendre polynomial of ln factor along each order.
    ranges_aa : ndarray, shape (n_orders, 2)
        First and last wavelength of each order.
    """

    coefficients: Floats
    ranges_aa: Floats

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
    orders: Sequence[OrderPixels], overlaps: Sequence[Overlap | None], degree: int | None
) -> Levels:
    """Fit factors that make the orders agree in their overlaps.

    Parameters
    ----------
    orders : sequence of OrderPixels, in ascending wavelength
    overlaps : sequence of (Overlap or None), one fewer than orders
    degree : int or None
        Of the polynomial along each order; None = leave the levels as they are.

    Notes
    -----
    In bins of each overlap the ratio of the two sums of flux (the same pixels, so lines cancel), then
    one least-squares problem for all orders: ratios with their errors, outliers with less weight, and
    a weak wish for factors near 1 that fixes what ratios leave open. So errors do not add up from
    order to order. A tilt that all orders have in common, with a linear trend along them, is fitted too: it
    is what a blaze that was not quite right leaves.
    """
    ranges = np.array([[order.wavelength_aa[0], order.wavelength_aa[-1]] for order in orders])
    count, n_terms = len(orders), 1 if degree is None else max(degree, 1) + 1
    levels = Levels(np.zeros((count, n_terms)), ranges)
    if degree is None:
        return levels
    alike = np.stack([np.ones(count), np.linspace(-1.0, 1.0, count)], axis=1)  # how tilts go along the orders
    if sum(overlap is not None for overlap in overlaps) < LEAST_FOR_TILT:
        alike *= 0.0  # too few to tell a tilt from levels that happen to rise
    rows, targets = [], []
    for number, overlap in enumerate(overlaps):
        found = [] if overlap is None else _ratios(overlap)
        if not found:
            continue
        middles, ratios, errors = np.array(found).T
        row = np.zeros((middles.size, count, n_terms))
        row[:, number] = levels.basis(number, middles)
        row[:, number + 1] = -levels.basis(number + 1, middles)
        tilts = row[:, :, 1] @ alike
        own = row[:, :, : degree + 1].reshape(middles.size, -1)
        rows.append(np.concatenate([own, tilts], axis=1) / errors[:, None])
        targets.append(-ratios / errors)
    if not rows:
        return levels
    likely = np.concatenate([np.tile(LIKELY_CHANGES[: degree + 1], count), np.full(2, LIKELY_TILT)])
    solution = _solve(np.concatenate(rows), np.concatenate(targets), likely)
    levels.coefficients[:, : degree + 1] = solution[:-2].reshape(count, degree + 1)
    levels.coefficients[:, 1] += alike @ solution[-2:]
    return levels


def _solve(rows: Floats, targets: Floats, likely: Floats) -> Floats:
    prior = np.diag(1.0 / likely)
    weight = np.ones(targets.size)
    solution = np.zeros(rows.shape[1])
    for _ in range(4):
        matrix = np.concatenate([rows * weight[:, None], prior])
        solution = np.linalg.lstsq(matrix, np.concatenate([targets * weight, np.zeros(len(prior))]))[0]
        residual = np.abs(targets - rows @ solution)
        scatter = max(1.0, MAD_TO_SIGMA * float(np.median(residual)))
        weight = np.sqrt(np.minimum(1.0, 2.0 * scatter / np.maximum(residual, 1e-9)))
    return solution


def _ratios(overlap: Overlap) -> list[tuple[float, float, float]]:
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
    if len(found) < 2:
        return found
    # Where the ratio runs along the overlap, blaze or continuum are not out of it: it says less.
    unlike = MAD_TO_SIGMA * float(np.median(np.abs(np.diff([ratio for _, ratio, _ in found]))))
    return [(place, ratio, float(np.hypot(error, unlike))) for place, ratio, error in found]


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
