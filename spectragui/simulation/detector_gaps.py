"""What a detector did not see: gaps between orders or chips, bad pixels, missing ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def draw_coverage(
    wavelength_aa: ArrayLike,
    generator: np.random.Generator,
    *,
    n_gaps: int = 3,
    gap_aa: float = 10.0,
    bad_pixel_part: float = 0.002,
    missing_end_aa: float = 0.0,
) -> NDArray[np.bool_]:
    """Draw a mask of gaps, bad pixels and missing ends.

    Parameters
    ----------
    wavelength_aa : array_like, shape (n_pixels,)
    generator : numpy.random.Generator
    n_gaps : int
        Gaps at random places.
    gap_aa : float
        Longest gap; lengths are uniform up to it.
    bad_pixel_part : float
        Part of the pixels that is bad, singly.
    missing_end_aa : float
        Each end loses a uniform length up to this.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
        True = not seen.
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    first, last = wavelength[0], wavelength[-1]
    mask = generator.uniform(size=wavelength.size) < bad_pixel_part
    for _ in range(n_gaps):
        start, length = generator.uniform(first, last), generator.uniform(0, gap_aa)
        mask |= (wavelength >= start) & (wavelength < start + length)
    ends = generator.uniform(0, 1, 2) * missing_end_aa
    mask |= (wavelength < first + ends[0]) | (wavelength > last - ends[1])
    return np.asarray(mask)


def echelle_blaze(n_pixels: int, depth: float = 0.7) -> NDArray[np.float64]:
    """Return the blaze of one order: 1 in the middle, ``1 - depth`` at the ends, shape (n_pixels,)."""
    place = np.linspace(-1.0, 1.0, n_pixels)
    # Where sinc^2 falls to 1 - depth is read from a table: it has no inverse in closed form.
    table = np.linspace(0.0, 1.0, 2001)
    reach = np.interp(-(1.0 - depth), -(np.sinc(table) ** 2), table)
    return np.asarray(np.sinc(place * reach) ** 2)
