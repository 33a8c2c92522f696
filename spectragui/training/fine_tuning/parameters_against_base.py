"""A fine-tuned parameter model against its base: test stars, repeated splits, what was forgotten."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.errors import TrainingError
from spectragui.core.labels import true_minus
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.parameters.model_store import named_model
from spectragui.networks.parameter_network import apply_network, read_network
from spectragui.training.config import Config
from spectragui.training.config_file import read_config
from spectragui.training.data_sets.data_set import DataSet, read_data_set
from spectragui.training.data_sets.star_groups import TEST, TRAINING
from spectragui.training.fine_tuning.comparison_content import ComparisonContent, label_shown, score_line
from spectragui.training.fine_tuning.forgetting import Forgetting, measure_forgetting
from spectragui.training.fine_tuning.observed_stream import kept_inputs
from spectragui.training.fine_tuning.old_against_new import (
    FEWEST_STARS,
    Judged,
    ModelComparison,
    compare_models,
    compare_values,
    compared_labels,
    predicted_by,
)
from spectragui.training.fine_tuning.rehearsal import old_training
from spectragui.training.fine_tuning.tuning_run import CURVE_FILE, FOLDS_FILE

MEAN = "mean of the training stars"


def compare_parameters(folder: Path, progress: Progress = no_progress) -> ComparisonContent:
    """Compare a fine-tuned model with its base; return sentences, scores and points.

    Raises
    ------
    TrainingError
        If it has no base, or there are too few test stars.
    """
    config = read_config(folder / "train.toml")
    if isinstance(config, Config) and config.data.labelled and not config.base.model:
        return compare_with_mean(folder, config, progress)
    config = _config_of(folder)
    data = read_data_set(Path(config.data.labelled))
    comparison, forgetting = compare_on_test_stars(folder, progress)
    lines = [*comparison.lines(), *fold_lines(folder, config, data), *curve_lines(folder)]
    if forgetting is not None:
        lines += forgetting.lines()
    columns = {
        key: {name: values[:, i] for i, name in enumerate(comparison.label_names)}
        for key, values in (
            ("true", comparison.true), ("old", comparison.old.predicted), ("new", comparison.new.predicted),
        )
    }  # fmt: skip
    return ComparisonContent(
        comparison.old_name, folder.name, tuple(lines), comparison.labels, {}, **columns,
        where=f"test stars of {comparison.data_name}", curve=tuple(read_curve(folder)),
    )  # fmt: skip


def compare_with_mean(folder: Path, config: Config, progress: Progress = no_progress) -> ComparisonContent:
    """Compare a network that was trained from nothing with who always says the mean of its training stars.

    Raises
    ------
    TrainingError
        If there are too few test stars.
    """
    data = read_data_set(Path(config.data.labelled))
    rows, known = data.rows_of(TEST), data.labels[data.rows_of(TRAINING)]
    stars = data.stars[rows]
    if len(np.unique(stars)) < FEWEST_STARS:
        raise TrainingError(
            f"{len(np.unique(stars))} stars are too few to judge a model on.",
            f"At least {FEWEST_STARS} are needed.",
        )
    [new] = predicted_by((str(folder),), data, rows, progress=progress)
    learnt = [i for i in range(len(data.label_names)) if np.isfinite(new.predicted[:, i]).any()]
    names = tuple(data.label_names[i] for i in learnt)
    true, scatter = data.labels[rows][:, learnt], np.nanstd(known[:, learnt], axis=0)
    mean = np.broadcast_to(np.nanmean(known[:, learnt], axis=0), true.shape)
    old = Judged(mean, np.broadcast_to(scatter, true.shape), np.zeros(len(rows), dtype=bool))
    new = Judged(new.predicted[:, learnt], new.sigma[:, learnt], new.is_flagged)
    scores = compared_labels(names, true, (old, new), stars, config.training.seed)
    lines = [
        f"{len(rows)} spectra of {data.path.name} that were not trained on; there is no base model, so it is "
        "compared with who always says the mean of the training stars.",
        *(score_line(one, label_shown(one.name)) for one in scores),
        f'"Do not use" was said of {int(new.is_flagged.sum())} of them.',
        *curve_lines(folder),
    ]
    columns = {
        key: {name: values[:, i] for i, name in enumerate(names)}
        for key, values in (("true", true), ("old", old.predicted), ("new", new.predicted))
    }
    return ComparisonContent(
        MEAN, folder.name, tuple(lines), scores, {}, **columns, where=f"test stars of {data.path.name}",
        curve=tuple(read_curve(folder)),
    )  # fmt: skip


def compare_on_test_stars(
    folder: Path, progress: Progress = no_progress
) -> tuple[ModelComparison, Forgetting | None]:
    """Predict the test stars of a data set with a fine-tuned model and with its base.

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
    config = _config_of(folder)
    data, seed = read_data_set(Path(config.data.labelled)), config.training.seed
    comparison = compare_models(
        config.base.model, str(folder), data, data.rows_of(TEST), seed=seed, progress=progress
    )
    forgetting = None
    if config.base.rehearsal > 0:
        base = named_model(config.base.model)
        before = read_network(base.path)
        old = old_training(base, before.grid, seed)
        forgetting = measure_forgetting(old, before, read_network(folder), seed)
    return comparison, forgetting


