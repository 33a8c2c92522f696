"""What the page on StarNet and VGG computes: six networks compared, real stars, sensitivity."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spectragui.core.errors import SpectraGUIError
from spectragui.core.labels import MAIN_LABELS
from spectragui.core.model_folder import find_model, read_card
from spectragui.core.progress import Progress, part_of
from spectragui.inference.model_drawing import layer_rows
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import PredictOptions
from spectragui.io import read_files
from spectragui.networks.label_gradients import label_gradients
from spectragui.networks.parameter_network import NetworkInput, ParameterNetwork, apply_network, load_network
from spectragui.reports.layer_drawing import kept_rows
from spectragui.reports.loss_drawing import kept_training
from spectragui.reports.preset_models import training_progress
from spectragui.reports.report_item import Results
from spectragui.reports.report_run import ReportRun, register_step
from spectragui.training.config_file import LABEL_WORDS
from spectragui.training.grids import SpectrumGrid, find_shared_file, read_grid
from spectragui.training.parameters.model_comparison import (
    COMPARED,
    SHOWN_CASE,
    ComparedRow,
    cases_compared,
    compare_on_grid,
    rows_of,
)
from spectragui.training.parameters.observing_cases import CaseResult, ObservedGrid, ObservingCase, fastest

WORDS = tuple(LABEL_WORDS)
PRESETS = tuple(f"paper-{network}-{words}" for network in ("starnet", "vgg") for words in WORDS)
BUNDLED = "optical-starnet"
WHOLE = ("paper-starnet-TGM", "paper-vgg-TGM")
WINDOW_AA = 50.0
_DWARFS = ("hpf_gj699_20181003.fits", "tres_gj699_multispec.fits")
_DWARF_MODEL = "mdwarf-starnet"


def held_out_spectra() -> SpectrumGrid:
    """Return the tenth of the optical grid that nothing was trained on."""
    return read_grid(find_shared_file("data", "grids", "optical.npz")).held_out()


@register_step("thesis.comparison", "StarNet and VGG for T, TG and TGM on held-out spectra", 300.0, PRESETS)
def compare_networks(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Train or take the six networks, and judge them and the bundled one at four S/N."""
    spectra, rows = held_out_spectra(), []
    kept: dict[str, Any] = {}
    trainings, layers = [], {}
    names = (*PRESETS, BUNDLED)
    for number, name in enumerate(names):
        step = part_of(progress, number / len(names), (number + 1) / len(names))
        folder = find_model(BUNDLED) if name == BUNDLED else run.model(name, part_of(step, 0.0, 0.8))
        card, network = read_card(folder), load_network(folder)
        cases = cases_compared(name, card.domain.resolving_power, fastest(card))
        results = compare_on_grid(
            network,
            spectra,
            cases,
            n_spectra=run.count(100, 1000),
            seed=run.settings.seed,
            progress=part_of(step, 0.8, 1.0),
        )
        words = name.rsplit("-", 1)[-1]
        groups = [(words, LABEL_WORDS[words])] if name != BUNDLED else list(LABEL_WORDS.items())[-1:]
        rows += rows_of(name, results, groups)
        if name in (*WHOLE, BUNDLED):
            kept[name] = [_kept_case(one) for one in results]
            layers[name] = kept_rows(layer_rows(card))
        if name != BUNDLED:
            trainings.append(kept_training(training_progress(folder, name)))
    return {
        "rows": [[r.model, r.labels, r.data, r.label, r.n_spectra, r.values] for r in rows],
        "cases": kept,
        "trainings": trainings,
        "layers": layers,
    }


def _kept_case(one: CaseResult) -> dict[str, Any]:
    return {
        "case": one.case.name,
        "labels": list(one.label_names),
        "predicted": one.predicted,
        "sigma": one.sigma,
        "true": one.true,
        "resolving_power": one.resolving_power,
    }


def compared_rows(results: Results) -> list[ComparedRow]:
    """Return the errors that a result keeps."""
    return [ComparedRow(*row) for row in results["thesis.comparison"]["rows"]]


def cases_of(results: Results, name: str) -> list[CaseResult]:
    """Return what a network said at each S/N."""
    known = {case.name: case for case in COMPARED}
    return [
        CaseResult(
            known.get(one["case"], ObservingCase(one["case"])),
            tuple(one["labels"]),
            *(np.asarray(one[key]) for key in ("predicted", "sigma", "true", "resolving_power")),
        )
        for one in results["thesis.comparison"]["cases"][name]
    ]


def error_of(results: Results, model: str, label: str, data: str = SHOWN_CASE) -> dict[str, float]:
    """Return MAE, MSE, RMSE ... of one label of one network; empty where it was not measured."""
    found = [r for r in compared_rows(results) if (r.model, r.label, r.data) == (model, label, data)]
    return found[0].values if found else {}


