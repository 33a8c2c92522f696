"""Reduce a curve to what one screen can show: lowest and highest value per column of pixels.

NaN-safe (NaN are left out, a column of nothing but NaN stays a gap), numpy only, under a
millisecond for a million points. pyqtgraph's own downsampling spreads NaN over the screen.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

POINTS_PER_COLUMN = 3  # up to here all points are drawn, beyond only each column's extremes

FloatArray = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Envelope:
    """What is drawn of a curve in one view.

    Attributes
    ----------
    x : ndarray, shape (n_columns,)
        Middle of each column, or the pixels themselves where nothing was left out.
    lower, upper : ndarray, shape (n_columns,)
        Extremes of each column, NaN where the curve has a gap.
    n_points : int
        Points of the curve in the view.
    is_decimated : bool
        Whether columns stand for several pixels.
    """

    x: FloatArray
    lower: FloatArray
    upper: FloatArray
    n_points: int
    is_decimated: bool

    @property
    def points_per_column(self) -> float:
        """Points of the curve that one drawn column stands for; 1 where all are drawn."""
        return self.n_points / max(self.x.size, 1) if self.is_decimated else 1.0

    def polyline(self) -> tuple[FloatArray, FloatArray]:
        """Return the vertices to draw, shape (n_vertices,) each; NaN breaks the line.

        Columns run up and down in turn, so that the step to the next column stays short.
        """
        if not self.is_decimated:
            return self.x, self.lower
        y = np.empty((self.x.size, 2))  # (n_columns, 2)
        y[:, 0] = self.lower
        y[:, 1] = self.upper
        y[1::2] = y[1::2, ::-1].copy()
        return np.repeat(self.x, 2), y.ravel()


def visible_slice(x: FloatArray, start: float, stop: float) -> slice:
    """Return the pixels between two limits, and one more on each side to draw the line to.

    Parameters
    ----------
    x : ndarray, shape (n_pixels,)
        Ascending.
    start, stop : float
        Limits of the view, ``start`` < ``stop``.
    """
    first, last = np.searchsorted(x, (start, stop))
    return slice(max(int(first) - 1, 0), min(int(last) + 1, x.size))


def decimate(
    x: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    start: float,
    stop: float,
    n_columns: int,
) -> Envelope:
    """Reduce a curve (or a band between two curves) to the columns of one view.

    Parameters
    ----------
    x : ndarray, shape (n_pixels,)
        Ascending.
    lower, upper : ndarray, shape (n_pixels,)
        The curve, twice the same array; or the limits of a band.
    start, stop : float
        Limits of the view.
    n_columns : int
        Screen pixels between them.

    Returns
    -------
    Envelope

    Notes
    -----
    Columns are locked to multiples of their width, so that a curve does not shimmer while it is
    panned.
    """
    seen = visible_slice(x, start, stop)
    n_points = seen.stop - seen.start
    if n_points <= POINTS_PER_COLUMN * n_columns:
        low = lower[seen]
        return Envelope(x[seen], low, low if upper is lower else upper[seen], n_points, False)
    width = (stop - start) / n_columns
    edges = (np.arange(n_columns + 2) + np.floor(start / width)) * width
    first = np.searchsorted(x[seen], edges)
    first[0] = 0
    filled = np.flatnonzero(np.diff(first, append=n_points) > 0)
    index = first[filled]
    low = np.fmin.reduceat(lower[seen], index)
    high = np.fmax.reduceat(upper[seen], index)
    return Envelope(edges[filled] + 0.5 * width, low, high, n_points, True)
