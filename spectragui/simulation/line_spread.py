"""Gaussian line spread function of an instrument, of constant or varying resolving power."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.numerics import FWHM_PER_SIGMA
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies

RATIO_BETWEEN_NODES = 1.15  # of the widths between which blurred spectra are interpolated


def line_spread_sigma_kms(resolving_power: ArrayLike) -> NDArray[np.float64]:
    """Return the standard deviation [km/s] of a Gaussian of FWHM c / R."""
    return np.asarray(SPEED_OF_LIGHT_KMS / FWHM_PER_SIGMA / np.asarray(resolving_power, dtype=np.float64))


def added_power(resolving_power: ArrayLike, own: float) -> NDArray[np.float64]:
    """Return the resolving power of the Gaussian that leads from spectra of a resolving power to a lower one.

    Parameters
    ----------
    resolving_power : array_like
        lambda / FWHM that is wanted.
    own : float
        That the spectra have already; infinite = the resolution of the lines.

    Returns
    -------
    ndarray
        Infinite where nothing is to be added.
    """
    wanted = np.asarray(resolving_power, dtype=np.float64)
    square = np.maximum(wanted**-2.0 - own**-2.0, 0.0)
    return np.asarray(np.where(square > 0, 1.0 / np.sqrt(np.where(square > 0, square, 1.0)), np.inf))


def gaussian_transfer(frequencies: ArrayLike, sigma_kms: ArrayLike) -> NDArray[np.float64]:
    """Return the Fourier transform of a Gaussian of unit integral.

    Parameters
    ----------
    frequencies : array_like, shape (n_frequencies,), cycles per km/s
    sigma_kms : array_like, shape (...)

    Returns
    -------
    ndarray, shape (..., n_frequencies)
    """
    phase = np.pi * np.asarray(frequencies) * np.asarray(sigma_kms, dtype=np.float64)[..., None]
    return np.asarray(np.exp(-2.0 * np.square(phase)))


def pixel_transfer(frequencies: ArrayLike, pixel_kms: ArrayLike) -> NDArray[np.float64]:
    """Return the Fourier transform of a pixel's box, shape (..., n_frequencies)."""
    return np.asarray(np.sinc(np.asarray(frequencies) * np.asarray(pixel_kms, dtype=np.float64)[..., None]))


def blur_to_varying_resolution(
    values: NDArray[np.floating], dv_kms: float, resolving_power: ArrayLike
) -> NDArray[np.floating]:
    """Blur a spectrum on a constant-velocity grid by a line spread function that varies along it.

    Parameters
    ----------
    values : ndarray, shape (n_pixels,)
        Unblurred, ``dv_kms`` a pixel.
    resolving_power : array_like, shape (n_pixels,)
        At each pixel.

    Returns
    -------
    ndarray, shape (n_pixels,)

    Notes
    -----
    Blurred to a few widths between the smallest and the largest, then interpolated linearly in the
    variance, which is right to second order.
    """
    sigma = line_spread_sigma_kms(resolving_power)
    low, high = float(sigma.min()), float(sigma.max())
    count = 2 + int(np.log(high / low) / np.log(RATIO_BETWEEN_NODES))
    nodes = np.geomspace(low, high, count)
    frequencies, length = velocity_frequencies(values.shape[-1], dv_kms)
    blurred = apply_transfer(values[None], gaussian_transfer(frequencies, nodes), length)
    place = np.interp(np.square(sigma), np.square(nodes), np.arange(count))
    left = np.minimum(place.astype(int), count - 2)
    pixels = np.arange(values.shape[-1])
    part = place - left
    return np.asarray((1 - part) * blurred[left, pixels] + part * blurred[left + 1, pixels])
