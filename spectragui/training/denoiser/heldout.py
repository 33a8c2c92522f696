"""Held-out observations of a denoiser: spectra that were not made with its components."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import average_even_grid, pixel_edges
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, doppler_factor, vacuum_to_air
from spectragui.inference.denoise.denoiser import Denoiser, Estimate
from spectragui.simulation.broadening import broaden
from spectragui.simulation.continuum_error import random_walk_error
from spectragui.simulation.emulator import Emulator, load_emulator
from spectragui.simulation.mock_observation import WAVES_OF_CALIBRATION
from spectragui.simulation.photon_budget import band_mean
from spectragui.simulation.star_spectrum import Star, star_continuum
from spectragui.training.denoiser.basis import label_box
from spectragui.training.denoiser.config import DomainConfig
from spectragui.training.denoiser.nights import NightSky
from spectragui.training.grids import SpectrumGrid

Floats = NDArray[np.float64]
QUANTITIES = ("snr", "teff", "logg", "m_h", "alpha_m", "v_rad", "ebv", "magnitude")


@dataclasses.dataclass(frozen=True, eq=False)
class HeldOut:
    """Simulated observations and their truth; rows are spectra.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom, vacuum
    truth, noisy, sigma : ndarray, shape (n, n_pixels)
        Per frequency; the truth holds the calibration error.
    quantities : dict of str to ndarray, shape (n,)
        By `QUANTITIES`.
    resolving_power : float
    """

    wavelength_aa: Floats
    truth: Floats
    noisy: Floats
    sigma: Floats
    quantities: dict[str, Floats]
    resolving_power: float = 0.0

    def __len__(self) -> int:
        return len(self.truth)


def denoised_held_out(model: Denoiser, held: HeldOut, noisy: Floats | None = None) -> Estimate:
    """Return what a denoiser makes of observations, or of others on their pixels."""
    flux = held.noisy if noisy is None else noisy
    return model.estimate(held.wavelength_aa, flux, held.sigma, resolving_power=held.resolving_power)


class HeldOutMaker:
    """Makes observations from the emulator's own spectra, or from computed ones.

    Parameters
    ----------
    config : DomainConfig
    grid : SpectrumGrid, optional
        Computed spectra that no part of the model was trained on; without it the emulator's.
    labels : ndarray, shape (n_labels,), optional
        Of the emulator's star that is observed always, instead of one drawn anew.
    """

    def __init__(
        self, config: DomainConfig, grid: SpectrumGrid | None = None, labels: Floats | None = None
    ) -> None:
        self.config = config
        self.labels = labels
        self.emulator: Emulator = load_emulator(config.emulator)
        self.grid = grid
        self.skies = [NightSky(config.instrument, power) for power in config.held_out_powers or (0.0,)]
        self.sky = self.skies[0]

    def at_once(self, most: int) -> int:
        """Return how many spectra, ``most`` of 4096 pixels, are made and denoised at once."""
        return max(4, most * 4096 // max(sky.wavelength_aa.size for sky in self.skies))

    def make(
        self,
        count: int,
        generator: np.random.Generator,
        snr: float | Floats | None = None,
        sky: int | None = None,
    ) -> HeldOut:
        """Make observations of drawn stars in drawn nights.

        Parameters
        ----------
        count : int
        generator : numpy.random.Generator
        snr : float or ndarray, shape (count,), optional
            The nights' noise is scaled so that the median S/N is this; else the magnitude decides.
        sky : int, optional
            Which of the domain's resolving powers all have, counted on and on; else one is drawn.
        """
        if sky is not None:
            self.sky = self.skies[sky % len(self.skies)]
        elif len(self.skies) > 1:
            self.sky = self.skies[int(generator.integers(len(self.skies)))]
        wavelength = self.sky.wavelength_aa
        level, per_flux, background = self.sky.draw(count, generator)
        truth, quantities = self._stars(count, generator)
        mean = truth.mean(axis=1)
        if self.sky.system is not None:
            mean = np.array([band_mean(wavelength, row) for row in truth])
        truth *= (level / mean)[:, None]
        sigma = np.sqrt(np.maximum(truth * per_flux, 0.0) + background) / per_flux
        reached = np.median(truth / sigma, axis=1)
        if snr is not None:
            sigma *= (reached / snr)[:, None]
            reached = np.full(count, snr, dtype=np.float64)
        quantities["snr"] = reached
        if self.sky.system is not None:
            quantities["magnitude"] = 31.4 - 2.5 * np.log10(level)
        noisy = truth + sigma * generator.standard_normal(truth.shape)
        return HeldOut(wavelength, truth, noisy, sigma, quantities, self.sky.resolving_power)

    def _stars(self, count: int, generator: np.random.Generator) -> tuple[Floats, dict[str, Floats]]:
        """Return noiseless fluxes of any level, with a calibration error."""
        wavelength = self.sky.wavelength_aa
        velocities = generator.uniform(-self.config.fastest_kms, self.config.fastest_kms, count)
        ebv = generator.uniform(0.0, self.config.ebv, count)
        scale = 2.0 * (wavelength[-1] - wavelength[0]) / WAVES_OF_CALIBRATION
        edges = vacuum_to_air(pixel_edges(wavelength))
        chosen, labels = self._labels(count, generator)
        slowest, fastest = self.config.held_out_vsini
        vsini = np.full(count, slowest)
        if fastest > slowest:
            vsini = generator.uniform(slowest, fastest, count)
        rows = []
        for number in range(count):
            start, dv, flux = self._fine(labels[number], int(chosen[number]))
            broad = broaden(
                flux,
                dv,
                resolving_power=self.sky.resolving_power,
                velocity_kms=float(velocities[number]),
                vsini_kms=float(vsini[number]),
            )
            place = np.log(edges / start) * SPEED_OF_LIGHT_KMS / dv
            lines = np.asarray(average_even_grid(np.asarray(broad, dtype=np.float64), place))
            star = Star(
                dict(zip(self.emulator.label_names, labels[number], strict=True)), ebv=float(ebv[number])
            )
            rest = wavelength / doppler_factor(float(velocities[number]))
            level = star_continuum(star, rest, self.emulator) * wavelength**2
            error: Floats | float = 1.0
            if self.config.calibration_error > 0:
                error = random_walk_error(wavelength, self.config.calibration_error, scale, generator)
            rows.append(lines * level * error)
        names = self.emulator.label_names
        quantities = {name: labels[:, names.index(name)] for name in QUANTITIES if name in names}
        return np.stack(rows), quantities | {"v_rad": velocities, "ebv": ebv}

    def _labels(self, count: int, generator: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
        """Return which spectra of the grid are taken (none of them without a grid), and labels."""
        if self.grid is not None:
            chosen = generator.integers(0, len(self.grid), count)
            return chosen, self.grid.labels[chosen].astype(np.float64)
        if self.labels is not None:
            return np.zeros(count, dtype=np.int64), np.tile(self.labels, (count, 1))
        low, high = label_box(self.emulator, self.config)
        return np.zeros(count, dtype=np.int64), generator.uniform(low, high, (count, low.size))

    def _fine(self, labels: Floats, chosen: int) -> tuple[float, float, Floats]:
        """Return start [Angstrom, air], step [km/s] and flux of a star's lines at rest."""
        if self.grid is not None:
            wave = self.grid.wavelength_aa
            flux = self.grid.select(self.grid.index == self.grid.index[chosen]).normalised_flux()[0]
            return float(wave[0]), float(np.log(wave[1] / wave[0]) * SPEED_OF_LIGHT_KMS), flux.astype(float)
        emulator = self.emulator
        flux = emulator.normalised_flux(labels[None])[0]
        return float(emulator.wavelength_aa[0]), emulator.dv_kms, flux.astype(float)
