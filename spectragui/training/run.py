"""A whole training from its configuration: data, ensemble, calibration, model folder."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.package_data import resource
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.toml_file import TomlError, parse_toml
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.networks.architectures import ONE_A_LABEL, NetworkShape, build_network
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
from spectragui.networks.parameter_network import ParameterNetwork, save_network, uncalibrated
from spectragui.training.callbacks import (
    Callback,
    EarlyStopping,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
)
from spectragui.training.config import (
    CardConfig,
    Config,
    DataConfig,
    NetworkConfig,
    TrainingConfig,
    as_table,
    fill_sections,
)
from spectragui.training.denoiser.config import DenoiserConfig, denoiser_config
from spectragui.training.generator.config import GeneratorConfig, generator_config
from spectragui.training.grids import SpectrumGrid, find_file, read_grid
from spectragui.training.head_start import train_head
from spectragui.training.loop import fit, measure_sigmas
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.parameters.calibration import calibrate_errors
from spectragui.training.parameters.datasets import SpectrumStream
from spectragui.training.parameters.model_card import write_model_card
from spectragui.training.parameters.noise_patterns import ModelErrorBank
from spectragui.training.parameters.observing_cases import ObservedGrid

if TYPE_CHECKING:
    import torch


#: What a word for labels asks for, as in the thesis.
LABEL_WORDS = {"T": ("teff",), "TG": ("teff", "logg"), "TGM": ("teff", "logg", "m_h")}


def find_config(name: str | os.PathLike[str]) -> Path:
    """Return the file of a configuration: the file itself, else the bundled preset of that name."""
    path = Path(name)
    preset = resource("training", f"{path.name}.toml")
    return preset if not path.exists() and path.name == str(name) and preset.is_file() else path


def with_labels(config: Config, words: str, one_a_label: bool = False) -> Config:
    """Return a configuration for other labels.

    Parameters
    ----------
    config : Config
    words : str
        "T", "TG", "TGM", or names of labels separated by commas; empty = as it is.
    one_a_label : bool
        Whether each label has a network of its own.
    """
    if words:
        names = LABEL_WORDS.get(words) or tuple(word.strip() for word in words.split(","))
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, labels=names))
    if one_a_label:
        options = {**config.network.options, ONE_A_LABEL: 1}
        config = dataclasses.replace(config, network=dataclasses.replace(config.network, options=options))
    return config


def read_config(path: str | os.PathLike[str]) -> Config | GeneratorConfig | DenoiserConfig:
    """Read and check a training configuration.

    Raises
    ------
    TrainingError
        If the file is missing, is no TOML, or has an entry that is not known.
    SettingsError
        If a value is out of its limits.
    """
    source = Path(path)
    try:
        table = parse_toml(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{source} could not be read: {error.strerror}.", "Check its name.") from error
    except (TomlError, UnicodeDecodeError) as error:
        raise TrainingError(f"{source.name} is not valid TOML: {first_sentence(error)}.") from error
    if table.get("kind") == "cvae":
        return generator_config({key: value for key, value in table.items() if key != "kind"}, source.name)
    if table.get("kind") == "denoiser":
        return denoiser_config({key: value for key, value in table.items() if key != "kind"}, source.name)
    parts = {
        "data": DataConfig,
        "augmentation": AugmentationConfig,
        "network": NetworkConfig,
        "training": TrainingConfig,
        "card": CardConfig,
    }
    return Config(**fill_sections(table, parts, {"output": str}, source.name))


def train_model(
    config: Config | GeneratorConfig | DenoiserConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train what a configuration describes and write its model folder.

    Parameters
    ----------
    config : Config, GeneratorConfig or DenoiserConfig
        A parameter network's ensemble, whose errors are calibrated then; a generator of spectra; a denoiser.
    resume : bool
        Whether to go on from the checkpoints in the output folder.
    progress : Progress
        May raise `Cancelled`.
    callbacks : sequence of Callback
        Besides progress, history, checkpoints and early stopping.

    Returns
    -------
    pathlib.Path
        The model folder.

    Raises
    ------
    TrainingError
        If data are missing or unusable, or the training fails.
    """
    import torch

    if isinstance(config, DenoiserConfig):
        from spectragui.training.denoiser.run import train_denoiser

        return train_denoiser(config, resume=resume, progress=progress, callbacks=callbacks)
    if isinstance(config, GeneratorConfig):
        from spectragui.training.generator.run import train_generator

        return train_generator(config, resume=resume, progress=progress, callbacks=callbacks)
    torch.set_num_threads(config.training.threads)
    folder = Path(config.output)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    emulator = open_model(config.data.emulator)
    grid = read_grid(find_file(config.data.grid), emulator.emulator.label_names)
    stream = make_stream(config, grid, emulator)
    scaling = scaling_of(stream, config.data.survey_spectra, config.training.seed)
    members = []
    for number in range(config.training.members):
        share = part_of(progress, number / config.training.members, (number + 1) / config.training.members)
        members.append(
            _train_member(config, stream, scaling, number, resume, [ReportProgress(share), *callbacks])
        )
    network = uncalibrated(config.network.name, config.network.options, stream.grid, scaling, members)
    return finish_model(config, network, grid, folder)


