"""Ways to find a continuum from the block means of an order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import FloatArray
from spectragui.preprocessing.envelope.alpha_shape import noise_lift, roll_wheel, tops_of_cells
from spectragui.preprocessing.envelope.blocks import Blocks
from spectragui.preprocessing.envelope.clipped_fit import LinearModel, clipped_fit, series_model, spline_model
from spectragui.preprocessing.envelope.order_shape import LONGEST_ORDER_AA, ORDER_RADII

DAMPING = 1e-3
CELL_AA = 4.0
WIDEST_WHEEL_AA = 220.0


@dataclasses.dataclass(frozen=True)
class ContinuumOptions:
    """What the stage's form says; see `Continuum`."""

    width_aa: float = 0.0
    degree: int = 5
    low_sigma: float = 1.5
    high_sigma: float = 3.0
    cycles: int = 3
    points: tuple[tuple[float, float], ...] = ()


Continuum = tuple[FloatArray, FloatArray]  # and its uncertainty, each (n_pixels,)


def polynomial_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Fit a clipped polynomial."""
    return _fit_tops(wavelength_aa, blocks, options, series_model(wavelength_aa, options.degree, 0.0))


def chebyshev_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Fit a clipped Chebyshev series whose higher terms are damped, so that its ends do not swing."""
    return _fit_tops(wavelength_aa, blocks, options, series_model(wavelength_aa, options.degree, DAMPING))


def spline_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Fit a clipped cubic spline."""
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    width = options.width_aa or min(length / 3, 100.0)
    count = int(np.clip(np.ceil(length / width), 1, 200))
    return _fit_tops(wavelength_aa, blocks, options, spline_model(wavelength_aa, count, DAMPING))


def _fit_tops(
    wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions, model: LinearModel
) -> Continuum:
    """Fit the highest blocks of small cells, most of which lines leave alone."""
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    most = max(blocks.flux.size // 5, 3)
    count = int(np.clip(max(length / CELL_AA, 4 * model.n_columns), 3, most))
    tops = tops_of_cells(wavelength_aa, blocks, count)
    lift = noise_lift(tops.wavelength_aa, tops.flux, tops.sigma, blocks, length / count)
    tops = dataclasses.replace(tops, flux=tops.flux - lift)
    return clipped_fit(tops, model, wavelength_aa, options.low_sigma, options.high_sigma)


def alpha_continuum(wavelength_aa: FloatArray, blocks: Blocks, options: ContinuumOptions) -> Continuum:
    """Roll a wheel over the spectrum."""
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    radius = options.width_aa or (
        ORDER_RADII * length if length < LONGEST_ORDER_AA else min(length / 4, WIDEST_WHEEL_AA)
    )
    return roll_wheel(wavelength_aa, blocks, radius, options.high_sigma)


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
    "polynomial": polynomial_continuum,
    "spline": spline_continuum,
    "smooth and subtract": cycle_continuum,
    "points": points_continuum,
}
