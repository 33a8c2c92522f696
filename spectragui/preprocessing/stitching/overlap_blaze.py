"""Correct an estimated blaze by what neighbouring orders say where they overlap."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from spectragui.core.numerics import MAD_TO_SIGMA, FloatArray
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.stitching.level_match import WIDTH, overlap_ratios
from spectragui.preprocessing.stitching.order_overlap import find_overlap
from spectragui.preprocessing.stitching.order_pixels import OrderPixels, order_pixels

LEAST_OVERLAPS = 15  # fewer do not tell a tilt of all orders from levels that happen to rise
# Of each term of the correction along an order (tilt, bend, ...), how it may change along the orders.
ORDER_DEGREES = (3, 2, 1, 1, 1, 1)
ORDERS_PER_DEGREE = 10  # fewer orders do not tell such a change
EDGE_LEVEL = 0.15  # of the best S/N: ends below are not compared
ENVELOPE_POINTS = 25  # of an order
BINNED, LEAST_BINS = 5, 8  # pixels that are averaged, and as many averages at least
UPPER_PERCENTILE, NOISE_ABOVE = 90.0, 1.0  # of these averages, which lies so much of their noise too high
ENVELOPE_ERROR = 0.02  # of ln envelope: what lines do to it, alike over some points
RATIO_ERROR = 3e-3  # of ln ratio of two orders: what a smooth blaze does not describe
KNOT_ORDERS = 3.0  # of the star's continuum: one in so many lengths of an order
LIKELY_SHAPE = 0.1  # of each term of the correction
# Of single orders' ln width, the likeliest of which is taken; the first stands for none.
LIKELY_WIDENINGS = (1e-6, 0.001, 0.002, 0.004, 0.01)
LIKELY_BEND = 0.05  # of ln continuum from knot to knot, against a straight line
CYCLES = 3
ROUNDS = 8


@dataclasses.dataclass(frozen=True)
class _Rows:
    """Rows of a least-squares problem, divided by their errors."""

    matrix: FloatArray
    target: FloatArray


def correct_by_overlaps(orders: Sequence[Spectrum], blazes: Sequence[FloatArray]) -> list[FloatArray] | None:
    """Return the blazes of all orders, corrected so that neighbours agree where they overlap.

    Parameters
    ----------
    orders : sequence of Spectrum
        In ascending Angstrom.
    blazes : sequence of ndarray, shape (n_pixels,) each
        As estimated, 1 at their tops.

    Returns
    -------
    list of ndarray, shape (n_pixels,) each, or None
        None where too few orders overlap.

    Notes
    -----
    An envelope alone cannot tell a blaze from the star's continuum; two orders at one wavelength can: the
    star is the same in both. One least-squares problem for ln blaze's correction (a polynomial along an
    order, its terms polynomials along the orders, 0 at the blaze's top), the orders' levels (about 1 within
    `level_match.WIDTH`) and the star's continuum (smooth over some orders), from the ratios in all overlaps
    and, far less trusted, the envelopes.
    """
    tops = [int(np.argmax(blaze)) for blaze in blazes]
    corrected = [np.asarray(blaze, dtype=np.float64) for blaze in blazes]
    for cycle in range(CYCLES):
        change = _correction(orders, corrected, tops, cycle == CYCLES - 1)
        if change is None:
            return None
        corrected = [blaze * np.exp(one) for blaze, one in zip(corrected, change, strict=True)]
    return corrected


def _correction(
    orders: Sequence[Spectrum],
    blazes: Sequence[FloatArray],
    tops: Sequence[int],
    is_single: bool,
) -> list[FloatArray] | None:
    flat = [_flattened(order, blaze, n) for n, (order, blaze) in enumerate(zip(orders, blazes, strict=True))]
    ratios = []
    for number, (blue, red) in enumerate(zip(flat[:-1], flat[1:], strict=True)):
        overlap = find_overlap(blue, red) if blue is not None and red is not None else None
        found = overlap_ratios(overlap) if overlap is not None else []
        ratios += [(number, *one) for one in found]
    if len({number for number, *_ in ratios}) < LEAST_OVERLAPS:
        return None
    basis = _Basis([order.wavelength_aa for order in orders], blazes, tops)
    knots = _knots(orders)
    parts = [
        _ratio_rows(ratios, basis, knots.size),
        _envelope_rows(flat, basis, knots),
    ]
    likely = LIKELY_WIDENINGS if is_single else LIKELY_WIDENINGS[:1]
    solution = _solve(parts, [_prior_rows(basis, knots.size, one) for one in likely])
    return [
        basis.shape(number, order.wavelength_aa) @ solution[: basis.n_shape]
        for number, order in enumerate(orders)
    ]


def _flattened(order: Spectrum, blaze: FloatArray, number: int) -> OrderPixels | None:
    sigma = None if order.uncertainty is None else order.uncertainty / blaze
    return order_pixels(order.replace(flux=order.flux / blaze, uncertainty=sigma), number, EDGE_LEVEL)


class _Basis:
    """The terms of the correction of ln blaze: along an order times along the orders."""

    def __init__(
        self, wavelengths: Sequence[FloatArray], blazes: Sequence[FloatArray], tops: Sequence[int]
    ) -> None:
        self.n_orders = len(wavelengths)
        self._degrees = [min(degree, self.n_orders // ORDERS_PER_DEGREE) for degree in ORDER_DEGREES]
        self.n_common = sum(self._degrees) + len(self._degrees)
        self.n_shape = self.n_common + self.n_orders
        self._wavelengths = wavelengths
        self._widening = [_widening(w, b, top) for w, b, top in zip(wavelengths, blazes, tops, strict=True)]
        self._tops = [float(w[top]) for w, top in zip(wavelengths, tops, strict=True)]
        self._ranges = _free_ranges(wavelengths)
        reach = [np.abs(w[[0, -1]] - 0.5 * (w[0] + w[-1])).max() for w in wavelengths]
        self._middles = [0.5 * float(w[0] + w[-1]) for w in wavelengths]
        self._reach = max(float(r / free) for r, free in zip(reach, self._ranges, strict=True))
        places = np.linspace(-1.0, 1.0, self.n_orders)
        self._along = np.polynomial.chebyshev.chebvander(places, max(ORDER_DEGREES))

    def shape(self, number: int, wavelength_aa: FloatArray) -> FloatArray:
        """Return the terms at some wavelengths of an order, shape (n, n_shape); 0 at the blaze's top."""
        terms = self._terms(number, wavelength_aa) - self._terms(number, np.array([self._tops[number]]))
        common = [
            terms[:, [term]] * self._along[number][: degree + 1] for term, degree in enumerate(self._degrees)
        ]
        own = np.zeros((wavelength_aa.size, self.n_orders))
        own[:, number] = np.interp(wavelength_aa, self._wavelengths[number], self._widening[number])
        return np.concatenate([*common, own], axis=1)

    def row(self, number: int, wavelength_aa: FloatArray) -> FloatArray:
        """Return terms of shape and level, shape (n, n_shape + n_orders)."""
        levels = np.zeros((wavelength_aa.size, self.n_orders))
        levels[:, number] = 1.0
        return np.concatenate([self.shape(number, wavelength_aa), levels], axis=1)

    def _terms(self, number: int, wavelength_aa: FloatArray) -> FloatArray:
        place = (wavelength_aa - self._middles[number]) / (self._ranges[number] * self._reach)
        return np.asarray(np.polynomial.legendre.legvander(place, len(ORDER_DEGREES))[:, 1:])


