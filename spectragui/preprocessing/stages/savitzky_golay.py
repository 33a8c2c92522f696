"""Smooth by local polynomials (Savitzky-Golay), window and order by hand or by the BIC."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.masked_convolution import convolve_same
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import ChosenNote, StageCurve, StageResult, register_stage
from spectragui.preprocessing.stages.smooth import CORRELATED_NOTE

if TYPE_CHECKING:
    from scipy.sparse import csr_array

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
        maximum=201,
        step=2,
        help="Length; even numbers count one more.",
        used_if=("by_bic", (False,)),
    )
    order: int = param(
        3,
        label="Order",
        minimum=0,
        maximum=6,
        step=1,
        help="Degree of the local polynomials.",
        used_if=("by_bic", (False,)),
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the smoothed order."""
        require_good(order, 1)
        window, degree = self.window | 1, self.order
        notes: tuple[str, ...] = (CORRELATED_NOTE,)
        if self.by_bic:
            window, degree = choose_by_bic(order)
            notes = (ChosenNote(f"Window {window} px and order {degree} by BIC."), CORRELATED_NOTE)
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
        changed = order.without_correlation().replace(flux=flux, uncertainty=sigma, mask=mask)
        return StageResult(changed, (curve,), notes=notes)


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
    kernel = kernel_of(window, degree)
    values = np.where(good, flux, 0.0)
    variance = None if sigma is None else np.where(good, np.square(np.where(good, sigma, 0.0)), 0.0)
    result = convolve_same(values, kernel)
    spread = None if variance is None else convolve_same(variance, np.square(kernel))
    count = convolve_same(good.astype(np.float64), np.ones(window)).round().astype(int)
    for lower in range(degree + 1):
        rows = np.flatnonzero(count == lower + 1 if lower < degree else (count > degree) & (count < window))
        if rows.size:
            fitted = _fit_rows(values, variance, good, window, lower, rows)
            result[rows] = fitted[0]
            if spread is not None and fitted[1] is not None:
                spread[rows] = fitted[1]
    empty = count == 0
    result[empty] = np.where(np.isfinite(flux[empty]), flux[empty], 0.0)
    if spread is None:
        return result, None, empty
    return result, np.where(empty, np.inf, np.sqrt(np.maximum(spread, 0.0))), empty


def smoothing_matrix(good: BoolArray, window: int, degree: int) -> csr_array:
    """Return `smooth` as a matrix: flux_o = sum_i M_oi flux_i; sparse, shape (n_pixels, n_pixels).

    For errors of pixels that were smoothed more than once, which are correlated:
    sigma_o^2 = sum_i (M N ...)_oi^2 sigma_i^2.
    """
    from scipy.sparse import csr_array

    half, n_pixels = window // 2, good.size
    x = np.arange(-half, half + 1) / max(half, 1)
    count = convolve_same(good.astype(np.float64), np.ones(window)).round().astype(int)
    weights = np.tile(kernel_of(window, degree)[::-1], (n_pixels, 1))
    for lower in range(degree + 1):
        rows = np.flatnonzero(count == lower + 1 if lower < degree else (count > degree) & (count < window))
        if rows.size:
            found = _row_coefficients(good, x, lower, rows)[0]
            weights[rows] = found @ np.vander(x, lower + 1, increasing=True).T
    columns = np.add.outer(np.arange(n_pixels), np.arange(-half, half + 1))
    used = (columns >= 0) & (columns < n_pixels)
    used[used] &= good[columns[used]]
    used[count == 0] = False
    rows_of = np.broadcast_to(np.arange(n_pixels)[:, None], columns.shape)
    return csr_array((weights[used], (rows_of[used], columns[used])), shape=(n_pixels, n_pixels))


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
    sigma = order.uncertainty if order.uncertainty is not None else estimate_noise(order.flux, order.mask)
    good = np.flatnonzero(order.good)[:BIC_PIXELS]
    flux = np.interp(np.arange(good[0], good[-1] + 1), good, order.flux[good])
    inside = good - good[0]
    best, chosen = np.inf, (BIC_WINDOWS[0], BIC_ORDERS[0])
    for window in BIC_WINDOWS:
        if window > max(flux.size // 2, BIC_WINDOWS[0]):
            break
        padded = np.pad(flux, window // 2, mode="reflect" if flux.size > window else "edge")
        for degree in BIC_ORDERS:
            kernel = kernel_of(window, degree)
            smoothed = np.convolve(padded, kernel, mode="valid")[inside]
            chi2 = float(np.sum(np.square((order.flux[good] - smoothed) / sigma[good])))
            bic = chi2 + good.size * float(kernel[window // 2]) * np.log(max(good.size, 2))
            if bic < best and degree < window - 1:
                best, chosen = bic, (window, degree)
    return chosen


def _fit_rows(
    values: FloatArray,
    variance: FloatArray | None,
    good: BoolArray,
    window: int,
    degree: int,
    rows: NDArray[np.intp],
) -> tuple[FloatArray, FloatArray | None]:
    """Fit the good pixels around each of ``rows``; return the values there and their variances.

    Notes
    -----
    The sums of x^k over each window, x the distance from its middle, are convolutions; so are those
    of flux and variance. The coefficients a solve sum_l S_(k+l) a_l = delta_k0; the value is
    sum_k a_k F_k and its variance sum_kl a_k a_l V_(k+l).
    """
    half = window // 2
    x = np.arange(-half, half + 1) / max(half, 1)
    weights, both = _row_coefficients(good, x, degree, rows)
    fitted = np.sum(weights * _moments(values, x, degree + 1, rows), axis=1)
    if variance is None:
        return fitted, None
    products = _moments(variance, x, 2 * degree + 1, rows)[:, both]
    return fitted, np.einsum("ri,rij,rj->r", weights, products, weights)


def _row_coefficients(
    good: BoolArray, x: FloatArray, degree: int, rows: NDArray[np.intp]
) -> tuple[FloatArray, NDArray[Any]]:
    """Return a of `_fit_rows`, shape (n_rows, degree + 1), and k + l, shape (degree + 1, degree + 1)."""
    both = np.add.outer(np.arange(degree + 1), np.arange(degree + 1))
    normal = _moments(good.astype(np.float64), x, 2 * degree + 1, rows)[:, both]
    # Rounding in Fourier space must not make a window with few pixels singular.
    normal += 1e-11 * np.eye(degree + 1)
    first = np.zeros((rows.size, degree + 1, 1))
    first[:, 0] = 1.0
    return np.asarray(np.linalg.solve(normal, first)[..., 0], dtype=np.float64), both


def _moments(of: FloatArray, x: FloatArray, count: int, rows: NDArray[np.intp]) -> FloatArray:
    """Return the sums of x^k times an array over the windows of some pixels, shape (n_rows, count)."""
    return np.stack([convolve_same(of, (x**k)[::-1])[rows] for k in range(count)], axis=1)
