"""How much worse labels become where a window of the spectrum is hidden."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import LABELS, MAIN_LABELS
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.reports.thesis.evaluation import BUNDLED, WHOLE, WINDOW_AA
from spectragui.training.parameters.report_figures import legend_above


def _growth(kept: Any, label: str) -> Any:
    place = list(kept["labels"]).index(label)
    return np.asarray(kept["hidden"])[:, place] / float(np.asarray(kept["whole"])[place]) - 1.0


def draw(figure: Any, results: Results) -> None:
    """Draw the growth of the mean absolute error by window."""
    kept = results["thesis.sensitivity"]
    for axes, label in zip(figure.subplots(1, len(MAIN_LABELS), sharex=True), MAIN_LABELS, strict=True):
        for name, colour in ((WHOLE[0], "C1"), (BUNDLED, "C0")):
            edges = np.asarray(kept[name]["edges_aa"])
            axes.step(edges[:-1], 100 * _growth(kept[name], label), where="post", color=colour, label=name)
        axes.axhline(0.0, color="0.6", lw=0.7)
        axes.set_title(LABELS[label].plain_symbol, fontsize=9)
        axes.set_xlabel("start of the window [Å], air")
    figure.axes[0].set_ylabel("growth of the mean |error| [%]")
    legend_above(figure, figure.axes[0])


def text(results: Results) -> str:
    """Say what is hidden."""
    n = int(results["thesis.sensitivity"][BUNDLED]["n"])
    return (
        f"Growth of the mean absolute error of {n} held-out spectra (S/N 50) where {WINDOW_AA:g} Å of "
        "the spectrum are "
        "hidden, one window after the other. The bundled network is told what is hidden; the thesis' "
        "is given "
        "the mean of the spectrum there."
    )


def table(results: Results) -> ReportTable:
    """Return the growth of the bundled network by window."""
    kept = results["thesis.sensitivity"][BUNDLED]
    growth = [100 * _growth(kept, label) for label in MAIN_LABELS]
    rows = tuple(
        (float(low), *(float(one[number]) for one in growth))
        for number, low in enumerate(kept["edges_aa"][:-1])
    )
    return ReportTable((("window_start", "Angstrom"), *((label, "%") for label in MAIN_LABELS)), rows)


ITEM = register_item(
    ReportItem(
        "thesis",
        "sensitivity_by_window",
        "Sensitivity by window",
        "",
        ("thesis.sensitivity",),
        text,
        draw,
        table,
        size=(11.0, 3.8),
    )
)
