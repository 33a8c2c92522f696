"""Velocity shifts and other convolutions as products in Fourier space, on constant-velocity grids.

On a grid constant in log wavelength a pixel is a velocity, so rotation, macroturbulence, line
spread, pixel and Doppler shift are one multiplication of the spectrum's Fourier transform.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

PADDING_PIXELS = 1700  # beyond the reach of 300 km/s of rotation, R = 1000 and 1000 km/s at 1.2 km/s a pixel


def log_shift_kms(velocity_kms: ArrayLike) -> NDArray[np.float64]:
    """Return the shift c ln(lambda_observed / lambda_rest) of a source receding at ``velocity_kms``.

    Notes
    -----
    Relativistic: c artanh(v / c), which is v itself to 0.001 km/s below 600 km/s.
    """
    return np.asarray(SPEED_OF_LIGHT_KMS * np.arctanh(np.asarray(velocity_kms) / SPEED_OF_LIGHT_KMS))


@functools.lru_cache(maxsize=16)
def velocity_frequencies(
    n_pixels: int, dv_kms: float, padding: int = PADDING_PIXELS
) -> tuple[NDArray[np.float64], int]:
    """Return the frequencies [cycles per km/s] of a padded spectrum, and its padded length.

    Parameters
    ----------
    n_pixels : int
    dv_kms : float
        Step of the grid.
    padding : int
        Pixels added at least, so that the ends do not meet.

    Returns
    -------
    frequencies : ndarray, shape (length // 2 + 1,)
        Kept for the next spectrum on the same grid, so not to be written to.
    length : int
        Even, and a product of small primes.
    """
    length = _fast_length(n_pixels + padding)
    frequencies = np.asarray(np.fft.rfftfreq(length, dv_kms), dtype=np.float64)
    frequencies.flags.writeable = False
    return frequencies, length


def shift_transfer(frequencies: ArrayLike, velocity_kms: ArrayLike) -> NDArray[np.complex128]:
    """Return the Fourier transform of a Doppler shift, shape (..., n_frequencies)."""
    shift = log_shift_kms(velocity_kms)[..., None]
    return np.asarray(np.exp(-2j * np.pi * np.asarray(frequencies) * shift))


def apply_transfer(
    values: NDArray[np.floating], transfer: NDArray[np.inexact], length: int, oversample: int = 1
) -> NDArray[np.floating]:
    """Convolve spectra on a constant-velocity grid, given the kernel's Fourier transform.

    Parameters
    ----------
    values : ndarray, shape (..., n_pixels)
    transfer : ndarray, shape (..., length // 2 + 1)
        At `velocity_frequencies`.
    length : int
        Padded length, from `velocity_frequencies`.
    oversample : int
        Pixels returned for each input pixel (band-limited interpolation); the first pixels coincide.

    Returns
    -------
    ndarray, shape (..., n_pixels * oversample), of the type of ``values``

    Notes
    -----
    The padding runs linearly from the last value to the first. Within the kernel's reach of both
    ends the result is only as right as a spectrum that goes on flat.
    """
    n_pixels = values.shape[-1]
    ramp = np.linspace(0.0, 1.0, length - n_pixels, dtype=values.dtype)
    padding = values[..., -1:] * (1 - ramp) + values[..., :1] * ramp
    spectrum = np.fft.rfft(np.concatenate([values, padding], axis=-1), axis=-1)
    # The kernels are transforms of real functions: at the Nyquist frequency only the real part counts.
    product = spectrum * transfer.astype(spectrum.dtype)
    product[..., -1] = product[..., -1].real
    result = np.fft.irfft(product, n=length * oversample, axis=-1)[..., : n_pixels * oversample]
    return np.asarray(result * oversample, dtype=values.dtype)


def _fast_length(minimum: int) -> int:
    """Return the smallest even product of 2, 3 and 5 that is at least ``minimum``."""
    best = 2 ** int(np.ceil(np.log2(minimum)))
    for fives in (1, 5, 25, 125, 625):
        for threes in (1, 3, 9, 27, 81):
            odd = fives * threes
            twos = 2 ** max(1, int(np.ceil(np.log2(max(minimum / odd, 1)))))
            if minimum <= odd * twos < best:
                best = odd * twos
    return best
