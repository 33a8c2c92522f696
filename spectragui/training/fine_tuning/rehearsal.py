"""Spectra as an old model was trained on, so that a new one does not forget them."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.errors import SpectraGUIError, TrainingError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.opened_model import OpenedModel
from spectragui.networks.input_grid import InputGrid
from spectragui.simulation.emulator import Emulator
from spectragui.training.config import Config, DataConfig
from spectragui.training.config_file import read_config
from spectragui.training.emulator.emulator_grid import FLUX_UNIT
from spectragui.training.grids import SpectrumGrid, find_file, read_grid
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.parameters.datasets import Batch, SpectrumStream
from spectragui.training.parameters.noise_patterns import ModelErrorBank

_MOST_STARS = 20_000  # of the emulator: a rehearsal needs no more
_BLOCK = 256


@dataclasses.dataclass(frozen=True, eq=False)
class OldTraining:
    """What the base model was trained on, as far as it is at hand.

    Attributes
    ----------
    config : Config
    stream : SpectrumStream
    grid : SpectrumGrid
        The grid of its training, or spectra of its emulator in the same places.
    is_emulated : bool
        Whether the grid is the emulator's.
    """

    config: Config
    stream: SpectrumStream
    grid: SpectrumGrid
    is_emulated: bool


def old_training(base: OpenedModel, grid: InputGrid, seed: int) -> OldTraining:
    """Return the training of a base model again.

    Raises
    ------
    TrainingError
        If its ``train.toml`` describes another network than its weights.
    """
    config = _old_config(base, grid)
    data = dataclasses.replace(config.data, n_labels=min(config.data.n_labels, _MOST_STARS))
    spectra, is_emulated = _old_grid(data, base.emulator)
    bank = None
    if data.model_error:
        try:
            bank = ModelErrorBank(find_file(data.model_error), base.emulator, seed=seed)
        except TrainingError:
            bank = None  # it lies among the training data, which a user need not have
    stream = SpectrumStream(base, spectra, bank, config.augmentation, data, seed)
    if stream.grid != grid:
        raise TrainingError(
            f"The train.toml of {base.name} describes a network on other pixels than its weights.",
            "Set rehearsal = 0.",
        )
    return OldTraining(config, stream, spectra, is_emulated)


def _old_config(base: OpenedModel, grid: InputGrid) -> Config:
    """Return how a model was trained, by its ``train.toml``, else by what its card says.

    An imported model has its card only; the disturbances are the usual ones then.
    """
    try:
        config = read_config(base.path / "train.toml")
    except SpectraGUIError:
        config = None
    if isinstance(config, Config):
        return config
    wave, card = base.emulator.wavelength_aa, base.card
    step = SPEED_OF_LIGHT_KMS * float(np.log(wave[-1] / wave[0])) / (len(wave) - 1)
    low, high = card.domain.resolving_power
    fastest = card.label_ranges.get("vsini", (0.0, float(card.training.get("vsini_max", 30.0))))[1]
    data = DataConfig(
        grid=str(card.training.get("data", "")),
        model_error="",
        emulator=card.companions.emulator,
        decimation=max(round(grid.step_kms / step), 1),
        mean_width_kms=grid.mean_width_kms,
        labels=card.label_names,
    )
    augmentation = AugmentationConfig(
        resolving_power_min=low, resolving_power_max=high, vsini_max_kms=fastest
    )
    return Config(data=data, augmentation=augmentation)


def _old_grid(data: DataConfig, emulator: Emulator) -> tuple[SpectrumGrid, bool]:
    """Return the grid that is named where it is at hand, else the emulator's spectra at its own points."""
    try:
        return read_grid(find_file(data.grid), emulator.label_names).for_training(), False
    except TrainingError:
        return emulated_grid(emulator), True


def emulated_grid(emulator: Emulator, n_spectra: int = 300, seed: int = 0) -> SpectrumGrid:
    """Return spectra of an emulator at labels of its own training, or anywhere in its ranges.

    Parameters
    ----------
    emulator : Emulator
    n_spectra : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    names = emulator.label_names
    low, high = np.array([emulator.label_ranges[name] for name in names]).T
    labels = low + (high - low) * rng.random((n_spectra, len(names)))
    if emulator.kernels is not None:
        features = emulator.kernels.points * emulator.feature_scale + emulator.feature_mean
        known = _labels_of(features, names)
        labels = known[rng.permutation(len(known))[:n_spectra]]
    flux = np.round(np.clip(emulator.normalised_flux(labels), 0.0, 1.3) * FLUX_UNIT).astype(np.uint16)
    index = np.arange(len(labels)) * 10 + 1  # none of them counts as held out
    return SpectrumGrid(emulator.wavelength_aa, flux, labels, index, label_names=names)


def _labels_of(features: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return the labels that `label_features` made features of."""
    columns, place = [], 0
    for name in names:
        column = features[:, place]
        columns.append(5040.0 / column if name == "teff" else column)
        place += 2 if name == "m_h" else 1
    return np.stack(columns, axis=1)


def draw_rehearsal(old: OldTraining, label_names: tuple[str, ...], n_spectra: int, seed: int) -> Batch:
    """Draw spectra of the old training once, to be used again and again.

    Parameters
    ----------
    old : OldTraining
    label_names : tuple of str
        Of the new network; labels that the old training lacks are NaN.
    n_spectra : int
    seed : int
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    blocks = [old.stream.draw(min(_BLOCK, n_spectra), generator) for _ in range(-(-n_spectra // _BLOCK))]
    labels = np.concatenate([block.labels for block in blocks])
    names = old.stream.labels
    columns = [
        labels[:, names.index(name)] if name in names else np.full(len(labels), np.nan)
        for name in label_names
    ]
    flux, used, conditions = (
        torch.cat([getattr(block, part) for block in blocks]) for part in ("flux", "is_used", "conditions")
    )
    return Batch(flux, used, conditions, np.stack(columns, axis=1))
