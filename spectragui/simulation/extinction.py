"""Interstellar extinction: how much of a star's light the dust on the way lets through."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

R_V = 3.1


def extinction_law(wavelength_aa: ArrayLike, r_v: float = R_V) -> NDArray[np.float64]:
    """Return A(lambda) / A(V) from 3000 A to 3.3 um; constant beyond.

    Parameters
    ----------
    wavelength_aa : array_like, shape (n_pixels,)
    r_v : float
        A(V) / E(B-V).

    Returns
    -------
    ndarray, shape (n_pixels,)

    References
    ----------
    Cardelli, Clayton & Mathis 1989, ApJ 345, 245.
    """
    x = np.clip(1e4 / np.asarray(wavelength_aa, dtype=np.float64), 0.3, 3.3)
    infrared = (0.574 - 0.527 / r_v) * x**1.61
    y = np.polynomial.polynomial.Polynomial
    a = y([1.0, 0.17699, -0.50447, -0.02427, 0.72085, 0.01979, -0.77530, 0.32999])
    b = y([0.0, 1.41338, 2.28305, 1.07233, -5.38434, -0.62251, 5.30260, -2.09002])
    optical = a(x - 1.82) + b(x - 1.82) / r_v
    return np.where(x < 1.1, infrared, optical)


def dust_transmission(wavelength_aa: ArrayLike, ebv: float, r_v: float = R_V) -> NDArray[np.float64]:
    """Return the part of the light that passes dust of colour excess E(B-V) [mag], shape (n_pixels,)."""
    return np.asarray(10.0 ** (-0.4 * r_v * ebv * extinction_law(wavelength_aa, r_v)))
