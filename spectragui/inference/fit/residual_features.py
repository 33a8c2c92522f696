"""Find what a generated spectrum lacks altogether: bands, broad or missing lines.

The physics' own errors change sign from line to line and average out over some Angstrom; helium
lines, bands of molecules and emission do not.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.median import median

WIDTH_AA = 4.0  # sigma of the smoothing
BIN_AA = 0.5
NOISE_SIGMAS = 4.0
MIN_SIGMA = 0.005


@dataclasses.dataclass(frozen=True)
class ResidualFeature:
    """The largest feature of a smoothed residual.

    Attributes
    ----------
    size : float
        Observed minus generated in units of the continuum, less `NOISE_SIGMAS` times its noise;
        0 where noise explains it.
    wavelength_aa : float
        Its place.
    """

    size: float
    wavelength_aa: float


def largest_feature(
    wavelength_aa: NDArray[np.float64], residual: NDArray[np.float64], sigma: NDArray[np.float64]
) -> ResidualFeature:
    """Smooth a residual and return its largest excursion beyond noise.

    Parameters
    ----------
    wavelength_aa, residual, sigma : ndarray, shape (n_pixels,)
        Good pixels only, in any order; ``sigma`` of the data's noise.

    Returns
    -------
    ResidualFeature

    Notes
    -----
    Weighted mean with a Gaussian of `WIDTH_AA`; its error follows from those of the pixels.
    """
    from scipy.ndimage import gaussian_filter1d

    if wavelength_aa.size == 0:
        return ResidualFeature(0.0, float("nan"))
    start = float(wavelength_aa.min())
    n_bins = int((wavelength_aa.max() - start) / BIN_AA) + 1
    index = ((wavelength_aa - start) / BIN_AA).astype(np.int64)
    weight = 1.0 / (np.square(sigma) + MIN_SIGMA**2)
    width = WIDTH_AA / BIN_AA

    def smoothed(values: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
        sums = np.bincount(index, values, n_bins)
        return np.asarray(gaussian_filter1d(sums, scale, mode="constant"))

    total = smoothed(weight, width)
    mean = smoothed(weight * residual, width) / np.maximum(total, 1e-30)
    # The square of a Gaussian is a narrower Gaussian of area 1 / (2 width sqrt(pi)).
    variance = smoothed(np.square(weight * sigma), width / np.sqrt(2.0)) / (2.0 * width * np.sqrt(np.pi))
    noise = np.sqrt(variance) / np.maximum(total, 1e-30)
    is_seen = total > 0.3 * median(total[total > 0])
    excess = np.where(is_seen, np.maximum(np.abs(mean) - NOISE_SIGMAS * noise, 0.0), 0.0)
    top = int(np.argmax(excess))
    return ResidualFeature(float(np.sign(mean[top]) * excess[top]), start + (top + 0.5) * BIN_AA)
