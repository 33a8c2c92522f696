"""What every tuning of a model begins and ends with: folder, data set, schedule, its best weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectragui.core.errors import TrainingError
from spectragui.training.callbacks import (
    Callback,
    KeepBest,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
    resumed_from,
)
from spectragui.training.config import TrainingConfig
from spectragui.training.data_sets.data_set import DataSet, read_data_set
from spectragui.training.loop import run_schedule, training_parts

if TYPE_CHECKING:
    import torch

Losses = tuple[Callable[[], "torch.Tensor"], Callable[[], float]]


def begin_tuning(config: Any, base: Path) -> Path:
    """Set threads and seed, and make the output folder of a tuning; return it.

    Parameters
    ----------
    config : configuration of any kind
    base : pathlib.Path
        Folder of the model that is tuned.

    Raises
    ------
    TrainingError
        If the output is the base model's own folder.
    """
    import torch

    torch.set_num_threads(config.training.threads)
    torch.manual_seed(config.training.seed)
    folder = Path(config.output)
    refuse_own_folder(folder, base)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    return folder


def refuse_own_folder(folder: Path, base: Path) -> None:
    """Raise where a new model would be written over the one that it starts from.

    Raises
    ------
    TrainingError
    """
    if folder.resolve() == base.resolve():
        raise TrainingError("A model is not written over by its own fine-tuning.", "Choose another name.")


def labelled_data(labelled: str) -> DataSet:
    """Return the data set that a configuration names.

    Raises
    ------
    TrainingError
        If it names none, or none that can be read.
    """
    if not labelled:
        raise TrainingError(
            "A base model is named, but no labelled spectra to train it on.",
            "Name a data set: labelled in [data]; `spectragui dataset build` makes one.",
        )
    return read_data_set(Path(labelled))


def tuned_schedule(config: Any, number: int = 0) -> TrainingConfig:
    """Return the schedule of one network of a tuning: a seed of its own, a rate that forgets little."""
    training: TrainingConfig = config.training
    rate = training.learning_rate * config.base.learning_rate_factor
    return dataclasses.replace(training, seed=training.seed + 1000 * number, learning_rate=rate)


def tune_network(
    network: torch.nn.Module,
    settings: TrainingConfig,
    losses: Callable[[dict[str, Any]], Losses],
    stem: Path,
    resume: bool,
    callbacks: Sequence[Callback],
) -> None:
    """Train a network on from its weights, in place; the best by its validation is kept.

    Parameters
    ----------
    network : torch.nn.Module
    settings : TrainingConfig
    losses : callable
        ``losses(parts)`` returns what gives the loss of a batch, and that of a validation.
    stem : pathlib.Path
        Of checkpoint, best weights and history ("checkpoints/mean").
    resume : bool
        Whether to go on from the checkpoint.
    callbacks : sequence of Callback
    """
    checkpoint, kept, history = (stem.with_name(stem.name + end) for end in (".pt", ".best.pt", ".jsonl"))
    if not resume:
        begin_anew(checkpoint, kept, history)
    best = KeepBest(kept)
    save = SaveCheckpoint(checkpoint, settings.checkpoint_every, resume)
    usual = [WriteHistory(history), *callbacks, best, save]
    parts = training_parts(network, settings)
    batch_loss, validation_loss = losses(parts)
    run_schedule(parts, settings, batch_loss, validation_loss, usual, resumed_from(usual))
    network.load_state_dict(parts["average"].state_dict())
    best.load_into(network)