def largest_rate(results: Results, name: str) -> float:
    """Return the largest learning rate of a training; NaN where no losses were kept."""
    kept = next((one for one in results["thesis.comparison"]["trainings"] if one["name"] == name), None)
    rates = np.asarray(kept["curves"].get("learning_rate", ()) if kept else (), dtype=float)
    return float(np.nanmax(rates)) if np.isfinite(rates).any() else float("nan")


@register_step("thesis.stars", "Real stars", 60.0, WHOLE[:1])
def predict_stars(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Predict the real optical spectra with the bundled and the thesis' StarNet, GJ 699 with its own."""
    table = find_shared_file("data", "stars", "stars.csv")
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    optical = [row for row in rows if row["use"].startswith("judge") and "mdwarf" not in row["use"]]
    asked = [(row, name) for row in optical for name in (BUNDLED, WHOLE[0])]
    asked += [(row, _DWARF_MODEL) for row in rows if row["file"] in _DWARFS]
    stars = []
    for number, (row, name) in enumerate(asked):
        progress(number / len(asked), f"{row['object']}, {name}")
        model = name if name != WHOLE[0] else str(run.model(name))
        stars.append(_star(row, name, model, [table.parent / row["file"]]))
    return {"stars": stars}


def _star(row: Mapping[str, str], name: str, model: str, files: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "object": row["object"],
        "instrument": row["instrument"],
        "model": name,
        "labels": {},
        "errors": {},
        "known": {label: float(row[label]) for label in MAIN_LABELS},
        "e_known": {label: float(row[f"e_{label}"]) for label in MAIN_LABELS},
        "message": "",
        "is_flagged": False,
    }
    try:
        prediction = predict_spectrum(read_files(files)[0], PredictOptions(model=model, refine=False))
    except SpectraGUIError as error:
        return {**found, "message": str(error)}
    if prediction.network is None:
        return {**found, "message": prediction.verdict.sentence}
    return {
        **found,
        "labels": {label: float(prediction.network[label]) for label in MAIN_LABELS},
        "errors": {label: float(prediction.network.error(label)) for label in MAIN_LABELS},
        "is_flagged": prediction.verdict.flag_bad != 0,
    }


@register_step("thesis.sensitivity", "Sensitivity by pixel and by window", 40.0, WHOLE[:1])
def find_sensitivity(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Find the gradient of each label at a Sun-like spectrum, and the error with each window hidden."""
    folders = {BUNDLED: find_model(BUNDLED), WHOLE[0]: run.model(WHOLE[0])}
    spectra = held_out_spectra()
    found: dict[str, Any] = {}
    for number, (name, folder) in enumerate(folders.items()):
        progress(0.5 * number, name)
        network = load_network(folder)
        found[name] = _sensitivity(network, spectra, run.count(60, 300), run.settings.seed)
    return found


def _sensitivity(network: ParameterNetwork, spectra: SpectrumGrid, n: int, seed: int) -> dict[str, Any]:
    test = ObservedGrid(spectra, network.grid, network.label_names)
    case = next(one for one in COMPARED if one.name == SHOWN_CASE)
    inputs, true, _ = next(iter(test.observe(case, n, seed)))
    inputs, true = _first(inputs, n), true[:n]
    wave = network.grid.wavelength_aa
    sun = int(np.argmin(np.abs(true[:, 0] - 5772.0) + 1000.0 * np.abs(true[:, 1] - 4.44)))
    star = _rows(inputs, slice(sun, sun + 1))
    # Before the network's own normalisation, which subtracts the continuum at 1.
    given = dataclasses.replace(
        star, flux=np.where(star.is_used > 0, 1.0 + star.flux, 0.0).astype(np.float32)
    )
    gradients = 0.01 * label_gradients(network, given)
    whole = _error(network, inputs, true)
    edges = np.arange(wave[0], wave[-1] + WINDOW_AA, WINDOW_AA)
    growth = []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        hidden = (wave >= low) & (wave < high)
        used = np.where(hidden, np.float32(0.0), inputs.is_used)
        flux = network.grid.normalise((1.0 + inputs.flux) * used, used)
        growth.append(_error(network, NetworkInput(flux, used, inputs.conditions, inputs.sigma), true))
    return {
        "labels": list(network.label_names),
        "wavelength_aa": wave,
        "flux": inputs.flux[sun],
        "gradients": gradients,
        "star": true[sun],
        "edges_aa": edges,
        "whole": whole,
        "hidden": np.array(growth),
        "n": len(true),
    }


def _error(network: ParameterNetwork, inputs: NetworkInput, true: Any) -> Any:
    return np.mean(np.abs(apply_network(network, inputs)[0] - true), axis=0)


def _first(inputs: NetworkInput, n: int) -> NetworkInput:
    return _rows(inputs, slice(0, n))


def _rows(inputs: NetworkInput, rows: slice) -> NetworkInput:
    sigma = None if inputs.sigma is None else inputs.sigma[rows]
    return NetworkInput(inputs.flux[rows], inputs.is_used[rows], inputs.conditions[rows], sigma)
