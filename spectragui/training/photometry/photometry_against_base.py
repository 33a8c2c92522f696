"""A fine-tuned network of photometry against its base, on objects of parents that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.photometry_statistics import agreement, redshift_residuals
from spectragui.core.errors import TrainingError
from spectragui.core.photometry import PhotometricTable
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.photometry.photometry_model import PhotometryModel
from spectragui.inference.photometry.predict_photometry import PhotometryOptions, predict_photometry
from spectragui.training.config_file import read_config
from spectragui.training.fine_tuning.comparison_content import ComparisonContent, Shown, score_line
from spectragui.training.fine_tuning.old_against_new import compare_values
from spectragui.training.photometry.config import PhotometryConfig
from spectragui.training.photometry.data import parents_of, split_rows, training_table
from spectragui.training.photometry.measures import label_of

#: Quantities of each task: column of the result, name in the catalogue, how it is written.
QUANTITIES = {
    "redshift": (("z", "z", Shown("z", "", 4)),),
    "stellarity": (("p_star", "star", Shown("P(star)", "", 4)),),
    "mass": (
        ("log_mass", "log_mass", Shown("log M/M☉", "dex", 3)),
        ("m_abs_b", "m_abs_b", Shown("M(B)", "mag", 3)),
    ),
    "type": (("wrong_type", "", Shown("Wrong types", "", 4)),),
}
Columns = Mapping[str, NDArray[np.float64]]


def compare_photometry(folder: Path, progress: Progress = no_progress) -> ComparisonContent:
    """Compare a fine-tuned network of photometry with its base on the test rows of its catalogue.

    Raises
    ------
    TrainingError
        If it has no base, or no test row has the labels.
    """
    config = read_config(folder / "train.toml")
    if not isinstance(config, PhotometryConfig) or not config.base.model:
        raise TrainingError(f"{folder.name} was not trained from another model.")
    table = training_table(config.data, part_of(progress, 0.0, 0.1))
    rows = split_rows(table, config.data)["test"]
    if not len(rows):
        raise TrainingError("No parent of the catalogue was held out to compare the models on.")
    test = table.rows(rows)
    task = PhotometryModel.open(str(folder)).shape.task
    found = []
    for number, model in enumerate((config.base.model, str(folder))):
        share = part_of(progress, 0.1 + 0.45 * number, 0.55 + 0.45 * number)
        found.append(_columns(test, model, share))
    true = {
        column: label_of(test, name) if name else np.where(np.isfinite(label_of(test, "type")), 0.0, np.nan)
        for column, name, _ in QUANTITIES[task]
    }
    parents = parents_of(test)
    scores = [
        compare_values(
            column, true[column], [one[column] for one in found],
            [one.get(f"e_{column}", np.full(len(test), np.nan)) for one in found],
            parents, config.training.seed,
        )
        for column in true
    ]  # fmt: skip
    kept = tuple(one for one in scores if one is not None)
    if not kept:
        raise TrainingError("Too few held-out objects of the catalogue have the labels to compare on.")
    shown = {column: how for column, _, how in QUANTITIES[task]}
    n = max(one.old.n for one in kept)
    lines = [f"{n:,} objects of {Path(table.file).name}, of parents that the new model was not trained on."]
    lines += [score_line(one, shown[one.name]) for one in kept]
    if task == "redshift":
        lines += _redshift_lines(true["z"], found)
    old, new = ({column: one[column] for column in true if column != "wrong_type"} for one in found)
    plotted = {column: values for column, values in true.items() if column != "wrong_type"}
    return ComparisonContent(config.base.model, folder.name, tuple(lines), kept, shown, plotted, old, new)


def _columns(test: PhotometricTable, model: str, progress: Progress) -> Columns:
    result = predict_photometry(test, PhotometryOptions(model=model), progress)
    columns: dict[str, NDArray[np.float64]] = {
        name: np.asarray(result.columns[name], dtype=np.float64)
        for name in ("z", "e_z", "p_star", "log_mass", "e_log_mass", "m_abs_b", "e_m_abs_b")
    }
    columns["wrong_type"] = (
        np.asarray(result.columns["spectral_type"], dtype=np.float64) != label_of(test, "type")
    ).astype(np.float64)
    return columns


def _redshift_lines(true: NDArray[np.float64], found: list[Columns]) -> list[str]:
    known = np.isfinite(true) & np.isfinite(found[0]["z"]) & np.isfinite(found[1]["z"])
    old, new = (agreement(redshift_residuals(one["z"][known], true[known])) for one in found)
    return [
        f"sigma_NMAD {old.scatter:.4f} before, {new.scatter:.4f} now; outliers "
        f"{100 * old.outliers:.2f} % before, {100 * new.outliers:.2f} % now; bias {old.bias:.4f} before, "
        f"{new.bias:.4f} now.".replace("-0.", "−0.")
    ]
