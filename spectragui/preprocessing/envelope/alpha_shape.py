"""Roll a wheel over a spectrum: its upper alpha shape, a continuum that broad lines do not bend."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from spectragui.core.numerics import MAD_TO_SIGMA, BoolArray, FloatArray
from spectragui.preprocessing.envelope.blocks import Blocks
from spectragui.preprocessing.envelope.clipped_fit import clipped_fit, series_model

CELLS_PER_RADIUS = 40
DOUBT = 2.0  # sigma, by which a noisy block must be higher to count
NOISE_DROWNS = (0.03, 0.10)  # a block's error, relative
ERROR_PART = 0.48  # of a block's error is the curve's, by Monte Carlo
LEAST_CELLS, MOST_CELLS = 24, 2500
NOISE_PART = 0.66  # of the highest of so many noisy blocks: the highest are also those without lines
TREND_DEGREE = 4
END_PART = 0.3  # of the radius, along which the ends' slope is measured
USUAL_CELLS = 9
FULL_PART = 0.5  # of the usual number of blocks, that a cell beside a gap needs to count
SPIKE_CELLS = 25
SMALLEST_SPIKE = 0.002
SMALLEST_BUMP = 0.012  # emission that lifts the curve by less is not told from the top of the spectrum


def roll_wheel(
    wavelength_aa: FloatArray, blocks: Blocks, radius_aa: float, high_sigma: float
) -> tuple[FloatArray, FloatArray]:
    """Return the curve that a wheel rolling over the spectrum touches, freed of noise and emission.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        Where the curve is wanted.
    blocks : Blocks
        Flux of order one.
    radius_aa : float
        A wheel as high as the flux is and this broad.
    high_sigma : float
        Bumps on which the wheel rides by more than this times the usual are emission.

    Returns
    -------
    curve, uncertainty : ndarray, shape (n_pixels,)

    Notes
    -----
    The spectrum is cut in cells, of which the highest block counts. The wheel's path is a
    morphological closing with a half disk. Cells without which the wheel would run much lower are
    hits or emission and taken out. The highest of n noisy blocks lies above their mean by about
    Phi^-1((n - 3/8) / (n + 1/4)) sigma; `NOISE_PART` of it is taken off: the rest is that the
    highest blocks also have the least lines.

    References
    ----------
    Xu et al. 2019, AJ 157, 243; Cretignier et al. 2020, A&A 640, A42; Blom 1958 (expected extremes).
    """
    count = min(_n_cells(wavelength_aa, radius_aa), max(3, blocks.flux.size // 3))
    cells = tops_of_cells(wavelength_aa, blocks, count)
    from scipy.ndimage import median_filter

    centres, sigma = cells.wavelength_aa, cells.sigma
    trend = _trend(cells, radius_aa)
    tops = cells.flux / trend(centres)
    if centres.size < 3:
        level = float(np.median(cells.flux))
        return np.full(wavelength_aa.size, level), np.full(wavelength_aa.size, float(np.median(sigma)))
    grid = np.linspace(
        centres[0], centres[-1], int(np.clip(_n_cells(wavelength_aa, radius_aa), 8, MOST_CELLS))
    )
    reach = min(max(2, int(radius_aa / (grid[1] - grid[0]))), 4 * grid.size)
    keep = ~_spikes(tops, high_sigma) & ~_starved(wavelength_aa, blocks, centres, count)
    if np.count_nonzero(keep) < 3:
        keep[:] = True
    for _ in range(6):
        curve = _path(grid, centres[keep], tops[keep], reach)
        bumps = _bumps(_Road(grid, centres, tops, reach), keep, curve, high_sigma, sigma)
        if not bumps.any() or np.count_nonzero(keep & ~bumps) < 3:
            break
        keep &= ~bumps
    curve = curve * trend(grid)
    usual = np.interp(grid, centres, median_filter(sigma, USUAL_CELLS, mode="nearest"))
    lift = noise_lift(grid, curve, usual, blocks, 0.5 * radius_aa)
    smooth = _smoothed(curve - lift, max(3, reach // 5))
    error = np.interp(wavelength_aa, centres, sigma)
    return np.interp(wavelength_aa, grid, smooth), ERROR_PART * error


def _n_cells(wavelength_aa: FloatArray, radius_aa: float) -> int:
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    return int(np.clip(np.ceil(length / max(radius_aa, 1e-9) * CELLS_PER_RADIUS), LEAST_CELLS, MOST_CELLS))


def tops_of_cells(wavelength_aa: FloatArray, blocks: Blocks, n_cells: int) -> Blocks:
    """Return the block of each of ``n_cells`` equal cells that is the highest even at its lowest."""
    low, high = float(wavelength_aa[0]), float(wavelength_aa[-1])
    place = (blocks.wavelength_aa - low) / max(high - low, 1e-9) * n_cells
    cell = np.clip(place.astype(int), 0, n_cells - 1)
    order = np.lexsort((blocks.flux - DOUBT * blocks.sigma, cell))
    last = np.append(np.flatnonzero(np.diff(cell[order])), order.size - 1)
    chosen = order[last]
    return Blocks(blocks.wavelength_aa[chosen], blocks.flux[chosen], blocks.sigma[chosen])


def _trend(cells: Blocks, radius_aa: float) -> Callable[[FloatArray], FloatArray]:
    """Return a positive smooth line through the tops, so that the wheel starts out level.

    A slope that is left at an end would look like a valley there, into which the wheel cannot sink.
    """
    low, high = float(cells.wavelength_aa[0]), float(cells.wavelength_aa[-1])
    axis = np.linspace(low, max(high, low + 1e-9), 64)
    degree = 1 if high - low < 2.0 * radius_aa else TREND_DEGREE
    line, _ = clipped_fit(cells, series_model(axis, degree, 1e-6), axis, 2.5, 4.0)
    if not np.all(line > 0.1 * np.max(line)) or not np.max(line) > 0:
        return np.ones_like
    return lambda x: np.interp(x, axis, line)


def _path(grid: FloatArray, centres: FloatArray, tops: FloatArray, reach: int) -> FloatArray:
    """Return the lowest points of a wheel that rolls over the tops, shape of ``grid``."""
    from scipy.ndimage import grey_dilation, grey_erosion

    level = np.interp(grid, centres, tops)
    cells = np.clip(np.searchsorted(grid, centres), 0, grid.size - 1)
    np.maximum.at(level, cells, tops)
    arm = min(reach, grid.size - 1)
    x = np.arange(-arm, arm + 1) / reach
    wheel = np.sqrt(np.maximum(1.0 - np.square(x), 0.0)) - 1.0
    padded = _extended(level, arm, max(4, int(END_PART * reach)))
    raised = grey_dilation(padded, structure=wheel, mode="nearest")
    lowered = grey_erosion(raised, structure=wheel, mode="nearest")
    return np.asarray(lowered[arm : arm + grid.size])


def _extended(level: FloatArray, arm: int, n_end: int) -> FloatArray:
    """Continue both ends along the line through their upper points: at a mere edge the wheel would tilt."""

    def beyond(end: FloatArray) -> FloatArray:
        x = np.arange(end.size, dtype=np.float64)
        used = np.ones(end.size, dtype=bool)
        for _ in range(4):
            slope, start = np.polyfit(x[used], end[used], 1)
            off = end - start - slope * x
            used = off > -1.5 * max(MAD_TO_SIGMA * float(np.median(np.abs(off[used]))), 1e-4)
            if np.count_nonzero(used) < 3:
                break
        return np.asarray(start - slope * np.arange(1, arm + 1))

    n_end = min(n_end, level.size)
    return np.concatenate([beyond(level[:n_end])[::-1], level, beyond(level[::-1][:n_end])])


def _starved(wavelength_aa: FloatArray, blocks: Blocks, centres: FloatArray, n_cells: int) -> BoolArray:
    """Return the cells beside a gap to which it left so little that they may hold nothing but a line."""
    edges = np.linspace(float(wavelength_aa[0]), float(wavelength_aa[-1]), n_cells + 1)
    cell = np.clip(np.searchsorted(edges, centres, side="right") - 1, 0, n_cells - 1)
    counts = np.histogram(blocks.wavelength_aa, edges)[0][cell]
    skips = np.diff(cell) > 1
    beside = np.concatenate([[False], skips]) | np.concatenate([skips, [False]])
    return np.asarray(beside & (counts < FULL_PART * np.median(counts)))


def _spikes(tops: FloatArray, high_sigma: float) -> BoolArray:
    """Return the tops that stand out from those around: hits, narrow emission."""
    from scipy.ndimage import percentile_filter

    spikes = np.zeros(tops.shape, dtype=bool)
    if tops.size < SPIKE_CELLS:
        return spikes
    values = tops
    for _ in range(2):
        lower, middle, upper = (
            percentile_filter(values, part, SPIKE_CELLS, mode="mirror") for part in (25, 50, 75)
        )
        # The quartiles of a normal distribution lie 0.674 sigma from its middle; lines stretch the lower.
        one = upper + high_sigma * ((upper - middle) / 0.674 + SMALLEST_SPIKE)
        other = middle + 2.0 * high_sigma * ((middle - lower) / 0.674 + SMALLEST_SPIKE)
        spikes |= tops > np.minimum(one, other)
        values = np.where(spikes, middle, tops)
    return spikes


class _Road(NamedTuple):
    """What the wheel rolls over: tops of cells at their centres; its path is on a grid."""

    grid: FloatArray
    centres: FloatArray
    tops: FloatArray
    reach: int  # of the wheel, in steps of the grid


def _bumps(
    road: _Road, keep: BoolArray, curve: FloatArray, high_sigma: float, sigma: FloatArray
) -> BoolArray:
    """Return the cells on which alone the wheel rides; ``sigma`` is the error of each top."""
    grid, centres, tops, reach = road
    touched = keep & (tops > np.interp(centres, grid, curve) - 0.002)
    if np.count_nonzero(keep & ~touched) < 3 or np.count_nonzero(touched) < 3:
        return np.zeros(keep.shape, dtype=bool)
    without = _path(grid, centres[keep & ~touched], tops[keep & ~touched], reach)
    lift = tops - np.interp(centres, grid, without)
    usual = float(np.median(lift[touched]))
    scatter = MAD_TO_SIGMA * float(np.median(np.abs(lift[touched] - usual)))
    limit = usual + high_sigma * (scatter + SMALLEST_BUMP / 4.0 + sigma)
    inside = _away_from_ends(centres, END_PART * reach * (grid[1] - grid[0]))
    return np.asarray(touched & inside & (lift > limit))


def _away_from_ends(centres: FloatArray, margin: float) -> BoolArray:
    """Return which cells lie further than a margin from both ends and from gaps that are longer than it.

    There nothing lies beyond that would tell a bump from the last support of the wheel.
    """
    last = np.append(np.flatnonzero(np.diff(centres) > margin), centres.size - 1)
    first = np.append(0, last[:-1] + 1)
    number = np.repeat(np.arange(first.size), last - first + 1)
    return np.asarray(
        (centres > centres[first][number] + margin) & (centres < centres[last][number] - margin)
    )


def noise_lift(
    grid: FloatArray, curve: FloatArray, sigma: FloatArray, blocks: Blocks, reach_aa: float
) -> FloatArray:
    """Return by how much noise lifted a curve through the highest blocks, shape of ``grid``.

    Parameters
    ----------
    grid, curve, sigma : ndarray, shape (n_points,)
        ``sigma`` is the error of a block there.
    blocks : Blocks
    reach_aa : float
        On either side, of the blocks among which each highest one was.
    """
    from scipy.special import ndtri

    near = blocks.flux > np.interp(blocks.wavelength_aa, grid, curve) - 2.0 * blocks.sigma - 0.002
    low, high = (np.searchsorted(blocks.wavelength_aa, grid + side * reach_aa) for side in (-1, 1))
    total = np.concatenate(([0], np.cumsum(near)))
    count = np.maximum((total[high] - total[low]).astype(np.float64), 1.0)
    # Where noise drowns the lines the highest block is nothing but the highest of the noise.
    part = np.interp(sigma, NOISE_DROWNS, (NOISE_PART, 1.1))
    return np.asarray(part * sigma * ndtri((count - 0.375) / (count + 0.25)))


def _smoothed(values: FloatArray, length: int) -> FloatArray:
    from scipy.ndimage import gaussian_filter1d

    width = min(0.4 * length, values.size / 4)
    # Odd reflection keeps the slope at the ends.
    pad = min(int(4 * width) + 1, values.size - 1)
    padded = np.pad(values, pad, mode="reflect", reflect_type="odd")
    return np.asarray(gaussian_filter1d(padded, width)[pad : pad + values.size])
