"""Average a spectrum in blocks about a line wide, so that noise does not lift a continuum."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.envelope.percentiles import quick_percentiles

BLOCK_AA = 0.1
MAX_BLOCK_AA = 0.5  # or
MAX_BLOCK_PIXELS = 8  # whichever is longer, and as long as noise needs it
WANTED_SNR = 60.0
LONGEST_GAP_BLOCKS = 3.0  # that a block may reach across, in its own lengths
MIN_BLOCKS = 60
FLAT_PARTS = 40


@dataclasses.dataclass(frozen=True, eq=False)
class Blocks:
    """Means of good pixels.

    Attributes
    ----------
    wavelength_aa, flux, sigma : ndarray, shape (n_blocks,)
    """

    wavelength_aa: FloatArray
    flux: FloatArray
    sigma: FloatArray


def average_blocks(wavelength_aa: FloatArray, flux: FloatArray, sigma: FloatArray, good: BoolArray) -> Blocks:
    """Average neighbouring good pixels.

    Parameters
    ----------
    wavelength_aa, flux, sigma : ndarray, shape (n_pixels,)
    good : ndarray of bool, shape (n_pixels,)
    """
    pixels = np.flatnonzero(good)
    step = float(np.median(np.diff(wavelength_aa))) if wavelength_aa.size > 1 else 1.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.abs(flux[pixels]) / sigma[pixels]
    ratio = ratio[~np.isnan(ratio)]  # nothing over nothing: pixels without light and without an error
    snr = max(float(np.median(ratio)), 0.1) if ratio.size else 0.1
    for_noise = int(np.ceil(min(WANTED_SNR / snr, 100.0) ** 2))
    length = min(max(int(BLOCK_AA / step), for_noise, 1), max(int(MAX_BLOCK_AA / step), MAX_BLOCK_PIXELS))
    length = max(1, min(length, pixels.size // MIN_BLOCKS))
    starts = _starts(wavelength_aa[pixels], length, step)
    count = np.diff(np.append(starts, pixels.size))
    return Blocks(
        np.add.reduceat(wavelength_aa[pixels], starts) / count,
        np.add.reduceat(flux[pixels], starts) / count,
        np.sqrt(np.add.reduceat(np.square(sigma[pixels]), starts)) / count,
    )


def _starts(wavelength_aa: FloatArray, length: int, step: float) -> NDArray[np.intp]:
    """Return the first pixels of blocks of about ``length`` pixels, none of which reaches across a gap."""
    gaps = np.flatnonzero(np.diff(wavelength_aa) > LONGEST_GAP_BLOCKS * length * step) + 1
    edges = np.concatenate([[0], gaps, [wavelength_aa.size]]).astype(np.intp)
    sizes = np.diff(edges)
    counts = np.maximum(1, np.round(sizes / length).astype(np.intp))
    runs = zip(edges[:-1], sizes, counts, strict=True)
    return np.concatenate([first + np.arange(n, dtype=np.intp) * size // n for first, size, n in runs])


def no_blocks() -> Blocks:
    """Return no blocks, for a continuum that asks for none."""
    return Blocks(np.empty(0), np.empty(0), np.empty(0))


def flat_shape(order: Spectrum) -> FloatArray:
    """Return a parabola in log flux through the upper parts of a long spectrum: what counts as level.

    Parameters
    ----------
    order : Spectrum, ascending in Angstrom

    Returns
    -------
    ndarray, shape (n_pixels,), level about one
    """
    good = np.flatnonzero(order.good)
    parts = [part for part in np.array_split(good, FLAT_PARTS) if part.size >= 5]
    tops = np.array([quick_percentiles(order.flux[part], 90.0)[0] for part in parts])
    if len(parts) < 6 or np.count_nonzero(tops > 0) < 6:
        return np.ones(len(order))
    wavelength = order.wavelength_aa
    middle, half = 0.5 * (wavelength[0] + wavelength[-1]), 0.5 * (wavelength[-1] - wavelength[0])
    x = (np.array([float(np.mean(wavelength[part])) for part in parts]) - middle) / half
    positive = tops > 0.02 * np.max(tops)
    degree = min(2, int(np.count_nonzero(positive)) - 1)
    coefficients = np.polynomial.chebyshev.chebfit(x[positive], np.log(tops[positive]), degree)
    values = np.polynomial.chebyshev.chebval((wavelength - middle) / half, coefficients)
    return np.asarray(np.exp(values - np.median(values)))
