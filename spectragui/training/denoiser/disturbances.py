"""The augmentation of Pal & Dobos (2024), Section 3.3, in their order, drawn anew in each epoch."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.parameters import param
from spectragui.simulation.continuum_error import random_walk_error

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class DenoiserAugmentation:
    """What is done to a noiseless spectrum before a network sees it.

    The paper prints the scale as N(1, 1.01), which would make most spectra negative or twice as bright:
    taken as N(1, 0.01), as its words say ("small").
    """

    calibration_error: float = param(0.02, help="Largest error of the flux calibration.", minimum=0.0)
    calibration_waves: int = param(12, help="Of that error along the spectrum.", minimum=1)
    offset: float = param(0.01, help="Sigma of a constant that is added.", minimum=0.0)
    scale: float = param(0.01, help="Sigma of a factor.", minimum=0.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Augmented:
    """Input and target of a network, and what was drawn; rows are spectra."""

    input: Floats
    target: Floats
    calibration: Floats
    noise: Floats
    scale: Floats
    offset: Floats


def augment(
    flux: ArrayLike,
    sigma: ArrayLike,
    wavelength_aa: ArrayLike,
    config: DenoiserAugmentation,
    generator: np.random.Generator,
) -> Augmented:
    """Draw one epoch's version of noiseless spectra.

    Parameters
    ----------
    flux, sigma : array_like, shape (n, n_pixels)
        Noiseless flux, and the 1 sigma of its noise.
    wavelength_aa : array_like, shape (n_pixels,)
    config : DenoiserAugmentation
    generator : numpy.random.Generator

    Notes
    -----
    1. An error of the calibration, on input and target. 2. Noise, on the input alone. 3. A scale and an
    offset, on both.
    """
    true = np.atleast_2d(np.asarray(flux, dtype=np.float64))
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    calibration = np.ones_like(true)
    if config.calibration_error > 0:
        width = 2.0 * (wavelength[-1] - wavelength[0]) / config.calibration_waves
        for row in calibration:
            row[:] = random_walk_error(wavelength, config.calibration_error, width, generator)
    target = true * calibration
    noise = np.asarray(sigma) * generator.standard_normal(true.shape)
    noisy = target + noise
    scale = 1.0 + config.scale * generator.standard_normal((len(true), 1))
    offset = config.offset * generator.standard_normal((len(true), 1))
    return Augmented(scale * noisy + offset, scale * target + offset, calibration, noise, scale, offset)
