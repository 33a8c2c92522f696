"""Noisy and noiseless pixels for networks that map the one to the other, with the paper's augmentation."""

from __future__ import annotations

import numpy as np
import torch

from spectragui.networks.spectrum_posterior import PosteriorSolver
from spectragui.simulation.emulator import load_emulator
from spectragui.training.denoiser.basis import build_basis
from spectragui.training.denoiser.config import DenoiserConfig
from spectragui.training.denoiser.disturbances import augment
from spectragui.training.denoiser.nights import NightSky

MEDIAN_FLUX = 0.5


class PixelStream:
    """Noiseless spectra of a pool of stars, augmented anew whenever they are drawn.

    Parameters
    ----------
    config : DenoiserConfig
    """

    def __init__(self, config: DenoiserConfig) -> None:
        self._config = config
        self._generator = np.random.default_rng([config.training.seed, 3])
        emulator = load_emulator(config.domain.emulator)
        basis, self._pool, _ = build_basis(emulator, config.domain, self._generator)
        self._sky = NightSky(config.domain.instrument)
        self.wavelength_aa = self._sky.wavelength_aa
        self._solver = PosteriorSolver(basis, self.wavelength_aa)
        self._mean, self._inverse = basis.prior_mean, np.linalg.inv(basis.prior_factor)

    def draw(
        self, count: int, generator: np.random.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return noisy input and noiseless target, shape (count, n_pixels), of a median of 0.5."""
        rng = self._generator if generator is None else generator
        level, per_flux, background = self._sky.draw(count, rng)
        chosen = rng.integers(0, len(self._pool), count)
        both = np.concatenate([self._pool.lines[chosen], self._pool.level[chosen]], axis=1)
        z = (both - self._mean) @ self._inverse.T
        fastest = self._config.domain.fastest_kms
        shift = rng.uniform(-fastest, fastest, count)
        state = torch.as_tensor(np.column_stack([z, np.zeros(count), shift]), dtype=torch.float32)
        flux = self._solver.flux(state).double().numpy()
        flux *= MEDIAN_FLUX / np.median(flux, axis=1, keepdims=True)
        star = flux * (level / MEDIAN_FLUX)[:, None]
        sigma = np.sqrt(star * per_flux + background) / per_flux * (MEDIAN_FLUX / level)[:, None]
        drawn = augment(flux, sigma, self.wavelength_aa, self._config.augmentation, rng)
        as_tensor = [torch.as_tensor(values, dtype=torch.float32) for values in (drawn.input, drawn.target)]
        return as_tensor[0], as_tensor[1]
