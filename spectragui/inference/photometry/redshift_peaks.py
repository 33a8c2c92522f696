"""From a redshift's probability to numbers: peak, interval, second peak, odds; and quantiles of others."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LOWER, UPPER = 0.158655, 0.841345
ODDS_WIDTH = 0.03  # in ln(1 + z)
_PEAK_WIDTH = 0.05  # in ln(1 + z): what belongs to one peak, to either side
_SMOOTH = 0.016  # in ln(1 + z): window in which the highest probability is looked for
_LOCAL = 0.022  # in ln(1 + z): about the peak, where its mean is taken


@dataclasses.dataclass(frozen=True, eq=False)
class RedshiftNumbers:
    """Numbers of each redshift probability, shape (n,).

    Attributes
    ----------
    z, lower, upper : ndarray
        Peak, and ends of the central 68 % (the peak always within).
    odds : ndarray
        Probability within 0.03 (1 + z) of the peak.
    z_second, p_second : ndarray
        Second peak, and the probability about it.
    """

    z: Floats
    lower: Floats
    upper: Floats
    odds: Floats
    z_second: Floats
    p_second: Floats


def redshift_numbers(p: Floats, high: float) -> RedshiftNumbers:
    """Return the numbers of probabilities over equal bins of ln(1 + z).

    Parameters
    ----------
    p : ndarray, shape (n, n_bins)
        Rows of sum 1, from 0 to ``high``.
    high : float
        Upper end of the last bin in ln(1 + z).
    """
    n_bins = p.shape[1]
    step = high / n_bins
    centres = ((np.arange(n_bins) + 0.5) * step).astype(np.float32)
    below = np.concatenate(
        [np.zeros((len(p), 1), np.float32), np.cumsum(p, axis=1, dtype=np.float32)], axis=1
    )
    first_moment = np.concatenate(
        [np.zeros((len(p), 1), np.float32), np.cumsum(p * centres, axis=1, dtype=np.float32)], axis=1
    )
    peak = _window(below, _SMOOTH / step).argmax(axis=1)
    at_peak = _local_mean(below, first_moment, peak, round(_LOCAL / step), centres)
    lower, upper = quantiles(p, below, (LOWER, UPPER), step)
    near = round(_PEAK_WIDTH / step)
    other = np.where(np.abs(np.arange(n_bins)[None] - peak[:, None]) <= near, 0.0, p).astype(np.float32)
    below_other = np.concatenate(
        [np.zeros((len(p), 1), np.float32), np.cumsum(other, axis=1, dtype=np.float32)], axis=1
    )
    moment_other = np.concatenate(
        [np.zeros((len(p), 1), np.float32), np.cumsum(other * centres, axis=1, dtype=np.float32)], axis=1
    )
    second = _window(below_other, _SMOOTH / step).argmax(axis=1)
    at_second = _local_mean(below_other, moment_other, second, round(_LOCAL / step), centres)
    return RedshiftNumbers(
        np.expm1(at_peak),
        np.expm1(np.minimum(lower, at_peak)),
        np.expm1(np.maximum(upper, at_peak)),
        _mass(below, at_peak / step, ODDS_WIDTH / step),
        np.expm1(at_second),
        _within(below_other, second, near),
    )


def quantiles(p: Floats, below: Floats, levels: tuple[float, ...], step: float) -> list[Floats]:
    """Return where the cumulative probability reaches some levels, from the start of the first bin.

    Parameters
    ----------
    p : ndarray, shape (n, n_bins)
    below : ndarray, shape (n, n_bins + 1)
        Cumulative sum of ``p`` with a leading 0.
    levels : tuple of float
    step : float
        Width of a bin.
    """
    rows = np.arange(len(p))
    found = []
    for level in levels:
        index = np.minimum((below[:, 1:] < level).sum(axis=1), p.shape[1] - 1)
        part = (level - below[rows, index]) / np.maximum(p[rows, index], 1e-12)
        found.append(((index + np.clip(part, 0.0, 1.0)) * step).astype(np.float32))
    return found


def _window(below: Floats, width: float) -> Floats:
    """Return the probability in a window about each bin, shape (n, n_bins)."""
    half = max(round(width / 2), 1)
    n_bins = below.shape[1] - 1
    low = np.maximum(np.arange(n_bins) - half, 0)
    high = np.minimum(np.arange(n_bins) + half + 1, n_bins)
    return below[:, high] - below[:, low]


def _within(below: Floats, peak: NDArray[np.intp], half: int) -> Floats:
    n_bins = below.shape[1] - 1
    rows = np.arange(len(below))
    return below[rows, np.minimum(peak + half + 1, n_bins)] - below[rows, np.maximum(peak - half, 0)]


def _local_mean(below: Floats, moment: Floats, peak: NDArray[np.intp], half: int, centres: Floats) -> Floats:
    n_bins = below.shape[1] - 1
    rows = np.arange(len(below))
    low, high = np.maximum(peak - half, 0), np.minimum(peak + half + 1, n_bins)
    mass = below[rows, high] - below[rows, low]
    mean = (moment[rows, high] - moment[rows, low]) / np.maximum(mass, 1e-12)
    return np.where(mass > 1e-6, mean, centres[peak]).astype(np.float32)


def _mass(below: Floats, place: Floats, half: float) -> Floats:
    """Return the probability within ``half`` bins of a place, in bins."""
    n_bins = below.shape[1] - 1

    def at(position: Floats) -> Floats:
        inside = np.clip(position, 0.0, n_bins - 1e-3)
        index = inside.astype(np.intp)
        rows = np.arange(len(below))
        start = below[rows, index]
        return np.asarray(start + (inside - index) * (below[rows, index + 1] - start))

    return (at(place + half) - at(place - half)).astype(np.float32)
