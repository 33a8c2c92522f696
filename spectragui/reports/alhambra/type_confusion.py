"""Figure 4.4: spectral type, predicted against expected."""

from __future__ import annotations

from typing import Any

from spectragui.reports.alhambra.evaluation import LAYERS, heldout_report, how_measured, number
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item
from spectragui.training.photometry.figures import draw_type


def draw(figure: Any, results: Results) -> None:
    """Draw how often each type is called what."""
    draw_type(figure, heldout_report(results))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Part (and number) of held-out galaxies of each type that are called what. The types of the mock are "
        "bins of specific star formation rate; the survey's `tb` runs from 1 to 11, so that the "
        "thesis' figure "
        "cannot be laid on this one: its words are compared."
    )


def compared(results: Results) -> list[Compared]:
    """Return the thesis' words beside our numbers."""
    how = how_measured(results)
    rank = number(results, "type", "rank_correlation", condition="real rows, the survey's values")
    return [
        Compared("type: accuracy of five classes", "%", "", "Figure 4.4",
                 100 * number(results, "type", "accuracy"), how, "a picture there, no number"),
        Compared(f"type: accuracy, {LAYERS}", "%", "", "Figure 4.4",
                 100 * number(results, "type", "accuracy", method=LAYERS), "same held-out objects"),
        Compared("type: correlation with the survey's", "", "close to one", "Sect. 4.4", rank,
                 "rank correlation, bundled network, real rows"),
    ]  # fmt: skip


ITEM = register_item(
    ReportItem("alhambra", "type_confusion", "Spectral type", "Figure 4.4",
               ("alhambra.heldout", "alhambra.layers"), text, draw, None, compared, size=(6.5, 5.2))
)  # fmt: skip
