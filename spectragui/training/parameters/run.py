"""The training of parameter networks from its configuration: data, ensemble, calibration, model folder."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.model_folder import find_model
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.networks.architectures import OF_PIXELS, NetworkShape, build_network
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
from spectragui.networks.parameter_network import (
    ParameterNetwork,
    read_network,
    save_network,
    uncalibrated,
)
from spectragui.training.callbacks import (
    Callback,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
    schedule_callbacks,
)
from spectragui.training.config import Config, as_table
from spectragui.training.grids import COMPUTED, SpectrumGrid, computed_spectra, find_file, read_grid
from spectragui.training.head_start import train_head
from spectragui.training.label_sampling import draw_stellar_labels
from spectragui.training.loop import fit, measure_sigmas
from spectragui.training.parameters.calibration import calibrate_errors
from spectragui.training.parameters.datasets import SpectrumStream
from spectragui.training.parameters.model_card import write_model_card
from spectragui.training.parameters.noise_patterns import ModelErrorBank
from spectragui.training.parameters.observing_cases import ObservedGrid

if TYPE_CHECKING:
    import torch


_CLEAN_SPECTRA = 1024
CALIBRATION_STARS = 1200  # of the emulator, or computed anew, at most, beside those of the grid
_STARS_A_SPECTRUM = 3  # that a combination of the calibration observes
_FRESH = 1031  # beyond the seeds that grids were computed with


def train_parameters(
    config: Config,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train an ensemble of parameter networks, calibrate its errors and write its model folder.

    Parameters
    ----------
    config : Config
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

    torch.set_num_threads(config.training.threads)
    folder = Path(config.output)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    emulator = open_model(config.data.emulator)
    grid = read_grid(find_file(config.data.grid), emulator.emulator.label_names)
    stream = make_stream(config, grid, emulator)
    begun = read_network(find_model(config.training.start)) if config.training.start else None
    scaling = (
        scaling_of(stream, config.data.survey_spectra, config.training.seed)
        if begun is None
        else begun.scaling
    )
    members = []
    for number in range(config.training.members):
        share = part_of(progress, number / config.training.members, (number + 1) / config.training.members)
        members.append(
            _train_member(config, stream, scaling, number, resume, [ReportProgress(share), *callbacks], begun)
        )
    network = uncalibrated(config.network.name, config.network.options, stream.grid, scaling, members)
    return finish_model(config, network, grid, folder)


def finish_model(config: Config, network: ParameterNetwork, grid: SpectrumGrid, folder: Path) -> Path:
    """Calibrate the errors of an ensemble and write its model folder; return the folder."""
    import tomlkit

    emulator = open_model(config.data.emulator)
    network = calibrated(config, network, grid, emulator)
    save_network(network, folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps(as_table(config)))
    write_model_card(network, config, grid, emulator.card, folder)
    return folder


def calibrated(
    config: Config, network: ParameterNetwork, grid: SpectrumGrid, emulator: OpenedModel
) -> ParameterNetwork:
    """Return a network whose errors are true on spectra of the grid that it was not trained on.

    To these few come stars of the emulator that were not trained on either, or, of a grid that is computed,
    further ones of the same computation: a network that errs by the same amount in all spectra of a star
    makes of a hundred stars factors that are uncertain by eight per cent.
    """
    error = make_model_error(config, emulator, config.training.seed + 1)
    own = grid.for_validation()
    n_beyond = config.training.calibration_spectra - len(own)
    n_more = min(_STARS_A_SPECTRUM * n_beyond, CALIBRATION_STARS)
    if n_more > 0 and config.data.grid in COMPUTED:
        fresh = computed_spectra(config.data.grid, n_more, config.training.seed + _FRESH, own.label_names)
        own = own.joined(fresh)
    elif n_more > 0 and own.vsini_kms is None:
        rng = np.random.default_rng(config.training.seed + 31)
        names = own.label_names
        labels = draw_stellar_labels(grid.labels, n_more, 1.0, rng, names)
        own = own.with_emulated(labels, emulator.emulator.normalised_flux(labels))
    spectra = ObservedGrid(own, network.grid, network.label_names, error, network.takes_pixels)
    return calibrate_errors(network, spectra, config.augmentation, config.training.calibration_spectra)


def make_stream(config: Config, grid: SpectrumGrid, emulator: OpenedModel) -> SpectrumStream:
    """Return the endless training spectra of a configuration."""
    stream = SpectrumStream(
        emulator,
        grid.for_training(),
        make_model_error(config, emulator, config.training.seed),
        config.augmentation,
        config.data,
        config.training.seed,
    )
    return stream.of_pixels() if config.network.name in OF_PIXELS else stream


def make_model_error(config: Config, emulator: OpenedModel, seed: int) -> ModelErrorBank | None:
    """Return draws of the physics' error, None where the configuration has none."""
    if not config.data.model_error:
        return None
    return ModelErrorBank(find_file(config.data.model_error), emulator.emulator, seed=seed)


