"""Train on labelled spectra, from a model that is there already or from nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.parameters.model_store import named_model
from spectragui.networks.architectures import NetworkShape, build_network
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import read_network, save_network
from spectragui.training.callbacks import Callback
from spectragui.training.config import Config, as_table
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.fine_tuning.fine_tuned_card import write_fine_tuned_card
from spectragui.training.fine_tuning.observed_stream import (
    INPUTS_FILE,
    ObservedInputs,
    kept_inputs,
    prepare_inputs,
)
from spectragui.training.fine_tuning.rehearsal import draw_rehearsal, old_training
from spectragui.training.fine_tuning.tuning_run import FEWEST_STARS, Start, TuningRun
from spectragui.training.frozen_weights import freeze
from spectragui.training.parameters.datasets import learnt_labels
from spectragui.training.tuning import labelled_data, refuse_own_folder

if TYPE_CHECKING:
    import torch

REHEARSED = 2048  # spectra of the old training, drawn once
# What part of the work each step is, for the bar: preparing, the model, the folds.
_PREPARED, _TRAINED = 0.15, 0.4


def fine_tune(
    config: Config,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train on the data set of a configuration and write the model folder; the base model stays as it is.

    Parameters
    ----------
    config : Config
        ``data.labelled`` names the data set, ``base.model`` the model to start from.
    resume : bool
        Whether to go on from the checkpoints in the output folder.
    progress : Progress
        May raise `Cancelled`.
    callbacks : sequence of Callback
        Besides progress, history, checkpoints and the best weights.

    Returns
    -------
    pathlib.Path
        The model folder.

    Raises
    ------
    TrainingError
        If data or base model are missing or unusable, or the training fails.
    """
    import tomlkit
    import torch

    torch.set_num_threads(config.training.threads)
    data = labelled_data(config.data.labelled)
    if data.n_stars < FEWEST_STARS:
        raise TrainingError(
            f"{data.path.name} has {data.n_stars} {'star' if data.n_stars == 1 else 'stars'}: "
            "nothing can be held out to judge a new model.",
            f"At least {FEWEST_STARS} different stars are needed.",
        )
    folder = Path(config.output)
    if config.base.model:
        base = named_model(config.base.model)
        refuse_own_folder(folder, base.path)
        for member in read_network(base.path).members:  # a name that is wrong is said before all is prepared
            freeze(member, config.base.freeze)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    inputs = _inputs(config, data, folder, resume, part_of(progress, 0.0, _PREPARED))
    start = _start(config, inputs)
    rehearsal = None
    if start.old is not None:
        rehearsal = draw_rehearsal(start.old, start.scaling.names, REHEARSED, config.training.seed)
    run = TuningRun(config, data, inputs, start, rehearsal, tuple(callbacks))
    members = run.train(folder / "checkpoints", resume, part_of(progress, _PREPARED, _TRAINED))
    network = run.network(members)
    network = run.calibrate(network, folder, resume, part_of(progress, _TRAINED, 0.9))
    run.measure_curve(network, folder, resume, part_of(progress, 0.9, 1.0))
    save_network(network, folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps(as_table(config)))
    distances = run.feature_distances(members)
    write_fine_tuned_card(network, config, data, inputs, start.model, folder, distances)
    progress(1.0, "done")
    return folder


def _start(config: Config, inputs: ObservedInputs) -> Start:
    if config.base.model:
        model = named_model(config.base.model)
        base = read_network(model.path)
        old = old_training(model, base.grid, config.training.seed) if config.base.rehearsal > 0 else None
        members = tuple(member.requires_grad_(True) for member in base.members)
        for member in members:
            freeze(member, config.base.freeze)
        return Start(model, base, base.grid, base.scaling, members, base.architecture, base.options, old)
    model, grid, names = _new_network(config)
    shape = NetworkShape(grid, N_CONDITIONS, len(names))
    members = tuple(
        _seeded(config.network.name, shape, config.network.options, config.training.seed + 1000 * number)
        for number in range(config.training.members)
    )
    known = inputs.labels[np.isfinite(inputs.labels).all(axis=1)]
    if len(known) < 2:
        raise TrainingError(
            "No two spectra have all labels: their scales are not known.", "Learn fewer labels."
        )
    scaling = LabelScaling.of(names, known)
    return Start(model, None, grid, scaling, members, config.network.name, config.network.options, None)


def _seeded(name: str, shape: NetworkShape, options: dict[str, Any], seed: int) -> torch.nn.Module:
    import torch

    torch.manual_seed(seed)
    return build_network(name, shape, options)


def _new_network(config: Config) -> tuple[OpenedModel, InputGrid, tuple[str, ...]]:
    """Return what prepares spectra for a network without a base, its grid and its labels."""
    model = open_model(config.data.emulator)
    width = config.data.mean_width_kms
    wave = model.emulator.wavelength_aa
    grid, _ = InputGrid.inside(wave, config.data.decimation, *model.window_aa, mean_width_kms=width)
    return model, grid, learnt_labels(config.data, model.emulator)


def _inputs(config: Config, data: DataSet, folder: Path, resume: bool, progress: Progress) -> ObservedInputs:
    """Return the prepared spectra; a resumed training finds those of its first run."""
    if config.base.model:
        model = named_model(config.base.model)
        network = read_network(model.path)
        grid, names = network.grid, network.label_names
    else:
        model, grid, names = _new_network(config)
    kept = folder / INPUTS_FILE
    if resume and kept.is_file():
        found = kept_inputs(folder, data.sha256)
        if found is not None:
            return found
    inputs = prepare_inputs(data, model, grid, names, progress)
    arrays = {field: getattr(inputs.inputs, field) for field in ("flux", "is_used", "conditions")}
    with atomic_path(kept) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream, labels=inputs.labels, rows=inputs.rows, correlation=inputs.correlation,
            sha256=np.array(data.sha256), **arrays,
        )  # fmt: skip
    return inputs
