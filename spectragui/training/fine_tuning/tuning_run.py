"""A training on observed spectra and its repetitions without a part of the stars, from one start."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress, part_of
from spectragui.inference.opened_model import OpenedModel
from spectragui.networks.conditions import LabelScaling
from spectragui.networks.error_calibration import no_calibration
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import ParameterNetwork, apply_network, read_network
from spectragui.training.callbacks import (
    Callback,
    KeepBest,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
    schedule_callbacks,
)
from spectragui.training.config import Config, TrainingConfig
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.data_sets.star_groups import TEST, TRAINING, VALIDATION, folds_by_star
from spectragui.training.feature_alignment import distance_of
from spectragui.training.fine_tuning.label_errors import LabelErrors
from spectragui.training.fine_tuning.observed_calibration import calibrated_on
from spectragui.training.fine_tuning.observed_stream import (
    ObservedInputs,
    ObservedStream,
    observed_tensors,
)
from spectragui.training.fine_tuning.rehearsal import OldTraining
from spectragui.training.loop import fit, measure_sigmas
from spectragui.training.parameters.augmentation import AugmentationConfig
from spectragui.training.parameters.datasets import Batch

if TYPE_CHECKING:
    import torch

MOST_STARS_FOR_FOLDS = 500
FEWEST_STARS = 3
FOLDS_FILE, CURVE_FILE = "folds.npz", "learning_curve.json"


@dataclasses.dataclass(frozen=True, eq=False)
class Start:
    """Where a training starts: networks with their grid and scales, and what the old one was trained on."""

    model: OpenedModel
    base: ParameterNetwork | None
    grid: InputGrid
    scaling: LabelScaling
    members: tuple[torch.nn.Module, ...]
    architecture: str
    options: Mapping[str, Any]
    old: OldTraining | None


@dataclasses.dataclass(frozen=True, eq=False)
class TuningRun:
    """A training and its repetitions without a part of the stars."""

    config: Config
    data: DataSet
    inputs: ObservedInputs
    start: Start
    rehearsal: Batch | None
    callbacks: tuple[Callback, ...]

    def train(self, folder: Path, resume: bool, progress: Progress) -> tuple[torch.nn.Module, ...]:
        """Train every member on the training part; the best by the validation part is kept."""
        training, validation = self._in_part(TRAINING), self._in_part(VALIDATION)
        return self._members(training, validation, folder, "member", resume, progress)

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
        checkpoints = folder / "checkpoints"
        (folder / FOLDS_FILE).unlink(missing_ok=True)
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
        # As far as the model itself was trained: later, networks are surer of themselves.
        steps = [KeepBest(path).step for path in self._best_paths(checkpoints, "member")]
        means, sigmas, rows, numbers = [], [], [], []
        for number in range(n_folds):
            share = part_of(progress, number / n_folds, (number + 1) / n_folds)
            left_out = fold == number
            members = self._members(
                usable & ~left_out, left_out, checkpoints, f"fold{number}-", resume, share, steps=steps
            )
            held_out = self.inputs.select(left_out)
            mean, sigma = apply_network(self.network(members), held_out.inputs)
            means.append(mean)
            sigmas.append(sigma)
            rows.append(np.flatnonzero(left_out))
            numbers.append(np.full(int(left_out.sum()), number))
        place = np.concatenate(rows)
        mean, sigma = np.concatenate(means), np.concatenate(sigmas)
        with atomic_path(folder / FOLDS_FILE) as path, path.open("wb") as stream:
            np.savez(stream, place=place, fold=np.concatenate(numbers), mean=mean)
        return calibrated_on(network, mean, sigma, self.inputs.labels[place])

    def feature_distances(self, members: tuple[torch.nn.Module, ...]) -> dict[str, float]:
        """Return how far observed features lie from synthetic ones, before and after the training.

        Nothing where there was no model before, or no synthetic spectra are at hand.
        """
        if self.start.base is None or self.rehearsal is None:
            return {}
        synthetic = (self.rehearsal.flux, self.rehearsal.is_used, self.rehearsal.conditions)
        pairs = {"before": read_network(self.start.model.path).members[0], "after": members[0]}
        observed = observed_tensors(self.inputs)
        return {when: round(distance_of(one, observed, synthetic), 3) for when, one in pairs.items()}

    def measure_curve(
        self, network: ParameterNetwork, folder: Path, resume: bool, progress: Progress
    ) -> None:
        """Train on parts of the stars and write how large the errors on the test stars are with each."""
        parts = [part for part in self.config.base.curve if 0.0 < part < 1.0]
        (folder / CURVE_FILE).unlink(missing_ok=True)
        test = self._in_part(TEST)
        if not parts or not test.any() or any(callback.is_stopped for callback in self.callbacks):
            return
        training, validation = self._in_part(TRAINING), self._in_part(VALIDATION)
        stars = self.data.stars[self.inputs.rows]
        names = np.random.default_rng(self.config.training.seed).permutation(np.unique(stars[training]))
        held_out = self.inputs.select(test)
        points = []
        for number, part in enumerate(sorted(parts)):
            share = part_of(progress, number / len(parts), (number + 1) / len(parts))
            some = names[: max(round(part * len(names)), 1)]
            members = self._members(
                training & np.isin(stars, some), validation, folder / "checkpoints", f"part{number}-", resume,
                share,
            )  # fmt: skip
            points.append((len(some), self._errors_of(self.network(members), held_out)))
        points.append((len(names), self._errors_of(network, held_out)))
        table = [{"n_stars": n, "mae": errors} for n, errors in points]
        write_text_atomically(folder / CURVE_FILE, json.dumps(table))

    def _errors_of(self, network: ParameterNetwork, held_out: ObservedInputs) -> dict[str, float]:
        mean, _ = apply_network(network, held_out.inputs)
        found = {}
        for name, column, true in zip(network.label_names, mean.T, held_out.labels.T, strict=True):
            known = np.isfinite(true)
            if known.any():
                found[name] = float(np.abs(column - true)[known].mean())
        return found

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
        steps: Sequence[int] = (),
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
            if steps:
                settings = dataclasses.replace(settings, stop_after=min(steps[number], settings.steps))
            checkpoint = folder / f"{name}{number}.pt"
            best = KeepBest(self._best_paths(folder, name)[number])
            history = WriteHistory(folder / f"{name}{number}.jsonl")
            share = part_of(progress, number / n_members, (number + 1) / n_members)
            errors = LabelErrors(stream, self.start.scaling)
            usual: list[Callback] = [ReportProgress(share), errors, history, *self.callbacks]
            usual += schedule_callbacks(settings)
            if not steps:
                usual.append(best)
            usual.append(SaveCheckpoint(checkpoint, settings.checkpoint_every, last=settings.stop_after))
            if not resume:
                begin_anew(checkpoint, best.path, history.path)
            begun = checkpoint if resume and checkpoint.is_file() else None
            alignment = self.config.base.alignment
            network = fit(
                copy.deepcopy(member), stream, self.start.scaling, settings, usual, begun, alignment
            )
            if not steps:
                best.load_into(network)
            measure_sigmas(network, stream, self.start.scaling, settings)
            trained.append(network)
        return tuple(trained)

    def _best_paths(self, folder: Path, name: str) -> list[Path]:
        """Return where the best weights of each member lie."""
        return [folder / f"{name}{number}.best.pt" for number in range(len(self.start.members))]

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
