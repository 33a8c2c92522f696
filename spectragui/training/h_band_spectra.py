"""Spectra of the H band from labels: published fits to APOGEE dwarfs and to BT-Settl M dwarfs.

Both are small functions of the labels at every pixel, whose coefficients lie in ``data/hband`` of the
shared data. Wavelengths are returned in air.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.npz_file import read_npz
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, vacuum_to_air

APOGEE_POWER = 22_500.0
CHIP_GAP_KMS = 100.0  # longer steps between pixels are gaps between the chips
LEVEL_PERCENTILE = 95.0  # of a BT-Settl spectrum, that stands for its continuum


@dataclasses.dataclass(frozen=True, eq=False)
class ApogeeDwarfs:
    """The network of El-Badry et al. 2018 (MNRAS 476, 528), one for each pixel, fitted to APOGEE dwarfs.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (7214,)
        Air, rest frame, three chips [Angstrom].
    low, high : ndarray, shape (5,)
        Range of teff, logg, [Fe/H], [Mg/Fe], v_macro [km/s].
    """

    wavelength_aa: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    weights: tuple[NDArray[np.float32], ...]

    @classmethod
    def read(cls, folder: Path) -> ApogeeDwarfs:
        """Read the network's coefficients."""
        names = ("w_array_0", "b_array_0", "w_array_1", "b_array_1")
        net: dict[str, NDArray[Any]] = read_npz(
            folder / "NN_normalized_spectra.npz", ("x_min", "x_max", *names)
        )
        axis: dict[str, NDArray[Any]] = read_npz(folder / "apogee_wavelength.npz", ("wavelength",))
        weights = tuple(net[name] for name in names)
        return cls(vacuum_to_air(axis["wavelength"]), net["x_min"], net["x_max"], weights)

    def flux(self, labels: ArrayLike) -> NDArray[np.float64]:
        """Return normalised spectra at R = 22,500.

        Parameters
        ----------
        labels : array_like, shape (n_spectra, 5)
            teff, logg, [Fe/H], [Mg/Fe], v_macro.

        Returns
        -------
        ndarray, shape (n_spectra, 7214)
        """
        w0, b0, w1, b1 = self.weights
        scaled = (np.atleast_2d(np.asarray(labels, dtype=float)) - self.low) / (self.high - self.low) - 0.5
        rows = np.empty((len(scaled), len(b1)))
        for number, one in enumerate(scaled.astype(np.float32)):
            hidden = 1.0 / (1.0 + np.exp(-(w0 @ one + b0)))
            rows[number] = np.einsum("ij,ij->i", w1, hidden) + b1
        return rows

    def chips(self) -> list[NDArray[np.int64]]:
        """Return the pixels of each chip."""
        steps = np.diff(np.log(self.wavelength_aa)) * SPEED_OF_LIGHT_KMS
        return np.split(np.arange(self.wavelength_aa.size), np.flatnonzero(steps > CHIP_GAP_KMS) + 1)


@dataclasses.dataclass(frozen=True, eq=False)
class QuadraticDwarfs:
    """Quadratic functions of teff, logg, [Fe/H] fitted to M dwarfs of BT-Settl (Allard et al. 2012).

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        Air, rest frame [Angstrom].
    coefficients : ndarray, shape (n_pixels, 10)
        Of 1, t, g, m, t2, tg, tm, g2, gm, m2.
    pivots, scales : ndarray, shape (3,)
        (t, g, m) = (label - pivot) / scale; the fits hold within two scales.
    """

    wavelength_aa: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    pivots: NDArray[np.float64]
    scales: NDArray[np.float64]

    @classmethod
    def read(cls, folder: Path) -> QuadraticDwarfs:
        """Read the coefficients."""
        coefficients, pivots, scales, wave = (
            np.load(folder / f"500k_{part}.npy") for part in ("coeffs", "pivots", "scales", "wl")
        )
        return cls(vacuum_to_air(1e4 * wave), coefficients, pivots, scales)

    def flux(self, labels: ArrayLike) -> NDArray[np.float64]:
        """Return spectra, their 95th percentile at one, shape (n_spectra, n_pixels)."""
        t, g, m = ((np.atleast_2d(np.asarray(labels, dtype=float)) - self.pivots) / self.scales).T
        terms = np.stack([np.ones_like(t), t, g, m, t * t, t * g, t * m, g * g, g * m, m * m], axis=1)
        flux = terms @ self.coefficients.T
        return np.asarray(flux / np.percentile(flux, LEVEL_PERCENTILE, axis=1, keepdims=True))
