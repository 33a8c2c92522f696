"""Compare parameter networks: MAE, MSE, RMSE, R2 and bias of every label, beside the thesis' table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.networks.parameter_network import ParameterNetwork
from spectragui.training.config_file import LABEL_WORDS
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.observing_cases import CaseResult, ObservingCase, cases_within
from spectragui.training.parameters.real_stars import StarResult
from spectragui.training.parameters.report import evaluate_network
from spectragui.training.parameters.report_figures import (
    legend_above,
    make_folder,
    save_figures,
    with_unit,
)

FIGURES = ("MAE", "MSE", "RMSE", "R2", "bias")
SNRS = (10.0, 30.0, 50.0, 100.0)
COMPARED = tuple(
    ObservingCase(f"held out, S/N {snr:.0f}", (20_000.0, 115_000.0), (0.0, 30.0), snr) for snr in SNRS
)
SHOWN_CASE = "held out, S/N 50"  # in the 1:1 plots
#: MAE and MSE as the thesis prints them, by network and labels.
THESIS = (
    ("StarNet", "T", 85.65, 5974.49),
    ("StarNet", "TG", 71.33, 4568.72),
    ("StarNet", "TGM", 97.03, 2395.98),
    ("VGG", "T", 52.68, 4763.94),
    ("VGG", "TG", 45.87, 3362.30),
    ("VGG", "TGM", 105.23, 6756.42),
)


@dataclasses.dataclass(frozen=True)
class ComparedRow:
    """One label of one model on one data set.

    Attributes
    ----------
    model, labels, data, label : str
        ``labels``: what the network was asked for ("TGM").
    n_spectra : int
    values : dict of str to float
        `FIGURES`, in the label's unit (MSE in its square).
    """

    model: str
    labels: str
    data: str
    label: str
    n_spectra: int
    values: dict[str, float]


def figures_of_merit(predicted: NDArray[np.float64], true: NDArray[np.float64]) -> dict[str, float]:
    """Return MAE, MSE, RMSE, R2 and bias (mean of predicted - true) of one label.

    R2 is NaN where all true values are the same.
    """
    residual = predicted - true
    mse = float(np.mean(np.square(residual)))
    spread = float(np.var(true))
    return {
        "MAE": float(np.mean(np.abs(residual))),
        "MSE": mse,
        "RMSE": mse**0.5,
        "R2": 1.0 - mse / spread if spread > 0 else float("nan"),
        "bias": float(np.mean(residual)),
    }


def is_possible(mae: float, mse: float) -> bool:
    """Say whether a mean absolute and a mean squared error can be of the same numbers: MSE >= MAE^2."""
    return mse >= mae**2


def label_groups(words: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return names and labels of the groups that a word for each names ("T,TG,TGM").

    Raises
    ------
    TrainingError
        If a word is not known.
    """
    found = []
    for word in (part.strip() for part in words.split(",")):
        if word not in LABEL_WORDS:
            raise TrainingError(f"There are no labels {word!r}.", f"Known: {', '.join(LABEL_WORDS)}.")
        found.append((word, LABEL_WORDS[word]))
    return found


def cases_compared(
    name: str, resolving_power: tuple[float, float], vsini_max_kms: float
) -> list[ObservingCase]:
    """Return the cases of a comparison as far as a model reaches.

    Raises
    ------
    TrainingError
        If none of the cases lies in the model's domain.
    """
    cases = cases_within(COMPARED, resolving_power, vsini_max_kms)
    if not cases:
        raise TrainingError(f"The model {name} serves no resolving power above 20,000.")
    return cases


def compare_on_grid(
    network: ParameterNetwork,
    spectra: SpectrumGrid,
    cases: Sequence[ObservingCase],
    *,
    n_spectra: int = 1000,
    seed: int = 0,
    progress: Progress = no_progress,
) -> list[CaseResult]:
    """Predict held-out spectra at each S/N; see `evaluate_network`."""
    return evaluate_network(network, spectra, n_spectra=n_spectra, cases=cases, seed=seed, progress=progress)


