"""Loss by epoch of the four networks (Section 3.3.5 of the thesis)."""

from __future__ import annotations

from typing import Any

from spectragui.reports.loss_drawing import draw_losses, training_table
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw the four trainings."""
    draw_losses(figure, results["alhambra.layers"]["trainings"], "cross-entropy [nats]")


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Cross-entropy of a batch and of the calibration rows, by epoch, with the learning rate. The thesis "
        "found 80, 20, 7 and 10 epochs to be enough for redshift, stellarity, mass and type."
    )


def table(results: Results) -> ReportTable:
    """Return epochs and slopes."""
    return training_table(results["alhambra.layers"]["trainings"])


ITEM = register_item(
    ReportItem("alhambra", "alhambra_losses", "Loss by epoch", "Section 3.3.5", ("alhambra.layers",), text,
               draw, table, size=(11.0, 6.0))
)  # fmt: skip
