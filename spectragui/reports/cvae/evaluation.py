"""What the page on the CVAE computes: the bundled generator, the paper's, labels read back, speed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.model_folder import find_model, read_card
from spectragui.core.progress import Progress, part_of
from spectragui.inference.model_drawing import LayerRow, layer_rows
from spectragui.networks.network_description import tensor_shapes
from spectragui.reports.layer_drawing import kept_rows
from spectragui.reports.loss_drawing import kept_training
from spectragui.reports.preset_models import preset_config, training_progress
from spectragui.reports.report_item import Results
from spectragui.reports.report_run import ReportRun, register_step
from spectragui.simulation.dense_generator import DenseGenerator
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import SpectrumGenerator, load_generator, read_generator
from spectragui.training.generator.cases import CASES, GeneratorResult, TrueSpectra, evaluate_case
from spectragui.training.generator.labels_returned import (
    PAPER_HIDDEN,
    SOLAR_ALPHA,
    LabelTest,
    PaperTraining,
    read_labels_back,
)
from spectragui.training.generator.latent_space import LatentTest, examine_latent_space
from spectragui.training.generator.paper_cvae import PAPER_LABELS
from spectragui.training.grids import SpectrumGrid, find_shared_file, read_grid

PRESET = "paper-cvae"
OURS = "optical-cvae"
SYNTHESIS_S = 7.0
SYNTHESIS_SOURCE = "PySME, about 7 s a spectrum and core (notes on the grid, 49,469 pixels, 97,000 lines)"
EXAMPLES = ("best", "median", "worst")
_ARRAYS = (
    "labels",
    "mean_error",
    "median_error",
    "bias",
    "reconstruction_error",
    "pixel_error",
    "pixel_bias",
    "wavelength_aa",
)


def grid_spectra() -> SpectrumGrid:
    """Return the grid of the optical models."""
    return read_grid(find_shared_file("data", "grids", "optical.npz"))


def bundled_generator() -> SpectrumGenerator:
    """Return the generator that the page is about."""
    generator = load_generator(OURS)
    assert isinstance(generator, SpectrumGenerator)
    return generator


@register_step("cvae.residuals", "Bundled generator on held-out spectra", 60.0)
def judge_bundled(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Compare generated with computed spectra of both cases; keep three of them whole."""
    generator = bundled_generator()
    truth = TrueSpectra(grid_spectra().held_out(), generator.wavelength_aa)
    n = run.count(300, 2000)
    results = [
        evaluate_case(generator, truth, case, n, run.settings.seed, part_of(progress, 0.5 * i, 0.5 * i + 0.5))
        for i, case in enumerate(CASES)
    ]
    return {"cases": [kept_case(one) for one in results], "examples": _examples(generator, truth, results[0])}


def kept_case(result: GeneratorResult) -> dict[str, Any]:
    """Return a case as a result keeps it."""
    return {name: np.asarray(getattr(result, name), dtype=np.float64) for name in _ARRAYS}


def cases_of(results: Results, step: str = "cvae.residuals") -> list[GeneratorResult]:
    """Return the cases that a step keeps."""
    kept = results[step]["cases"]
    return [GeneratorResult(case, **one) for case, one in zip(CASES, kept, strict=False)]


