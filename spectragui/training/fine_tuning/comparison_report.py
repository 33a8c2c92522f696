"""The report of a comparison: sentences, table, and predicted against true labels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.labels import LABELS
from spectragui.training.fine_tuning.old_against_new import ModelComparison
from spectragui.training.parameters.report_figures import make_folder, save_figures


def comparison_text(comparison: ModelComparison, more: Sequence[str] = ()) -> str:
    """Return a comparison as Markdown.

    Parameters
    ----------
    comparison : ModelComparison
    more : sequence of str
        Further sentences (what was forgotten).
    """
    head = "| label | model | n | MAE | RMSE | bias | R2 | within 1 sigma | change |"
    lines = [head, "|---|---|" + "---:|" * 6 + "---|"]
    for row in comparison.rows():
        decimals = 1 if row["label"] == "teff" else 3
        numbers = [f"{row[name]:.{decimals}f}" for name in ("mae", "rmse", "bias")]
        cells = [row["label"], row["model"], str(row["n"]), *numbers, f"{row['r2']:.3f}"]
        lines.append("| " + " | ".join([*cells, f"{100 * row['coverage']:.0f} %", row["change"]]) + " |")
    said = "\n".join(f"- {line}" for line in (*comparison.lines(), *more))
    return f"# {comparison.new_name} against {comparison.old_name}\n\n{said}\n\n" + "\n".join(lines) + "\n"


def write_comparison(comparison: ModelComparison, folder: Path, more: Sequence[str] = ()) -> list[Path]:
    """Write text, table and figure of a comparison into a folder; return the files.

    Raises
    ------
    WriteError
        If the folder cannot be written.
    TrainingError
        If matplotlib, an optional extra, is not installed: text and table are written.
    """
    make_folder(folder)
    text, table = folder / "comparison.md", folder / "comparison.ecsv"
    write_text_atomically(text, comparison_text(comparison, more))
    write_text_atomically(table, _table_text(comparison))
    figures = [("one_to_one.png", lambda figure: draw_one_to_one(figure, comparison))]
    return [text, table, *save_figures(figures, folder)]


def _table_text(comparison: ModelComparison) -> str:
    from astropy.table import Table

    rows = comparison.rows()
    table = Table({name: [row[name] for row in rows] for name in rows[0]} if rows else {})
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.write(stream, format="ascii.ecsv")
    return stream.getvalue()


def draw_one_to_one(figure: Any, comparison: ModelComparison) -> None:
    """Draw predicted against true labels with their errors: a row a model, a column a label."""
    names = [one.name for one in comparison.labels] or list(comparison.label_names[:1])
    axes = figure.subplots(2, len(names), squeeze=False)
    for row, (title, judged) in enumerate(
        ((comparison.old_name, comparison.old), (comparison.new_name, comparison.new))
    ):
        for column, name in enumerate(names):
            i = comparison.label_names.index(name)
            axis, true = axes[row][column], comparison.true[:, i]
            axis.errorbar(
                true, judged.predicted[:, i], judged.sigma[:, i], fmt=".", markersize=4, linewidth=0.6
            )
            known = np.isfinite(true)
            ends = [float(np.min(true[known])), float(np.max(true[known]))] if known.any() else [0.0, 1.0]
            axis.plot(ends, ends, "k-", linewidth=0.8)
            label = LABELS[name]
            unit = f" [{label.unit}]" if label.unit else ""
            axis.set_title(f"{title}: {label.plain_symbol}", fontsize=9)
            axis.set_xlabel(f"true{unit}")
            axis.set_ylabel(f"predicted{unit}")
