"""Numerics of spectra: resampling with errors, interpolation, kernels, the noise from the data.

Fluxes are densities (per wavelength): a pixel's value is the mean over the pixel. Masked pixels
(True = ignore) never leak into the result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FWHM_PER_SIGMA = 2.3548200450309493  # 2 sqrt(2 ln 2)
GAP_FACTOR = 3.0  # a step this many times the neighbouring one is a gap, not a wide pixel
DER_SNR_STEP = 2  # pixels, so that noise correlated between neighbours is not underestimated
MAD_TO_SIGMA = 1.4826  # standard deviation of Gaussian noise from its median absolute deviation
DER_SNR_FACTOR = 1.482602 / 6.0**0.5  # sigma from median |2 f_i - f_(i-2) - f_(i+2)|


def pixel_edges(wavelength_aa: ArrayLike) -> FloatArray:
    """Return the edges of pixels: half way between centres, the outer ones extrapolated.

    Parameters
    ----------
    wavelength_aa : array_like, shape (n_pixels,), ascending

    Returns
    -------
    ndarray, shape (n_pixels + 1,)
    """
    centres = np.asarray(wavelength_aa, dtype=np.float64)
    middle = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def resample(
    wavelength_in: ArrayLike,
    flux: ArrayLike,
    sigma: ArrayLike | None,
    mask: ArrayLike | None,
    wavelength_out: ArrayLike,
    *,
    minimum_coverage: float = 0.5,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Resample a spectrum so that flux is conserved, with its errors and mask.

    Parameters
    ----------
    wavelength_in : array_like, shape (n_in,), ascending
    flux : array_like, shape (n_in,), per wavelength
    sigma : array_like, shape (n_in,), or None
        1 sigma of ``flux``; None = not known (NaN comes back).
    mask : array_like of bool, shape (n_in,), or None
        True = ignore.
    wavelength_out : array_like, shape (n_out,), ascending, same unit
    minimum_coverage : float
        An output pixel is masked if less than this part of it lies on good input pixels.

    Returns
    -------
    flux, sigma : ndarray, shape (n_out,)
        Masked pixels hold 0 and infinity.
    mask : ndarray of bool, shape (n_out,)

    Notes
    -----
    flux_o = sum_i w_oi flux_i / sum_i w_oi and sigma_o^2 = sum_i w_oi^2 sigma_i^2 / (sum_i w_oi)^2,
    w_oi the overlap of the pixels o and i, over good pixels only. ``sigma`` is the scatter of each
    output pixel; neighbours that share an input pixel are correlated, which it cannot tell.
    Gaps between input pixels are not filled. Onto pixels narrower than the input's the result has
    steps: interpolate there instead.
    """
    edges_in, flux_in, variance, good = _as_pixels(wavelength_in, flux, sigma, mask)
    edges_out = pixel_edges(wavelength_out)
    n_out = edges_out.size - 1
    index_in, index_out, overlap = overlapping_pixels(edges_in, edges_out)
    overlap = overlap * good[index_in]

    def collect(weights: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(index_out, weights=weights, minlength=n_out), dtype=np.float64)

    covered = collect(overlap)
    bad = covered < max(minimum_coverage, 1e-9) * np.diff(edges_out)
    divisor = np.where(bad, 1.0, covered)
    flux_out = collect(overlap * flux_in[index_in]) / divisor
    sigma_out = np.sqrt(collect(np.square(overlap) * variance[index_in])) / divisor
    flux_out[bad] = 0.0
    sigma_out[bad] = np.inf
    return flux_out, sigma_out, bad


