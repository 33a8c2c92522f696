"""Train on labelled spectra, from a model that is there already or from nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.npz_file import NpzError, read_npz
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.parameters.model_store import named_model
from spectragui.networks.architectures import NetworkShape, build_network
from spectragui.networks.conditions import N_CONDITIONS, LabelScaling
from spectragui.networks.error_calibration import no_calibration
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import ParameterNetwork, apply_network, read_network, save_network
from spectragui.training.callbacks import (
    Callback,
    KeepBest,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    schedule_callbacks,
)
from spectragui.training.config import Config, TrainingConfig, as_table
from spectragui.training.config_file import read_config
from spectragui.training.data_sets.data_set import DataSet, read_data_set
from spectragui.training.data_sets.star_groups import TEST, TRAINING, VALIDATION, folds_by_star
from spectragui.training.fine_tuning.comparison_report import write_comparison
from spectragui.training.fine_tuning.fine_tuned_card import add_metrics, write_fine_tuned_card
from spectragui.training.fine_tuning.forgetting import Forgetting, measure_forgetting
from spectragui.training.fine_tuning.label_errors import LabelErrors
from spectragui.training.fine_tuning.observed_calibration import calibrated_on
from spectragui.training.fine_tuning.observed_stream import ObservedInputs, ObservedStream, prepare_inputs
from spectragui.training.fine_tuning.old_against_new import ModelComparison, compare_models
from spectragui.training.fine_tuning.rehearsal import OldTraining, draw_rehearsal, old_training
from spectragui.training.loop import fit
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.parameters.datasets import Batch, learnt_labels

if TYPE_CHECKING:
    import torch

REHEARSED = 2048  # spectra of the old training, drawn once
MOST_STARS_FOR_FOLDS = 500
FEWEST_STARS = 3
# What part of the work each step is, for the bar: preparing, the model, the folds.
_PREPARED, _TRAINED = 0.15, 0.4


@dataclasses.dataclass(frozen=True, eq=False)
class _Start:
    """Where a training starts: networks with their grid and scales, and what the old one was trained on."""

    model: OpenedModel
    base: ParameterNetwork | None
    grid: InputGrid
    scaling: LabelScaling
    members: tuple[torch.nn.Module, ...]
    architecture: str
    options: Mapping[str, Any]
    old: OldTraining | None


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

    if not config.data.labelled:
        raise TrainingError(
            "A base model is named, but no labelled spectra to train it on.",
            "Name a data set: labelled in [data]; `spectragui dataset build` makes one.",
        )
    torch.set_num_threads(config.training.threads)
    data = read_data_set(Path(config.data.labelled))
    if data.n_stars < FEWEST_STARS:
        raise TrainingError(
            f"{data.path.name} has {data.n_stars} {'star' if data.n_stars == 1 else 'stars'}: "
            "nothing can be held out to judge a new model.",
            f"At least {FEWEST_STARS} different stars are needed.",
        )
    folder = Path(config.output)
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    inputs = _inputs(config, data, folder, resume, part_of(progress, 0.0, _PREPARED))
    start = _start(config, inputs)
    rehearsal = None
    if start.old is not None:
        rehearsal = draw_rehearsal(start.old, start.scaling.names, REHEARSED, config.training.seed)
    run = _Run(config, data, inputs, start, rehearsal, tuple(callbacks))
    members = run.train(folder / "checkpoints", resume, part_of(progress, _PREPARED, _TRAINED))
    network = run.network(members)
    network = run.calibrate(network, folder / "checkpoints", resume, part_of(progress, _TRAINED, 1.0))
    save_network(network, folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps(as_table(config)))
    write_fine_tuned_card(network, config, data, inputs, start.model, folder)
    progress(1.0, "done")
    return folder


def compare_with_base(
    folder: Path, progress: Progress = no_progress
) -> tuple[ModelComparison, Forgetting | None]:
    """Compare a fine-tuned model with its base on the test stars of its data set, and write the report.

    Parameters
    ----------
    folder : pathlib.Path
        Of the new model, with its ``train.toml``.
    progress : Progress

    Returns
    -------
    comparison : ModelComparison
    forgetting : Forgetting or None
        None where the base's training is not known.

    Raises
    ------
    TrainingError
        If it has no base, or there are too few test stars.
    """
    config = read_config(folder / "train.toml")
    if not isinstance(config, Config) or not config.base.model:
        raise TrainingError(f"{folder.name} was not trained from another model.")
    data = read_data_set(Path(config.data.labelled))
    comparison = compare_models(
        config.base.model, str(folder), data, data.rows_of(TEST), seed=config.training.seed, progress=progress
    )
    forgetting = None
    if config.base.rehearsal > 0:
        base = named_model(config.base.model)
        before = read_network(base.path)
        old = old_training(base, before.grid, config.training.seed)
        forgetting = measure_forgetting(old, before, read_network(folder), config.training.seed)
    write_comparison(comparison, folder / "report", forgetting.lines() if forgetting is not None else ())
    add_metrics(folder, comparison)
    return comparison, forgetting


def _start(config: Config, inputs: ObservedInputs) -> _Start:
    if config.base.model:
        model = named_model(config.base.model)
        base = read_network(model.path)
        old = old_training(model, base.grid, config.training.seed) if config.base.rehearsal > 0 else None
        members = tuple(member.requires_grad_(True) for member in base.members)
        for member in members:
            freeze(member, config.base.freeze)
        return _Start(model, base, base.grid, base.scaling, members, base.architecture, base.options, old)
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
    return _Start(model, None, grid, scaling, members, config.network.name, config.network.options, None)


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


def freeze(network: torch.nn.Module, beginnings: Sequence[str]) -> None:
    """Keep the weights whose names begin so as they are.

    Raises
    ------
    TrainingError
        If no weight, or every weight, begins so.
    """
    names = [name for name, _ in network.named_parameters()]
    for beginning in beginnings:
        if not any(name.startswith(beginning) for name in names):
            raise TrainingError(
                f"The network has no weights whose name begins with {beginning!r}.",
                f"They are: {', '.join(dict.fromkeys(name.rpartition('.')[0] or name for name in names))}.",
            )
    for name, weight in network.named_parameters():
        weight.requires_grad_(not any(name.startswith(beginning) for beginning in beginnings))
    if not any(weight.requires_grad for weight in network.parameters()):
        raise TrainingError("All weights of the network are frozen: nothing could be learnt.")


def _inputs(config: Config, data: DataSet, folder: Path, resume: bool, progress: Progress) -> ObservedInputs:
    """Return the prepared spectra; a resumed training finds those of its first run."""
    if config.base.model:
        model = named_model(config.base.model)
        network = read_network(model.path)
        grid, names = network.grid, network.label_names
    else:
        model, grid, names = _new_network(config)
    kept = folder / "checkpoints" / "inputs.npz"
    if resume and kept.is_file():
        found = _kept_inputs(kept, data.sha256)
        if found is not None:
            return found
    inputs = prepare_inputs(data, model, grid, names, progress)
    arrays = {field: getattr(inputs.inputs, field) for field in ("flux", "is_used", "conditions")}
    with atomic_path(kept) as temporary, temporary.open("wb") as stream:
        np.savez(stream, labels=inputs.labels, rows=inputs.rows, sha256=np.array(data.sha256), **arrays)
    return inputs


def _kept_inputs(path: Path, sha256: str) -> ObservedInputs | None:
    from spectragui.networks.parameter_network import NetworkInput

    try:
        kept: dict[str, NDArray[Any]] = read_npz(
            path, ("sha256", "flux", "is_used", "conditions", "labels", "rows")
        )
    except (OSError, NpzError):
        return None  # it was cut off: made again
    if str(kept["sha256"]) != sha256:
        raise TrainingError(
            "The data set is another one than the training was begun with.", "Train without --resume."
        )
    parts = NetworkInput(kept["flux"], kept["is_used"], kept["conditions"])
    return ObservedInputs(parts, kept["labels"], kept["rows"])


@dataclasses.dataclass(frozen=True, eq=False)
class _Run:
    """A training and its repetitions without a part of the stars."""

    config: Config
    data: DataSet
    inputs: ObservedInputs
    start: _Start
    rehearsal: Batch | None
    callbacks: tuple[Callback, ...]

    def train(self, folder: Path, resume: bool, progress: Progress) -> tuple[torch.nn.Module, ...]:
        """Train every member on the training part; the best by the validation part is kept."""
        training, validation = self._in_part(TRAINING), self._in_part(VALIDATION)
        return self._members(training, validation, folder, "member", resume, progress, with_best=True)

    def network(self, members: tuple[torch.nn.Module, ...]) -> ParameterNetwork:
        """Return the ensemble with the errors of the base model."""
        base, scaling = self.start.base, self.start.scaling
        calibration = no_calibration(len(scaling.names)) if base is None else base.calibration
        frozen = tuple(member.requires_grad_(False) for member in members)
        return ParameterNetwork(
            self.start.architecture, dict(self.start.options), self.start.grid, scaling, frozen, calibration
        )

    def calibrate(
        self, network: ParameterNetwork, folder: Path, resume: bool, progress: Progress
    ) -> ParameterNetwork:
        """Make the stated errors true: on stars that were left out in turn, or on the validation part."""
        stars = self.data.stars[self.inputs.rows]
        usable = self._in_part(TRAINING, VALIDATION)
        n_stars = len(np.unique(stars[usable]))
        is_stopped = any(callback.is_stopped for callback in self.callbacks)
        if is_stopped or n_stars > MOST_STARS_FOR_FOLDS or n_stars < 2 * FEWEST_STARS:
            chosen = self._in_part(VALIDATION)
            held_out = self.inputs.select(chosen)
            mean, sigma = apply_network(network, held_out.inputs)
            return calibrated_on(network, mean, sigma, held_out.labels)
        n_folds = min(self.config.base.folds, n_stars)
        fold = np.where(usable, -1, -2)
        fold[usable] = folds_by_star(stars[usable], n_folds, self.config.training.seed)
        means, sigmas, labels = [], [], []
        for number in range(n_folds):
            share = part_of(progress, number / n_folds, (number + 1) / n_folds)
            left_out = fold == number
            members = self._members(
                usable & ~left_out, left_out, folder, f"fold{number}-", resume, share, with_best=False
            )
            held_out = self.inputs.select(left_out)
            mean, sigma = apply_network(self.network(members), held_out.inputs)
            means.append(mean)
            sigmas.append(sigma)
            labels.append(held_out.labels)
        return calibrated_on(network, *(np.concatenate(parts) for parts in (means, sigmas, labels)))

    def _in_part(self, *parts: str) -> NDArray[np.bool_]:
        return np.isin(np.array(self.data.parts)[self.inputs.rows], parts)

    def _members(
        self,
        training: NDArray[np.bool_],
        validation: NDArray[np.bool_],
        folder: Path,
        name: str,
        resume: bool,
        progress: Progress,
        *,
        with_best: bool,
    ) -> tuple[torch.nn.Module, ...]:
        import copy

        if not training.any() or not validation.any():
            raise TrainingError("After the checks no spectra are left to train, or to validate, on.")
        stream = ObservedStream(
            self.start.grid,
            self.inputs.select(training),
            self.inputs.select(validation),
            self.data.stars[self.inputs.rows[training]],
            self._augmentation(),
            self.rehearsal,
            self.config.base.rehearsal,
        )
        trained = []
        n_members = len(self.start.members)
        for number, member in enumerate(self.start.members):
            settings = self._schedule(number)
            checkpoint = folder / f"{name}{number}.pt"
            best = KeepBest(folder / f"{name}{number}.best.pt")
            history = WriteHistory(folder / f"{name}{number}.jsonl")
            share = part_of(progress, number / n_members, (number + 1) / n_members)
            errors = LabelErrors(stream, self.start.scaling)
            usual: list[Callback] = [ReportProgress(share), errors, history, *self.callbacks]
            usual += schedule_callbacks(settings)
            if with_best:
                usual.append(best)
            usual.append(SaveCheckpoint(checkpoint, settings.checkpoint_every))
            if not resume:
                for old in (checkpoint, best.path, history.path):
                    old.unlink(missing_ok=True)
            begun = checkpoint if resume and checkpoint.is_file() else None
            network = fit(copy.deepcopy(member), stream, self.start.scaling, settings, usual, begun)
            if with_best:
                best.load_into(network)
            trained.append(network)
        return tuple(trained)

    def _schedule(self, number: int) -> TrainingConfig:
        training = self.config.training
        factor = self.config.base.learning_rate_factor if self.start.base is not None else 1.0
        return dataclasses.replace(
            training, seed=training.seed + 1000 * number, learning_rate=training.learning_rate * factor
        )

    def _augmentation(self) -> AugmentationConfig:
        """Disturb observed spectra less than synthetic ones: they have errors of their own."""
        return dataclasses.replace(
            self.config.augmentation,
            continuum_error=0.5 * self.config.augmentation.continuum_error,
            partial_part=0.5 * self.config.augmentation.partial_part,
        )