def scaling_of(stream: SpectrumStream, n_spectra: int, seed: int) -> LabelScaling:
    """Return the scaling that gives the labels of the stream mean 0 and standard deviation 1."""
    import torch

    generator = torch.Generator().manual_seed(seed + 777)
    labels = [stream.draw(256, generator).labels for _ in range(math.ceil(n_spectra / 256) - 1)]
    labels.append(stream.draw_labels(256, generator))  # nothing is drawn after: its spectra need not be
    return LabelScaling.of(stream.labels, np.concatenate(labels))


def _train_member(
    config: Config,
    stream: SpectrumStream,
    scaling: LabelScaling,
    number: int,
    resume: bool,
    callbacks: Sequence[Callback],
    begun: ParameterNetwork | None = None,
) -> torch.nn.Module:
    import torch

    training = dataclasses.replace(config.training, seed=config.training.seed + 1000 * number)
    torch.manual_seed(training.seed)
    shape = NetworkShape(stream.grid, N_CONDITIONS, len(scaling.names))
    network = build_network(config.network.name, shape, config.network.options)
    fit_components = getattr(network, "fit_components", None)
    if begun is not None:
        _begin_with(network, begun, number, stream)
    elif fit_components is not None:
        fit_components(stream.clean_flux(config.data.survey_spectra, training.seed + 777))
    folder = Path(config.output) / "checkpoints"
    checkpoint, history = folder / f"member{number}.pt", folder / f"member{number}.jsonl"
    start = checkpoint if resume and checkpoint.is_file() else None
    if start is None:
        begin_anew(checkpoint, history)
    usual: list[Callback] = [WriteHistory(history)]
    usual += schedule_callbacks(training)
    usual.append(SaveCheckpoint(checkpoint, training.checkpoint_every))
    if start is None and begun is None:
        train_head(network, stream, scaling, training)
    trained = fit(network, stream, scaling, training, [*callbacks, *usual], start)
    train_head(trained, stream, scaling, training, is_final=True)
    measure_sigmas(trained, stream, scaling, training)
    return trained.eval()


def _begin_with(
    network: torch.nn.Module, begun: ParameterNetwork, number: int, stream: SpectrumStream
) -> None:
    """Give a new network the weights of a trained one.

    Raises
    ------
    TrainingError
        If they do not fit.
    """
    same = dataclasses.astuple(begun.grid) == dataclasses.astuple(stream.grid)
    try:
        other = begun.members[number % len(begun.members)]
        if hasattr(network, "begin_with") and type(network) is type(other):
            clean = stream.clean_flux(_CLEAN_SPECTRA, number)
            network.begin_with(other, clean)  # type: ignore[operator]
        else:
            network.load_state_dict(other.state_dict())
    except RuntimeError:
        same = False
    if not same or begun.label_names != stream.labels:
        raise TrainingError(
            "The model that the training is to start from has other pixels, labels or layers.",
            "Name one that was trained with the same data and network, or leave `start` out.",
        )
