"""Blur a spectrum to a lower resolving power."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import FWHM_PER_SIGMA, BoolArray, FloatArray, gaussian_kernel
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.masked_convolution import MIN_WEIGHT, convolve_same
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import StageResult, register_stage
from spectragui.preprocessing.stages.smooth import CORRELATED_NOTE

RATIO_BETWEEN_NODES = 1.2  # of the widths between which blurred spectra are interpolated


@register_stage("convolve", priority=120)
@dataclasses.dataclass(frozen=True)
class Convolve(PixelStage):
    """Blur by the Gaussian that takes one resolving power to a lower one."""

    title = "Lower resolving power"
    help = "Blur to a lower resolving power λ/FWHM by the Gaussian that is missing."

    resolving_power: float = param(
        20_000.0, label="To R", minimum=50.0, maximum=1_000_000.0, help="Resolving power of the result."
    )
    present_power: float = param(
        0.0,
        label="Now R",
        minimum=0.0,
        maximum=10_000_000.0,
        help="Resolving power of the spectrum; 0 = the one the file or the instrument's table gives.",
    )

    def new_meta(self) -> Mapping[str, Any]:
        """Return the resolving power that the spectrum has now."""
        return {
            "resolving_power": self.resolving_power,
            "resolving_power_source": f"blurred to it by the stage {self.title}",
        }

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the blurred order."""
        require_good(order, 1)
        present = self.present_power or float(order.meta.get("resolving_power") or np.inf)
        if present <= self.resolving_power:
            raise StageError(
                f"The spectrum has a resolving power of {present:,.0f} only.",
                f"Choose a lower one than that, not {self.resolving_power:,.0f}.",
            )
        notes: tuple[str, ...] = (CORRELATED_NOTE,)
        if not np.isfinite(present):
            notes += ("The present resolving power is not known: lines were taken to be infinitely sharp.",)
        flux, mask = order.flux.copy(), np.array(order.mask)
        sigma = None if order.uncertainty is None else order.uncertainty.copy()
        for piece in find_pieces(order.wavelength_aa):
            widths = self._widths(order.wavelength_aa[piece], present)
            errors = None if order.uncertainty is None else order.uncertainty[piece]
            flux[piece], new, empty = blur(order.flux[piece], errors, order.good[piece], widths)
            mask[piece] |= empty
            if sigma is not None and new is not None:
                sigma[piece] = new
        changed = order.without_correlation().replace(flux=flux, uncertainty=sigma, mask=mask)
        return StageResult(changed, notes=notes)

    def _widths(self, wavelength_aa: FloatArray, present: float) -> FloatArray:
        """Return the Gaussian's standard deviation in pixels, at each pixel."""
        if wavelength_aa.size < 2:
            return np.full(wavelength_aa.size, 1e-3)
        per_pixel = np.abs(np.gradient(np.log(wavelength_aa)))
        relative = np.sqrt(self.resolving_power**-2.0 - present**-2.0) / FWHM_PER_SIGMA
        return np.asarray(relative / per_pixel)


def blur(
    flux: FloatArray, sigma: FloatArray | None, good: BoolArray, widths_pix: FloatArray
) -> tuple[FloatArray, FloatArray | None, BoolArray]:
    """Blur by a Gaussian whose width changes slowly along the pixels.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    sigma : ndarray, shape (n_pixels,), or None
    good : ndarray of bool, shape (n_pixels,)
    widths_pix : ndarray, shape (n_pixels,)
        Standard deviation at each pixel.

    Returns
    -------
    flux, sigma : ndarray, shape (n_pixels,)
    empty : ndarray of bool, shape (n_pixels,)

    Notes
    -----
    The kernel k at a pixel is interpolated between Gaussians of a few widths, linearly in the
    variance. flux_o = sum k flux / sum k, sigma_o^2 = sum k^2 sigma^2 / (sum k)^2 over good pixels.
    """
    low, high = float(widths_pix.min()), float(widths_pix.max())
    count = 1 if high < 1.001 * low else 2 + int(np.log(high / low) / np.log(RATIO_BETWEEN_NODES))
    nodes = np.geomspace(low, high, count) if count > 1 else np.array([0.5 * (low + high)])
    kernels = [gaussian_kernel(float(node)) for node in nodes]
    values, weights = np.where(good, flux, 0.0), good.astype(np.float64)
    variance = None if sigma is None else np.where(good, np.square(np.where(good, sigma, 0.0)), 0.0)
    parts = _node_parts(widths_pix, nodes)
    top, bottom = np.zeros(flux.size), np.zeros(flux.size)
    spread = np.zeros(flux.size)
    for number, kernel in enumerate(kernels):
        top += parts[number] * convolve_same(values, kernel)
        bottom += parts[number] * convolve_same(weights, kernel)
        if variance is not None:
            spread += np.square(parts[number]) * convolve_same(variance, np.square(kernel))
            if number:
                half = (kernel.size - kernels[number - 1].size) // 2
                product = kernel * np.pad(kernels[number - 1], half)
                spread += 2 * parts[number] * parts[number - 1] * convolve_same(variance, product)
    empty = bottom < MIN_WEIGHT
    divisor = np.where(empty, 1.0, bottom)
    result = np.where(empty, np.where(np.isfinite(flux), flux, 0.0), top / divisor)
    if variance is None:
        return result, None, empty
    return result, np.where(empty, np.inf, np.sqrt(np.maximum(spread, 0.0)) / divisor), empty


def _node_parts(widths: FloatArray, nodes: FloatArray) -> FloatArray:
    """Return how much each node's Gaussian counts at each pixel, shape (n_nodes, n_pixels)."""
    if nodes.size == 1:
        return np.ones((1, widths.size))
    place = np.interp(np.square(widths), np.square(nodes), np.arange(nodes.size))
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(place - np.arange(nodes.size)[:, None])))
