"""Predicted against true labels of held-out spectra, 1:1 with the stated errors."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import LABELS, MAIN_LABELS
from spectragui.reports.report_item import ReportItem, Results, register_item
from spectragui.reports.thesis.evaluation import BUNDLED, WHOLE, cases_of
from spectragui.training.parameters.model_comparison import SHOWN_CASE
from spectragui.training.parameters.report_figures import with_unit

_WITH_BARS = 60


def draw(figure: Any, results: Results) -> None:
    """Draw a row a network, a column a label; error bars on some of the points."""
    names = (*WHOLE, BUNDLED)
    axes = figure.subplots(len(names), len(MAIN_LABELS))
    for row, name in zip(axes, names, strict=True):
        result = next(one for one in cases_of(results, name) if one.case.name == SHOWN_CASE)
        for axis, label in zip(row, MAIN_LABELS, strict=True):
            column = result.label_names.index(label)
            true, said, sigma = (array[:, column] for array in (result.true, result.predicted, result.sigma))
            axis.plot(true, said, ".", ms=2, alpha=0.5)
            some = slice(0, None, max(len(true) // _WITH_BARS, 1))
            axis.errorbar(true[some], said[some], sigma[some], fmt="none", ecolor="C0", alpha=0.35, lw=0.7)
            ends = [true.min(), true.max()]
            axis.plot(ends, ends, "k-", lw=0.8)
            axis.set_xlabel(f"true {with_unit(label)}", fontsize=8)
            axis.set_ylabel(f"predicted {with_unit(label)}", fontsize=8)
            axis.tick_params(labelsize=7)
            middle = float(np.mean(np.abs(said - true)))
            axis.set_title(f"{name}: MAE {middle:.3g} {LABELS[label].unit}".strip(), fontsize=8)


def text(results: Results) -> str:
    """Say what is seen."""
    case = f"{SHOWN_CASE[:1].upper()}{SHOWN_CASE[1:]}"
    return (
        f"{case} per pixel: both networks of the thesis as far as they were trained, and the bundled "
        "StarNet, which knows resolving power and S/N. Bars: the stated 1 sigma of some spectra; the "
        "thesis' networks state one error for all, measured after training."
    )


ITEM = register_item(
    ReportItem("thesis", "held_out_one_to_one", "Predicted against true", "Chapter 6", ("thesis.comparison",),
               text, draw, size=(10.0, 8.5))
)  # fmt: skip
