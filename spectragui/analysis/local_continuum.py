"""The continuum under a line: a straight line through the ends of the region, or a level that is given."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.region_pixels import RegionPixels
from spectragui.core.errors import MeasurementError

FloatArray = NDArray[np.float64]
SIDE_PART = 0.15  # of the region, at each of its ends
MOST_PIXELS = 5000
FEWEST_SIDE_PIXELS = 3
CLIP_SIGMA = 3.0


@dataclasses.dataclass(frozen=True, eq=False)
class LocalContinuum:
    """A continuum on the pixels of a region, and how it hangs on their fluxes.

    Attributes
    ----------
    level : ndarray, shape (n_pixels,)
    response : ndarray, shape (n_pixels, n_pixels)
        Change of the level at pixel i when the flux of pixel j changes; zero where the level is given.
    sigma : ndarray, shape (n_pixels,)
        1 sigma of the fluxes: the spectrum's, or from the scatter about the continuum.
    is_given : bool
        Whether the level was given.
    """

    level: FloatArray
    response: FloatArray
    sigma: FloatArray
    is_given: bool


def side_pixels(pixels: RegionPixels) -> NDArray[np.bool_]:
    """Return which pixels lie in the side bands at the two ends of a region, shape (n_pixels,)."""
    x, n = pixels.wavelength_aa, len(pixels)
    reach = SIDE_PART * (x[-1] - x[0])
    place = np.arange(n)
    left = (x <= x[0] + reach) | (place < FEWEST_SIDE_PIXELS)
    right = (x >= x[-1] - reach) | (place >= n - FEWEST_SIDE_PIXELS)
    return np.asarray(left | right)


def fit_local_continuum(pixels: RegionPixels, level: float | None = None) -> LocalContinuum:
    """Fit a straight line to the side bands of a region, or take a level as it is given.

    Parameters
    ----------
    pixels : RegionPixels
    level : float or None
        Flux of the continuum (1 in a normalised spectrum); None = fitted.

    Raises
    ------
    MeasurementError
        If there are too few pixels, or the continuum is not positive.

    Notes
    -----
    Least squares with the weights of the errors; side pixels further than 3 sigma from the line
    (lines, spikes) are left out once. Without errors, sigma is the scatter of the side bands.
    """
    n = len(pixels)
    if n < 2 * FEWEST_SIDE_PIXELS + 2:
        raise MeasurementError(
            f"The region has {n} good pixels, too few for a line and its continuum.",
            "Select it wider: from continuum to continuum.",
        )
    if n > MOST_PIXELS:  # the continuum's covariance is n x n
        raise MeasurementError(
            f"The region has {n:,} pixels, too many for one line (at most {MOST_PIXELS:,}).",
            "Select it narrower: from continuum to continuum.",
        )
    if level is not None:
        sigma = _sigma_or_scatter(pixels, np.full(n, level), side_pixels(pixels))
        return _checked(LocalContinuum(np.full(n, float(level)), np.zeros((n, n)), sigma, True))
    used = side_pixels(pixels)
    for _ in range(2):
        fitted, response = _straight_line(pixels, used)
        sigma = _sigma_or_scatter(pixels, fitted, used)
        clipped = side_pixels(pixels) & (np.abs(pixels.flux - fitted) < CLIP_SIGMA * sigma)
        if clipped.sum() < 4 or np.array_equal(clipped, used):
            break
        used = clipped
    return _checked(LocalContinuum(fitted, response, sigma, False))


def _straight_line(pixels: RegionPixels, used: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    x = pixels.wavelength_aa - pixels.wavelength_aa.mean()
    basis = np.stack([np.ones_like(x), x], axis=1)  # (n_pixels, 2)
    weight = np.where(used, 1.0 if pixels.sigma is None else 1.0 / np.square(pixels.sigma), 0.0)
    solve = np.linalg.solve(basis.T @ (weight[:, None] * basis), basis.T * weight)  # (2, n_pixels)
    response = basis @ solve
    return response @ pixels.flux, response


def _sigma_or_scatter(pixels: RegionPixels, level: FloatArray, used: NDArray[np.bool_]) -> FloatArray:
    if pixels.sigma is not None:
        return pixels.sigma
    if not pixels.is_data:
        raise MeasurementError(
            "The spectrum was denoised and has no errors: its scatter does not tell them.",
            "Save it with its errors (FITS or ECSV), or measure the noisy spectrum.",
        )
    residual = (pixels.flux - level)[used]
    scatter = float(np.sqrt(np.sum(np.square(residual)) / max(residual.size - 2, 1)))
    return np.full(len(pixels), scatter if scatter > 0 else np.finfo(float).tiny)


def _checked(continuum: LocalContinuum) -> LocalContinuum:
    if not np.all(continuum.level > 0):
        raise MeasurementError(
            "The continuum of the region is not positive.", "Select a region with flux at both of its ends."
        )
    return continuum
