"""Find the ends of echelle orders, where the blaze or the slit lets nearly nothing through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.preprocessing.envelope.percentiles import quick_percentiles

N_WINDOWS = 50
MIN_RUN = 3
DIM = 0.3  # of the brightest part of the order
LARGEST_SPREAD = 1.5  # of a window's flux, relative to its level: more is noise, not lines
STEEP = 2.0  # within three windows: not the blaze, but the edge of the slit or the flat field


def find_dim_ends(flux: NDArray[np.float64], mask: NDArray[np.bool_], dim: float = DIM) -> NDArray[np.bool_]:
    """Mark the pixels from each end of an order to where it becomes bright enough.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
        Counts of one order, in the order of wavelength.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.
    dim : float
        What is less than this, relative to the brightest part of the order, is dim.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
        True = dim end.

    Notes
    -----
    The level of each of `N_WINDOWS` windows is the 60th percentile of its flux, so that lines do
    not count as dark; levels below ``dim`` times the 90th percentile of all levels are dim, and so
    are those that a factor of `STEEP` or more lies above within three windows.
    """
    bad = np.zeros(flux.shape, dtype=bool)
    parts = np.array_split(np.arange(flux.size), N_WINDOWS)
    levels = np.full(len(parts), np.nan)
    for number, part in enumerate(parts):
        good = flux[part][~mask[part]]
        if good.size >= max(5, part.size // 2):
            low, level, high = quick_percentiles(good, 20.0, 60.0, 80.0)
            if high - low < LARGEST_SPREAD * level:
                levels[number] = level
    if np.count_nonzero(np.isfinite(levels)) < N_WINDOWS // 3:
        return bad
    with np.errstate(invalid="ignore"):
        is_bright = levels > dim * np.nanpercentile(levels, 90)
    first, last = _outermost_runs(is_bright)
    while first < N_WINDOWS // 4 and _brightest(levels[first + 1 : first + 4]) > STEEP * levels[first]:
        first += 1
    while last > 3 * N_WINDOWS // 4 and _brightest(levels[last - 3 : last]) > STEEP * levels[last]:
        last -= 1
    bad[: parts[first][0]] = True
    bad[parts[last][-1] + 1 :] = True
    return bad


def _brightest(levels: NDArray[np.float64]) -> float:
    return float(np.max(levels[np.isfinite(levels)], initial=0.0))


def _outermost_runs(is_bright: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the first index of the first, and the last of the last, run of at least three True."""
    bright = np.flatnonzero(is_bright)
    runs = np.split(bright, np.flatnonzero(np.diff(bright) > 1) + 1)
    long = [run for run in runs if len(run) >= MIN_RUN]
    if not long:
        return 0, is_bright.size - 1
    return int(long[0][0]), int(long[-1][-1])
