"""Components of lines as sums of an emulator's own: what a denoiser keeps in place of a spectrum each."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import interpolate_cubic
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class LineMixing:
    """How much of an emulator's mean and components is in each component, for several rotations.

    Attributes
    ----------
    vsini_kms : ndarray, shape (n_rotations,)
    weights : ndarray, shape (n_rotations, 1 + n_lines, 1 + n_components)
        The first row is that of the mean, the first column the weight of the emulator's mean.
    """

    vsini_kms: Floats
    weights: NDArray[np.float32]

    def lines(
        self,
        rows: NDArray[np.floating],
        vacuum_aa: Floats,
        dv_kms: float,
        resolving_power: float,
        grid: tuple[float, float, int],
    ) -> Floats:
        """Return mean and components on an even grid in ln wavelength, shape (1 + n_lines, n_points).

        Parameters
        ----------
        rows : ndarray, shape (1 + n_components, n_pixels)
            The emulator's mean and components.
        vacuum_aa : ndarray, shape (n_pixels,)
            Of the rows [Angstrom, vacuum].
        dv_kms : float
            Their step.
        resolving_power : float
        grid : (float, float, int)
            First wavelength [Angstrom, vacuum], step [km/s] and number of points.
        """
        start, step, n_points = grid
        frequencies, length = velocity_frequencies(rows.shape[1], dv_kms)
        found = np.zeros((self.weights.shape[1], rows.shape[1]), np.float32)
        for vsini, weights in zip(self.vsini_kms, self.weights, strict=True):
            transfer = broadening_transfer(frequencies, vsini_kms=vsini, resolving_power=resolving_power)
            for total, row in zip(found, weights @ rows.astype(np.float32), strict=True):
                total += apply_transfer(row, transfer, length)
        wanted = start * np.exp(np.arange(n_points) * step / SPEED_OF_LIGHT_KMS)
        place = np.interp(wanted, vacuum_aa, np.arange(vacuum_aa.size, dtype=np.float64))
        return np.stack([interpolate_cubic(row, place) for row in found]).astype(np.float64)
