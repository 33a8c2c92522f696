"""A tilt along the orders that neighbours have in common: what a blaze that is not quite right leaves.

Counts per pixel (whose width changes along an order), a flat lamp whose spectrum was divided out order by
order, or a blaze that took up the star's slope: each order then falls below the next where they overlap, all
of them alike. Taken for levels that would add up from order to order; taken for a tilt it vanishes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_OVERLAPS = 10  # fewer do not tell a tilt of all orders from levels that happen to rise
REACH = 5  # overlaps to each side, over which ratios are averaged
CLEAR_SIGMA = 5.0  # of what levels make of such a mean
LIKELY_TILT = 0.3  # of the slope of ln level, from the middle of an order to its end
LIKELY_CHANGE, LIKELY_BEND = 0.03, 0.003  # of it from order to order
LIKELY_BEYOND = 1e-4  # where no overlap says more


def has_shared_tilt(means: Floats, errors: Floats, width: float) -> bool:
    """Whether neighbouring overlaps differ alike by more than levels make.

    Parameters
    ----------
    means, errors : ndarray, shape (n_overlaps,)
        Of ln ratio of two neighbours in each overlap.
    width : float
        1 sigma of ln level.

    Notes
    -----
    In the mean over n overlaps in a row all levels but the first and the last cancel.
    """
    if means.size < LEAST_OVERLAPS:
        return False
    weight = 1.0 / (np.square(errors) + 2.0 * width**2)
    for middle in range(means.size):
        near = slice(max(0, middle - REACH), middle + REACH + 1)
        share = weight[near] / weight[near].sum()
        error = np.hypot(np.sqrt(2.0) * width / share.size, np.linalg.norm(share * errors[near]))
        if abs(float(share @ means[near])) > CLEAR_SIGMA * error:
            return True
    return False


def tilt_precision(is_touching: Sequence[bool]) -> Floats:
    """Return the inverse covariance of the tilts of all orders, before any ratio is looked at.

    Parameters
    ----------
    is_touching : sequence of bool, one fewer than orders
        Whether an order overlaps with the next.

    Returns
    -------
    ndarray, shape (n_orders, n_orders)
        Of tilts that change smoothly from order to order.
    """
    count = len(is_touching) + 1
    touching = np.asarray(is_touching, dtype=bool)
    change = np.diff(np.eye(count), axis=0) / np.where(touching, LIKELY_CHANGE, LIKELY_BEYOND)[:, None]
    bend = np.diff(np.eye(count), n=2, axis=0)[touching[:-1] & touching[1:]] / LIKELY_BEND
    size = np.eye(count) / (LIKELY_TILT * np.sqrt(count))  # of their mean, not of each
    return np.asarray(sum(rows.T @ rows for rows in (change, bend, size)))
