"""A tuned generator against its base, on spectra of stars that it was not trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress, no_progress
from spectragui.training.config_file import read_config
from spectragui.training.data_sets.data_set import read_data_set
from spectragui.training.data_sets.star_groups import TEST
from spectragui.training.fine_tuning.comparison_content import ComparisonContent, Shown, score_line
from spectragui.training.fine_tuning.old_against_new import FEWEST_STARS, compare_values
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.generator.tuned_generator import open_factored, target_spectra

SHOWN = {"flux": Shown("Flux", "%", 3)}
_N_KNOWN = 400


def compare_generators(folder: Path, progress: Progress = no_progress) -> ComparisonContent:
    """Compare a tuned generator with its base on the test stars of its data set.

    Raises
    ------
    TrainingError
        If it has no base, or there are too few test stars.
    """
    config = read_config(folder / "train.toml")
    if not isinstance(config, GeneratorConfig) or not config.base.model:
        raise TrainingError(f"{folder.name} was not trained from another model.")
    old, new = open_factored(config.base.model), open_factored(str(folder))
    data = read_data_set(Path(config.data.labelled))
    target = target_spectra(data, old, progress)
    test = np.flatnonzero(np.array(data.parts)[target.rows] == TEST)
    errors = []
    for model in (old, new):
        difference = model.flux(target.labels[test]) - target.flux[test]
        errors.append(100.0 * np.sqrt(np.mean(np.square(difference.astype(np.float64)), axis=1)))
    nothing = np.full(len(test), np.nan)
    stars = data.stars[target.rows[test]]
    found = compare_values(
        "flux", np.zeros(len(test)), errors, [nothing, nothing], stars, config.training.seed
    )
    if found is None:
        raise TrainingError(
            f"{len(np.unique(stars))} stars are too few to compare two models on.",
            f"At least {FEWEST_STARS} are needed.",
        )
    ranges = old.card.label_ranges
    low, high = np.array([ranges[name] for name in ranges]).T
    labels = low + (high - low) * np.random.default_rng(config.training.seed).random((_N_KNOWN, low.size))
    change = np.sqrt(np.mean(np.square((new.flux(labels) - old.flux(labels)).astype(np.float64))))
    lines = [
        f"{len(test)} spectra of {data.path.name} that the new model was not trained on; rms residuals.",
        score_line(found, SHOWN["flux"]),
        f"Elsewhere in the base model's range its spectra have moved by {100 * change:.3f} % (rms).",
    ]
    return ComparisonContent(config.base.model, folder.name, tuple(lines), (found,), SHOWN)