def _free_ranges(wavelengths: Sequence[FloatArray]) -> FloatArray:
    """Return the distance of each order from its neighbours, smooth along them: the free spectral range."""
    middles = np.array([0.5 * (w[0] + w[-1]) for w in wavelengths])
    spacing = np.gradient(middles)
    median = np.median(spacing)
    # An order that is missing doubles one distance.
    usable = spacing < 1.4 * median * middles / np.median(middles)
    fit = np.polyfit(np.log(middles[usable]), np.log(spacing[usable]), 1)
    return np.asarray(np.exp(np.polyval(fit, np.log(middles))))


def _widening(wavelength_aa: FloatArray, blaze: FloatArray, top: int) -> FloatArray:
    """Return d ln blaze / d ln width, the top where it is."""
    slope = np.gradient(np.log(np.maximum(blaze, 1e-6)), wavelength_aa)
    return np.asarray(slope * (wavelength_aa - wavelength_aa[top]))


def _knots(orders: Sequence[Spectrum]) -> FloatArray:
    low, high = orders[0].wavelength_aa[0], orders[-1].wavelength_aa[-1]
    length = float(np.median([np.ptp(order.wavelength_aa) for order in orders]))
    return np.linspace(low, high, max(4, int((high - low) / (KNOT_ORDERS * length)) + 1))


def _ratio_rows(ratios: list[tuple[int, float, float, float]], basis: _Basis, n_knots: int) -> _Rows:
    matrix, target = [], []
    for number, place, ratio, error in ratios:
        at, sigma = np.array([place]), np.hypot(error, RATIO_ERROR)
        row = basis.row(number, at) - basis.row(number + 1, at)
        matrix.append(np.concatenate([row, np.zeros((1, n_knots))], axis=1) / sigma)
        target.append(ratio / sigma)
    return _Rows(np.concatenate(matrix), np.array(target))


def _envelope_rows(flat: Sequence[OrderPixels | None], basis: _Basis, knots: FloatArray) -> _Rows:
    matrix, target = [], []
    for number, order in enumerate(flat):
        wavelength, level = (np.zeros(0), np.zeros(0)) if order is None else _upper_level(order)
        row = np.concatenate([basis.row(number, wavelength), _hats(wavelength, knots)], axis=1)
        matrix.append(row / ENVELOPE_ERROR)
        target.append(np.log(level))
    values = np.concatenate(target)
    if values.size == 0:
        return _Rows(np.concatenate(matrix), values)
    return _Rows(np.concatenate(matrix), (values - np.median(values)) / ENVELOPE_ERROR)


