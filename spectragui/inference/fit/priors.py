"""What is known of a star before its spectrum is fitted: little, and weak."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.inference.fit.spectrum_model import FitParameters

ALPHA_WIDTH = 0.1
VMIC_WIDTH = 0.3
ERROR_WIDTH = 1.0  # of the amplitudes of the physics' error patterns, about none


@dataclasses.dataclass(frozen=True, eq=False)
class Prior:
    """Gaussian priors at one point: half their chi2's gradient and curvature, and chi2 itself."""

    chi2: float
    gradient: NDArray[np.float64]
    curvature: NDArray[np.float64]


def prior_at(values: NDArray[np.float64], parameters: FitParameters) -> Prior:
    """Evaluate the priors.

    Parameters
    ----------
    values : ndarray, shape (n_parameters,)
    parameters : FitParameters
        What they are.

    Notes
    -----
    alpha_m follows the Galactic trend with m_h to 0.1, vmic the relation with teff and logg to
    0.3 km/s, the amplitudes of the physics' error patterns are 0 to 1. A spectrum with S/N 100
    knows all of them many times better.
    """
    centre, width = np.zeros(parameters.size), np.full(parameters.size, np.inf)
    place = {name: number for number, name in enumerate(parameters.labels)}
    if {"alpha_m", "m_h"} <= place.keys():
        centre[place["alpha_m"]], width[place["alpha_m"]] = expected_alpha(values[place["m_h"]]), ALPHA_WIDTH
    if {"vmic", "teff", "logg"} <= place.keys():
        vmic = expected_vmic(values[place["teff"]], values[place["logg"]])
        centre[place["vmic"]], width[place["vmic"]] = vmic, VMIC_WIDTH
    width[parameters.amplitudes] = ERROR_WIDTH
    inverse = 1.0 / np.square(width)
    off = values - centre
    return Prior(float(np.sum(inverse * off**2)), inverse * off, np.diag(inverse))


def expected_alpha(m_h: float) -> float:
    """Return the usual alpha_m of a star in the solar neighbourhood: 0.3 dex a dex, 0.35 at most."""
    return float(np.clip(-0.3 * m_h, 0.0, 0.35))


def expected_vmic(teff: float, logg: float) -> float:
    """Return the usual microturbulence [km/s].

    Notes
    -----
    The shape used by the Gaia-ESO survey (quadratic in Teff, falling with log g): 1.05 km/s at
    5500 K and log g 4 on the main sequence, 1.25 km/s for giants, within 0.7 to 3.5 km/s.
    """
    hot, low = teff - 5500.0, logg - 4.0
    if logg >= 3.5:
        vmic = 1.05 + 2.51e-4 * hot + 1.5e-7 * hot**2 - 0.14 * low - 0.005 * low**2
    else:
        vmic = 1.25 + 4.01e-4 * hot + 3.1e-7 * hot**2 - 0.14 * low - 0.005 * low**2
    return float(np.clip(vmic, 0.7, 3.5))
