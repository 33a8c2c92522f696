"""Figure 4.3: stellar mass (and absolute B magnitude), predicted against expected."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.alhambra.evaluation import LAYERS, heldout_report, how_measured, number
from spectragui.reports.report_item import Compared, Must, ReportItem, Results, below, register_item
from spectragui.training.photometry.figures import draw_mass
from spectragui.training.photometry.measures import label_of


def draw(figure: Any, results: Results) -> None:
    """Draw both one to one."""
    draw_mass(figure, heldout_report(results))


def slope(results: Results) -> float:
    """Return the slope of predicted against expected log mass."""
    report = heldout_report(results)
    true, said = label_of(report.table, "log_mass"), np.asarray(report.result["log_mass"], dtype=np.float64)
    rows = np.isfinite(true) & np.isfinite(said)
    return float(np.polyfit(true[rows], said[rows], 1)[0]) if rows.sum() > 2 else float("nan")


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Density of held-out galaxies and the 1:1 line. The absolute B magnitude is a fifth output that the "
        "thesis has not. A slope below 1 is what a mean of a probability shows where magnitudes decide "
        "little."
    )


def compared(results: Results) -> list[Compared]:
    """Return the thesis' words beside slope and scatter."""
    how = how_measured(results)
    layers = number(results, "log_mass", "scatter", method=LAYERS)
    return [
        Compared("log mass: slope of predicted against expected", "", "not the unity", "Sect. 4.3",
                 slope(results), how),
        Compared("log mass: scatter", "dex", "", "Figure 4.3", number(results, "log_mass", "scatter"), how,
                 "a picture there, no number"),
        Compared(f"log mass: scatter, {LAYERS}", "dex", "", "Figure 4.3", layers, "same held-out objects"),
    ]  # fmt: skip


def musts(results: Results) -> list[Must]:
    """Return what the mass must reach."""
    return [below("log stellar mass: scatter", 0.20, number(results, "log_mass", "scatter"), "dex",
                  how_measured(results))]  # fmt: skip


ITEM = register_item(
    ReportItem("alhambra", "mass_one_to_one", "Stellar mass", "Figure 4.3",
               ("alhambra.heldout", "alhambra.layers"), text, draw, None, compared, musts, size=(10.0, 4.6))
)  # fmt: skip
