"""`SpectrumBasis`: all spectra of a domain as a mean, components of the lines and components of the level.

flux = level * (mean + a @ lines)(lambda / (1 + z)) * exp(level_mean + c @ level_basis)(lambda), with a
Gaussian prior of (a, c) together: the continuum of a star goes with its lines. Numpy only.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.numerics import interpolate_cubic, pixel_edges
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.networks.mixed_lines import LineMixing
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies

Floats = NDArray[np.float64]

#: Step of the table of averaged lines [km/s]; half of it is the largest error of a place.
TABLE_STEP_KMS = 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class SpectrumBasis:
    """Mean, components and prior of the noiseless spectra of a domain.

    Attributes
    ----------
    start_aa : float
        First point of the lines' grid [Angstrom, vacuum, rest frame], constant in ln wavelength.
    dv_kms : float
        Its step.
    lines : ndarray, shape (1 + n_lines, n_points)
        Mean of the normalised flux at the instrument's resolution, and its components.
    level_aa : ndarray, shape (n_knots,), Angstrom, vacuum, observer's frame
    level : ndarray, shape (1 + n_level, n_knots)
        Mean of ln continuum (per frequency, with dust and calibration) and its components.
    prior_mean : ndarray, shape (n,)
        Of a and c, n = n_lines + n_level.
    prior_factor : ndarray, shape (n, n)
        (a, c) = prior_mean + prior_factor @ z with z of unit variance: what networks work with.
    templates : ndarray, shape (n_templates, n)
        z of typical stars, that velocities are searched with.
    mixing : LineMixing or None
        What ``lines`` were made of, where they are sums of an emulator's components.
    """

    start_aa: float
    dv_kms: float
    lines: Floats
    level_aa: Floats
    level: Floats
    prior_mean: Floats
    prior_factor: Floats
    templates: Floats
    mixing: LineMixing | None = None

    @property
    def n_lines(self) -> int:
        """Components of the lines."""
        return len(self.lines) - 1

    @property
    def n_level(self) -> int:
        """Components of the level."""
        return len(self.level) - 1

    @property
    def wavelength_aa(self) -> Floats:
        """The lines' grid, shape (n_points,)."""
        steps = np.arange(self.lines.shape[1]) * self.dv_kms / SPEED_OF_LIGHT_KMS
        return np.asarray(self.start_aa * np.exp(steps))

    def at_resolution(self, own: float, wanted: float) -> SpectrumBasis:
        """Return the basis with its lines broadened from one resolving power to a lower one."""
        if wanted >= own:
            return self
        more = (wanted**-2 - own**-2) ** -0.5
        frequencies, length = velocity_frequencies(self.lines.shape[1], self.dv_kms)
        transfer = broadening_transfer(frequencies, resolving_power=more)
        lines = np.stack([apply_transfer(row, transfer, length) for row in self.lines])
        return dataclasses.replace(self, lines=lines)

    def averaged_lines(self, wavelength_aa: ArrayLike) -> NDArray[np.float32]:
        """Return the lines averaged over pixels as wide as those of an axis, on a grid of `TABLE_STEP_KMS`.

        Parameters
        ----------
        wavelength_aa : array_like, shape (n_pixels,)
            Vacuum, ascending.

        Returns
        -------
        ndarray, shape (n_places, 1 + n_lines)
            A row for each place, so that a pixel's values lie together.
        """
        wavelength = np.asarray(wavelength_aa, dtype=np.float64)
        width = SPEED_OF_LIGHT_KMS * np.diff(pixel_edges(wavelength)) / wavelength
        n_places = int((self.lines.shape[1] - 1) * self.dv_kms / TABLE_STEP_KMS) + 1
        places = np.arange(n_places, dtype=np.float64) * TABLE_STEP_KMS / self.dv_kms
        at = self.start_aa * np.exp(places * self.dv_kms / SPEED_OF_LIGHT_KMS)
        half = np.asarray(0.5 * np.interp(at, wavelength, width) / self.dv_kms, dtype=np.float64)
        return _averages(self.lines, places, half)

    def level_at(self, wavelength_aa: ArrayLike) -> NDArray[np.float32]:
        """Return the level's mean and components at some wavelengths, shape (n_pixels, 1 + n_level)."""
        wavelength = np.asarray(wavelength_aa, dtype=np.float64)
        return np.stack([np.interp(wavelength, self.level_aa, row) for row in self.level], axis=1).astype(
            np.float32
        )


def _averages(rows: Floats, places: ArrayLike, half: Floats) -> NDArray[np.float32]:
    """Return the averages of rows from ``places - half`` to ``places + half`` [grid steps], transposed."""
    pad = int(np.ceil(half.max())) + 4
    padded = np.pad(rows, ((0, 0), (pad, pad)), mode="edge")
    out = np.empty((half.size, len(rows)), dtype=np.float32)
    middle = np.asarray(places, dtype=np.float64)
    edges = np.stack([middle - half, middle + half]) + pad
    for number, row in enumerate(padded):
        out[:, number] = _between(row, edges)
    return out


def _between(row: Floats, edges: Floats) -> Floats:
    steps = np.empty_like(row)
    steps[2:-1] = (13 * (row[1:-2] + row[2:-1]) - row[:-3] - row[3:]) / 24
    steps[1] = (row[0] + row[1]) / 2
    steps[-1] = (row[-2] + row[-1]) / 2
    steps[0] = 0.0
    integral = np.asarray(interpolate_cubic(np.cumsum(steps), edges.ravel())).reshape(edges.shape)
    return np.asarray((integral[1] - integral[0]) / (edges[1] - edges[0]))
