"""Grids of synthetic spectra that emulators are trained on and judged by."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.labels import STAR_LABELS
from spectragui.core.npz_file import read_npz

FLUX_UNIT = 50000.0  # normalised flux = stored integer / 50000
HELD_OUT_STEP = 10  # every tenth spectrum is never trained on


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """Spectra of a grid.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom, air
    flux : ndarray, shape (n_spectra, n_pixels), normalised
    log_continuum : ndarray, shape (n_spectra, n_knots)
    knot_pixels : ndarray of int, shape (n_knots,)
    labels : ndarray, shape (n_spectra, n_labels)
    held_out : ndarray of bool, shape (n_spectra,)
        The spectra that judge, and are never trained on.
    label_names : tuple of str
    resolving_power : float
        lambda / FWHM that the spectra have already; infinite = the resolution of the lines.
    gaps_aa : tuple of (float, float)
        Stretches that no spectrum covers.
    """

    wavelength_aa: NDArray[np.float64]
    flux: NDArray[np.float32]
    log_continuum: NDArray[np.float64]
    knot_pixels: NDArray[np.int64]
    labels: NDArray[np.float64]
    held_out: NDArray[np.bool_]
    label_names: tuple[str, ...] = STAR_LABELS
    resolving_power: float = math.inf
    gaps_aa: tuple[tuple[float, float], ...] = ()

    def joined(self, extra: Grid) -> Grid:
        """Return this grid with all spectra of another one added for training."""
        if not np.allclose(self.wavelength_aa, extra.wavelength_aa, rtol=1e-9):
            raise TrainingError("The two grids differ in wavelength.", "Compute them on the same pixels.")
        if self.label_names != extra.label_names:
            raise TrainingError("The two grids differ in their labels.", "Compute them with the same ones.")
        return Grid(
            self.wavelength_aa,
            np.concatenate([self.flux, extra.flux]),
            np.concatenate([self.log_continuum, extra.log_continuum]),
            self.knot_pixels,
            np.concatenate([self.labels, extra.labels]),
            np.concatenate([self.held_out, np.zeros(len(extra.labels), dtype=bool)]),
            self.label_names,
            self.resolving_power,
            self.gaps_aa,
        )

    def binned(self, count: int) -> Grid:
        """Return the grid with means of ``count`` pixels as one; last pixels that do not fit are left out."""
        if count == 1:
            return self
        n_pixels = self.flux.shape[1] // count
        cut = n_pixels * count
        flux = self.flux[:, :cut].reshape(len(self.flux), n_pixels, count).mean(axis=2)
        wavelength = np.exp(np.log(self.wavelength_aa[:cut]).reshape(n_pixels, count).mean(axis=1))
        knots = np.minimum(self.knot_pixels // count, n_pixels - 1)
        return dataclasses.replace(self, wavelength_aa=wavelength, flux=flux, knot_pixels=knots)


def read_grid(path: Path) -> Grid:
    """Read a grid file (``wave, flux, cont, cont_index, labels``; ``label_names`` unless they are all)."""
    optional = ("label_names", "resolving_power", "gaps")
    data = read_npz(path, ("wave", "flux", "cont", "cont_index", "labels"), optional)
    return Grid(
        wavelength_aa=data["wave"].astype(np.float64),
        flux=data["flux"].astype(np.float32) / np.float32(FLUX_UNIT),
        log_continuum=np.log(data["cont"].astype(np.float64)),
        knot_pixels=data["cont_index"].astype(np.int64),
        labels=data["labels"].astype(np.float64),
        held_out=np.arange(len(data["labels"])) % HELD_OUT_STEP == 0,
        label_names=tuple(map(str, data.get("label_names", STAR_LABELS))),
        resolving_power=float(np.ravel(data.get("resolving_power", np.array(math.inf)))[0]),
        gaps_aa=tuple((float(low), float(high)) for low, high in data.get("gaps", np.zeros((0, 2)))),
    )
