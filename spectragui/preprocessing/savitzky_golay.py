"""Smooth by local polynomials (Savitzky-Golay), window and order by hand or by the BIC."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.smooth import CORRELATED_NOTE
from spectragui.preprocessing.stage import StageCurve, StageResult, register_stage

BIC_WINDOWS = (5, 7, 9, 11, 15, 21, 31, 41, 51)
BIC_ORDERS = (2, 3, 4)
BIC_PIXELS = 20_000  # enough to choose by


@register_stage("savitzky_golay", priority=70)
@dataclasses.dataclass(frozen=True)
class SavitzkyGolay(PixelStage):
    """Smooth by polynomials fitted to the pixels around each; sharp lines keep their depth better."""

    title = "Savitzky-Golay"
    help = "Smooth by local polynomials; window and order by the Bayesian information criterion or by hand."

    by_bic: bool = param(
        True, label="Choose by BIC", help="Let the Bayesian information criterion choose window and order."
    )
    window: int = param(
        11,
        label="Window",
        unit="px",
        minimum=3,
        maximum=501,
        step=2,
        help="Length; even numbers count one more.",
    )
    order: int = param(
        3, label="Order", minimum=0, maximum=8, step=1, help="Degree of the local polynomials."
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the smoothed order."""
        require_good(order, 1)
        window, degree = self.window | 1, self.order
        notes: tuple[str, ...] = (CORRELATED_NOTE,)
        if self.by_bic:
            window, degree = choose_by_bic(order)
            notes = (f"Window {window} px and order {degree} by BIC.", CORRELATED_NOTE)
        degree = min(degree, window - 1)
        flux, mask = order.flux.copy(), np.array(order.mask)
        sigma = None if order.uncertainty is None else order.uncertainty.copy()
        for piece in find_pieces(order.wavelength_aa):
            errors = None if order.uncertainty is None else order.uncertainty[piece]
            flux[piece], new, empty = smooth(order.flux[piece], errors, order.good[piece], window, degree)
            mask[piece] |= empty
            if sigma is not None and new is not None:
                sigma[piece] = new
        curve = StageCurve("smoothed", "smooth", index, order.wavelength_aa, flux)
        return StageResult(order.replace(flux=flux, uncertainty=sigma, mask=mask), (curve,), notes=notes)


@functools.cache
def kernel_of(window: int, degree: int) -> FloatArray:
    """Return the weights of the pixels of a full window for its middle, shape (window,)."""
    half = window // 2
    x = np.arange(-half, half + 1) / max(half, 1)
    kernel = np.linalg.pinv(np.vander(x, degree + 1, increasing=True))[0]
    kernel.setflags(write=False)
    return np.asarray(kernel, dtype=np.float64)


def smooth(
    flux: FloatArray, sigma: FloatArray | None, good: BoolArray, window: int, degree: int
) -> tuple[FloatArray, FloatArray | None, BoolArray]:
    """Fit a polynomial to the good pixels of a window around each pixel; return its value there.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    sigma : ndarray, shape (n_pixels,), or None
    good : ndarray of bool, shape (n_pixels,)
    window : int, odd
    degree : int

    Returns
    -------
    flux, sigma : ndarray, shape (n_pixels,)
    empty : ndarray of bool, shape (n_pixels,)
        No good pixel lay in the window.

    Notes
    -----
    Linear in the flux: sigma_o^2 = sum_i k_oi^2 sigma_i^2. Where masked pixels or an end cut the
    window, the polynomial is fitted to what is left, of a lower degree if there is too little.
    """
    half = window // 2
    kernel = kernel_of(window, degree)
    values = np.where(good, flux, 0.0)
    variance = None if sigma is None else np.where(good, np.square(np.where(good, sigma, 0.0)), 0.0)
    result = np.convolve(np.pad(values, half), kernel[::-1], mode="valid")
    spread = None
    if variance is not None:
        spread = np.convolve(np.pad(variance, half), np.square(kernel), mode="valid")
    padded_good = np.pad(good.astype(np.float64), half)
    count = np.convolve(padded_good, np.ones(window), mode="valid").round().astype(int)
    empty = count == 0
    for chunk in _chunks(np.flatnonzero(count < window), window):
        rows = chunk[:, None] + np.arange(window)
        weights = _rows_of_weights(padded_good[rows], degree)
        result[chunk] = np.sum(weights * np.pad(values, half)[rows], axis=1)
        if spread is not None and variance is not None:
            spread[chunk] = np.sum(np.square(weights) * np.pad(variance, half)[rows], axis=1)
    result[empty] = np.where(np.isfinite(flux[empty]), flux[empty], 0.0)
    if spread is None:
        return result, None, empty
    return result, np.where(empty, np.inf, np.sqrt(spread)), empty


def choose_by_bic(order: Spectrum) -> tuple[int, int]:
    """Return the window and order with the least Bayesian information criterion.

    Notes
    -----
    BIC = chi2 + k ln n with k = n h, h the middle weight of the kernel: the number of free
    parameters of a linear smoother is the trace of its matrix. Errors are the spectrum's, or
    measured from it where it has none.

    References
    ----------
    Schwarz 1978, Annals of Statistics 6, 461.
    """
    assert order.mask is not None
    sigma = order.uncertainty if order.uncertainty is not None else estimate_noise(order.flux, order.mask)
    pixels = slice(0, BIC_PIXELS)
    good = order.good[pixels]
    n = int(np.count_nonzero(good))
    best, chosen = np.inf, (5, 2)
    for window in BIC_WINDOWS:
        for degree in BIC_ORDERS:
            if degree > window - 2 or window > max(len(order) // 2, 5):
                continue
            smoothed, _, _ = smooth(order.flux[pixels], None, good, window, degree)
            chi2 = float(np.sum(np.square((order.flux[pixels] - smoothed)[good] / sigma[pixels][good])))
            bic = chi2 + n * float(kernel_of(window, degree)[window // 2]) * np.log(max(n, 2))
            if bic < best:
                best, chosen = bic, (window, degree)
    return chosen


def _rows_of_weights(good: FloatArray, degree: int) -> FloatArray:
    """Return the weights of each row's good pixels for its middle, shape (n_rows, window)."""
    window = good.shape[1]
    x = np.arange(-(window // 2), window // 2 + 1) / max(window // 2, 1)
    weights = np.zeros_like(good)
    counts = good.sum(axis=1).round().astype(int)
    for lower in range(degree + 1):
        rows = np.flatnonzero(counts == lower + 1) if lower < degree else np.flatnonzero(counts > degree)
        if rows.size == 0:
            continue
        basis = np.vander(x, lower + 1, increasing=True)
        normal = np.einsum("rw,wi,wj->rij", good[rows], basis, basis)
        first = np.zeros(lower + 1)
        first[0] = 1.0
        solution = np.linalg.solve(normal, np.broadcast_to(first[:, None], (rows.size, lower + 1, 1)))[..., 0]
        weights[rows] = good[rows] * (solution @ basis.T)
    return weights


def _chunks(pixels: np.ndarray, window: int) -> list[np.ndarray]:
    return [part for part in np.array_split(pixels, 1 + pixels.size * window // 1_000_000) if part.size]