def _upper_level(order: OrderPixels) -> tuple[FloatArray, FloatArray]:
    """Return the middles of blocks of a flattened order, and its level between the lines there."""
    places, levels = [], []
    n_blocks = int(np.clip(order.flux.size // (BINNED * LEAST_BINS + BINNED), 4, ENVELOPE_POINTS))
    for part in np.array_split(np.arange(order.flux.size), n_blocks):
        good = part[order.good[part]]
        good = good[: good.size - good.size % BINNED].reshape(-1, BINNED)
        if len(good) < LEAST_BINS:
            continue
        mean = order.flux[good].mean(axis=1)
        noise = float(np.median(order.sigma[good])) / np.sqrt(BINNED)
        level = float(np.percentile(mean, UPPER_PERCENTILE)) - NOISE_ABOVE * noise
        if level > 0:
            places.append(float(order.wavelength_aa[good].mean()))
            levels.append(level)
    return np.array(places), np.array(levels)


def _hats(wavelength_aa: FloatArray, knots: FloatArray) -> FloatArray:
    """Return the weights of linear interpolation between knots, shape (n, n_knots)."""
    place = np.interp(wavelength_aa, knots, np.arange(knots.size))
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(knots.size))))


def _prior_rows(basis: _Basis, n_knots: int, widening: float) -> _Rows:
    n_all = basis.n_shape + basis.n_orders + n_knots
    own = np.full(basis.n_orders, widening)
    likely = np.concatenate([np.full(basis.n_common, LIKELY_SHAPE), own, np.full(basis.n_orders, WIDTH)])
    matrix = np.zeros((likely.size + n_knots - 2, n_all))
    matrix[np.arange(likely.size), np.arange(likely.size)] = 1.0 / likely
    for knot in range(n_knots - 2):  # second differences
        first = basis.n_shape + basis.n_orders + knot
        matrix[likely.size + knot, first : first + 3] = np.array([1.0, -2.0, 1.0]) / LIKELY_BEND
    return _Rows(matrix, np.zeros(len(matrix)))


def _solve(data: Sequence[_Rows], priors: Sequence[_Rows]) -> FloatArray:
    """Return the solution with the likeliest of some priors, which differ in nothing but their widths.

    Notes
    -----
    A width that changes from order to order in turns looks like levels that do. Which of the two it is only
    the run of the ratios along the overlaps tells, by how likely they are with orders that are free to
    widen so much (the evidence of a linear model).
    """
    solution, weights = _robust_solution(data, priors[0])
    if len(priors) == 1:
        return solution
    found = [_robust_solution(data, prior)[0] for prior in priors]
    matrix = np.concatenate([p.matrix * w[:, None] for p, w in zip(data, weights, strict=True)])
    target = np.concatenate([p.target * w for p, w in zip(data, weights, strict=True)])
    likely = [_log_evidence(_Rows(matrix, target), prior) for prior in priors]
    return found[int(np.argmax(likely))]


def _robust_solution(data: Sequence[_Rows], prior: _Rows) -> tuple[FloatArray, list[FloatArray]]:
    """Return the solution, and the weights of the rows: those that fit badly count less."""
    weights = [np.ones(part.target.size) for part in data]
    solution = np.zeros(prior.matrix.shape[1])
    for _ in range(ROUNDS):
        matrix = np.concatenate([p.matrix * w[:, None] for p, w in zip(data, weights, strict=True)])
        target = np.concatenate([p.target * w for p, w in zip(data, weights, strict=True)])
        solution = np.asarray(np.linalg.solve(_normal(matrix, prior), matrix.T @ target))
        weights = [_robust(part.target - part.matrix @ solution) for part in data]
    return solution, weights


def _normal(matrix: FloatArray, prior: _Rows) -> FloatArray:
    normal = matrix.T @ matrix + prior.matrix.T @ prior.matrix
    return np.asarray(normal + 1e-9 * np.eye(len(normal)))


def _log_evidence(data: _Rows, prior: _Rows) -> float:
    """Return ln of the probability of the data under a prior, but for what all such priors share."""
    normal = _normal(data.matrix, prior)
    crossed = data.matrix.T @ data.target
    misfit = float(data.target @ data.target - crossed @ np.linalg.solve(normal, crossed))
    before = np.linalg.slogdet(_normal(np.zeros((1, len(normal))), prior))[1]
    return 0.5 * float(before - np.linalg.slogdet(normal)[1] - misfit)


def _robust(residual: FloatArray) -> FloatArray:
    size = np.abs(residual)
    scatter = max(1.0, MAD_TO_SIGMA * float(np.median(size)))
    return np.asarray(np.sqrt(np.minimum(1.0, 2.0 * scatter / np.maximum(size, 1e-9))))
