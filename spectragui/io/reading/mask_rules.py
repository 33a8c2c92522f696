"""Which values of a quality array mark bad pixels: the reader's own rule, or the user's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.io.reading.read_options import ReadOptions, mask_bits


def bad_by_rule(
    flags: Any, options: ReadOptions, *, bits: int | None = None, good_is_set: bool = False
) -> NDArray[np.bool_] | None:
    """Return which pixels a quality array marks as bad, in its shape; None = the mask is ignored.

    Parameters
    ----------
    flags : array of bool, int or float
        Not finite counts as 0.
    options : ReadOptions
        ``mask_rule`` wins over what follows.
    bits : int, optional
        Only these bits mark bad pixels; None = any value but 0.
    good_is_set : bool
        Whether the file marks *good* pixels by a value that is not 0.
    """
    rule = options.mask_rule.strip().lower()
    if rule == "none":
        return None
    values = np.asarray(flags)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=1.0)
        values = values.astype(np.int64) if mask_bits(rule) or bits else values
    if values.dtype.kind not in "biuf":
        return None
    chosen = mask_bits(rule) if rule else bits
    if chosen is not None:
        return np.asarray((values.astype(np.int64) & np.int64(chosen)) != 0)
    is_set = np.asarray(values != 0)
    return ~is_set if rule == "zero" or (not rule and good_is_set) else is_set
