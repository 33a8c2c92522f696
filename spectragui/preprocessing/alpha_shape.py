"""Roll a wheel over a spectrum: its upper alpha shape, a continuum that broad lines do not bend."""

from __future__ import annotations

import numpy as np

from spectragui.core.numerics import FloatArray
from spectragui.preprocessing.continuum_blocks import Blocks

GRID_PER_RADIUS = 60


def roll_wheel(wavelength_aa: FloatArray, blocks: Blocks, radius_aa: float) -> tuple[FloatArray, FloatArray]:
    """Return the curve that a wheel rolling over the spectrum touches.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
    blocks : Blocks
    radius_aa : float

    Returns
    -------
    curve, uncertainty : ndarray, shape (n_pixels,)

    References
    ----------
    Xu et al. 2019, AJ 157, 243; Cretignier et al. 2020, A&A 640, A42.
    """
    from scipy.ndimage import grey_closing, maximum_filter1d, uniform_filter1d

    low, high = float(wavelength_aa[0]), float(wavelength_aa[-1])
    count = int(np.clip(np.ceil((high - low) / radius_aa * GRID_PER_RADIUS), 8, 4000))
    grid = np.linspace(low, high, count)
    step = max(grid[1] - grid[0], 1e-9)
    level = np.interp(grid, blocks.wavelength_aa, blocks.flux)
    cell = np.clip(((blocks.wavelength_aa - low) / step + 0.5).astype(int), 0, count - 1)
    np.maximum.at(level, cell, blocks.flux)
    scale = max(float(np.max(np.abs(level))), 1e-300)
    reach = max(2, int(radius_aa / step))
    x = np.arange(-reach, reach + 1) / reach
    wheel = np.sqrt(np.maximum(1.0 - x**2, 0.0)) - 1.0
    padded = np.pad(maximum_filter1d(level / scale, 3), reach, mode="reflect", reflect_type="odd")
    closed = grey_closing(padded, structure=wheel)[reach:-reach]
    curve = uniform_filter1d(closed, max(3, reach // 4), mode="nearest")
    error = np.interp(wavelength_aa, blocks.wavelength_aa, blocks.sigma)
    return np.interp(wavelength_aa, grid, curve * scale), error