def rows_of(name: str, results: Sequence[CaseResult], groups: Sequence[tuple[str, Any]]) -> list[ComparedRow]:
    """Return a row for each data set, group that the model gives, and label of it."""
    rows = []
    for result in results:
        for word, labels in groups:
            if not set(labels) <= set(result.label_names):
                continue
            for label in labels:
                number = result.label_names.index(label)
                predicted, true = result.predicted[:, number], result.true[:, number]
                known = np.isfinite(predicted) & np.isfinite(true)
                if known.any():
                    values = figures_of_merit(predicted[known], true[known])
                    rows.append(ComparedRow(name, word, result.case.name, label, int(known.sum()), values))
    return rows


def comparison_text(rows: Sequence[ComparedRow], notes: Sequence[str] = ()) -> str:
    """Return the report as Markdown: one table a data set, then the thesis' own."""
    parts = ["# Comparison of networks", *notes]
    for data in dict.fromkeys(row.data for row in rows):
        head = ["model", "labels", "label", *FIGURES, "spectra"]
        lines = [_line(["---"] * 3 + ["---:"] * (len(FIGURES) + 1))]
        lines = [_line(head), *lines]
        lines += [_line(_cells(row)) for row in rows if row.data == data]
        parts.append(f"## {data}\n\n" + "\n".join(lines))
    parts.append("## The thesis' table\n\n" + thesis_table())
    return "\n\n".join(parts) + "\n"


def thesis_table() -> str:
    """Return the thesis' errors as printed, and which of them cannot be, as Markdown."""
    lines = [
        _line(["network", "labels", "MAE", "MSE", "MAE^2", ""]),
        _line(["---", "---"] + ["---:"] * 3 + ["---"]),
    ]
    for network, labels, mae, mse in THESIS:
        said = "" if is_possible(mae, mse) else "impossible: MSE < MAE^2"
        lines.append(_line([network, labels, f"{mae:.2f}", f"{mse:.2f}", f"{mae**2:.2f}", said]))
    said = (
        "It says neither on which data (CARMENES or BT-Settl) nor, for TG and TGM, of which label; no figure"
        " here is to be compared with it."
    )
    return "\n".join([*lines, "", said])


def _cells(row: ComparedRow) -> list[str]:
    places = max(LABELS[row.label].decimals, 1) + (row.label != "teff")
    shown = [f"{row.values[name]:.{3 if name == 'R2' else places + (name == 'MSE')}f}" for name in FIGURES]
    return [row.model, row.labels, row.label, *shown, str(row.n_spectra)]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def write_comparison(
    rows: Sequence[ComparedRow],
    results: dict[str, Sequence[CaseResult]],
    folder: Path,
    notes: Sequence[str] = (),
) -> list[Path]:
    """Write report, table (ECSV) and figures into a folder; return the files.

    Raises
    ------
    WriteError
        If the folder cannot be written.
    """
    make_folder(folder)
    text, table = folder / "comparison.md", folder / "comparison.ecsv"
    write_text_atomically(text, comparison_text(rows, notes))
    write_rows(rows, table)
    drawn = [
        ("one_to_one.png", lambda figure: draw_one_to_one(figure, results)),
        ("error_against_snr.png", lambda figure: draw_against_snr(figure, rows)),
    ]
    return [text, table, *save_figures(drawn, folder)]


def write_rows(rows: Sequence[ComparedRow], path: Path) -> None:
    """Write the rows as ECSV."""
    from astropy.table import Table

    columns: dict[str, Any] = {
        name: [getattr(row, name) for row in rows]
        for name in ("model", "labels", "data", "label", "n_spectra")
    }
    columns |= {name: [row.values[name] for row in rows] for name in FIGURES}
    table = Table(columns)
    with atomic_path(path) as temporary:
        table.write(temporary, format="ascii.ecsv", overwrite=True)


