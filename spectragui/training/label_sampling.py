"""Draw labels of stars to train on: as dense as the grid is, and nowhere that it is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Where FGK stars are: they are drawn more often, since most spectra that are opened are theirs.
_FGK_TEFF = (4200.0, 7000.0)
_FGK_M_H = -1.0
_JITTER = np.array([0.035, 0.20, 0.20])  # of ln(teff), logg, m_h


def draw_stellar_labels(
    known: NDArray[np.float64], n_spectra: int, fgk_weight: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw labels around those of a grid's spectra.

    Parameters
    ----------
    known : ndarray, shape (n_known, 5)
        teff [K], logg, m_h, alpha_m [dex], vmic [km/s] of spectra that exist.
    n_spectra : int
        How many to draw.
    fgk_weight : float
        How much more often FGK stars above [M/H] = -1 are drawn.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n_spectra, 5)

    Notes
    -----
    Teff, log g and [M/H] scatter around those of a known star, and stay inside the convex hull of
    the known (Teff, log g), so that the holes of the atmosphere grid stay empty; alpha and
    microturbulence, which are free of the others, are uniform in the known range.
    """
    from scipy.spatial import Delaunay

    plane = np.stack([np.log(known[:, 0]) / 0.2, known[:, 1]], axis=1)
    hull = Delaunay(plane)
    probability = star_weights(known, fgk_weight)
    probability /= probability.sum()
    low, high = known.min(axis=0), known.max(axis=0)
    found: list[NDArray[np.float64]] = []
    n_found = 0
    while n_found < n_spectra:
        chosen = rng.choice(len(known), size=2 * n_spectra, p=probability)
        drawn = rng.uniform(low, high, size=(2 * n_spectra, 5))
        centre = np.stack([np.log(known[chosen, 0]), known[chosen, 1], known[chosen, 2]], axis=1)
        jittered = centre + _JITTER * rng.standard_normal(centre.shape)
        inside = hull.find_simplex(np.stack([jittered[:, 0] / 0.2, jittered[:, 1]], axis=1)) >= 0
        inside &= (jittered[:, 2] > low[2]) & (jittered[:, 2] < high[2])
        drawn[:, 0], drawn[:, 1], drawn[:, 2] = np.exp(jittered[:, 0]), jittered[:, 1], jittered[:, 2]
        found.append(drawn[inside])
        n_found += int(inside.sum())
    return np.concatenate(found)[:n_spectra]


def star_weights(labels: NDArray[np.float64], fgk_weight: float) -> NDArray[np.float64]:
    """Return relative frequencies: ``fgk_weight`` for FGK stars above [M/H] = -1, else 1."""
    is_fgk = (labels[:, 0] > _FGK_TEFF[0]) & (labels[:, 0] < _FGK_TEFF[1]) & (labels[:, 2] > _FGK_M_H)
    return np.where(is_fgk, fgk_weight, 1.0)
