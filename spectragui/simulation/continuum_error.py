"""Errors of flux calibration and normalisation: smooth factors that multiply a spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def random_walk_error(
    wavelength_aa: ArrayLike, amplitude: float, scale_aa: float, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a low-passed random walk around 1.

    Parameters
    ----------
    wavelength_aa : array_like, shape (n_pixels,)
    amplitude : float
        Largest deviation from 1 anywhere (0.02 = 2 %).
    scale_aa : float
        Shorter waves than this are filtered out.
    generator : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n_pixels,)

    Notes
    -----
    A sum of sine and cosine waves with random amplitudes falling as the wave's length, as those of a
    walk do; the longest is twice the spectrum.
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    length = 2.0 * (wavelength[-1] - wavelength[0])
    waves = np.arange(1, max(1, int(length / scale_aa)) + 1)
    phase = 2.0 * np.pi * np.outer(waves, (wavelength - wavelength[0]) / length)
    sine, cosine = generator.standard_normal((2, waves.size)) / waves
    walk = sine @ np.sin(phase) + cosine @ np.cos(phase)
    walk -= walk.mean()
    return np.asarray(1.0 + amplitude * walk / np.abs(walk).max())


def polynomial_error(
    wavelength_aa: ArrayLike, amplitude: float, degree: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a smooth polynomial around 1 with rms deviation ``amplitude``, shape (n_pixels,)."""
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    place = 2.0 * (wavelength - wavelength[0]) / (wavelength[-1] - wavelength[0]) - 1.0
    coefficients = generator.standard_normal(degree + 1)
    coefficients[0] = 0.0
    curve = np.polynomial.legendre.legval(place, coefficients)
    curve -= curve.mean()
    return np.asarray(1.0 + amplitude * curve / max(float(curve.std()), 1e-12))
