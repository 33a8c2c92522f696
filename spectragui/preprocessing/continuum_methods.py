"""Ways to find a continuum from the block means of an order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import FloatArray
from spectragui.preprocessing.alpha_shape import roll_wheel
from spectragui.preprocessing.clipped_fit import clipped_fit
from spectragui.preprocessing.continuum_blocks import Blocks

KNOTS_PER_ORDER = 8


@dataclasses.dataclass(frozen=True)
class ContinuumOptions:
    """What the stage's form says; see `Continuum`."""

    width_aa: float = 0.0
    degree: int = 5
    low_sigma: float = 1.5
    high_sigma: float = 4.0
    cycles: int = 3
    points: tuple[tuple[float, float], ...] = ()


Continuum = tuple[FloatArray, FloatArray]  # and its uncertainty, each (n_pixels,)


def chebyshev_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Fit a clipped Chebyshev series."""
    return clipped_fit(
        blocks, _series(wavelength_aa, options.degree), wavelength_aa, options.low_sigma, options.high_sigma
    )


def spline_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Fit a clipped cubic spline."""
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    width = options.width_aa or length / KNOTS_PER_ORDER
    count = int(np.clip(np.ceil(length / width), 1, 400))
    return clipped_fit(
        blocks, _spline(wavelength_aa, count), wavelength_aa, options.low_sigma, options.high_sigma
    )


def alpha_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Roll a wheel over the spectrum."""
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    return roll_wheel(wavelength_aa, blocks, options.width_aa or length / 4)


def cycle_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Repeat: take the smooth upper curve off, then the low polynomial that is left."""
    total = np.zeros(wavelength_aa.size)
    rest, error = blocks, np.zeros(wavelength_aa.size)
    for _ in range(options.cycles):
        for find in (spline_continuum, chebyshev_continuum):
            found, error = find(wavelength_aa, rest, options)
            total += found
            there = np.interp(rest.wavelength_aa, wavelength_aa, found)
            rest = dataclasses.replace(rest, flux=rest.flux - there)
    return total, error


def points_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Draw a monotone cubic through the user's points, level beyond them."""
    if not options.points:
        raise StageError("The continuum has no points yet.", "Double-click in the plot to add some.")
    from scipy.interpolate import PchipInterpolator

    x, first = np.unique([point[0] for point in options.points], return_index=True)
    y = np.array([point[1] for point in options.points])[first]
    if x.size == 1:
        values = np.full(wavelength_aa.size, y[0])
    else:
        values = PchipInterpolator(x, y)(np.clip(wavelength_aa, x[0], x[-1]))
    return np.asarray(values, dtype=np.float64), np.zeros(wavelength_aa.size)


CONTINUUM_METHODS: dict[str, Callable[[FloatArray, Blocks, ContinuumOptions], Continuum]] = {
    "alpha shape": alpha_continuum,
    "chebyshev": chebyshev_continuum,
    "polynomial": chebyshev_continuum,
    "spline": spline_continuum,
    "smooth and subtract": cycle_continuum,
    "points": points_continuum,
}


def _series(wavelength_aa: FloatArray, degree: int) -> Callable[[FloatArray], FloatArray]:
    middle = 0.5 * (wavelength_aa[0] + wavelength_aa[-1])
    half = max(0.5 * (wavelength_aa[-1] - wavelength_aa[0]), 1e-9)
    return lambda x: np.polynomial.chebyshev.chebvander((x - middle) / half, degree)


def _spline(wavelength_aa: FloatArray, n_intervals: int) -> Callable[[FloatArray], FloatArray]:
    from scipy.interpolate import BSpline

    low, high = wavelength_aa[0], wavelength_aa[-1]
    inner = np.linspace(low, high, n_intervals + 1)
    knots = np.concatenate([[low] * 3, inner, [high] * 3])
    return lambda x: BSpline.design_matrix(np.clip(x, low, high), knots, 3).toarray()
