"""ROC, calibration, completeness and purity of stars by magnitude."""

from __future__ import annotations

from typing import Any

from spectragui.reports.alhambra.evaluation import heldout_report, measures_of
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.training.photometry.figures import draw_stellarity
from spectragui.training.photometry.measures import OBSERVED


def draw(figure: Any, results: Results) -> None:
    """Draw the three."""
    draw_stellarity(figure, heldout_report(results))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Left: stars found against galaxies called stars (area under the curve in the legend). Middle: "
        "whether probabilities are what they say. Right: completeness and purity of stars by brightness, "
        "which one number for all magnitudes, as in the thesis, hides."
    )


def table(results: Results) -> ReportTable:
    """Return completeness, purity and accuracy by magnitude."""
    found: dict[str, dict[str, float]] = {}
    for m in measures_of(results["alhambra.heldout"]):
        if (
            m.task == "stellarity"
            and m.method == "network"
            and m.condition == OBSERVED
            and m.selection != "all"
        ):
            found.setdefault(m.selection, {"stars": float(m.n)})[m.quantity] = m.value
    nothing = float("nan")
    rows = tuple(
        (
            name,
            one["stars"],
            *(one.get(key, nothing) for key in ("completeness", "purity", "accuracy", "auc")),
        )
        for name, one in found.items()
    )
    columns = (("F814W", "mag"), ("stars", ""), ("completeness", ""), ("purity", ""), ("accuracy", ""),
               ("auc", ""))  # fmt: skip
    return ReportTable(columns, rows)


ITEM = register_item(
    ReportItem("alhambra", "stellarity_curves", "Completeness, purity, ROC", "Section 4.2",
               ("alhambra.heldout",), text, draw, table, size=(11.0, 4.2))
)  # fmt: skip
