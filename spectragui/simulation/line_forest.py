"""Absorption lines where no emulator reaches: at random places, of random strengths, from a seed.

They stand in for a star's lines so that readers and stages have something to work on. They are no
physics: no label can be measured from them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

LINES_PER_AA = 8.0  # of the Sun at 5000 A, weaker ones included
WEAKEST, STRONGEST = 0.003, 6.0  # optical depth at the centre
SLOPE = 1.6  # of the distribution of optical depths
REACH_KMS = 25.0  # to which a line is drawn


def forest_flux(
    start_aa: float, dv_kms: float, n_pixels: int, labels: dict[str, float], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a normalised spectrum of random lines.

    Parameters
    ----------
    start_aa : float
        First wavelength of a grid constant in log wavelength, rest frame.
    dv_kms : float
        Its step.
    n_pixels : int
    labels : dict
        teff, m_h, vmic: cooler and metal-richer stars get more and stronger lines.
    generator : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n_pixels,)
        Continuum 1.
    """
    length = n_pixels * dv_kms / SPEED_OF_LIGHT_KMS
    density = LINES_PER_AA * float(np.clip((5772.0 / labels["teff"]) ** 2, 0.02, 2.5))
    # Lines get rarer to the red as (lambda / 5000 A)^-2.5; per ln lambda that is lambda^-1.5.
    edges = np.linspace(0.0, length, 257)
    middles = start_aa * np.exp(0.5 * (edges[1:] + edges[:-1]))
    expected = density * middles * np.diff(edges) * (middles / 5000.0) ** -2.5
    counts = generator.poisson(expected)
    places = np.repeat(edges[:-1], counts) + generator.uniform(0, edges[1], counts.sum())
    power = 1.0 - SLOPE
    depths = WEAKEST**power + generator.uniform(0, 1, places.size) * (STRONGEST**power - WEAKEST**power)
    depths = depths ** (1.0 / power) * 10.0 ** (0.5 * labels["m_h"])
    width = np.sqrt(2.0 * (1.2**2 + 0.5 * labels["vmic"] ** 2)) * generator.uniform(0.9, 1.3, places.size)
    return np.exp(
        -_optical_depth(places * SPEED_OF_LIGHT_KMS / dv_kms, depths, width / dv_kms, dv_kms, n_pixels)
    )


def _optical_depth(
    centres: NDArray[np.float64],
    depths: NDArray[np.float64],
    widths: NDArray[np.float64],
    dv_kms: float,
    n_pixels: int,
) -> NDArray[np.float64]:
    """Add up Gaussians; centres and widths (e-folding half-widths) in pixels."""
    half = int(np.ceil(REACH_KMS / dv_kms))
    offsets = np.arange(-half, half + 1)
    total = np.zeros(n_pixels + 2 * half + 1)
    for part in np.array_split(np.arange(centres.size), max(1, centres.size // 4000)):
        nearest = np.round(centres[part]).astype(np.intp)
        distance = (nearest - centres[part])[:, None] + offsets
        values = depths[part, None] * np.exp(-np.square(distance / widths[part, None]))
        index = nearest[:, None] + offsets + half
        total += np.bincount(index.ravel(), weights=values.ravel(), minlength=total.size)[: total.size]
    return total[half : half + n_pixels]
