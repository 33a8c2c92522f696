"""What is known of a star before its spectrum is fitted: little, and weak."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.inference.fit.spectrum_model import N_PARAMETERS

ALPHA_WIDTH = 0.1
VMIC_WIDTH = 0.3
ERROR_WIDTH = 1.0  # of the amplitudes of the physics' error patterns, about none
_ALPHA, _VMIC = 3, 4


@dataclasses.dataclass(frozen=True, eq=False)
class Prior:
    """Gaussian priors at one point: half their chi2's gradient and curvature, and chi2 itself."""

    chi2: float
    gradient: NDArray[np.float64]
    curvature: NDArray[np.float64]


def prior_at(parameters: NDArray[np.float64]) -> Prior:
    """Evaluate the priors.

    Parameters
    ----------
    parameters : ndarray, shape (N_PARAMETERS,)
        `spectragui.inference.fit.spectrum_model.PARAMETERS`.

    Notes
    -----
    alpha_m follows the Galactic trend with m_h to 0.1, vmic the relation with teff and logg to
    0.3 km/s, the amplitudes of the physics' error patterns are 0 to 1. A spectrum with S/N 100
    knows all of them many times better.
    """
    centre, width = np.zeros(N_PARAMETERS), np.full(N_PARAMETERS, np.inf)
    centre[_ALPHA], width[_ALPHA] = expected_alpha(parameters[2]), ALPHA_WIDTH
    centre[_VMIC], width[_VMIC] = expected_vmic(parameters[0], parameters[1]), VMIC_WIDTH
    width[-2:] = ERROR_WIDTH
    inverse = 1.0 / np.square(width)
    off = parameters - centre
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
