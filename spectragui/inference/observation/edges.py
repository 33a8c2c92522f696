"""Where data begin and end, and how far from there they are no evidence of what a star shows.

Beside gaps, masked runs and the ends of orders a spectrum falls off (merged detectors, a blaze, a filter, a
flat field's edge), and a continuum that follows it is wrong for some Angstrom more. None of that is a line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import find_gaps
from spectragui.preprocessing.filling import runs_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LONG_GAP_AA = 3.0  # a masked run of this length is a gap
# A shorter one may be a hit, or what was taken for one in a line; a gap where little is left beside it.
SHORT_GAP_AA, BESIDE_AA, LEFT, SHINES = 0.3, 0.3, 0.4, 1.15
DARK_PART, DARK_AA, LEVEL_AA = 0.08, 3.0, 60.0  # of the level around: so little, so long, is no line
DARK, LACKING = 0.12, 0.3  # observed flux where a detector shows nothing, and what of the star is lacking
LEAST_DARK_AA = 0.5
BLOCK_AA = 0.5
ALWAYS_AA = 2.0  # beside an edge nothing is evidence
FARTHEST_AA, FARTHEST_PART = 30.0, 0.35  # from an edge; and of what lies between two
CALM = 0.03  # of the continuum: the generated spectrum describes a block
CALM_SIGMA = 3.0
CALM_BLOCKS = 4  # in a row, where the edge is left behind


def away_from_edges(
    wavelength_aa: Floats, observed: Floats, generated: Floats, sigma: Floats, mask: Flags
) -> Flags:
    """Return which pixels are evidence: good, and not disturbed by an edge.

    Parameters
    ----------
    wavelength_aa, observed, generated, sigma : ndarray, shape (n_pixels,)
        Of one segment, ascending; fluxes and error in units of the continuum.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)

    Notes
    -----
    From each edge inwards blocks of `BLOCK_AA` are left out until `CALM_BLOCKS` in a row agree with the
    generated spectrum, at most `FARTHEST_AA` or `FARTHEST_PART` of the stretch, at least `ALWAYS_AA`.
    """
    lost = mask | _dark(wavelength_aa, observed, generated, mask)
    residual = np.where(lost, 0.0, observed - generated)
    evidence = np.zeros(mask.size, dtype=bool)
    for stretch in _stretches(wavelength_aa, observed, generated, lost):
        good, where = ~lost[stretch], wavelength_aa[stretch]
        farthest = min(FARTHEST_AA, FARTHEST_PART * float(where[-1] - where[0]))
        columns = residual[stretch], sigma[stretch], good
        low = _calm_from(where - where[0], *columns, farthest)
        turned = residual[stretch][::-1], sigma[stretch][::-1], good[::-1]
        high = _calm_from((where[-1] - where)[::-1], *turned, farthest)
        evidence[stretch] = good & (where >= where[0] + low) & (where <= where[-1] - high)
    return evidence


def _dark(wavelength_aa: Floats, observed: Floats, generated: Floats, mask: Flags) -> Flags:
    """Return runs where nothing is recorded though the star shines."""
    dark = mask | (observed < DARK)
    lacking = np.where(mask, 0.0, generated - observed)
    found = np.zeros(mask.size, dtype=bool)
    for start, stop in runs_of(dark):
        n_good = max(int(np.count_nonzero(~mask[start:stop])), 1)
        is_long = wavelength_aa[stop - 1] - wavelength_aa[start] >= LEAST_DARK_AA
        if is_long and float(lacking[start:stop].sum()) / n_good > LACKING:
            found[start:stop] = True
    return found


def _stretches(wavelength_aa: Floats, observed: Floats, generated: Floats, lost: Flags) -> list[slice]:
    """Return the pixels between edges: the ends, gaps in the wavelengths and long runs of lost pixels."""
    is_gap = np.zeros(lost.size, dtype=bool)
    for start, stop in runs_of(lost):
        length = wavelength_aa[stop - 1] - wavelength_aa[start]
        touches_end = start == 0 or stop == lost.size
        beside = _left_beside(wavelength_aa, observed, generated, lost, start, stop)
        is_short = length < LONG_GAP_AA
        # Pixels of an emission line may have been taken for hits, and masked: no edge shines.
        is_line = bool(beside) and (max(beside) > SHINES or (is_short and min(beside) > LEFT))
        if touches_end or (length >= SHORT_GAP_AA and not is_line):
            is_gap[start:stop] = True
    breaks = np.zeros(lost.size, dtype=bool)
    breaks[find_gaps(wavelength_aa) + 1] = True
    found = []
    for start, stop in runs_of(~is_gap):
        cuts = [start, *(start + np.flatnonzero(breaks[start:stop])).tolist(), stop]
        found += [slice(a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True) if b - a > 1]
    return found


def _left_beside(
    wavelength_aa: Floats, observed: Floats, generated: Floats, lost: Flags, start: int, stop: int
) -> list[float]:
    """Return observed over generated flux on each side of a run of lost pixels, where a side has any."""
    low, high = wavelength_aa[start] - BESIDE_AA, wavelength_aa[stop - 1] + BESIDE_AA
    first, last = np.searchsorted(wavelength_aa, (low, high))
    found = []
    for side in (slice(int(first), start), slice(stop, int(last))):
        good = ~lost[side]
        if good.any():
            shining = max(float(generated[side][good].mean()), 1e-3)
            found.append(float(observed[side][good].mean()) / shining)
    return found


def find_dark_runs(wavelength_aa: Floats, flux: Floats, mask: Flags) -> Flags:
    """Return long runs where next to nothing is recorded: between detectors, behind a filter's edge.

    Parameters
    ----------
    wavelength_aa, flux : ndarray, shape (n_pixels,)
        Ascending; of any level.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)

    Notes
    -----
    Medians of blocks of `BLOCK_AA` below `DARK_PART` of the level within `LEVEL_AA` (75th percentile), for at
    least `DARK_AA`: broader than the core of any line that is so deep.
    """
    found = np.zeros(mask.size, dtype=bool)
    if wavelength_aa.size < 2 or mask.all():
        return found
    block = ((wavelength_aa - wavelength_aa[0]) / BLOCK_AA).astype(np.intp)
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    medians = block_medians(np.where(mask, np.nan, flux), starts)
    reach = int(LEVEL_AA / BLOCK_AA)
    dark = np.zeros(medians.size, dtype=bool)
    highest = float(np.nanmax(medians, initial=-np.inf))
    with np.errstate(invalid="ignore"):  # no level around is higher than the highest
        may_be_dark = np.isfinite(medians) & ((medians < DARK_PART * highest) | (highest <= 0))
    if not may_be_dark.any():
        return found
    for number in np.flatnonzero(may_be_dark):
        near = medians[max(0, number - reach) : number + reach + 1]
        dark[number] = medians[number] < DARK_PART * np.nanpercentile(near, 75)
    places = wavelength_aa[starts]
    for start, stop in runs_of(dark | ~np.isfinite(medians)):
        end = places[stop] if stop < places.size else wavelength_aa[-1]
        if end - places[start] >= DARK_AA:
            found |= np.isin(block, block[starts[start:stop]][dark[start:stop]])
    return found


def block_medians(values: Floats, starts: NDArray[np.intp]) -> Floats:
    """Return the median of what is finite in each block, NaN where nothing is; shape (n_blocks,)."""
    values = np.where(np.isfinite(values), values, np.nan)
    sizes = np.diff(starts, append=values.size)
    if starts.size * int(sizes.max()) > 8 * values.size:  # blocks of very different sizes
        block = np.repeat(np.arange(starts.size), sizes)
        ordered = values[np.lexsort((values, block))]
        place = starts
    else:
        table = np.full((starts.size, int(sizes.max())), np.nan)
        table[np.arange(table.shape[1]) < sizes[:, None]] = values
        ordered = np.sort(table, axis=1).ravel()
        place = np.arange(starts.size) * table.shape[1]
    n_finite = np.add.reduceat(np.isfinite(values).astype(np.intp), starts)
    low, high = (place + np.maximum(n_finite - 1, 0) // 2), (place + n_finite // 2)
    high = np.where(n_finite > 0, high, place)
    middle = 0.5 * (ordered[low] + ordered[high])
    return np.where(n_finite > 0, middle, np.nan)


def _calm_from(distance_aa: Floats, residual: Floats, sigma: Floats, good: Flags, farthest: float) -> float:
    """Return the distance from an edge, at distance 0, from which on the residual is calm."""
    block = (distance_aa / BLOCK_AA).astype(np.intp)
    used = good & (block <= int(farthest / BLOCK_AA) + CALM_BLOCKS)
    n_blocks = int(block[used].max(initial=0)) + 1
    count = np.maximum(np.bincount(block[used], minlength=n_blocks), 1)
    mean = np.bincount(block[used], residual[used], n_blocks) / count
    noise = np.sqrt(np.bincount(block[used], np.square(sigma[used]), n_blocks)) / count
    calm = np.abs(mean) < np.maximum(CALM, CALM_SIGMA * noise)
    in_a_row = np.convolve(calm, np.ones(CALM_BLOCKS), "valid") >= CALM_BLOCKS
    first = int(np.argmax(in_a_row)) if in_a_row.any() else n_blocks
    return min(max(first * BLOCK_AA, ALWAYS_AA), farthest)
