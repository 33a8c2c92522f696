"""Judge a parameter network on spectra with known labels: tables, calibration, residual figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.labels import LABELS
from spectragui.core.model_card import ModelCard
from spectragui.core.progress import Progress, no_progress
from spectragui.networks.parameter_network import ParameterNetwork, apply_network
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.metrics import biases, coverage_of_errors, mean_absolute_errors
from spectragui.training.parameters.observing_cases import (
    CASES,
    SLOW_BELOW_KMS,
    CaseResult,
    ObservedGrid,
    ObservingCase,
)
from spectragui.training.parameters.report_figures import draw_figures, make_folder

# Gebran & Bentley 2025, test spectra; alpha is no label of theirs.
PAPER_ERRORS = {"teff": 60.0, "logg": 0.04, "m_h": 0.029, "vsini": 6.2, "vmic": 0.08}
TARGETS: dict[str, dict[str, float]] = {
    "noise-free, paper's ranges": PAPER_ERRORS,
    "S/N 100, R >= 20,000, v sin i < 30": {
        "teff": 40.0,
        "logg": 0.10,
        "m_h": 0.04,
        "vmic": 0.15,
        "vsini": 1.5,
    },
    "S/N 10, R >= 20,000, v sin i < 30": {"teff": 90.0, "logg": 0.25, "m_h": 0.10},
}
#: What models with other emulators, or with v sin i below 60 km/s only, must reach.
MDWARF_TARGETS: dict[str, dict[str, float]] = {
    "S/N 75, R >= 20,000, v sin i < 10": {"teff": 35.0, "logg": 0.07, "m_h": 0.06},
    "S/N 75, R >= 20,000, v sin i 3-50": {"vsini": 1.5},
}
H_BAND_TARGETS: dict[str, dict[str, float]] = {
    "S/N 100, R >= 20,000, v sin i < 30": {"teff": 25.0, "logg": 0.04, "m_h": 0.03}
}
NIR_TARGETS: dict[str, dict[str, float]] = {"S/N 75, R >= 20,000, v sin i < 10": {"teff": 40.0}}
SLOW_TARGETS: dict[str, dict[str, float]] = {"S/N 50, R >= 20,000, v sin i < 30": {"teff": 45.0}}
_DECIMALS = {"teff": 1, "vsini": 2}


def evaluate_network(
    network: ParameterNetwork,
    spectra: SpectrumGrid,
    *,
    n_spectra: int = 2000,
    cases: Sequence[ObservingCase] = CASES,
    seed: int = 0,
    progress: Progress = no_progress,
) -> list[CaseResult]:
    """Predict the labels of a grid's spectra as each test case observes them.

    Parameters
    ----------
    network : ParameterNetwork
    spectra : SpectrumGrid
    n_spectra : int
        About so many observations a case.
    cases : sequence of ObservingCase
        Those that no spectrum falls in are left out.
    seed : int
    progress : Progress

    Raises
    ------
    TrainingError
        If the spectra do not fit the network's window.
    """
    test = ObservedGrid(spectra, network.grid, network.label_names, is_native=network.takes_pixels)
    usable = [case for case in cases if test.count(case)]
    results = []
    for number, case in enumerate(usable):
        progress(number / len(usable), case.name)
        parts: list[tuple[NDArray[np.float64], ...]] = []
        for inputs, truth, broadening in test.observe(case, n_spectra, seed):
            parts.append(
                (*apply_network(network, inputs), truth, broadening.resolving_power.numpy().astype(float))
            )
        arrays = [np.concatenate(columns) for columns in zip(*parts, strict=True)]
        results.append(CaseResult(case, network.label_names, *arrays))
    progress(1.0, "done")
    return results


def targets_of(card: ModelCard) -> Mapping[str, Mapping[str, float]]:
    """Return what a model must reach, case -> label -> mean absolute error."""
    own = {"mdwarf-emulator": MDWARF_TARGETS, "hband-emulator": H_BAND_TARGETS, "nir-emulator": NIR_TARGETS}
    if card.companions.emulator in own:
        return own[card.companions.emulator]
    is_slow = "vsini" in card.label_ranges and card.label_ranges["vsini"][1] < SLOW_BELOW_KMS
    if is_slow:  # a VGG of the optical is reported beside StarNet, and must reach nothing
        return {} if card.network.get("architecture") == "vgg" else SLOW_TARGETS
    return TARGETS


def error_table(results: Sequence[CaseResult], targets: Mapping[str, Mapping[str, float]] = TARGETS) -> str:
    """Return mean absolute errors, and what must be reached, as a Markdown table."""
    names = results[0].label_names
    lines = [_row("mean absolute error", names), _row("---", ["---:"] * len(names))]
    for result in results:
        errors = mean_absolute_errors(result.predicted, result.true)
        target = targets.get(result.case.name, {})
        cells = []
        for name, error in zip(names, errors, strict=True):
            places = _DECIMALS.get(name, 3)
            wanted = (
                f" ({target[name]:g}{'' if error <= target[name] else ' missed'})" if name in target else ""
            )
            cells.append(f"{error:.{places}f}{wanted}")
        lines.append(_row(result.case.name, cells))
    units = ", ".join(f"{name} [{LABELS[name].unit}]" for name in names if LABELS[name].unit)
    return "\n".join([*lines, "", f"In brackets: what must be reached. Units: {units}."])


def bias_table(results: Sequence[CaseResult]) -> str:
    """Return medians of predicted - true as a Markdown table."""
    names = results[0].label_names
    lines = [_row("median of predicted - true", names), _row("---", ["---:"] * len(names))]
    for result in results:
        values = biases(result.predicted, result.true)
        cells = [f"{v:+.{_DECIMALS.get(n, 3)}f}" for n, v in zip(names, values, strict=True)]
        lines.append(_row(result.case.name, cells))
    return "\n".join(lines)


def calibration_table(results: Sequence[CaseResult]) -> str:
    """Return which part of true labels lies within the stated 1 sigma, as a Markdown table."""
    names = results[0].label_names
    lines = [_row("within 1 sigma (ideal 68 %)", names), _row("---", ["---:"] * len(names))]
    for result in results:
        parts = coverage_of_errors(result.predicted, result.sigma, result.true)
        lines.append(_row(result.case.name, [f"{100 * part:.0f} %" for part in parts]))
    return "\n".join(lines)


def _uncertain(count: int) -> str:
    """Return the sampling error of 68 % of so many, in per cent."""
    return f"{100.0 * (0.683 * 0.317 / count) ** 0.5:.1f}"


def _row(first: str, cells: Sequence[str]) -> str:
    return "| " + " | ".join([first, *cells]) + " |"


def report_text(
    name: str,
    data: str,
    n_spectra: int,
    results: Sequence[CaseResult],
    targets: Mapping[str, Mapping[str, float]] = TARGETS,
) -> str:
    """Return the whole report as Markdown.

    Parameters
    ----------
    name, data : str
        Of the model and of the spectra.
    n_spectra : int
        Different spectra.
    results : sequence of CaseResult
    targets : mapping
        See `targets_of`.
    """
    count = max(len(result.true) for result in results)
    parts = [
        f"# {name} on {data}",
        f"{n_spectra} spectra, each observed several times (up to {count} observations a case), with random"
        " resolving power and v sin i; S/N per native pixel at 2.5 pixels per FWHM.",
        error_table(results, targets),
        calibration_table(results),
        f"Sampling alone makes a part of 68 % uncertain by {_uncertain(count)} % (1 sigma), and by up to"
        f" {_uncertain(min(count, n_spectra))} % where a star is off by as much in all its observations.",
        bias_table(results),
    ]
    return "\n\n".join(parts) + "\n"


def write_report(
    name: str,
    data: str,
    n_spectra: int,
    results: Sequence[CaseResult],
    folder: Path,
    targets: Mapping[str, Mapping[str, float]] = TARGETS,
) -> list[Path]:
    """Write the report and its figures into a folder; return the files.

    Raises
    ------
    WriteError
        If the folder cannot be written.
    """
    make_folder(folder)
    text = folder / "report.md"
    write_text_atomically(text, report_text(name, data, n_spectra, results, targets))
    return [text, *draw_figures(results, folder)]
