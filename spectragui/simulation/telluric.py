"""Transmission of the Earth's atmosphere: oxygen from its rotational levels, water by seeded lines.

Oxygen's A, B and gamma bands are computed from the molecule's constants; bands of water, carbon
dioxide and methane are crowds of lines at random places (from one fixed seed) inside the bands' true
limits. Good enough to test masks with, not to divide real spectra by.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, vacuum_to_air

# Low, high [A, air], lines per A, median optical depth at the centre; limits as in atlases of the
# solar spectrum (Wallace, Hinkle & Livingston 1998, 2003).
WATER_BANDS = (
    (5030.0, 5080.0, 0.2, 0.01),
    (5410.0, 5520.0, 0.2, 0.01),
    (5680.0, 5780.0, 0.3, 0.02),
    (5870.0, 6000.0, 0.5, 0.06),
    (6460.0, 6600.0, 0.4, 0.06),
    (6920.0, 7080.0, 0.5, 0.10),
    (7160.0, 7400.0, 0.9, 0.40),
    (7850.0, 8000.0, 0.4, 0.05),
    (8100.0, 8400.0, 0.8, 0.35),
    (8900.0, 9300.0, 1.2, 0.60),
    (9300.0, 9700.0, 1.6, 1.50),
    (9700.0, 9850.0, 0.8, 0.40),
    (10650.0, 11050.0, 0.2, 0.05),
    (11050.0, 11600.0, 1.2, 1.20),
    (11600.0, 12100.0, 0.3, 0.08),
    (13000.0, 13450.0, 0.6, 0.50),
    (13450.0, 14700.0, 1.6, 4.00),
    (14700.0, 15200.0, 0.4, 0.20),
    (15650.0, 15850.0, 0.4, 0.05),
    (16000.0, 16250.0, 0.4, 0.05),
    (16300.0, 16900.0, 0.3, 0.06),
    (16900.0, 17500.0, 0.5, 0.20),
)
# Band: origin [1/cm], rotational constant of the upper state [1/cm], total strength (optical depth
# of its strongest line). Constants of O2 b-X: Huber & Herzberg 1979.
OXYGEN_BANDS = ((13122.0, 1.3913, 8.0), (14525.7, 1.3731, 2.5), (15902.4, 1.3549, 0.15))
_OXYGEN_GROUND = 1.4377  # rotational constant of the ground state [1/cm]
_KELVIN_PER_WAVENUMBER = 1.4388
_AIR_KELVIN = 250.0
_WIDTH_KMS = 0.9  # of telluric lines, Doppler and pressure, e-folding half-width
_SEED = 1863


@functools.cache
def telluric_lines() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centres [A, air] and optical depths of all lines, each of shape (n_lines,)."""
    generator = np.random.default_rng(_SEED)
    centres, depths = [], []
    for low, high, density, median in WATER_BANDS:
        count = int(density * (high - low))
        place = generator.uniform(0, 1, count)
        # Bands are strongest in their middle.
        centres.append(low + place * (high - low))
        depths.append(median * np.exp(1.2 * generator.standard_normal(count)) * np.sin(np.pi * place) ** 0.5)
    for origin, upper, strongest in OXYGEN_BANDS:
        wavenumber, strength = _oxygen_band(origin, upper)
        centres.append(np.asarray(vacuum_to_air(1e8 / wavenumber)))
        depths.append(strongest * strength / strength.max())
    order = np.argsort(np.concatenate(centres))
    return np.concatenate(centres)[order], np.concatenate(depths)[order]


def _oxygen_band(origin: float, upper: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return wavenumbers [1/cm] and relative strengths of the P and R branches, each line a doublet."""
    n = np.arange(1, 40, 2, dtype=np.float64)  # only odd levels exist
    energy = _OXYGEN_GROUND * n * (n + 1)
    population = (2 * n + 1) * np.exp(-energy * _KELVIN_PER_WAVENUMBER / _AIR_KELVIN)
    branches = []
    for upper_n in (n - 1, n + 1):
        line = origin + upper * upper_n * (upper_n + 1) - energy
        branches += [line, line + 1.95]  # the spin splits the ground level
    return np.concatenate(branches), np.tile(population, 4)


def telluric_transmission(
    start_aa: float, dv_kms: float, n_pixels: int, airmass: float = 1.2
) -> NDArray[np.float64]:
    """Return the transmission on a grid constant in log wavelength, observer's frame, air.

    Parameters
    ----------
    start_aa : float
        First wavelength, in air.
    dv_kms : float
        Step of the grid.
    n_pixels : int
    airmass : float

    Returns
    -------
    ndarray, shape (n_pixels,)
        Between 0 and 1, at the resolution of the lines.
    """
    centres, depths = telluric_lines()
    place = np.log(centres / start_aa) * SPEED_OF_LIGHT_KMS / dv_kms
    half = int(np.ceil(40.0 / dv_kms))
    inside = (place > -half) & (place < n_pixels + half)
    total = np.zeros(n_pixels)
    width = _WIDTH_KMS / dv_kms
    for centre, depth in zip(place[inside], airmass * depths[inside], strict=True):
        first, last = max(0, int(centre) - half), min(n_pixels, int(centre) + half + 1)
        x = (np.arange(first, last) - centre) / width
        total[first:last] += depth * (0.97 * np.exp(-(x**2)) + 0.03 / (1.0 + x**2))  # with damping wings
    return np.asarray(np.exp(-total))
