"""Cut a spectrum where its pixels have gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import FloatArray, find_gaps


def find_stretches(
    wavelength_aa: NDArray[np.float64], mask: NDArray[np.bool_], max_gap_aa: float = 8.0, min_pixels: int = 40
) -> list[slice]:
    """Return the stretches of a spectrum between long gaps.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        Ascending.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore; a long masked run is a gap too.
    max_gap_aa : float
        Longest gap that a stretch may hold [Angstrom].
    min_pixels : int
        Stretches with fewer good pixels are left out.

    Returns
    -------
    list of slice
        In ascending wavelength, each starting and ending at a good pixel.
    """
    good = np.flatnonzero(~mask)
    if good.size < min_pixels:
        return []
    breaks = np.flatnonzero(np.diff(wavelength_aa[good]) > max_gap_aa)
    starts = np.concatenate(([0], breaks + 1))
    stops = np.concatenate((breaks + 1, [good.size]))
    pairs = zip(starts, stops, strict=True)
    return [slice(int(good[a]), int(good[b - 1]) + 1) for a, b in pairs if b - a >= min_pixels]


def find_pieces(wavelength_aa: FloatArray) -> list[slice]:
    """Return the stretches of pixels between which pixels are missing.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        Ascending.

    Returns
    -------
    list of slice
        All pixels, in ascending wavelength.
    """
    ends = (find_gaps(wavelength_aa) + 1).tolist()
    return [slice(a, b) for a, b in zip([0, *ends], [*ends, wavelength_aa.size], strict=True)]