def _config_of(folder: Path) -> Config:
    config = read_config(folder / "train.toml")
    if not isinstance(config, Config) or not config.base.model:
        raise TrainingError(f"{folder.name} was not trained from another model.")
    return config


def fold_lines(folder: Path, config: Config, data: DataSet) -> list[str]:
    """Return what the repeated splits say: the old model and new ones on stars left out in turn."""
    inputs = kept_inputs(folder, data.sha256)
    if inputs is None or not (folder / FOLDS_FILE).is_file():
        return []
    with np.load(folder / FOLDS_FILE, allow_pickle=False) as archive:
        place, fold, new = archive["place"], archive["fold"], archive["mean"]
    before = read_network(named_model(config.base.model).path)
    chosen = np.zeros(len(inputs), dtype=bool)
    chosen[place] = True
    old = np.full((len(inputs), new.shape[1]), np.nan)
    old[chosen] = apply_network(before, inputs.select(chosen).inputs)[0]
    true, stars, lines = inputs.labels[place], data.stars[inputs.rows[place]], []
    n_folds = len(np.unique(fold))
    for i, name in enumerate(before.label_names):
        sigma = np.full(len(place), np.nan)
        found = compare_values(
            name, true[:, i], [old[place, i], new[:, i]], [sigma, sigma], stars, config.training.seed
        )
        if found is None:
            continue
        shown = label_shown(name)
        change = (np.abs(new[:, i] - true[:, i]) - np.abs(old[place, i] - true[:, i])).tolist()
        each = [np.nanmean(np.array(change)[fold == number]) for number in range(n_folds)]
        error = float(np.std(each, ddof=1) / np.sqrt(n_folds)) if n_folds > 1 else float("nan")
        unit = f" {shown.unit}" if shown.unit else ""
        was, now, by, by_error = (
            f"{value:.{shown.decimals}f}" for value in (found.old.mae, found.new.mae, found.change, error)
        )
        lines.append(
            f"{n_folds} splits, each star left out once: {shown.symbol} {was}{unit} before, {now}{unit} "
            f"now; change {true_minus(by)} ± {by_error}{unit}: {found.word}."
        )
    return lines


def curve_lines(folder: Path) -> list[str]:
    """Return the learning curve in sentences: the errors against the number of stars trained on."""
    points = read_curve(folder)
    if len(points) < 2:
        return []
    numbers = ", ".join(str(point["n_stars"]) for point in points)
    lines = []
    for name in points[-1]["mae"]:
        shown = label_shown(name)
        values = [float(point["mae"].get(name, np.nan)) for point in points]
        unit = f" {shown.unit}" if shown.unit else ""
        listed = ", ".join(f"{value:.{shown.decimals}f}" for value in values)
        more = "more stars would help" if values[-1] < 0.93 * values[-2] else "more stars would hardly help"
        lines.append(f"Trained on {numbers} stars {shown.symbol} errs by {listed}{unit}: {more}.")
    return lines


def read_curve(folder: Path) -> list[dict[str, Any]]:
    """Return the points of a learning curve: ``n_stars`` and ``mae`` by label; empty where there is none."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((folder / CURVE_FILE).read_text(encoding="utf-8"))
        if isinstance(content, list):
            return [point for point in content if isinstance(point, dict) and "mae" in point]
    return []
