"""Where a spectrum falls off beside its gaps: at a detector's or a filter's edge. No model is asked.

What falls off there bends a continuum and looks like the wing of a line to whatever reads the pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import find_gaps
from spectragui.inference.observation.edges import block_medians
from spectragui.preprocessing.filling import runs_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK_AA = 0.5
LEVEL_AA, LEVEL_PERCENTILE = 60.0, 80.0  # of the blocks so near: the level that a ramp rises to
COARSE_AA = 10.0  # from one level that is computed to the next
BESIDE_PIXELS = 3
LONG_GAP_AA, SHORT_GAP_AA = 3.0, 0.3
# Of the level, beside the gap: a shorter masked run may lie in the core of a line, and that is no ramp.
LOW_BESIDE_LONG, LOW_BESIDE_SHORT = 0.5, 0.2
REACHED = 0.93  # of the level: where a ramp has ended, but for its last part
BEYOND = 1.15  # times its length
LONGEST_AA = 30.0
DARK_PART, DARK_AA = 0.12, 0.5  # of the level: recorded where nothing shines, over so much at least
WALL_PART, WALL_PIXELS = 0.45, 2  # of the level, so few pixels beyond: no line is so deep and so steep


def find_ramps(wavelength_aa: Floats, flux: Floats, mask: Flags, *, ends: tuple[bool, bool]) -> Flags:
    """Return pixels beside gaps, from the gap to where the flux has risen to the level around.

    Parameters
    ----------
    wavelength_aa, flux : ndarray, shape (n_pixels,)
        Ascending; of any level.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.
    ends : (bool, bool)
        Whether the first and the last pixel are edges too: not where more data were cut off.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
        Nothing where the flux beside a gap is not far below the level.
    """
    found = np.zeros(mask.size, dtype=bool)
    good = np.flatnonzero(~mask)
    if good.size < 2:
        return found
    highest = float(np.fmax.reduce(flux[good]))  # no level is higher
    levels: Floats | None = None
    for edge, step, low in _edges(wavelength_aa, good, ends):
        inwards = good[edge:] if step > 0 else good[edge::-1]
        if not float(np.median(flux[inwards[:BESIDE_PIXELS]])) < low * highest:
            continue
        if levels is None:
            levels = _levels(wavelength_aa, flux, mask)
        distance = np.abs(wavelength_aa[inwards] - wavelength_aa[good[edge]])
        near = inwards[: np.searchsorted(distance, LONGEST_AA)]
        length = _ramp_length(distance[: near.size], flux[near], levels[good[edge]], low)
        found[inwards[distance < length]] = True
    return found


def find_walled_runs(wavelength_aa: Floats, flux: Floats, mask: Flags) -> Flags:
    """Return runs of pixels that record next to nothing between two walls, too steep for any line.

    Parameters
    ----------
    wavelength_aa, flux : ndarray, shape (n_pixels,)
        Ascending; of any level.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
    """
    found = np.zeros(mask.size, dtype=bool)
    with np.errstate(invalid="ignore"):
        if not np.any(~mask & (flux < DARK_PART * np.max(flux, where=~mask, initial=0.0))):
            return found  # no level is higher than the highest pixel
    levels = _levels(wavelength_aa, flux, mask)
    with np.errstate(invalid="ignore"):
        dark, bright = ~mask & (flux < DARK_PART * levels), ~mask & (flux > WALL_PART * levels)
    for start, stop in runs_of(dark):
        sides = bright[max(0, start - WALL_PIXELS) : start], bright[stop : stop + WALL_PIXELS]
        is_long = wavelength_aa[stop - 1] - wavelength_aa[start] >= DARK_AA
        if is_long and all(side.any() for side in sides):
            found[start:stop] = True
    return found


def _levels(wavelength_aa: Floats, flux: Floats, mask: Flags) -> Floats:
    """Return the level of the spectrum around each pixel, NaN where nothing is known; shape (n_pixels,)."""
    block = ((wavelength_aa - wavelength_aa[0]) / BLOCK_AA).astype(np.intp)
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    medians = block_medians(np.where(mask, np.nan, flux), starts)
    places = wavelength_aa[starts]
    known = np.isfinite(medians)
    if not known.any():
        return np.full(mask.size, np.nan)
    coarse = np.arange(wavelength_aa[0], wavelength_aa[-1] + COARSE_AA, COARSE_AA)
    first, last = (np.searchsorted(places[known], coarse + side * LEVEL_AA) for side in (-1, 1))
    return np.interp(wavelength_aa, coarse, _percentiles(medians[known], first, last))


def _percentiles(values: Floats, first: NDArray[np.intp], last: NDArray[np.intp]) -> Floats:
    """Return the percentile of each run of values as `numpy.percentile` has it, NaN for none."""
    sizes = last - first
    place = first[:, None] + np.arange(int(sizes.max(initial=0)) + 1)
    inside = place < last[:, None]
    ordered = np.sort(np.where(inside, values[np.minimum(place, values.size - 1)], np.inf), axis=1)
    index = LEVEL_PERCENTILE / 100.0 * np.maximum(sizes - 1, 0)
    lower = index.astype(np.intp)
    rows = np.arange(sizes.size)
    low, high = ordered[rows, lower], ordered[rows, np.minimum(lower + 1, np.maximum(sizes - 1, 0))]
    share = index - lower
    with np.errstate(invalid="ignore"):  # of empty runs
        mixed = np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1.0 - share))
    return np.where(sizes > 0, mixed, np.nan)


def _edges(
    wavelength_aa: Floats, good: NDArray[np.intp], ends: tuple[bool, bool]
) -> Iterator[tuple[int, int, float]]:
    """Yield (number of the good pixel beside an edge, direction inwards, how low a ramp is there)."""
    distance = np.diff(wavelength_aa[good])
    is_gap = (distance > SHORT_GAP_AA) & (np.diff(good) > 1)  # runs of lost pixels
    jumps = find_gaps(wavelength_aa[good])
    is_gap[jumps] |= distance[jumps] > SHORT_GAP_AA
    for number in np.flatnonzero(is_gap).tolist():
        low = LOW_BESIDE_LONG if distance[number] > LONG_GAP_AA else LOW_BESIDE_SHORT
        yield number, -1, low
        yield number + 1, 1, low
    if ends[0]:
        yield 0, 1, LOW_BESIDE_LONG
    if ends[1]:
        yield good.size - 1, -1, LOW_BESIDE_LONG


def _ramp_length(distance_aa: Floats, flux: Floats, level: float, low: float) -> float:
    """Return how far from an edge, at distance 0, the flux is still rising; 0 where there is no ramp."""
    if not flux.size or not float(np.median(flux[:BESIDE_PIXELS])) < low * level:
        return 0.0
    block = (distance_aa / BLOCK_AA).astype(np.intp)
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    reached = block_medians(flux, starts) >= REACHED * level
    if not reached.any():
        return 0.0
    return float(min(BEYOND * distance_aa[starts[np.argmax(reached)]] + BLOCK_AA, LONGEST_AA))
