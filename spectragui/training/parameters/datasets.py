"""Endless batches of spectra made on the fly, and fixed sets of them to be judged on."""

from __future__ import annotations

import copy
import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import PARAMETER_LABELS, STAR_LABELS
from spectragui.networks.conditions import encode_conditions
from spectragui.networks.input_grid import InputGrid
from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.macroturbulence import total_broadening
from spectragui.training.grids import SpectrumGrid
from spectragui.training.label_sampling import draw_stellar_labels, star_weights
from spectragui.training.parameters.augmentation import (
    AugmentationConfig,
    draw_broadening,
    draw_continuum_error,
    draw_coverage,
    draw_log_uniform,
)
from spectragui.training.parameters.noise_patterns import ModelErrorBank, add_model_error

if TYPE_CHECKING:
    import torch

WINDOW_AA = (4450.0, 5400.0)


@dataclasses.dataclass
class Batch:
    """Inputs and labels of some spectra.

    Attributes
    ----------
    flux, is_used : torch.Tensor, shape (n_spectra, n_pixels)
        Normalised as `InputGrid.normalise` does, and 1 where a pixel counts.
    conditions : torch.Tensor, shape (n_spectra, 4)
        See `encode_conditions`.
    labels : ndarray, shape (n_spectra, 6)
        In the order of `PARAMETER_LABELS`.
    """

    flux: torch.Tensor
    is_used: torch.Tensor
    conditions: torch.Tensor
    labels: NDArray[np.float64]


def sampling_transfer(frequency: torch.Tensor, step_kms: float) -> torch.Tensor:
    """Return what merging onto half steps and smoothing to full steps does, in Fourier space.

    Notes
    -----
    Must be what `inference.network_input` does to data: integration over half a step, then the
    weights 1/4, 1/2, 1/4 on half steps.
    """
    import torch

    half = 0.5 * step_kms
    return torch.special.sinc(frequency * half) * (0.5 + 0.5 * torch.cos(2.0 * math.pi * frequency * half))


