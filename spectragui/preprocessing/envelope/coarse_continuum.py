"""A coarse upper envelope: takes out blaze, response and counts, not the last per cent.

What reads the result (networks, fits) adapts a low-order polynomial of its own; here only large
scales must come right, on orders with a blaze, on stitched spectra and on normalised ones alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.median import median
from spectragui.core.numerics import MAD_TO_SIGMA

BLOCK_AA = 0.3  # pixels are averaged in blocks about a line wide, so noise does not lift the envelope
NORMALISED_TOLERANCE = 0.03
MAX_DEGREE = 5  # a higher one follows blends of broad lines, and shifts labels
MIN_SCATTER = 0.01  # of the envelope about a smooth curve, relative


def estimate_coarse_continuum(
    wavelength_aa: NDArray[np.float64],
    flux: NDArray[np.float64],
    uncertainty: NDArray[np.float64],
    mask: NDArray[np.bool_],
    *,
    window_aa: float = 0.0,
    quantile: float = 0.93,
) -> NDArray[np.float64]:
    """Estimate the continuum as a smooth curve through the upper envelope of a segment.

    Parameters
    ----------
    wavelength_aa, flux, uncertainty : ndarray, shape (n_pixels,)
        One segment, ascending; ``uncertainty`` 1 sigma.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.
    window_aa : float
        Width of the windows whose upper quantile is taken; 0 = a tenth of the segment, 6 to 40 A.
    quantile : float
        Which quantile of the block means counts as continuum.

    Returns
    -------
    ndarray, shape (n_pixels,), unit of ``flux``
        Positive everywhere.

    Notes
    -----
    Block means, their upper quantile in half-overlapping windows, a Chebyshev polynomial in the
    logarithm through them with windows far below it (broad lines, bands) rejected.
    """
    centres, levels = _block_means(wavelength_aa, flux, uncertainty, mask)
    if centres.size < 8:
        good = ~mask
        level = median(flux[good]) if good.any() else 1.0
        return np.full(flux.shape, level if level > 0 else 1.0)
    length = float(wavelength_aa[-1] - wavelength_aa[0])
    width = window_aa or float(np.clip(length / 10.0, 6.0, 40.0))
    knots, envelope = _upper_envelope(centres, levels, width, quantile)
    degree = int(np.clip(round(0.55 * knots.size), 1, MAX_DEGREE))
    return _smooth_curve(knots, envelope, wavelength_aa, degree)


def is_normalised(flux: NDArray[np.float64], mask: NDArray[np.bool_]) -> bool:
    """Say whether the upper envelope of a spectrum lies at one throughout.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    bool
    """
    good = flux[~mask]
    if good.size < 100:
        return False
    parts = np.array_split(good, max(4, good.size // 2000))
    tops = np.array([_quantile(np.sort(part), 0.9) for part in parts if part.size > 10])
    return bool(abs(median(tops) - 1.0) < NORMALISED_TOLERANCE and np.std(tops) < NORMALISED_TOLERANCE)


def _block_means(
    wavelength_aa: NDArray[np.float64],
    flux: NDArray[np.float64],
    uncertainty: NDArray[np.float64],
    mask: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    good = np.flatnonzero(~mask)
    if good.size < 8:
        return np.empty(0), np.empty(0)
    step = median(np.diff(wavelength_aa))
    told = good[uncertainty[good] > 0]
    snr = median(np.abs(flux[told]) / uncertainty[told]) if told.size else np.inf
    n_for_noise = int(np.ceil((40.0 / max(snr, 1.0)) ** 2))  # block S/N of 40
    n_block = max(1, min(max(int(BLOCK_AA / step), n_for_noise), good.size // 8, int(2.0 / step) + 1))
    n_blocks = good.size // n_block
    index = good[: n_blocks * n_block].reshape(n_blocks, n_block)
    return wavelength_aa[index].mean(axis=1), flux[index].mean(axis=1)


def _upper_envelope(
    centres: NDArray[np.float64], levels: NDArray[np.float64], width: float, quantile: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n_windows = max(3, int(np.ceil(2.0 * (centres[-1] - centres[0]) / width)))
    middles = np.linspace(centres[0], centres[-1], n_windows)
    knots, envelope = [], []
    first = np.searchsorted(centres, middles - 0.5 * width, side="left")
    stop = np.searchsorted(centres, middles + 0.5 * width, side="right")
    for inside in (slice(int(a), int(b)) for a, b in zip(first, stop, strict=True)):
        if inside.stop - inside.start < 3:
            continue
        ranked = np.sort(levels[inside])
        level, upper = _quantile(ranked, quantile), _quantile(ranked, 0.7)
        if level > 0:
            knots.append(float(centres[inside][levels[inside] >= upper].mean()))
            envelope.append(level)
    if len(knots) < 2:
        level = max(median(levels), 1e-30)
        return np.array([centres[0], centres[-1]]), np.array([level, level])
    order = np.argsort(knots)
    return np.asarray(knots)[order], np.asarray(envelope)[order]


def _quantile(ranked: NDArray[np.float64], part: float) -> float:
    """Return a quantile of ascending values as `numpy.quantile` does, without what that costs a call."""
    place = part * (ranked.size - 1)
    left = min(int(place), ranked.size - 2)
    return float(ranked[left] + (place - left) * (ranked[left + 1] - ranked[left]))


def _smooth_curve(
    knots: NDArray[np.float64], envelope: NDArray[np.float64], wavelength_aa: NDArray[np.float64], degree: int
) -> NDArray[np.float64]:
    middle = 0.5 * (wavelength_aa[0] + wavelength_aa[-1])
    half = 0.5 * (wavelength_aa[-1] - wavelength_aa[0])
    x = (knots - middle) / half
    y = np.log(envelope)
    weight = np.ones(x.size)
    coefficients = np.array([median(y)])
    basis = np.polynomial.chebyshev.chebvander(x, min(degree, max(x.size - 2, 0)))
    for _ in range(5):
        coefficients = np.linalg.lstsq(basis * weight[:, None], y * weight, rcond=1e-6)[0]
        residual = y - np.polynomial.chebyshev.chebval(x, coefficients)
        scatter = max(MAD_TO_SIGMA * median(np.abs(residual)), MIN_SCATTER)
        # Soft weights: a hard rejection runs away from a steep blaze. Windows below count less than above.
        below = np.minimum(1.0, 1.5 * scatter / np.maximum(-residual, 1e-9))
        above = np.minimum(1.0, 4.0 * scatter / np.maximum(residual, 1e-9))
        weight = np.where(residual < 0, below, above)
    # A polynomial is not to be trusted outside its knots: straight on in the logarithm.
    position = (wavelength_aa - middle) / half
    inside = np.clip(position, x[0], x[-1])
    slope = np.polynomial.chebyshev.chebval(inside, np.polynomial.chebyshev.chebder(coefficients))
    slope = np.where(position == inside, 0.0, slope)
    logarithm = np.polynomial.chebyshev.chebval(inside, coefficients) + slope * (position - inside)
    return np.exp(np.clip(logarithm, y.min() - 2.0, y.max() + 2.0))