def _examples(
    generator: SpectrumGenerator, truth: TrueSpectra, result: GeneratorResult
) -> dict[str, dict[str, Any]]:
    order = np.argsort(result.mean_error)
    found = {}
    for name, place in zip(EXAMPLES, (order[0], order[len(order) // 2], order[-1]), strict=True):
        labels = result.labels[place]
        same = np.abs(truth.spectra.labels - labels[:5]).sum(axis=1)
        flux = truth.observe(int(np.argmin(same)), float(labels[5]), float(labels[6]))
        made = generator.flux(labels)[0]
        error = float(result.mean_error[place])
        found[name] = {"labels": labels, "true": flux, "generated": made, "mean_error": error}
    return found


@register_step("cvae.paper", "The paper's network on held-out spectra of solar alpha", 150.0, (PRESET,))
def judge_paper(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Train or take the paper's CVAE and compare its spectra with computed ones."""
    folder = run.model(PRESET, part_of(progress, 0.0, 0.85))
    generator = read_generator(folder)
    assert isinstance(generator, DenseGenerator)
    held = grid_spectra().held_out()
    held = held.select(np.abs(held.labels[:, held.label_names.index("alpha_m")]) < SOLAR_ALPHA)
    truth = TrueSpectra(held, generator.wavelength_aa)
    result = evaluate_case(generator, truth, CASES[0], run.count(100, 500), run.settings.seed)
    options = preset_config(run.settings, PRESET).network.options
    return {
        "cases": [kept_case(result)],
        "trainings": [kept_training(training_progress(folder, PRESET))],
        "hidden": list(options["hidden"]),
        "n_different": len(held),
    }


@register_step("cvae.layers", "Networks of the paper, and the bundled one", 1.0)
def list_layers(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """List the layers of the paper's two networks and of the bundled generator."""
    card = read_card(find_model(OURS))
    shapes = tensor_shapes("cvae", 19_000, 6)
    paper = dataclasses.replace(
        card,
        name=PRESET,
        tensors=shapes,
        labels=tuple(label for label in card.labels if label.name in PAPER_LABELS),
    )
    widths = (25, *PAPER_HIDDEN, 6)
    reader = [LayerRow("spectrum", "25 coefficients of a PCA")]
    for number, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
        count = (n_in + 1) * n_out
        reader.append(LayerRow(f"dense {number}", f"{n_in:,} to {n_out:,}, {count:,} weights", count))
    reader.append(LayerRow("labels", "Teff, log g, v sin i, [M/H], ξ, R"))
    return {
        "paper": kept_rows(layer_rows(paper)),
        "reader": kept_rows(reader),
        "bundled": kept_rows(layer_rows(card)),
    }


@register_step("cvae.labels", "Labels read from true and generated spectra", 120.0)
def read_labels(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Read labels back with the bundled network and with one as the paper's."""
    generator, grid = bundled_generator(), grid_spectra()
    truth = TrueSpectra(grid.held_out(), generator.wavelength_aa)
    paper = PaperTraining(0.5, 4000)
    if not run.quick:
        paper = PaperTraining(min(60.0 * run.settings.hours, 60.0), 30_000, PAPER_HIDDEN)
    tests = read_labels_back(generator, truth, grid, run.count(300, 1500), paper, run.settings.seed, progress)
    return {
        "tests": [
            {
                "name": one.name,
                "labels": list(one.label_names),
                "true": one.true_errors,
                "generated": one.generated_errors,
                "n": one.n_spectra,
            }
            for one in tests
        ],
        "minutes": paper.minutes,
        "n_training": paper.n_spectra,
        "hidden": list(paper.hidden),
    }


def label_tests(results: Results) -> list[LabelTest]:
    """Return the tests that a result keeps."""
    return [
        LabelTest(one["name"], tuple(one["labels"]), one["true"], one["generated"], int(one["n"]))
        for one in results["cvae.labels"]["tests"]
    ]


@register_step("cvae.latent", "Latent space of the bundled generator", 40.0)
def examine_latents(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Encode held-out stars whose single elements scatter."""
    notes: list[str] = []
    found = examine_latent_space(bundled_generator(), grid_spectra(), run.settings.seed, notes)
    kept = {} if found is None else {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}
    return {"notes": notes, "test": kept}


def latent_test(results: Results) -> LatentTest | None:
    """Return what the latent space holds; None where it was not examined."""
    kept = results["cvae.latent"]["test"]
    return LatentTest(**kept) if kept else None


@register_step("cvae.speed", "Time for a spectrum", 20.0)
def time_generators(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Time the generator one by one and a hundred at once, and the emulator (CPU time)."""
    generator = bundled_generator()
    middle = np.array([[5777.0, 4.4, 0.0, 0.0, 1.0, 5.0, 50_000.0]])
    emulator = load_emulator(generator.card.companions.emulator)
    many = np.repeat(middle, 100, axis=0)
    return {
        "one": _seconds(lambda: generator.flux(middle)),
        "of_hundred": _seconds(lambda: generator.flux(many), 3) / 100.0,
        "emulator": _seconds(lambda: emulator.normalised_flux(middle[:, :5])),
    }


def _seconds(function: Any, repeats: int = 10) -> float:
    """Return the CPU time of a call [s]: the median of several, after one that warms up."""
    function()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return float(np.median(times))
