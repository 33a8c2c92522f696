"""Judge a generator of spectra: tables of its errors, its latent space, and labels that come back."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.labels import LABELS
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.simulation.generator import GENERATOR_LABELS, SpectrumGenerator
from spectragui.training.generator.cases import CASES, GeneratorResult, TrueSpectra, evaluate_case
from spectragui.training.generator.figures import draw_generator_figures
from spectragui.training.generator.labels_returned import (
    LabelTest,
    PaperTraining,
    label_test_table,
    read_labels_back,
)
from spectragui.training.generator.latent_space import LatentTest, examine_latent_space, latent_table
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.report_figures import make_folder

PAPER_MEDIAN = 1.8e-3  # Gebran & Bentley 2025: median |residual| of 10^4 test spectra
_POWER_EDGES = (1000.0, 5000.0, 20_000.0, 50_000.0, 115_000.0)
_VSINI_EDGES = (0.0, 5.0, 20.0, 60.0, 150.0, 300.0)
_LABEL_EDGES = {
    "teff": (3900, 4500, 5500, 7000, 8500, 9750),
    "logg": (0.5, 2.0, 3.0, 4.0, 5.0),
    "m_h": (-2.5, -1.5, -1.0, -0.5, 0.0, 0.5),
    "alpha_m": (-0.1, 0.1, 0.3, 0.5),
    "vmic": (0.0, 1.0, 2.0, 3.0, 4.0),
    "vsini": _VSINI_EDGES,
    "resolving_power": _POWER_EDGES,
}


@dataclasses.dataclass(frozen=True, eq=False)
class GeneratorEvaluation:
    """Everything that a report on a generator says."""

    results: tuple[GeneratorResult, ...]
    latent: LatentTest | None
    label_tests: tuple[LabelTest, ...]
    notes: tuple[str, ...] = ()


def evaluate_generator(
    generator: SpectrumGenerator,
    grid: SpectrumGrid,
    *,
    n_spectra: int = 2000,
    seed: int = 0,
    paper_minutes: float = 3.0,
    progress: Progress = no_progress,
) -> GeneratorEvaluation:
    """Judge a generator on the held-out spectra of a grid.

    Parameters
    ----------
    generator : SpectrumGenerator
    grid : SpectrumGrid
        The whole grid: its training part trains the paper's parameter network.
    n_spectra : int
        About so many broadened spectra a case.
    seed : int
    paper_minutes : float
        Training time of the paper's parameter network; 0 = without it.
    progress : Progress
    """
    truth = TrueSpectra(grid.held_out(), generator.wavelength_aa)
    results = tuple(
        evaluate_case(
            generator, truth, case, n_spectra, seed, part_of(progress, 0.2 * number, 0.2 * (number + 1))
        )
        for number, case in enumerate(CASES)
    )
    notes: list[str] = []
    latent = examine_latent_space(generator, grid, seed, notes)
    tests = read_labels_back(
        generator,
        truth,
        grid,
        n_spectra // 2,
        PaperTraining(paper_minutes),
        seed,
        part_of(progress, 0.5, 1.0),
    )
    progress(1.0, "done")
    return GeneratorEvaluation(results, latent, tests, tuple(notes))


def case_rows(results: Sequence[GeneratorResult]) -> list[tuple[str, float, float, float, float, float]]:
    """Return name, mean, median, 95th percentile and bias [per cent], and number, of each case."""
    return [
        (
            result.case.name,
            100.0 * float(result.mean_error.mean()),
            100.0 * float(np.median(result.median_error)),
            100.0 * float(np.percentile(result.mean_error, 95)),
            100.0 * float(result.bias.mean()),
            float(len(result.labels)),
        )
        for result in results
    ]


def case_table(results: Sequence[GeneratorResult]) -> str:
    """Return the errors of all cases, and what must be reached, as a Markdown table."""
    lines = [
        "| generated - true, per cent of the continuum | mean | (must, aim) | median | 95 % of spectra below"
        " | reconstructed | bias |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for result, (_, mean, median, high, bias, _) in zip(results, case_rows(results), strict=True):
        case = result.case
        values = [
            f"{mean:.3f}",
            f"({100 * case.must:g}, {100 * case.aim:g})",
            f"{median:.3f}",
            f"{high:.3f}",
            f"{100 * result.reconstruction_error.mean():.3f}",
            f"{bias:+.3f}",
        ]
        lines.append("| " + " | ".join([case.name, *values]) + " |")
    middle = np.median(results[0].median_error)
    said = (
        f"Median |residual|: {middle:.1e} over the whole range, {np.median(results[-1].median_error):.1e} for"
        f" sharp spectra; Gebran & Bentley (2025): {PAPER_MEDIAN:.1e}."
    )
    return "\n".join([*lines, "", said])


def bin_table(result: GeneratorResult) -> str:
    """Return the mean error in bins of R (rows) and v sin i (columns) as a Markdown table."""
    vsini, power = result.labels[:, 5], result.labels[:, 6]
    columns = [f"{low:g}-{high:g}" for low, high in _pairs(_VSINI_EDGES)]
    lines = [
        "| mean error [per cent]: R, v sin i [km/s] | " + " | ".join(columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for low, high in _pairs(_POWER_EDGES):
        cells = []
        for slow, fast in _pairs(_VSINI_EDGES):
            inside = (power >= low) & (power < high) & (vsini >= slow) & (vsini < fast)
            cells.append(f"{100 * result.mean_error[inside].mean():.3f}" if inside.any() else "")
        lines.append(f"| {low:,.0f}-{high:,.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def label_table(result: GeneratorResult) -> str:
    """Return the mean error in bins of each label as a Markdown list."""
    lines = []
    for name, edges in _LABEL_EDGES.items():
        values = result.labels[:, GENERATOR_LABELS.index(name)]
        parts = []
        for low, high in _pairs(edges):
            inside = (values >= low) & (values < high)
            if inside.any():
                parts.append(f"{low:g}-{high:g}: {100 * result.mean_error[inside].mean():.3f}")
        lines.append(f"- {LABELS[name].plain_symbol}: " + ", ".join(parts))
    return "\n".join(lines)


def map_note(result: GeneratorResult, n_bins: int = 5) -> str:
    """Return how large the mean residual is at worst over the map of Teff and log g.

    The paper's map shows averages of |generated - true| in each cell, so means are compared with means.
    """
    teff, logg = result.labels[:, 0], result.labels[:, 1]
    rows, columns = (np.minimum((n_bins * _unit(values)).astype(int), n_bins - 1) for values in (teff, logg))
    means = [
        np.mean(result.mean_error[(rows == i) & (columns == j)])
        for i in range(n_bins)
        for j in range(n_bins)
        if np.any((rows == i) & (columns == j))
    ]
    below = np.mean(np.array(means) < 2e-3)
    return (
        f"Over a map of {n_bins} x {n_bins} fields in Teff and log g the mean residual is at most"
        f" {max(means):.1e}, below 2e-3 in {100 * below:.0f} % of them (paper: everywhere)."
    )


def generator_report_text(name: str, n_grid: int, evaluation: GeneratorEvaluation) -> str:
    """Return the whole report as Markdown."""
    first, last = evaluation.results[0], evaluation.results[-1]
    parts = [
        f"# {name} on heldout",
        f"{n_grid} spectra of the grid that nothing was trained or tuned on, broadened exactly,"
        f" {len(first.labels)} times a case.",
        case_table(evaluation.results),
        bin_table(first),
        "Mean error [per cent] by label, whole range:\n\n" + label_table(first),
        "The same, sharp spectra:\n\n" + label_table(last),
        map_note(first),
    ]
    if evaluation.label_tests:
        parts.append(label_test_table(evaluation.label_tests))
    if evaluation.latent is not None:
        parts.append("Latent space:\n\n" + latent_table(evaluation.latent))
    return "\n\n".join([*parts, *evaluation.notes]) + "\n"


def generator_metrics(evaluation: GeneratorEvaluation) -> dict[str, Any]:
    """Return the figures of the report for a model card."""
    metrics: dict[str, Any] = {
        result.case.name: {
            "mean_error": _rounded(result.mean_error.mean()),
            "median_error": _rounded(np.median(result.median_error)),
            "reconstruction_error": _rounded(result.reconstruction_error.mean()),
        }
        for result in evaluation.results
    }
    if evaluation.latent is not None:
        metrics["latent"] = {
            "active": evaluation.latent.n_active,
            "divergence_nats": _rounded(evaluation.latent.divergence.sum()),
            "sample_rms": _rounded(evaluation.latent.sample_rms.mean()),
            "element_rms": _rounded(evaluation.latent.change_rms.mean()),
        }
    for test in evaluation.label_tests:
        for kind, errors in (("true", test.true_errors), ("generated", test.generated_errors)):
            metrics[f"labels by {test.name} from {kind} spectra"] = {
                label: _rounded(value) for label, value in zip(test.label_names, errors, strict=True)
            }
    return metrics


def write_generator_report(
    name: str, n_grid: int, evaluation: GeneratorEvaluation, folder: Path
) -> list[Path]:
    """Write the report and its figures into a folder; return the files."""
    make_folder(folder)
    text = folder / "report.md"
    write_text_atomically(text, generator_report_text(name, n_grid, evaluation))
    return [text, *draw_generator_figures(evaluation.results, evaluation.latent, folder)]


def _pairs(edges: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(edges[:-1], edges[1:], strict=True))


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((values - values.min()) / max(np.ptp(values), 1e-9))


def _rounded(value: Any) -> float:
    return float(f"{float(value):.3g}")
