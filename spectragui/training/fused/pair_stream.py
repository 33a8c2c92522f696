"""Endless batches of stars that two arms observe: labels and rotation are common, noise and gaps are not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import MAIN_LABELS
from spectragui.inference.opened_model import open_model
from spectragui.networks.input_grid import InputGrid
from spectragui.training.config import DataConfig
from spectragui.training.fused.config import FusedConfig
from spectragui.training.grids import SpectrumGrid, find_file, read_grid
from spectragui.training.label_sampling import draw_stellar_labels, follow_alpha_trend
from spectragui.training.parameters.augmentation import draw_broadening
from spectragui.training.parameters.datasets import Batch, SpectrumStream
from spectragui.training.parameters.noise_patterns import ModelErrorBank

if TYPE_CHECKING:
    import torch

FIRST, SECOND, BOTH = 0, 1, 2


@dataclasses.dataclass
class PairBatch(Batch):
    """A batch whose pixels and conditions are those of both arms, one after the other.

    Attributes
    ----------
    case : ndarray of int, shape (n_spectra,)
        0 = the first arm alone, 1 = the second alone, 2 = both.
    """

    case: NDArray[np.int64] = dataclasses.field(default_factory=lambda: np.zeros(0, dtype=np.int64))


class PairStream:
    """Draw stars of two emulators, as far as both reach.

    Parameters
    ----------
    config : FusedConfig
    seed : int
        Of the stars: other seeds give other ones.

    Attributes
    ----------
    labels : tuple of str
        That both arms have, and v sin i.
    grids : tuple of InputGrid
    """

    def __init__(self, config: FusedConfig, seed: int = 0) -> None:
        first, first_grid = _arm(config.first)
        second, second_grid = _arm(config.second)
        names = first.label_names
        shared = [name for name in MAIN_LABELS if name in names and name in second.label_names]
        low, high = np.array([second.label_ranges[name] for name in shared]).T
        columns = [names.index(name) for name in shared]
        rng = np.random.default_rng(seed)
        known = first_grid.for_training().labels
        known = known[np.all((known[:, columns] >= low) & (known[:, columns] <= high), axis=1)]
        stars = draw_stellar_labels(known, config.pair.n_stars, config.first.fgk_weight, rng, names)
        follow_alpha_trend(stars, names, config.first.alpha_trend, rng)
        self.labels, self.pair, self.augmentation = (*shared, "vsini"), config.pair, config.augmentation
        self._streams = tuple(
            _stream(data, grid, config, seed, labels)
            for data, grid, labels in (
                (config.first, first_grid, stars),
                (config.second, second_grid, stars[:, [names.index(name) for name in second.label_names]]),
            )
        )
        self.grids: tuple[InputGrid, ...] = tuple(stream.grid for stream in self._streams)
        self.n_stars = len(stars)

    def draw(self, n_spectra: int, generator: torch.Generator) -> PairBatch:
        """Draw a batch; one arm is missing as often as the configuration says."""
        import torch

        lot = torch.rand(n_spectra, generator=generator).numpy()
        part = self.pair.missing_part
        case = np.where(lot < 0.5 * part, FIRST, np.where(lot < part, SECOND, BOTH))
        return self.draw_cases(case, generator)

    def draw_cases(
        self, case: NDArray[np.int64], generator: torch.Generator, snr: float | None = None
    ) -> PairBatch:
        """Draw stars of which given arms were observed, at any S/N or at a given one."""
        import torch

        n_spectra = len(case)
        stars = torch.randint(self.n_stars, (n_spectra,), generator=generator)
        rotation = draw_broadening(self.augmentation, n_spectra, generator)
        parts = []
        for number, stream in enumerate(self._streams):
            own = draw_broadening(self.augmentation, n_spectra, generator)
            broadening = dataclasses.replace(
                own, vsini_kms=rotation.vsini_kms, macroturbulence_kms=rotation.macroturbulence_kms
            )
            usual = stream.config
            if snr is not None:
                stream.config = dataclasses.replace(
                    usual, snr_min=snr, snr_max=snr, partial_part=0.0, model_error_part=0.0
                )
            batch = stream.draw_of(stars, broadening, generator)
            stream.config = usual
            there = torch.from_numpy((case == number) | (case == BOTH)).float()[:, None]
            parts.append((batch, there))
        labels = parts[0][0].labels
        return PairBatch(
            torch.cat([batch.flux * there for batch, there in parts], dim=1),
            torch.cat([batch.is_used * there for batch, there in parts], dim=1),
            torch.cat([batch.conditions * there for batch, there in parts], dim=1),
            labels,
            case=case,
        )

    def clean_flux(self, n_spectra: int, seed: int) -> torch.Tensor:
        """Return spectra of both whole arms without noise, shape (n_spectra, n_pixels)."""
        import torch

        generator = torch.Generator().manual_seed(seed)
        return self.draw_cases(np.full(n_spectra, BOTH), generator, snr=1e6).flux


def _arm(data: DataConfig) -> tuple:
    emulator = open_model(data.emulator).emulator
    return emulator, read_grid(find_file(data.grid), emulator.label_names)


def _stream(
    data: DataConfig, grid: SpectrumGrid, config: FusedConfig, seed: int, stars: NDArray[np.float64]
) -> SpectrumStream:
    model = open_model(data.emulator)
    bank = None
    if data.model_error:
        bank = ModelErrorBank(find_file(data.model_error), model.emulator, seed=seed)
    learnt = (*(name for name in MAIN_LABELS if name in grid.label_names), "vsini")
    data = dataclasses.replace(data, grid_part=0.0, labels=learnt, n_labels=10)
    few = grid.select(np.arange(len(grid)) < 40)  # its spectra are not drawn
    augmentation = config.augmentation
    if bank is None:
        augmentation = dataclasses.replace(augmentation, model_error_part=0.0)
    stream = SpectrumStream(model, few, bank, augmentation, data, seed).of_pixels()
    stream.set_stars(stars)
    return stream
