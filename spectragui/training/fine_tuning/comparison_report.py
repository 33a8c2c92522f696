"""The report of a comparison: sentences, table, and predicted against true labels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.atomic_write import write_text_atomically
from spectragui.training.fine_tuning.comparison_content import ComparisonContent
from spectragui.training.parameters.report_figures import make_folder, save_figures


def comparison_text(content: ComparisonContent) -> str:
    """Return a comparison as Markdown."""
    head = "| quantity | model | n | MAE | RMSE | bias | R2 | within 1 sigma | change |"
    lines = [head, "|---|---|" + "---:|" * 6 + "---|"]
    for row in content.rows():
        decimals = content.how_shown(row["label"]).decimals
        numbers = [f"{row[name]:.{decimals}f}" for name in ("mae", "rmse", "bias")]
        r2 = f"{row['r2']:.3f}" if np.isfinite(row["r2"]) else ""
        within = f"{100 * row['coverage']:.0f} %" if np.isfinite(row["coverage"]) else ""
        cells = [row["label"], row["model"], str(row["n"]), *numbers, r2, within, row["change"]]
        lines.append("| " + " | ".join(cells) + " |")
    said = "\n".join(f"- {line}" for line in content.lines)
    return f"# {content.new_name} against {content.old_name}\n\n{said}\n\n" + "\n".join(lines) + "\n"


def write_comparison(content: ComparisonContent, folder: Path) -> list[Path]:
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
    write_text_atomically(text, comparison_text(content))
    write_text_atomically(table, _table_text(content))
    figures: list[tuple[str, Callable[[Any], None]]] = []
    if content.true:
        figures.append(("one_to_one.png", lambda figure: draw_one_to_one(figure, content)))
    if len(content.curve) > 1:
        figures.append(("learning_curve.png", lambda figure: draw_learning_curve(figure, content)))
    return [text, table, *(save_figures(figures, folder) if figures else [])]


def _table_text(content: ComparisonContent) -> str:
    from astropy.table import Table

    rows = content.rows()
    table = Table({name: [row[name] for row in rows] for name in rows[0]} if rows else {})
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.write(stream, format="ascii.ecsv")
    return stream.getvalue()


def draw_one_to_one(figure: Any, content: ComparisonContent) -> None:
    """Draw predicted against true values: a row a model, a column a quantity."""
    names = [one.name for one in content.scores if one.name in content.true] or list(content.true)[:1]
    axes = figure.subplots(2, len(names), squeeze=False)
    for row, (title, predicted) in enumerate(
        ((content.old_name, content.old), (content.new_name, content.new))
    ):
        for column, name in enumerate(names):
            axis, true = axes[row][column], content.true[name]
            axis.plot(true, predicted[name], ".", markersize=4)
            known = np.isfinite(true)
            ends = [float(np.min(true[known])), float(np.max(true[known]))] if known.any() else [0.0, 1.0]
            axis.plot(ends, ends, "k-", linewidth=0.8)
            shown = content.how_shown(name)
            unit = f" [{shown.unit}]" if shown.unit else ""
            axis.set_title(f"{title}: {shown.symbol}", fontsize=9)
            axis.set_xlabel(f"true{unit}")
            axis.set_ylabel(f"predicted{unit}")


def draw_learning_curve(figure: Any, content: ComparisonContent) -> None:
    """Draw the error on the test stars against the number of stars trained on; dashed: the old model."""
    scores = [one for one in content.scores if all(one.name in point["mae"] for point in content.curve)]
    axes = figure.subplots(1, max(len(scores), 1), squeeze=False)[0]
    numbers = [point["n_stars"] for point in content.curve]
    for axis, one in zip(axes, scores, strict=False):
        shown = content.how_shown(one.name)
        axis.plot(numbers, [point["mae"][one.name] for point in content.curve], "o-", markersize=4)
        axis.axhline(one.old.mae, color="0.5", linestyle="--", linewidth=0.8, label=content.old_name)
        axis.set_ylim(bottom=0.0)
        axis.set_xlim(left=0.0)
        axis.set_xlabel("stars trained on")
        axis.set_ylabel(f"mean |error| of {shown.symbol}" + (f" [{shown.unit}]" if shown.unit else ""))
        axis.legend(fontsize=7)
