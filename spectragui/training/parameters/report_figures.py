"""Figures of an evaluation: heat map of residuals, and residuals against each label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import TrainingError, WriteError
from spectragui.core.labels import LABELS
from spectragui.training.parameters.observing_cases import CaseResult

_N_TEFF, _N_LOGG = 10, 8
_LIMIT_QUANTILE = 0.98
_LEGEND_WIDTH = 1.5  # points


def make_folder(folder: Path) -> None:
    """Make the folder of a report.

    Raises
    ------
    WriteError
        If that is not possible.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            f"The folder {folder} could not be made: {error.strerror}.", "Choose another one."
        ) from error


def draw_figures(results: Sequence[CaseResult], folder: Path) -> list[Path]:
    """Draw residuals of the first case, and the calibration of all; return the files.

    Raises
    ------
    TrainingError
        If matplotlib, an optional extra, is not installed.
    """
    figures = [
        ("residual_heat_map.png", lambda figure: draw_heat_map(figure, results[0])),
        ("marginal_residuals.png", lambda figure: draw_marginal_residuals(figure, results[0])),
        ("calibration.png", lambda figure: draw_calibration(figure, results)),
    ]
    return save_figures(figures, folder)


def save_figures(figures: Sequence[tuple[str, Callable[[Any], None]]], folder: Path) -> list[Path]:
    """Draw each figure with its function and save it under its name; return the files.

    Raises
    ------
    TrainingError
        If matplotlib, an optional extra, is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TrainingError(
            "The report's tables are written, its figures are not: matplotlib is not installed.",
            "Install it with: pip install 'spectragui[figures]'.",
        ) from error

    paths = []
    for name, draw in figures:
        figure = Figure(figsize=(11, 7), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        path = folder / name
        with atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=110, format="png")
        paths.append(path)
    return paths


def draw_heat_map(figure: Any, result: CaseResult) -> None:
    """Draw the mean absolute residual of each label over the plane of Teff and log g.

    Over the first label and the last one where there is no such plane.
    """
    names = result.label_names
    across, up = ("teff", "logg") if {"teff", "logg"} <= set(names) else (names[0], names[-1])
    teff, logg = result.column(across)[0], result.column(up)[0]
    x = np.linspace(teff.min(), teff.max(), _N_TEFF + 1)
    y = np.linspace(logg.min(), logg.max(), _N_LOGG + 1)
    counts = np.histogram2d(teff, logg, bins=(x, y))[0]
    axes = _axes_for(figure, names, sharex=True, sharey=True)
    for axis, name in zip(axes, names, strict=True):
        residual = np.abs(result.column(name)[1])
        sums = np.histogram2d(teff, logg, bins=(x, y), weights=residual)[0]
        mean = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        image = axis.pcolormesh(x, y, mean.T, cmap="viridis", vmin=0)
        figure.colorbar(image, ax=axis)
        axis.set_title(f"mean |residual| of {with_unit(name)}", fontsize=9)
    if across == "teff":
        axes[0].invert_xaxis()  # shared: as in a Kiel diagram
        axes[0].invert_yaxis()
    figure.supxlabel(with_unit(across))
    figure.supylabel(with_unit(up))
    figure.suptitle(result.case.name)


def draw_marginal_residuals(figure: Any, result: CaseResult) -> None:
    """Draw residuals against each label, with running median and 16th and 84th percentiles."""
    for axis, name in zip(_axes_for(figure, result.label_names), result.label_names, strict=True):
        true, residual = result.column(name)
        axis.plot(true, residual, ".", markersize=1.5, alpha=0.4, color="0.5")
        centres, percentiles = running_percentiles(true, residual)
        axis.plot(centres, percentiles[1], color="C0")
        axis.fill_between(centres, percentiles[0], percentiles[2], color="C0", alpha=0.25)
        axis.axhline(0.0, color="k", linewidth=0.6)
        limit = np.quantile(np.abs(residual), _LIMIT_QUANTILE) * 1.3 + 1e-9
        axis.set_ylim(-limit, limit)
        axis.set_xlabel(with_unit(name))
        axis.set_ylabel("predicted - true")
    figure.suptitle(f"{result.case.name}: median and 68 % of the residuals")


def draw_calibration(figure: Any, results: Sequence[CaseResult]) -> None:
    """Draw which part of labels lies within k sigma against the normal distribution."""
    from math import erf, sqrt

    names = results[0].label_names
    axes = _axes_for(figure, names, sharex=True, sharey=True)
    widths = np.linspace(0.0, 3.0, 31)
    normal = [erf(width / sqrt(2.0)) for width in widths]
    for number, (axis, name) in enumerate(zip(axes, names, strict=True)):
        for result in results:
            ratio = np.abs(result.column(name)[1]) / result.sigma[:, number]
            axis.plot(widths, [(ratio <= width).mean() for width in widths], label=result.case.name)
        axis.plot(widths, normal, "k--", linewidth=0.8, label="normal")
        axis.set_title(LABELS[name].plain_symbol, fontsize=9)
    legend_above(figure, axes[0], 6)
    figure.supxlabel("|predicted - true| / stated sigma below")
    figure.supylabel("part of the spectra")


def _axes_for(figure: Any, names: Sequence[str], **shared: bool) -> list[Any]:
    """Return one pair of axes a label, three in a row."""
    n_columns = min(len(names), 3)
    n_rows = -(-len(names) // n_columns)
    axes = list(figure.subplots(n_rows, n_columns, squeeze=False, **shared).flat)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    return axes[: len(names)]


def running_percentiles(
    x: NDArray[np.float64], y: NDArray[np.float64], n_bins: int = 12
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return centres of bins of x, and the 16th, 50th and 84th percentile of y in each, shape (3, n)."""
    edges = np.unique(np.quantile(x, np.linspace(0.0, 1.0, n_bins + 1)))
    index = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, max(len(edges) - 2, 0))
    chosen = [index == i for i in np.unique(index)]
    centres = np.array([np.median(x[one]) for one in chosen])
    return centres, np.array([np.percentile(y[one], (16, 50, 84)) for one in chosen]).T


def legend_above(figure: Any, axes: Any, n_columns: int = 4, size: float = 8.0) -> None:
    """Put the legend of one pair of axes above the whole figure, where it hides nothing."""
    handles, names = axes.get_legend_handles_labels()
    where = "outside upper center" if figure.get_layout_engine() is not None else "upper center"
    legend = figure.legend(handles, names, loc=where, ncols=min(n_columns, len(names)), fontsize=size)
    for line in legend.get_lines():  # the colour of a thin curve is not seen there
        line.set_linewidth(max(line.get_linewidth(), _LEGEND_WIDTH))


def with_unit(name: str) -> str:
    """Return the symbol of a label with its unit, for an axis."""
    label = LABELS[name]
    return f"{label.plain_symbol} [{label.unit}]" if label.unit else label.plain_symbol