def overlapping_pixels(
    edges_in: FloatArray, edges_out: FloatArray
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Return every pair of overlapping pixels of two grids and the length they share.

    Parameters
    ----------
    edges_in : ndarray, shape (n_in + 1,), ascending
    edges_out : ndarray, shape (n_out + 1,), ascending

    Returns
    -------
    index_in, index_out : ndarray of int, shape (n_pairs,)
    overlap : ndarray, shape (n_pairs,)
    """
    edges = np.concatenate([edges_in, edges_out])
    order = np.argsort(edges, kind="stable")  # two sorted runs: a merge
    is_in = order < edges_in.size
    index_in = np.cumsum(is_in)[:-1] - 1
    index_out = np.cumsum(~is_in)[:-1] - 1
    overlap = np.diff(edges[order])
    inside = (index_in >= 0) & (index_in < edges_in.size - 1)
    inside &= (index_out >= 0) & (index_out < edges_out.size - 1) & (overlap > 0)
    return index_in[inside], index_out[inside], overlap[inside]


def _as_pixels(
    wavelength: ArrayLike, flux: ArrayLike, sigma: ArrayLike | None, mask: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return edges, flux, variance and weight (1 good, 0 bad), a bad pixel standing for each gap."""
    centres = np.asarray(wavelength, dtype=np.float64)
    values = np.asarray(flux, dtype=np.float64)
    errors = np.full(values.shape, np.nan) if sigma is None else np.asarray(sigma, dtype=np.float64)
    good = np.isfinite(values)
    if sigma is not None:
        good &= np.isfinite(errors)
    if mask is not None:
        good &= ~np.asarray(mask, dtype=bool)
    values = np.where(good, values, 0.0)
    variance = np.where(good, np.square(np.where(good, errors, 0.0)), 0.0)
    edges, gaps = pixel_edges(centres), find_gaps(centres)
    if gaps.size:
        step = np.diff(centres)
        before = centres[gaps] + 0.5 * step[np.maximum(gaps - 1, 0)]
        after = centres[gaps + 1] - 0.5 * step[np.minimum(gaps + 1, step.size - 1)]
        edges[gaps + 1] = before
        edges = np.insert(edges, gaps + 2, after)
        values, variance = (np.insert(array, gaps + 1, 0.0) for array in (values, variance))
        good = np.insert(good, gaps + 1, False)
    return edges, values, variance, good.astype(np.float64)


def find_gaps(wavelength_aa: ArrayLike) -> NDArray[np.intp]:
    """Return the indices i for which pixels are missing between i and i + 1.

    Parameters
    ----------
    wavelength_aa : array_like, shape (n_pixels,), ascending

    Returns
    -------
    ndarray of int, shape (n_gaps,)
        Where the step is more than `GAP_FACTOR` times the smallest of the four around it.
    """
    step = np.diff(np.asarray(wavelength_aa, dtype=np.float64))
    if step.size < 3:
        return np.zeros(0, dtype=np.intp)
    # Two steps to each side, so that a lonely pixel between two gaps does not make them look normal.
    padded = np.pad(step, 2, constant_values=np.inf)
    around = [padded[2 + shift : 2 + shift + step.size] for shift in (-2, -1, 1, 2)]
    wide = step > GAP_FACTOR * np.minimum.reduce(around)
    # The outermost steps are kept: their pixel has no other neighbour to take a width from.
    wide[[0, -1]] = False
    return np.flatnonzero(wide)


def interpolate_linear(
    wavelength_in: ArrayLike,
    flux: ArrayLike,
    sigma: ArrayLike | None,
    mask: ArrayLike | None,
    wavelength_out: ArrayLike,
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Interpolate a spectrum linearly, with its errors and mask.

    Parameters and Returns as in `resample`; a pixel that needs a masked one, or lies outside, is masked.

    Notes
    -----
    sigma_o^2 = (1 - t)^2 sigma_i^2 + t^2 sigma_(i+1)^2, t the place between the two pixels.
    """
    centres = np.asarray(wavelength_in, dtype=np.float64)
    target = np.asarray(wavelength_out, dtype=np.float64)
    values = np.asarray(flux, dtype=np.float64)
    bad = ~np.isfinite(values) if mask is None else np.asarray(mask, dtype=bool) | ~np.isfinite(values)
    errors = np.full(values.shape, np.nan) if sigma is None else np.asarray(sigma, dtype=np.float64)
    left = np.clip(np.searchsorted(centres, target, side="right") - 1, 0, centres.size - 2)
    place = (target - centres[left]) / (centres[left + 1] - centres[left])
    outside = (place < 0) | (place > 1)
    bad_out = (bad[left] & (place < 1)) | (bad[left + 1] & (place > 0)) | outside
    values = np.where(bad, 0.0, values)
    flux_out = np.where(bad_out, 0.0, (1 - place) * values[left] + place * values[left + 1])
    sigma_out = np.hypot((1 - place) * errors[left], place * errors[left + 1])
    return flux_out, np.where(bad_out, np.inf, sigma_out), bad_out


def cubic_weights(position: ArrayLike, n_pixels: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Return which four pixels of an even grid, with which weights, give the value at a position.

    Parameters
    ----------
    position : array_like, shape (n,)
        In pixels, 0 = centre of the first; clipped to the grid.
    n_pixels : int
        Of the grid, at least 4.

    Returns
    -------
    first : ndarray of int, shape (n,)
        First of the four pixels.
    weights : ndarray, shape (4, n)
        Cubic (Lagrange) weights; they sum to one.
    """
    place = np.clip(np.asarray(position, dtype=np.float64), 0.0, n_pixels - 1.0)
    first = np.clip(np.floor(place).astype(np.intp) - 1, 0, n_pixels - 4)
    t = place - first - 1.0
    weights = np.stack(
        [
            -t * (t - 1) * (t - 2) / 6,
            (t + 1) * (t - 1) * (t - 2) / 2,
            -(t + 1) * t * (t - 2) / 2,
            (t + 1) * t * (t - 1) / 6,
        ]
    )
    return first, weights


def interpolate_cubic(values: NDArray[np.floating], position: ArrayLike) -> NDArray[np.floating]:
    """Interpolate rows on an even grid by cubics through four pixels.

    Parameters
    ----------
    values : ndarray, shape (..., n_pixels)
    position : array_like, shape (n,), in pixels of that grid

    Returns
    -------
    ndarray, shape (..., n), of the type of ``values``
    """
    first, weights = cubic_weights(position, values.shape[-1])
    weights = weights.astype(values.dtype)
    result = weights[0] * values[..., first]
    for offset in range(1, 4):
        result += weights[offset] * values[..., first + offset]
    return np.asarray(result)


def log_grid(start_aa: float, stop_aa: float, dv_kms: float) -> FloatArray:
    """Return wavelengths constant in log, ``dv_kms`` apart, from ``start_aa`` up to ``stop_aa``."""
    step = dv_kms / SPEED_OF_LIGHT_KMS
    count = int(np.floor(np.log(stop_aa / start_aa) / step + 1e-9)) + 1
    return np.asarray(start_aa * np.exp(step * np.arange(count)), dtype=np.float64)


def gaussian_kernel(sigma_pix: float, truncate: float = 5.0) -> FloatArray:
    """Return a normalised Gaussian, integrated over each pixel.

    Parameters
    ----------
    sigma_pix : float
        Standard deviation in pixels; 0 gives the single pixel 1.
    truncate : float
        Half length in ``sigma_pix``.

    Returns
    -------
    ndarray, shape (2 n + 1,), sum 1
    """
    if sigma_pix <= 0:
        return np.ones(1)
    from scipy.special import erf

    half = max(1, int(np.ceil(truncate * sigma_pix)))
    edges = (np.arange(-half, half + 2) - 0.5) / (np.sqrt(2.0) * sigma_pix)
    kernel = np.diff(erf(edges))
    return np.asarray(kernel / kernel.sum())


def fourier_convolve(values: FloatArray, kernel: FloatArray) -> FloatArray:
    """Return the full convolution, shape (n + n_kernel - 1,), quick for long kernels.

    Notes
    -----
    As `scipy.signal.fftconvolve`, whose module takes a second to import.
    """
    from scipy import fft

    n_full = values.size + kernel.size - 1
    n_fourier = fft.next_fast_len(n_full, real=True)
    product = fft.rfft(values, n_fourier) * fft.rfft(kernel, n_fourier)
    return np.asarray(fft.irfft(product, n_fourier)[:n_full])


def der_noise(flux: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Estimate the noise per pixel from the fluxes alone.

    Parameters
    ----------
    flux : array_like, shape (n_pixels,)
    mask : array_like of bool, shape (n_pixels,), optional
        True = ignore; so is what is not finite.

    Returns
    -------
    float
        1 sigma in the unit of ``flux``; NaN with fewer than 5 good pixels.

    Notes
    -----
    sigma = 1.482602 / sqrt(6) median |2 f_i - f_(i-2) - f_(i+2)|. Valid for noise that is not
    correlated over two pixels: not after resampling. Lines as narrow as four pixels count as noise.

    References
    ----------
    Stoehr et al. 2008, ASPC 394, 505.
    """
    values = np.asarray(flux, dtype=np.float64)
    good = _good_pixels(values, mask)
    step = DER_SNR_STEP
    triple = good[step:-step] & good[: -2 * step] & good[2 * step :] if values.size > 2 * step else good[:0]
    if not triple.any():
        return float("nan")
    values = np.where(good, values, 0.0)
    with np.errstate(over="ignore"):  # damaged files have numbers of any size
        second = np.abs(2.0 * values[step:-step] - values[: -2 * step] - values[2 * step :])[triple]
    return float(DER_SNR_FACTOR * np.median(second))


def der_snr(flux: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Estimate the signal-to-noise ratio per pixel: median flux over `der_noise`.

    Parameters
    ----------
    flux : array_like, shape (n_pixels,)
    mask : array_like of bool, shape (n_pixels,), optional
        True = ignore; so is what is not finite.

    Returns
    -------
    float
        NaN with fewer than 5 good pixels, infinity without noise.
    """
    values = np.asarray(flux, dtype=np.float64)
    noise = der_noise(values, mask)
    if np.isnan(noise):
        return noise
    signal = float(np.median(values[_good_pixels(values, mask)]))
    return signal / noise if noise > 0 else float("inf") if signal else float("nan")


def _good_pixels(values: FloatArray, mask: ArrayLike | None) -> BoolArray:
    good = np.isfinite(values)
    return good if mask is None else good & ~np.asarray(mask, dtype=bool)


def median_snr(flux: ArrayLike, sigma: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Return the median of flux / sigma over good pixels; NaN where there are none."""
    values, errors = np.asarray(flux, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    good = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    if mask is not None:
        good &= ~np.asarray(mask, dtype=bool)
    with np.errstate(over="ignore"):  # errors of damaged files may be next to nothing
        return float(np.median(values[good] / errors[good])) if good.any() else float("nan")


def average_even_grid(values: NDArray[np.floating], edge_position: ArrayLike) -> NDArray[np.floating]:
    """Average rows on an even grid over the pixels of a detector.

    Parameters
    ----------
    values : ndarray, shape (..., n_pixels)
        Values *at* the grid points.
    edge_position : array_like, shape (n_out + 1,), ascending
        Edges of the detector's pixels in steps of the grid, 0 = first point.

    Returns
    -------
    ndarray, shape (..., n_out), of the type of ``values``

    Notes
    -----
    The integral from the first point, by cubics through four points, is itself interpolated by
    cubics, so that what one pixel loses its neighbour gains.
    """
    y = values.astype(np.float64)
    steps = np.empty_like(y)
    steps[..., 2:-1] = (13 * (y[..., 1:-2] + y[..., 2:-1]) - y[..., :-3] - y[..., 3:]) / 24
    steps[..., 1] = (y[..., 0] + y[..., 1]) / 2
    steps[..., -1] = (y[..., -2] + y[..., -1]) / 2
    steps[..., 0] = 0.0
    integral = interpolate_cubic(np.cumsum(steps, axis=-1), edge_position)
    return np.asarray(np.diff(integral, axis=-1) / np.diff(edge_position), dtype=values.dtype)