def finish_model(config: Config, network: ParameterNetwork, grid: SpectrumGrid, folder: Path) -> Path:
    """Calibrate the errors of an ensemble and write its model folder; return the folder."""
    import tomlkit

    emulator = open_model(config.data.emulator)
    error = make_model_error(config, emulator, config.training.seed + 1)
    spectra = ObservedGrid(grid.for_validation(), network.grid, network.label_names, error)
    network = calibrate_errors(network, spectra, config.augmentation, config.training.calibration_spectra)
    save_network(network, folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps(as_table(config)))
    write_model_card(network, config, grid, emulator.card, folder)
    return folder


def make_stream(config: Config, grid: SpectrumGrid, emulator: OpenedModel) -> SpectrumStream:
    """Return the endless training spectra of a configuration."""
    return SpectrumStream(
        emulator,
        grid.for_training(),
        make_model_error(config, emulator, config.training.seed),
        config.augmentation,
        config.data,
        config.training.seed,
    )


def make_model_error(config: Config, emulator: OpenedModel, seed: int) -> ModelErrorBank | None:
    """Return draws of the physics' error, None where the configuration has none."""
    if not config.data.model_error:
        return None
    return ModelErrorBank(find_file(config.data.model_error), emulator.emulator, seed=seed)


def scaling_of(stream: SpectrumStream, n_spectra: int, seed: int) -> LabelScaling:
    """Return the scaling that gives the labels of the stream mean 0 and standard deviation 1."""
    import torch

    generator = torch.Generator().manual_seed(seed + 777)
    labels = [stream.draw(256, generator).labels for _ in range(math.ceil(n_spectra / 256))]
    return LabelScaling.of(stream.labels, np.concatenate(labels))


def _train_member(
    config: Config,
    stream: SpectrumStream,
    scaling: LabelScaling,
    number: int,
    resume: bool,
    callbacks: Sequence[Callback],
) -> torch.nn.Module:
    import torch

    training = dataclasses.replace(config.training, seed=config.training.seed + 1000 * number)
    torch.manual_seed(training.seed)
    shape = NetworkShape(stream.grid, N_CONDITIONS, len(scaling.names))
    network = build_network(config.network.name, shape, config.network.options)
    fit_components = getattr(network, "fit_components", None)
    if fit_components is not None:
        fit_components(stream.clean_flux(config.data.survey_spectra, training.seed + 777))
    folder = Path(config.output) / "checkpoints"
    checkpoint = folder / f"member{number}.pt"
    usual: list[Callback] = [WriteHistory(folder / f"member{number}.jsonl")]
    if training.patience:
        usual.append(EarlyStopping(training.patience))
    usual.append(SaveCheckpoint(checkpoint, training.checkpoint_every))
    start = checkpoint if resume and checkpoint.is_file() else None
    if start is None:
        train_head(network, stream, scaling, training)
    trained = fit(network, stream, scaling, training, [*callbacks, *usual], start)
    measure_sigmas(trained, stream, scaling, training)
    return trained
