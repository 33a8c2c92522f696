"""The robustness of a result as a table or a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import WriteError
from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.core.results import Column
from spectragui.inference.parameters.robustness import KNOBS, Robustness, Trial
from spectragui.io.tables.latex_table import escape_latex
from spectragui.io.tables.tables import TableKind, write_table

FIGURES = (".png", ".pdf", ".svg")


def _label_columns() -> list[Column]:
    columns = []
    for name in PARAMETER_LABELS:
        label = LABELS[name]
        columns.append(
            Column(name, "number", label.unit, f"{label.description}, from the network", label.ucd)
        )
        columns.append(Column(f"e_{name}", "number", label.unit, f"1-sigma error of {name}"))
    return columns


ROBUSTNESS_COLUMNS: tuple[Column, ...] = (
    Column("spectrum", "text", "", "name of the spectrum"),
    Column("model", "text", "", "name of the model"),
    Column("changed", "text", "", f"what was changed: {', '.join(KNOBS)}"),
    Column("value", "number", "", "to what: S/N per pixel, wavelength / FWHM, or an offset [km/s]"),
    Column("name", "text", "", "the value in words, as of a continuum"),
    *_label_columns(),
    Column("flagged", "integer", "", "1 where the verdict is not to use the labels"),
    Column("reason", "text", "", "why there are no labels, where there are none"),
)


def _latex(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        r"% needs \usepackage{booktabs}", r"\begin{table}", r"\centering",
        r"\caption{Labels of a changed spectrum.}", r"\begin{tabular}{llrrr}", r"\toprule",
        r"Changed & to & $T_\mathrm{eff}$ (K) & $\log g$ & [M/H] \\", r"\midrule",
    ]  # fmt: skip
    for row in rows:
        numbers = f"{row['teff']:.0f} & {row['logg']:.2f} & {row['m_h']:.2f}"
        lines.append(
            f"{escape_latex(str(row['changed']))} & {escape_latex(str(row['name']))} & {numbers}" + r" \\"
        )
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


ROBUSTNESS_TABLE = TableKind(
    "robustness", "Labels of one spectrum, changed in one way after the other", ROBUSTNESS_COLUMNS, _latex
)


def robustness_rows(found: Robustness) -> list[dict[str, Any]]:
    """Return a row of `ROBUSTNESS_COLUMNS` for each trial."""
    return [_row(found, trial) for knob in KNOBS for trial in found.of(knob)]


def write_robustness(found: Robustness, path: Path) -> None:
    """Write the trials as a table, or as a figure (.png, .pdf, .svg), by the path's suffix.

    Raises
    ------
    WriteError
        If the suffix is another, the file cannot be written, or matplotlib is needed and missing.
    """
    if path.suffix.lower() in FIGURES:
        _draw(found, path)
    else:
        write_table(robustness_rows(found), ROBUSTNESS_TABLE, path)


def _row(found: Robustness, trial: Trial) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in PARAMETER_LABELS:
        if trial.labels is not None and name in trial.labels:
            values |= {name: trial.labels[name], f"e_{name}": trial.labels.error(name)}
    return {
        "spectrum": found.spectrum,
        "model": found.model,
        "changed": trial.knob,
        "value": trial.value,
        "name": trial.name,
        **values,
        "flagged": int(trial.is_flagged),
        "reason": trial.reason,
    }


def _draw(found: Robustness, path: Path) -> None:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise WriteError(
            "No figure: matplotlib is not installed.", "Install it with: pip install 'spectragui[figures]'."
        ) from error
    names = [name for name in PARAMETER_LABELS if name in found.labels]
    figure = Figure(figsize=(13, 1.2 + 1.9 * len(names)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(names), len(KNOBS), sharex="col", sharey="row", squeeze=False)
    for row, name in enumerate(names):
        label = LABELS[name]
        unit = f" ({label.unit})" if label.unit else ""
        grid[row, 0].set_ylabel(f"{label.plain_symbol}{unit}")
        for column, (knob, title) in enumerate(KNOBS.items()):
            _draw_one(grid[row, column], found, knob, name)
            if row == len(names) - 1:
                grid[row, column].set_xlabel(title)
    figure.suptitle(f"{found.spectrum}: labels by {found.model} of the spectrum, changed (open: do not use)")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format=path.suffix[1:].lower())


def _draw_one(axes: Any, found: Robustness, knob: str, name: str) -> None:
    value, error = found.labels[name], found.labels.error(name)
    axes.axhline(value, color="0.6", lw=0.8)
    if np.isfinite(error):
        axes.axhspan(value - error, value + error, color="0.92")
    trials = found.of(knob)
    for place, trial in enumerate(trials):
        if trial.labels is None or name not in trial.labels:
            continue
        x = place if knob == "continuum" else trial.value
        fill = "white" if trial.is_flagged else "tab:blue"
        bar = trial.labels.error(name)
        axes.errorbar(x, trial.labels[name], bar if np.isfinite(bar) else None, fmt="o", color="tab:blue",
                      markerfacecolor=fill, ms=4, lw=0.8)  # fmt: skip
    if knob == "continuum":
        axes.set_xticks(range(len(trials)), [trial.name for trial in trials], rotation=30, ha="right")
