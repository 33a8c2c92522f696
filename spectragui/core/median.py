"""The median, quickly: a prediction takes some forty of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[np.floating]) -> float:
    """Return what `numpy.median` returns of all values, without what that costs a call.

    Parameters
    ----------
    values : ndarray, any shape

    Returns
    -------
    float
        NaN where one is NaN, or there is none.
    """
    values = np.ravel(values)
    middle = values.size // 2
    if not values.size:
        return float("nan")
    left = middle - 1 + values.size % 2
    ranked = np.partition(values, sorted({left, middle, values.size - 1}))
    if np.isnan(ranked[-1]):
        return float("nan")
    return float(ranked[middle]) if left == middle else 0.5 * (float(ranked[left]) + float(ranked[middle]))
