"""Radial-tangential macroturbulence: profile, Fourier transform, and what it adds to v sin i."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.simulation.rotation import LIMB_DARKENING, rotation_variance

RADIAL_TANGENTIAL_VARIANCE = 0.25  # of the profile, in units of zeta^2


def macroturbulence_profile(velocity_kms: ArrayLike, vmac_kms: float) -> NDArray[np.float64]:
    """Return the radial-tangential profile of a disc, equal parts, integral 1.

    Parameters
    ----------
    velocity_kms : array_like, shape (n,)
    vmac_kms : float
        The dispersion zeta of both streams, positive.

    Returns
    -------
    ndarray, shape (n,), per km/s

    References
    ----------
    Gray 1975, ApJ 202, 148.
    """
    from scipy.special import erfc

    x = np.abs(np.asarray(velocity_kms, dtype=np.float64)) / vmac_kms
    return np.asarray(2.0 / (np.sqrt(np.pi) * vmac_kms) * (np.exp(-(x**2)) - np.sqrt(np.pi) * x * erfc(x)))


def macroturbulence_transfer(frequencies: ArrayLike, vmac_kms: ArrayLike) -> NDArray[np.float64]:
    """Return the Fourier transform of `macroturbulence_profile`.

    Parameters
    ----------
    frequencies : array_like, shape (n_frequencies,), cycles per km/s
    vmac_kms : array_like, shape (...)
        0 = none.

    Returns
    -------
    ndarray, shape (..., n_frequencies)

    Notes
    -----
    (1 - exp(-s)) / s with s = (pi f zeta)^2.
    """
    s = np.square(np.pi * np.asarray(frequencies) * np.asarray(vmac_kms, dtype=np.float64)[..., None])
    small = s < 1e-6
    safe = np.where(small, 1.0, s)
    return np.asarray(np.where(small, 1.0 - s / 2.0, -np.expm1(-safe) / safe))


def total_broadening(
    vsini_kms: ArrayLike, vmac_kms: ArrayLike, limb_darkening: float = LIMB_DARKENING
) -> NDArray[np.float64]:
    """Return the label ``vsini``: rotation and macroturbulence as one rotation of equal width.

    Notes
    -----
    Variances add: total^2 = (v sin i)^2 + zeta^2 * 0.25 / variance of the unit rotation profile.
    """
    ratio = RADIAL_TANGENTIAL_VARIANCE / rotation_variance(limb_darkening)
    return np.sqrt(np.square(vsini_kms) + ratio * np.square(vmac_kms))


def rotation_in_total(
    total_kms: ArrayLike, vmac_kms: ArrayLike, limb_darkening: float = LIMB_DARKENING
) -> NDArray[np.float64]:
    """Return the rotation that, with this macroturbulence, has this total broadening (0 if none is left)."""
    ratio = RADIAL_TANGENTIAL_VARIANCE / rotation_variance(limb_darkening)
    return np.sqrt(np.maximum(np.square(total_kms) - ratio * np.square(vmac_kms), 0.0))
