"""Endless batches of spectra made on the fly, and fixed sets of them to be judged on."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.inference.opened_model import OpenedModel
from spectragui.networks.conditions import encode_conditions
from spectragui.networks.input_grid import InputGrid
from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.macroturbulence import total_broadening
from spectragui.training.config import DataConfig
from spectragui.training.grids import SpectrumGrid
from spectragui.training.label_sampling import draw_stellar_labels, follow_alpha_trend, star_weights
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


_DIMMEST = 0.02  # of the continuum: noise falls no further


@dataclasses.dataclass
class Batch:
    """Inputs and labels of some spectra.

    Attributes
    ----------
    flux, is_used : torch.Tensor, shape (n_spectra, n_pixels)
        Normalised as `InputGrid.normalise` does, and 1 where a pixel counts.
    conditions : torch.Tensor, shape (n_spectra, 4)
        See `encode_conditions`.
    labels : ndarray, shape (n_spectra, n_labels)
        In the order of the stream's ``labels``.
    sigma : torch.Tensor or None, shape (n_spectra, n_pixels)
        1 sigma of the flux per sqrt(km/s), in units of the continuum.
    n_observed : int
        The first so many are observed spectra, the others synthetic.
    """

    flux: torch.Tensor
    is_used: torch.Tensor
    conditions: torch.Tensor
    labels: NDArray[np.float64]
    sigma: torch.Tensor | None = None
    n_observed: int = 0


def sampling_transfer(frequency: torch.Tensor, step_kms: float, is_native: bool = False) -> torch.Tensor:
    """Return what merging onto half steps and smoothing to full steps does, in Fourier space.

    Notes
    -----
    Must be what `inference.network_input` does to data: integration over half a step, then the
    weights 1/4, 1/2, 1/4 on half steps. Networks that take native pixels integrate over whole steps.
    """
    import torch

    if is_native:
        return torch.special.sinc(frequency * step_kms)
    half = 0.5 * step_kms
    return torch.special.sinc(frequency * half) * (0.5 + 0.5 * torch.cos(2.0 * math.pi * frequency * half))


class SpectrumStream:
    """Draw training spectra: stars of the emulator and of the grid itself, disturbed at random.

    Parameters
    ----------
    model : OpenedModel
        Emulator that makes spectra; its card says the window.
    training : SpectrumGrid
        Spectra that may be trained on, on the emulator's wavelengths and with its labels.
    model_error : ModelErrorBank or None
        The error of the physics.
    config : AugmentationConfig
    data : DataConfig
    seed : int

    Attributes
    ----------
    labels : tuple of str
        That are learnt, in their order.
    """

    def __init__(
        self,
        model: OpenedModel,
        training: SpectrumGrid,
        model_error: ModelErrorBank | None,
        config: AugmentationConfig,
        data: DataConfig,
        seed: int = 0,
    ) -> None:
        import torch

        rng, emulator = np.random.default_rng(seed), model.emulator
        self.emulator = emulator
        self.config, self.model_error, self._grid_part = config, model_error, data.grid_part
        self.star_names, self.labels = emulator.label_names, learnt_labels(data, emulator)
        wave, width = emulator.wavelength_aa, data.mean_width_kms
        self.grid, first = InputGrid.inside(
            wave, data.decimation, *model.window_aa, n_pixels=data.n_pixels, mean_width_kms=width
        )
        names = self.star_names
        stars = draw_stellar_labels(training.labels, data.n_labels, data.fgk_weight, rng, names)
        follow_alpha_trend(stars, names, data.alpha_trend, rng)
        self.set_stars(stars)
        self._grid_labels = training.labels
        self._grid_weight = torch.from_numpy(star_weights(training.labels, data.fgk_weight, names))
        parts = [emulator.mean[None], emulator.basis, training.normalised_flux()]
        self._n_basis = 1 + len(emulator.basis)
        if model_error is not None:
            parts.append(model_error.rows)
        pixels = (data.decimation, first, self.grid.n_pixels)
        self.simulator = BatchedSimulator(
            np.concatenate(parts), wave, *pixels, own_power=training.resolving_power
        )
        self._grid_vsini, self._seen = training.vsini_kms, self.grid.outside(training.gaps_aa)
        self._sampling = sampling_transfer(self.simulator.frequency, self.grid.step_kms)

    def of_pixels(self) -> SpectrumStream:
        """Return the stream, changed in place, for networks that take pixels as they are."""
        self._sampling = sampling_transfer(self.simulator.frequency, self.grid.step_kms, is_native=True)
        return self

    def set_stars(self, labels: NDArray[np.float64]) -> None:
        """Say which stars the emulator makes, shape (n_stars, n_labels)."""
        import torch

        self.star_labels = labels
        blocks = np.array_split(labels, max(1, len(labels) // 5000))
        coefficients = np.concatenate([self.emulator.coefficients(block) for block in blocks])
        ones = np.ones((len(labels), 1), np.float32)
        self._coefficients = torch.from_numpy(np.concatenate([ones, coefficients], axis=1))

    def draw(self, n_spectra: int, generator: torch.Generator) -> Batch:
        """Draw a batch.

        Parameters
        ----------
        n_spectra : int
        generator : torch.Generator
            All randomness comes from here.
        """
        star, transform, own_vsini = self._draw_stars(n_spectra, generator)
        broadening = not_twice(draw_broadening(self.config, n_spectra, generator), own_vsini)
        return self._observe(star, transform, broadening, own_vsini, generator)

    def draw_labels(self, n_spectra: int, generator: torch.Generator) -> NDArray[np.float64]:
        """Return the labels alone of the batch that `draw` would draw, shape (n_spectra, n_labels)."""
        star, _, own_vsini = self._draw_stars(n_spectra, generator)
        broadening = not_twice(draw_broadening(self.config, n_spectra, generator), own_vsini)
        return labels_of(star, broadening, self.star_names, self.labels, own_vsini)

    def draw_of(self, stars: torch.Tensor, broadening: BroadeningBatch, generator: torch.Generator) -> Batch:
        """Draw a batch of given stars of the emulator, (n_spectra,) indices, and given broadening."""
        transform = self.simulator.combine(self._coefficients[stars])
        return self._observe(self.star_labels[stars.numpy()], transform, broadening, None, generator)

    def _observe(
        self,
        star: NDArray[np.float64],
        transform: torch.Tensor,
        broadening: BroadeningBatch,
        own_vsini: NDArray[np.float64] | None,
        generator: torch.Generator,
    ) -> Batch:
        import torch

        n_spectra = len(star)
        misfit = torch.zeros(n_spectra)
        if self.model_error is not None:
            misfit = self._draw_misfit(n_spectra, generator)
            teff = star[:, self.star_names.index("teff")]
            add_model_error(transform, misfit, teff, self.simulator, self.model_error, generator)
        transfer = self.simulator.transfer(broadening) * self._sampling
        flux = self.simulator.to_pixels(transform * transfer)
        flux = self._disturb(flux, generator)
        snr = draw_log_uniform(self.config.snr_min, self.config.snr_max, n_spectra, generator)
        flux = add_noise(self.simulator, flux, snr, broadening.pixel_kms, self._sampling, generator)
        is_used = draw_coverage(self.grid, self.config, n_spectra, generator) * torch.from_numpy(self._seen)
        known = torch.rand(n_spectra, generator=generator) >= self.config.unknown_part
        error = self.config.resolving_power_error * torch.randn(n_spectra, generator=generator)
        power = broadening.resolving_power * torch.exp(error)
        stated = snr * torch.exp(0.08 * torch.randn(n_spectra, generator=generator))
        told = misfit * torch.exp(0.2 * torch.randn(n_spectra, generator=generator))
        return Batch(
            self.grid.normalise(flux, is_used),
            is_used,
            conditions_of(power, broadening.pixel_kms, stated, told, known),
            labels_of(star, broadening, self.star_names, self.labels, own_vsini),
            sigma_per_root_kms(flux, stated, broadening.pixel_kms),
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
    ) -> tuple[NDArray[np.float64], torch.Tensor, NDArray[np.float64] | None]:
        """Return labels (n_spectra, n_labels), transforms of undisturbed spectra, v sin i that is in them."""
        import torch

        n_grid = int(round(self._grid_part * n_spectra))
        rows = torch.multinomial(self._grid_weight, n_grid, True, generator=generator)
        stars = torch.randint(len(self.star_labels), (n_spectra - n_grid,), generator=generator)
        labels = np.concatenate([self._grid_labels[rows.numpy()], self.star_labels[stars.numpy()]])
        from_grid = self.simulator.gather(rows + self._n_basis)
        from_emulator = self.simulator.combine(self._coefficients[stars])
        own_vsini = None
        if self._grid_vsini is not None:
            own_vsini = np.concatenate([self._grid_vsini[rows.numpy()], np.zeros(len(stars))])
        return labels, torch.cat([from_grid, from_emulator]), own_vsini

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
    return flux + noise * flux.clamp(min=_DIMMEST).sqrt() / snr[:, None]


def sigma_per_root_kms(flux: torch.Tensor, snr: torch.Tensor, pixel_kms: torch.Tensor) -> torch.Tensor:
    """Return 1 sigma of flux per sqrt(km/s), of a given S/N per detector pixel (at the continuum)."""
    return flux.clamp(min=_DIMMEST).sqrt() * (pixel_kms.sqrt() / snr)[:, None]


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


def not_twice(broadening: BroadeningBatch, own_vsini: NDArray[np.float64] | None) -> BroadeningBatch:
    """Return the broadening without rotation and macroturbulence for spectra that rotate already."""
    import torch

    if own_vsini is None:
        return broadening
    rests = torch.from_numpy(own_vsini == 0)
    return dataclasses.replace(
        broadening,
        vsini_kms=broadening.vsini_kms * rests,
        macroturbulence_kms=broadening.macroturbulence_kms * rests,
    )


def labels_of(
    star: NDArray[np.float64],
    broadening: BroadeningBatch,
    star_names: Sequence[str],
    wanted: Sequence[str],
    own_vsini: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the wanted labels of stars, shape (n_spectra, n_wanted): v sin i includes macroturbulence.

    ``own_vsini`` (n_spectra,) is rotation that the spectra had before they were broadened [km/s].
    """
    total = total_broadening(
        broadening.vsini_kms.numpy().astype(float), broadening.macroturbulence_kms.numpy().astype(float)
    )
    if own_vsini is not None:
        total = np.hypot(total, own_vsini)
    columns = [total if name == "vsini" else star[:, star_names.index(name)] for name in wanted]
    return np.stack(columns, axis=1)


def learnt_labels(data: DataConfig, emulator: Emulator) -> tuple[str, ...]:
    """Return the labels that a configuration asks for: all that the emulator has, and v sin i, if none.

    Raises
    ------
    TrainingError
        If one is not known to the emulator.
    """
    possible = tuple(name for name in PARAMETER_LABELS if name in (*emulator.label_names, "vsini"))
    unknown = [name for name in data.labels if name not in possible]
    if unknown:
        raise TrainingError(
            f"The emulator {emulator.name} knows no label {unknown[0]!r}.", f"Known: {', '.join(possible)}."
        )
    return tuple(name for name in possible if name in data.labels) or possible
