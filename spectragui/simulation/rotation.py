"""Rotation of a limb-darkened star: the line profile, and its Fourier transform."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import ArrayLike, NDArray

LIMB_DARKENING = 0.6  # linear coefficient of solar-type stars in the optical
_TABLE_STEP, _N_TABLE = 0.005, 16_000  # of 2 pi f v sin i


def rotation_profile(
    velocity_kms: ArrayLike, vsini_kms: float, limb_darkening: float = LIMB_DARKENING
) -> NDArray[np.float64]:
    """Return the broadening profile of a rigidly rotating sphere, integral 1.

    Parameters
    ----------
    velocity_kms : array_like, shape (n,)
        Distance from the line's centre.
    vsini_kms : float
        Projected equatorial velocity, positive.
    limb_darkening : float
        Linear coefficient, 0 to 1.

    Returns
    -------
    ndarray, shape (n,), per km/s

    References
    ----------
    Gray 2005, The Observation and Analysis of Stellar Photospheres, 3rd ed., eq. 18.14.
    """
    x2 = np.square(np.asarray(velocity_kms, dtype=np.float64) / vsini_kms)
    inside = np.maximum(1.0 - x2, 0.0)
    disc = 2.0 * (1.0 - limb_darkening) * np.sqrt(inside) + 0.5 * np.pi * limb_darkening * inside
    return np.asarray(disc / (np.pi * vsini_kms * (1.0 - limb_darkening / 3.0)))


def rotation_transfer(
    frequencies: ArrayLike, vsini_kms: ArrayLike, limb_darkening: float = LIMB_DARKENING
) -> NDArray[np.float64]:
    """Return the Fourier transform of `rotation_profile`.

    Parameters
    ----------
    frequencies : array_like, shape (n_frequencies,), cycles per km/s
    vsini_kms : array_like, shape (...)
        0 = no rotation.

    Returns
    -------
    ndarray, shape (..., n_frequencies)

    Notes
    -----
    With u = 2 pi f v sin i and limb darkening e:
    [(1 - e) 2 J1(u)/u + 2 e (sin u - u cos u)/u^3] / (1 - e/3).
    """
    from scipy.special import j1

    u = 2.0 * np.pi * np.asarray(frequencies) * np.asarray(vsini_kms, dtype=np.float64)[..., None]
    small = np.abs(u) < 1e-2  # where the quotients lose digits: their series
    safe = np.where(small, 1.0, u)
    uniform = np.where(small, 1.0 - u**2 / 8.0, 2.0 * j1(safe) / safe)
    darkened = np.where(small, 1.0 / 3.0 - u**2 / 30.0, (np.sin(safe) - safe * np.cos(safe)) / safe**3)
    e = limb_darkening
    return np.asarray(((1.0 - e) * uniform + 2.0 * e * darkened) / (1.0 - e / 3.0))


def tabulated_rotation_transfer(frequencies: NDArray[np.float64], vsini_kms: float) -> NDArray[np.float64]:
    """Return `rotation_transfer` of one v sin i, to 1e-8, in a tenth of the time.

    Parameters
    ----------
    frequencies : ndarray, shape (n_frequencies,), cycles per km/s
        Not negative.
    vsini_kms : float

    Returns
    -------
    ndarray, shape (n_frequencies,)
    """
    place = frequencies * (2.0 * np.pi * vsini_kms / _TABLE_STEP)
    if not place.size or place.max() >= _N_TABLE - 1:
        return rotation_transfer(frequencies, vsini_kms)
    table, slope, bend = _rotation_table()
    left = place.astype(np.int64)
    part = place - left
    return np.asarray(table[left] + part * (slope[left] + 0.5 * (part - 1.0) * bend[left]))


@functools.cache
def _rotation_table() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the transfer on even steps, and its first and second differences, shape (_N_TABLE,) each."""
    table = rotation_transfer(np.arange(_N_TABLE + 2) * (_TABLE_STEP / (2.0 * np.pi)), 1.0)
    return table[:-2], np.diff(table)[:-1], np.diff(table, 2)


def rotation_variance(limb_darkening: float = LIMB_DARKENING) -> float:
    """Return the variance of the rotation profile in units of (v sin i)^2."""
    e = limb_darkening
    return ((1.0 - e) / 4.0 + 2.0 * e / 15.0) / (1.0 - e / 3.0)
