"""Draw labels of stars to train on: as dense as the grid is, and nowhere that it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import STAR_LABELS
from spectragui.inference.fit.priors import ALPHA_WIDTH, expected_alpha

# Where FGK stars are: they are drawn more often, since most spectra that are opened are theirs.
_FGK_TEFF = (4200.0, 7000.0)
_FGK_M_H = -1.0
_JITTER = {"teff": 0.035, "logg": 0.20, "m_h": 0.20}  # of ln(teff) in place of teff


def draw_stellar_labels(
    known: NDArray[np.float64],
    n_spectra: int,
    fgk_weight: float,
    rng: np.random.Generator,
    names: Sequence[str] = STAR_LABELS,
) -> NDArray[np.float64]:
    """Draw labels around those of a grid's spectra.

    Parameters
    ----------
    known : ndarray, shape (n_known, n_labels)
        Of spectra that exist.
    n_spectra : int
        How many to draw.
    fgk_weight : float
        How much more often FGK stars above [M/H] = -1 are drawn.
    rng : numpy.random.Generator
    names : sequence of str
        Of the labels, by column.

    Returns
    -------
    ndarray, shape (n_spectra, n_labels)

    Notes
    -----
    Teff, log g and [M/H] scatter around those of a known star, and stay inside the convex hull of
    the known (Teff, log g), so that the holes of the atmosphere grid stay empty; alpha and
    microturbulence, which are free of the others, are uniform in the known range.
    """
    jittered = [name for name in names if name in _JITTER]
    columns = [names.index(name) for name in jittered]
    spread = np.array([_JITTER[name] for name in jittered])
    is_teff = np.array([name == "teff" for name in jittered], dtype=bool)
    is_inside = _hull(known, names)
    probability = star_weights(known, fgk_weight, names)
    probability /= probability.sum()
    low, high = known.min(axis=0), known.max(axis=0)
    found: list[NDArray[np.float64]] = []
    n_found = 0
    while n_found < n_spectra:
        chosen = rng.choice(len(known), size=2 * n_spectra, p=probability)
        drawn = rng.uniform(low, high, size=(2 * n_spectra, len(names)))
        centre = known[chosen][:, columns]
        centre = np.where(is_teff, np.log(np.where(is_teff, centre, 1.0)), centre)
        moved = centre + spread * rng.standard_normal(centre.shape)
        drawn[:, columns] = np.where(is_teff, np.exp(np.where(is_teff, moved, 0.0)), moved)
        inside = is_inside(drawn)
        found.append(drawn[inside])
        n_found += int(inside.sum())
    return np.concatenate(found)[:n_spectra]


def follow_alpha_trend(
    labels: NDArray[np.float64], names: Sequence[str], part: float, rng: np.random.Generator
) -> None:
    """Let alpha_m of a part of the stars follow m_h to 0.1 dex, as the fits' prior has it; in place.

    Parameters
    ----------
    labels : ndarray, shape (n_spectra, n_labels)
    names : sequence of str
    part : float
        0 leaves all as they are.
    rng : numpy.random.Generator

    Notes
    -----
    In narrow windows alpha_m and m_h are nearly the same: a network that never heard of the trend
    leaves a real star anywhere between.
    """
    if not part or not {"alpha_m", "m_h"} <= set(names):
        return
    alpha, m_h = names.index("alpha_m"), names.index("m_h")
    low, high = labels[:, alpha].min(), labels[:, alpha].max()
    chosen = rng.random(len(labels)) < part
    usual = [expected_alpha(value) for value in labels[chosen, m_h]]
    labels[chosen, alpha] = np.clip(usual + ALPHA_WIDTH * rng.standard_normal(len(usual)), low, high)


def _hull(
    known: NDArray[np.float64], names: Sequence[str]
) -> Callable[[NDArray[np.float64]], NDArray[np.bool_]]:
    """Return what says which labels lie among the known ones."""
    from scipy.spatial import Delaunay

    low, high = known.min(axis=0), known.max(axis=0)
    if not {"teff", "logg"} <= set(names):
        return lambda labels: np.asarray(np.all((labels >= low) & (labels <= high), axis=1))
    teff, logg = names.index("teff"), names.index("logg")
    hull = Delaunay(np.stack([np.log(known[:, teff]) / 0.2, known[:, logg]], axis=1))

    def is_inside(labels: NDArray[np.float64]) -> NDArray[np.bool_]:
        plane = np.stack([np.log(labels[:, teff]) / 0.2, labels[:, logg]], axis=1)
        inside = np.asarray(hull.find_simplex(plane) >= 0)
        if "m_h" in names:
            m_h = names.index("m_h")
            inside &= (labels[:, m_h] > low[m_h]) & (labels[:, m_h] < high[m_h])
        return inside

    return is_inside


def star_weights(
    labels: NDArray[np.float64], fgk_weight: float, names: Sequence[str] = STAR_LABELS
) -> NDArray[np.float64]:
    """Return relative frequencies: ``fgk_weight`` for FGK stars above [M/H] = -1, else 1."""
    is_fgk = np.ones(len(labels), dtype=bool)
    if "teff" in names:
        teff = labels[:, names.index("teff")]
        is_fgk &= (teff > _FGK_TEFF[0]) & (teff < _FGK_TEFF[1])
    if "m_h" in names:
        is_fgk &= labels[:, names.index("m_h")] > _FGK_M_H
    return np.where(is_fgk, fgk_weight, 1.0)
