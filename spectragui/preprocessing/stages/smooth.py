"""Smooth by a running mean, Gaussian or median."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.numerics import FWHM_PER_SIGMA, FloatArray, gaussian_kernel
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.masked_convolution import convolve_masked
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import StageCurve, StageResult, register_stage

CORRELATED_NOTE = "Each pixel's error is right; neighbouring pixels are correlated now."


@register_stage("smooth", priority=75)
@dataclasses.dataclass(frozen=True)
class Smooth(PixelStage):
    """Smooth flux; the errors are those of the means, masked pixels take no part."""

    title = "Smooth"
    help = "Running mean, Gaussian or median over a number of pixels."

    kind: str = param(
        "Gaussian",
        label="Kind",
        choices=("Gaussian", "box", "median"),
        help="What is taken of the neighbours.",
    )
    width_pix: float = param(
        3.0,
        label="Width",
        unit="px",
        minimum=1.0,
        maximum=201.0,
        step=1.0,
        help="Full width at half maximum of the Gaussian, or length of the box or median (odd).",
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the smoothed order; pixels with no good one around are masked."""
        require_good(order, 1)
        flux, mask = order.flux.copy(), np.array(order.mask)
        sigma = None if order.uncertainty is None else order.uncertainty.copy()
        for piece in find_pieces(order.wavelength_aa):
            errors = None if order.uncertainty is None else order.uncertainty[piece]
            values, new, empty = self._smoothed(order.flux[piece], errors, order.good[piece])
            flux[piece] = values
            mask[piece] |= empty
            if sigma is not None and new is not None:
                sigma[piece] = new
        curve = StageCurve("smoothed", "smooth", index, order.wavelength_aa, flux)
        changed = order.without_correlation().replace(flux=flux, uncertainty=sigma, mask=mask)
        return StageResult(changed, (curve,), notes=(CORRELATED_NOTE,) if self.width_pix > 1 else ())

    def _smoothed(
        self, flux: FloatArray, sigma: FloatArray | None, good: np.ndarray
    ) -> tuple[FloatArray, FloatArray | None, np.ndarray]:
        if self.kind == "Gaussian":
            kernel = gaussian_kernel(np.sqrt(self.width_pix**2 - 1.0) / FWHM_PER_SIGMA)
            return convolve_masked(flux, sigma, good, kernel)
        length = 2 * (round(self.width_pix) // 2) + 1
        if self.kind == "box":
            return convolve_masked(flux, sigma, good, np.full(length, 1.0 / length))
        return running_median(flux, sigma, good, length)


def running_median(
    flux: FloatArray, sigma: FloatArray | None, good: np.ndarray, length: int
) -> tuple[FloatArray, FloatArray | None, np.ndarray]:
    """Return the median of the good pixels around each, its error, and where there are none.

    Notes
    -----
    The variance of the median of n equal normal errors is sigma^2 pi / (2 n + pi - 2), within 2 %
    from n = 1 on: true where the flux changes little within the window, as the median supposes.
    """
    from scipy.ndimage import median_filter

    half = length // 2
    if good.all() and half == 0:
        return flux.copy(), None if sigma is None else sigma.copy(), ~good
    values = median_filter(np.where(good, flux, 0.0), length, mode="nearest")
    padded = np.pad(np.where(good, flux, np.nan), half, constant_values=np.nan)
    box = np.ones(length)
    count = np.convolve(good.astype(float), box, mode="full")[half : half + flux.size].round().astype(int)
    partial = np.flatnonzero(count < length)
    for chunk in np.array_split(partial, max(1, partial.size * length // 2_000_000)):
        if chunk.size:
            windows = np.sort(padded[chunk[:, None] + np.arange(length)], axis=1)  # NaN sorts last
            n = np.maximum(count[chunk], 1)
            rows = np.arange(chunk.size)
            values[chunk] = 0.5 * (windows[rows, (n - 1) // 2] + windows[rows, n // 2])
    empty = count == 0
    if sigma is None:
        return values, None, empty
    n_good = np.maximum(count, 1)
    total = np.convolve(np.where(good, np.square(sigma), 0.0), box, mode="full")[half : half + flux.size]
    variance = np.maximum(total, 0.0) / n_good * np.pi / (2 * n_good + np.pi - 2)
    return values, np.where(empty, np.inf, np.sqrt(variance)), empty