class SpectrumStream:
    """Draw training spectra: stars of the emulator and of the grid itself, disturbed at random.

    Parameters
    ----------
    emulator : Emulator
    training : SpectrumGrid
        Spectra that may be trained on, on the emulator's wavelengths.
    model_error : ModelErrorBank or None
        The error of the physics.
    config : AugmentationConfig
    decimation : int
        Step of the network's input in steps of the grid.
    mean_width_kms : float
        Width of the running mean that normalises.
    grid_part : float
        Part of the spectra that are taken from the grid itself.
    fgk_weight : float
        How much more often FGK stars are drawn.
    n_labels : int
        Stars whose emulator coefficients are computed in advance.
    seed : int
    """

    def __init__(
        self,
        emulator: Emulator,
        training: SpectrumGrid,
        model_error: ModelErrorBank | None,
        config: AugmentationConfig,
        *,
        decimation: int = 4,
        mean_width_kms: float = 1000.0,
        grid_part: float = 0.3,
        fgk_weight: float = 2.0,
        n_labels: int = 100_000,
        seed: int = 0,
    ) -> None:
        import torch

        rng = np.random.default_rng(seed)
        self.config, self.model_error, self._grid_part = config, model_error, grid_part
        wave = emulator.wavelength_aa
        self.grid, first = InputGrid.inside(wave, decimation, *WINDOW_AA, mean_width_kms=mean_width_kms)
        self.star_labels = draw_stellar_labels(training.labels, n_labels, fgk_weight, rng)
        blocks = np.array_split(self.star_labels, max(1, n_labels // 5000))
        ones = np.ones((n_labels, 1), np.float32)
        coefficients = np.concatenate([emulator.coefficients(block) for block in blocks])
        self._coefficients = torch.from_numpy(np.concatenate([ones, coefficients], axis=1))
        self._grid_labels = training.labels
        self._grid_weight = torch.from_numpy(star_weights(training.labels, fgk_weight))
        parts = [emulator.mean[None], emulator.basis, training.normalised_flux()]
        self._n_basis = 1 + len(emulator.basis)
        if model_error is not None:
            parts.append(model_error.rows)
        self.simulator = BatchedSimulator(np.concatenate(parts), wave, decimation, first, self.grid.n_pixels)
        self._sampling = sampling_transfer(self.simulator.frequency, self.grid.step_kms)

    def draw(self, n_spectra: int, generator: torch.Generator) -> Batch:
        """Draw a batch.

        Parameters
        ----------
        n_spectra : int
        generator : torch.Generator
            All randomness comes from here.
        """
        import torch

        star, transform = self._draw_stars(n_spectra, generator)
        broadening = draw_broadening(self.config, n_spectra, generator)
        misfit = torch.zeros(n_spectra)
        if self.model_error is not None:
            misfit = self._draw_misfit(n_spectra, generator)
            add_model_error(transform, misfit, star[:, 0], self.simulator, self.model_error, generator)
        transfer = self.simulator.transfer(broadening) * self._sampling
        flux = self.simulator.to_pixels(transform * transfer)
        flux = self._disturb(flux, generator)
        snr = draw_log_uniform(self.config.snr_min, self.config.snr_max, n_spectra, generator)
        flux = add_noise(self.simulator, flux, snr, broadening.pixel_kms, self._sampling, generator)
        is_used = draw_coverage(self.grid, self.config, n_spectra, generator)
        known = torch.rand(n_spectra, generator=generator) >= self.config.unknown_part
        error = self.config.resolving_power_error * torch.randn(n_spectra, generator=generator)
        power = broadening.resolving_power * torch.exp(error)
        stated = snr * torch.exp(0.08 * torch.randn(n_spectra, generator=generator))
        told = misfit * torch.exp(0.2 * torch.randn(n_spectra, generator=generator))
        return Batch(
            self.grid.normalise(flux, is_used),
            is_used,
            conditions_of(power, broadening.pixel_kms, stated, told, known),
            labels_of(star, broadening),
        )

    def clean_flux(self, n_spectra: int, seed: int) -> torch.Tensor:
        """Return spectra that cover the whole window without noise, shape (n_spectra, n_pixels).

        Continuum errors, velocity errors and the error of the physics are in them: they are what
        spectra can look like, noise is not.
        """
        import torch

        clean = copy.copy(self)
        clean.config = dataclasses.replace(self.config, snr_min=1e6, snr_max=2e6, partial_part=0.0)
        generator = torch.Generator().manual_seed(seed)
        blocks = [clean.draw(256, generator).flux for _ in range(math.ceil(n_spectra / 256))]
        return torch.cat(blocks)[:n_spectra]

    def _draw_stars(
        self, n_spectra: int, generator: torch.Generator
    ) -> tuple[NDArray[np.float64], torch.Tensor]:
        """Return labels, shape (n_spectra, 5), and transforms of undisturbed spectra."""
        import torch

        n_grid = int(round(self._grid_part * n_spectra))
        rows = torch.multinomial(self._grid_weight, n_grid, True, generator=generator)
        stars = torch.randint(len(self.star_labels), (n_spectra - n_grid,), generator=generator)
        labels = np.concatenate([self._grid_labels[rows.numpy()], self.star_labels[stars.numpy()]])
        from_grid = self.simulator.gather(rows + self._n_basis)
        from_emulator = self.simulator.combine(self._coefficients[stars])
        return labels, torch.cat([from_grid, from_emulator])

    def _draw_misfit(self, n_spectra: int, generator: torch.Generator) -> torch.Tensor:
        import torch

        amplitude = self.config.model_error_max * torch.rand(n_spectra, generator=generator)
        return amplitude * (torch.rand(n_spectra, generator=generator) < self.config.model_error_part)

    def _disturb(self, flux: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        import torch

        factor = draw_continuum_error(self.grid, self.config, len(flux), generator)
        stray = self.config.scattered_light * torch.randn(len(flux), 1, generator=generator)
        stray = stray * (torch.rand(len(flux), 1, generator=generator) < 0.7)
        return (flux + stray) / (1.0 + stray) * self.grid.interpolate_bins(factor)


def add_noise(
    simulator: BatchedSimulator,
    flux: torch.Tensor,
    snr: torch.Tensor,
    pixel_kms: torch.Tensor,
    sampling: torch.Tensor,
    generator: torch.Generator,
) -> torch.Tensor:
    """Add photon noise of a given S/N per detector pixel (at the continuum)."""
    noise = simulator.to_pixels(simulator.white_noise(pixel_kms, generator) * sampling)
    return flux + noise * flux.clamp(min=0.02).sqrt() / snr[:, None]


def conditions_of(
    resolving_power: torch.Tensor,
    pixel_kms: torch.Tensor,
    snr: torch.Tensor,
    misfit: torch.Tensor,
    is_known: torch.Tensor,
) -> torch.Tensor:
    """Return the encoded conditions of a batch."""
    import torch

    arrays = (resolving_power, is_known, snr / pixel_kms.sqrt(), misfit)
    return torch.from_numpy(encode_conditions(*(array.cpu().numpy() for array in arrays)))


def labels_of(star: NDArray[np.float64], broadening: BroadeningBatch) -> NDArray[np.float64]:
    """Return labels in the order of `PARAMETER_LABELS`: v sin i includes macroturbulence."""
    total = total_broadening(
        broadening.vsini_kms.numpy().astype(float), broadening.macroturbulence_kms.numpy().astype(float)
    )
    order = {name: i for i, name in enumerate(STAR_LABELS)}
    columns = [total if name == "vsini" else star[:, order[name]] for name in PARAMETER_LABELS]
    return np.stack(columns, axis=1)
