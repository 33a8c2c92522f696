"""What the page on ALHAMBRA computes: our networks, those of the thesis, its layers with our inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spectragui.core.model_folder import read_card
from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.core.photometry_result import PhotometryResult
from spectragui.core.progress import Progress, part_of
from spectragui.inference.model_drawing import layer_rows
from spectragui.inference.photometry.predict_photometry import PhotometryOptions, predict_photometry
from spectragui.io.catalogues import read_catalogue
from spectragui.reports.layer_drawing import kept_rows
from spectragui.reports.loss_drawing import kept_training
from spectragui.reports.preset_models import training_progress
from spectragui.reports.report_item import Results
from spectragui.reports.report_run import ReportRun, register_step
from spectragui.training.grids import find_file
from spectragui.training.photometry.config import TASKS, CatalogueConfig
from spectragui.training.photometry.data import split_rows
from spectragui.training.photometry.evaluation import PhotometryReport, evaluate_heldout, network_measures
from spectragui.training.photometry.measures import OBSERVED, Measure, label_of
from spectragui.training.photometry.report import find_measure
from spectragui.training.photometry.rivals import judge_rivals

PRESETS = tuple(f"paper-alhambra-{task}" for task in TASKS)
LAYERS = "thesis' layers, our inputs"
QUICK_EPOCHS = 0.05
_COLUMNS = ("z", "p_star", "p_star_photometry", "log_mass", "m_abs_b", "spectral_type")
_LABELS = ("z", "star", "log_mass", "m_abs_b", "type")


def kept_measures(measures: Sequence[Measure]) -> list[list[Any]]:
    """Return measures as a result keeps them."""
    return [[m.task, m.method, m.condition, m.selection, m.quantity, m.value, m.n] for m in measures]


def measures_of(result: Mapping[str, Any]) -> list[Measure]:
    """Return the measures that a result keeps."""
    return [Measure(*row) for row in result["measures"]]


@register_step("alhambra.heldout", "Bundled networks on held-out objects of the mock", 15.0)
def judge_bundled(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Judge the bundled networks; keep what figures show of the held-out objects."""
    report = evaluate_heldout(device="cpu", progress=progress, with_rivals=False)
    table = report.table
    return {
        "measures": kept_measures(report.measures),
        "pit": report.pit,
        "redshifts": {"network": np.asarray(report.redshifts["network"], dtype=np.float32)},
        "remarks": list(report.remarks),
        "result": {name: report.result[name] for name in _COLUMNS},
        "models": dict(report.result.models),
        "magnitudes": table.magnitudes,
        "errors": table.errors,
        "limits": table.limits,
        "labels": {name: label_of(table, name).astype(np.float32) for name in _LABELS},
    }


@register_step("alhambra.rivals", "The thesis' networks as they stand, template fit, boosted trees", 200.0)
def train_rivals(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Train the thesis' networks by its text and its code, and what else redshifts are compared with."""
    config = CatalogueConfig()
    whole = read_catalogue(find_file(config.catalogue), progress=part_of(progress, 0.0, 0.05))
    part = QUICK_EPOCHS if run.quick else 1.0
    rivals = judge_rivals(whole, split_rows(whole, config), part_of(progress, 0.05, 1.0), part)
    return {
        "measures": kept_measures(rivals.measures),
        "redshifts": {k: np.asarray(v, dtype=np.float32) for k, v in rivals.redshifts.items()},
        "remarks": list(rivals.remarks),
        "epoch_part": part,
    }


@register_step("alhambra.layers", "The thesis' layers with this project's inputs", 60.0, PRESETS)
def judge_layers(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Train or take the four presets, and judge them on the held-out objects."""
    config = CatalogueConfig()
    whole = read_catalogue(find_file(config.catalogue))
    test = whole.rows(split_rows(whole, config)["test"])
    measures: list[Measure] = []
    trainings, layers = [], {}
    for number, (task, name) in enumerate(zip(TASKS, PRESETS, strict=True)):
        folder = run.model(name, part_of(progress, number / 4, (number + 0.9) / 4))
        result = predict_photometry(test, PhotometryOptions(str(folder), "cpu"))
        own = {"redshift": ("redshift",), "mass": ("log_mass", "m_abs_b")}.get(task, (task,))
        found = network_measures(test, result, OBSERVED)
        measures += [Measure(m.task, LAYERS, *_rest(m)) for m in found if m.task in own]
        trainings.append(kept_training(training_progress(folder, name)))
        layers[name] = kept_rows(layer_rows(read_card(folder)))
    return {"measures": kept_measures(measures), "trainings": trainings, "layers": layers}


def _rest(measure: Measure) -> tuple[Any, ...]:
    return measure.condition, measure.selection, measure.quantity, measure.value, measure.n


def heldout_report(results: Results) -> PhotometryReport:
    """Return the report that the figures of `training.photometry` are drawn from."""
    kept = results["alhambra.heldout"]
    n = len(kept["magnitudes"])
    table = PhotometricTable(
        band_set("alhambra"), np.arange(n).astype(str), kept["magnitudes"], kept["errors"], kept["limits"],
        reference=dict(kept["labels"]),
    )  # fmt: skip
    result = PhotometryResult(dict(kept["result"]), np.empty(0), lambda _index: np.empty(0), kept["models"])
    report = PhotometryReport(measures_of(kept), table, result, kept["pit"], dict(kept["redshifts"]))
    rivals = results.get("alhambra.rivals")
    if rivals is not None:
        report.redshifts |= dict(rivals["redshifts"])
    return report


def all_measures(results: Results) -> list[Measure]:
    """Return the measures of all methods."""
    names = ("alhambra.heldout", "alhambra.rivals", "alhambra.layers")
    return [measure for name in names if name in results for measure in measures_of(results[name])]


def number(
    results: Results, task: str, quantity: str, selection: str = "all", method: str = "network",
    condition: str = OBSERVED,
) -> float:  # fmt: skip
    """Return one measured number; NaN where it was not measured."""
    found = find_measure(all_measures(results), task, method, condition, selection, quantity)
    return float("nan") if found is None else found.value


def how_measured(results: Results) -> str:
    """Return what our numbers were measured with."""
    n = len(results["alhambra.heldout"]["magnitudes"])
    return f"bundled networks, {n:,} held-out objects of the mock"
