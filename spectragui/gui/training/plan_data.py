"""The data of a training plan: read, checked and packed, whatever kind of model learns from them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS
from spectragui.core.progress import Progress, no_progress
from spectragui.gui.training.plan_config import catalogue_config, first_config
from spectragui.gui.training.training_plan import GRID, SYNTHETIC, TABLE, TrainingPlan
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.parameters.model_store import named_model
from spectragui.preprocessing.chain_files import load_preset
from spectragui.training.config import Config
from spectragui.training.data_sets.build_data_set import DataPlan, build_data_set
from spectragui.training.data_sets.cuts import read_cuts
from spectragui.training.data_sets.data_check import DataCheck
from spectragui.training.data_sets.label_filters import filtered
from spectragui.training.data_sets.label_table import LabelTable, read_label_table
from spectragui.training.data_sets.made_spectra import made_table
from spectragui.training.data_sets.model_grid import build_grid_set
from spectragui.training.data_sets.synthetic_set import build_synthetic_set
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.grids import find_file
from spectragui.training.kinds import CATALOGUE, KINDS, SPECTRA


@dataclasses.dataclass(frozen=True, eq=False)
class CheckedColumn:
    """Values of one label, for a histogram.

    Attributes
    ----------
    name, symbol, unit : str
    values : ndarray, shape (n,)
    ends : tuple of float
        Of the base model's range; empty where it has none.
    """

    name: str
    symbol: str
    unit: str
    values: NDArray[np.float64]
    ends: tuple[float, ...] = ()


@dataclasses.dataclass(frozen=True, eq=False)
class CheckedData:
    """What was found in the data of a plan.

    Attributes
    ----------
    n_used : int
        Spectra or objects that are left.
    lines : tuple of str
    columns : tuple of CheckedColumn
    parts : ndarray of str, shape (n_used,)
        "training", "validation" or "test".
    """

    n_used: int
    lines: tuple[str, ...]
    columns: tuple[CheckedColumn, ...] = ()
    parts: NDArray[np.str_] = dataclasses.field(default_factory=lambda: np.array([], dtype=np.str_))


def check_data(plan: TrainingPlan, output: Path, progress: Progress = no_progress) -> CheckedData:
    """Read, check and pack the data of a plan.

    Raises
    ------
    TrainingError
        If nothing can be learnt from them.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    if plan.preset == "paper-cvae":
        return _check_paper_cvae(plan)
    data = KINDS.get(plan.kind).data
    if data == SPECTRA:
        return _of_check(_check_spectra(plan, output, progress))
    if data == CATALOGUE:
        return _check_catalogue(plan, progress)
    nights = plan.nights
    if nights.teff_low >= nights.teff_high:
        raise TrainingError(f"Teff is from {nights.teff_low:g} to {nights.teff_high:g} K.", "Swap them.")
    what = f"{nights.n_stars:,} stars of {nights.teff_low:.0f} to {nights.teff_high:.0f} K"
    lines = (
        f"Nothing is read: {plan.settings.draws:,} noisy spectra of {what} are simulated in nights of "
        f"{nights.instrument}.",
        "It is judged on new stars in new nights, which serve nothing else.",
    )
    return CheckedData(plan.settings.draws, lines)


def model_of(plan: TrainingPlan) -> OpenedModel:
    """Return the model whose window spectra must cover: the base, or the emulator of a new network."""
    if plan.kind == "parameters" and plan.base:
        return named_model(plan.base)
    config = first_config(plan)
    assert isinstance(config, (Config, GeneratorConfig))
    return open_model(config.data.emulator)


def _check_spectra(plan: TrainingPlan, output: Path, progress: Progress) -> DataCheck:
    if plan.kind == "parameters" and not plan.labels:
        raise TrainingError("No label is ticked.", "Tick what the model shall learn.")
    chain, model = load_preset(plan.chain) if plan.chain else None, model_of(plan)
    data = DataPlan(
        Path(plan.folder), _nothing(), chain, model, plan.settings.seed, same_shape=plan.same_shape
    )
    if plan.source == SYNTHETIC:
        return build_synthetic_set(plan.stars, model, output, data, progress)
    if plan.source == GRID:
        table = read_label_table(Path(plan.table)) if plan.table else None
        return build_grid_set(Path(plan.folder), plan.grid, data, output, table, progress)
    assert plan.source == TABLE
    cuts = read_cuts(plan.cuts) if plan.cuts else ()
    table = filtered(read_label_table(Path(plan.table), plan.columns, plan.labels, cuts), plan.filters)
    return build_data_set(dataclasses.replace(data, table=table), output, progress)


def _nothing() -> LabelTable:
    return made_table("nothing", ["x"], [{"teff": 0.0}])


def _of_check(check: DataCheck) -> CheckedData:
    columns = tuple(
        CheckedColumn(name, LABELS[name].symbol, LABELS[name].unit, values, tuple(check.ranges.get(name, ())))
        for name, values in zip(check.label_names, check.labels.T, strict=True)
    )
    return CheckedData(check.n_used, tuple(check.lines()), columns, np.array(check.parts))


def _check_paper_cvae(plan: TrainingPlan) -> CheckedData:
    config = first_config(plan)
    assert isinstance(config, GeneratorConfig)
    grid = find_file(config.data.grid)
    return CheckedData(
        config.data.n_spectra,
        (
            f"{config.data.n_spectra:,} spectra are made by {config.data.emulator} and from {grid.name}.",
            "172 million weights: about 4 GB of memory, and days on a CPU.",
        ),
    )


def _check_catalogue(plan: TrainingPlan, progress: Progress) -> CheckedData:
    from spectragui.inference.photometry.photometry_model import PhotometryModel
    from spectragui.training.photometry.data import parents_of, split_rows, training_table
    from spectragui.training.photometry.measures import label_of
    from spectragui.training.photometry.run import FEWEST_ROWS

    config = catalogue_config(plan)
    table = training_table(config.data, progress)
    task = config.task
    if plan.base:
        model = PhotometryModel.open(plan.base)
        model.check_bands(table)
        task = model.shape.task
    rows = split_rows(table, config.data)
    parts = np.empty(len(table), dtype="<U10")
    for part, name in (("train", "training"), ("calibration", "validation"), ("test", "test")):
        parts[rows[part]] = name
    columns, lines = [], []
    for name, (symbol, unit) in _LABELS_OF_TASK[task].items():
        values = label_of(table, name)
        known = values[np.isfinite(values)]
        if len(known) < FEWEST_ROWS:
            raise TrainingError(
                f"Only {len(known):,} of the {len(table):,} objects have a {symbol}.",
                f"At least {FEWEST_ROWS} are needed.",
            )
        columns.append(CheckedColumn(name, symbol, unit, values))
        lines.append(
            f"{symbol}: {len(known):,} values, {known.min():.4g} to {known.max():.4g} {unit}".strip() + "."
        )
    n_parents = len(np.unique(parents_of(table)))
    counts = ", ".join(
        f"{int(np.sum(parts == name)):,} for {name}" for name in ("training", "validation", "test")
    )
    told = "parent_id" if "parent_id" in table.reference else "rows, as there is no parent_id"
    first = f"{len(table):,} objects of {n_parents:,} parents ({told}): {counts}. No parent is in two parts."
    return CheckedData(len(table), (first, *lines), tuple(columns), parts)


_LABELS_OF_TASK = {
    "redshift": {"z": ("z", "")},
    "stellarity": {"star": ("star", "")},
    "mass": {"log_mass": ("log M/M☉", "dex"), "m_abs_b": ("M(B)", "mag")},
    "type": {"type": ("type", "")},
}
