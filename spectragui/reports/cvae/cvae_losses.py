"""Loss of the paper's CVAE while it was trained."""

from __future__ import annotations

from typing import Any

from spectragui.reports.loss_drawing import draw_losses, training_table
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw loss and learning rate."""
    draw_losses(figure, results["cvae.paper"]["trainings"], "mean squared error (+ divergence: training)")


def text(results: Results) -> str:
    """Say what is seen, and how small a quick network is."""
    hidden = ", ".join(f"{width:,}" for width in results["cvae.paper"]["hidden"])
    return (
        f"The paper's CVAE as it was trained here, with hidden layers of {hidden}: squared error and "
        "divergence "
        "of a batch, squared error of spectra that it was not trained on. The paper stops when the "
        "reconstruction has not improved for 50 epochs, and prints no number of epochs."
    )


def table(results: Results) -> ReportTable:
    """Return batches, epochs and slope."""
    return training_table(results["cvae.paper"]["trainings"])


ITEM = register_item(
    ReportItem(
        "cvae",
        "cvae_losses",
        "Loss of the paper's network",
        "Section 3.2",
        ("cvae.paper",),
        text,
        draw,
        table,
        size=(7.0, 4.2),
    )
)