def draw_one_to_one(figure: Any, results: dict[str, Sequence[CaseResult]]) -> None:
    """Draw predicted against true labels of each model at one S/N, a row a model."""
    chosen = {
        name: next((one for one in cases if one.case.name == SHOWN_CASE), cases[0])
        for name, cases in results.items()
    }
    n_columns = max(len(result.label_names) for result in chosen.values())
    axes = figure.subplots(len(chosen), n_columns, squeeze=False)
    for line, (name, result) in zip(axes, chosen.items(), strict=True):
        for axis in line[len(result.label_names) :]:
            axis.set_visible(False)
        for number, (axis, label) in enumerate(zip(line, result.label_names, strict=False)):
            true, predicted = result.true[:, number], result.predicted[:, number]
            axis.plot(true, predicted, ".", markersize=1.5, alpha=0.4)
            ends = [true.min(), true.max()]
            axis.plot(ends, ends, "k-", linewidth=0.8)
            axis.set_title(f"{name}: {LABELS[label].plain_symbol}", fontsize=8)
            axis.tick_params(labelsize=7)
    figure.supxlabel("true")
    figure.supylabel(f"predicted ({SHOWN_CASE})")


def plain_log_ticks(axis: Any) -> None:
    """Give a logarithmic axis the numbers 1, 2, 5, 10 ... as they are spoken."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def draw_against_snr(figure: Any, rows: Sequence[ComparedRow]) -> None:
    """Draw the mean absolute error of each label against S/N, a line a model."""
    labels = list(dict.fromkeys(row.label for row in rows))
    axes = figure.subplots(1, len(labels), squeeze=False)[0]
    for axis, label in zip(axes, labels, strict=True):
        for model in dict.fromkeys(row.model for row in rows):
            points: dict[float, float] = {}
            for row in rows:
                if row.model == model and row.label == label and row.data.startswith("held out, S/N "):
                    points[float(row.data.rsplit(" ", 1)[1])] = row.values["MAE"]
            axis.plot(list(points), list(points.values()), "o-", label=model)
        axis.set_xscale("log")
        axis.set_yscale("log")
        for one in (axis.xaxis, axis.yaxis):
            plain_log_ticks(one)
        axis.set_xlabel("S/N per pixel")
        axis.set_ylabel(f"mean absolute error of {with_unit(label)}", fontsize=9)
    legend_above(figure, axes[0])


def compare_models(
    models: Sequence[tuple[str, Callable[[Progress], list[CaseResult]]]],
    groups: Sequence[tuple[str, tuple[str, ...]]],
    progress: Progress = no_progress,
) -> tuple[list[ComparedRow], dict[str, Sequence[CaseResult]]]:
    """Judge models one after the other; return the rows and the predictions behind them.

    Parameters
    ----------
    models : sequence of (str, callable)
        Name, and what predicts its cases.
    groups : sequence of (str, tuple of str)
        See `label_groups`.
    progress : Progress
    """
    rows: list[ComparedRow] = []
    results: dict[str, Sequence[CaseResult]] = {}
    for number, (name, judge) in enumerate(models):
        found = judge(part_of(progress, number / len(models), (number + 1) / len(models)))
        results[name] = found
        rows += rows_of(name, found, groups)
    order = {case.name: number for number, case in enumerate(COMPARED)}
    rows.sort(key=lambda row: order.get(row.data, len(order)))
    return rows, results


def real_stars_case(name: str, results: Sequence[StarResult], labels: Sequence[str]) -> CaseResult | None:
    """Return what a network said of real spectra as a data set of its own; None where it said nothing.

    Labels that a star lacks are NaN.
    """
    served = [one for one in results if one.prediction is not None and one.prediction.network is not None]
    if not served:
        return None
    found = [one.prediction.network for one in served if one.prediction and one.prediction.network]
    predicted = np.array([[one.values.get(label, np.nan) for label in labels] for one in found])
    sigma = np.array([[one.errors.get(label, np.nan) for label in labels] for one in found])
    true = np.array([[one.known.get(label, np.nan) for label in labels] for one in served])
    powers = np.array([float(one.prediction.row["resolving_power"]) for one in served if one.prediction])
    return CaseResult(ObservingCase(f"real: {name}"), tuple(labels), predicted, sigma, true, powers)
