"""Losses of the six networks while they were trained."""

from __future__ import annotations

from typing import Any

from spectragui.reports.loss_drawing import draw_losses, training_table
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw the six trainings."""
    draw_losses(figure, results["thesis.comparison"]["trainings"], "MSE of the scaled labels")


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Mean squared error (labels scaled to a scatter of 1) of a batch and of spectra that are not trained "
        "on, by batch, with the learning rate. Spectra are drawn without end, so that there are no "
        "epochs; the "
        "thesis prints no number of them either."
    )


def table(results: Results) -> ReportTable:
    """Return batches and slopes."""
    return training_table(results["thesis.comparison"]["trainings"])


ITEM = register_item(
    ReportItem("thesis", "starnet_losses", "Losses", "Section 5.1", ("thesis.comparison",), text, draw, table,
               size=(11.0, 6.0))
)  # fmt: skip
