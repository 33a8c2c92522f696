"""Plain statistics of a region of a spectrum: level, scatter, signal-to-noise ratio."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.analysis.region_pixels import RegionPixels
from spectragui.core.denoised import linear_error
from spectragui.core.numerics import der_snr


@dataclasses.dataclass(frozen=True)
class RegionStatistics:
    """What the good pixels of a region say.

    Attributes
    ----------
    n_pixels, n_masked : int
    mean, median, standard_deviation, minimum, maximum : float
        Of the flux.
    e_mean : float
        1 sigma of the mean, from the errors of the pixels; without them from their scatter.
    snr : float
        Median of flux / error per pixel; NaN without errors.
    snr_scatter : float
        DER_SNR, from the flux alone; NaN with too few pixels, and of a denoised spectrum.
    """

    n_pixels: int
    n_masked: int
    mean: float
    e_mean: float
    median: float
    standard_deviation: float
    minimum: float
    maximum: float
    snr: float
    snr_scatter: float


def region_statistics(pixels: RegionPixels) -> RegionStatistics:
    """Return the statistics of a region; noise correlated between pixels makes ``snr_scatter`` too high."""
    pixels, unit = pixels.scaled()
    flux, n = pixels.flux, len(pixels)
    deviation = float(flux.std(ddof=1)) if n > 1 else float("nan")
    if pixels.sigma is None:
        e_mean = deviation / np.sqrt(n) if pixels.is_data else float("nan")
        snr = float("nan")
    else:
        e_mean = linear_error(np.full(n, 1.0 / n), pixels.sigma, pixels.factor)
        snr = float(np.median(flux / pixels.sigma))
    return RegionStatistics(
        n_pixels=n,
        n_masked=pixels.n_masked,
        mean=float(flux.mean()) * unit,
        e_mean=float(e_mean) * unit,
        median=float(np.median(flux)) * unit,
        standard_deviation=deviation * unit,
        minimum=float(flux.min()) * unit,
        maximum=float(flux.max()) * unit,
        snr=snr,
        snr_scatter=der_snr(flux) if pixels.is_data else float("nan"),
    )
