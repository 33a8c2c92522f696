"""Figure 3: training and validation loss, and the learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.denoise.evaluation import PRESET
from spectragui.reports.loss_drawing import draw_losses, training_table
from spectragui.reports.preset_models import PRESETS
from spectragui.reports.report_item import Compared, ReportItem, ReportTable, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw both losses and the rate."""
    draw_losses(figure, results["denoise.hourglass"]["trainings"], "RMSE of a spectrum (median flux 0.5)")


def text(results: Results) -> str:
    """Say how far it got."""
    return (
        "Root mean square error of a batch and of the validation spectra by epoch (of 400 batches of 250), "
        "with the learning rate. The paper starts its figure at epoch 1,000 and ends at 7,500. "
        f"Trained here with {PRESETS[PRESET].words}."
    )


def table(results: Results) -> ReportTable:
    """Return epochs and slope."""
    return training_table(results["denoise.hourglass"]["trainings"])


def compared(results: Results) -> list[Compared]:
    """Return the schedule beside ours."""
    one = results["denoise.hourglass"]["trainings"][0]
    curves, epochs = one["curves"], float(one["batches"]) / 400.0
    rate = float(np.max(curves["learning_rate"])) if curves else float("nan")
    best = float(np.nanmin(curves["validation_loss"])) if curves else float("nan")
    return [
        Compared("epochs", "", 7500.0, "Figure 3", epochs, PRESET, "how far this network was trained"),
        Compared(
            "largest learning rate",
            "",
            "100 (SGD)",
            "Sect. 3.5",
            f"{rate:.1g} (Adam)",
            PRESET,
            PRESETS[PRESET].words,
        ),
        Compared("best validation loss", "", "", "Figure 3", best, PRESET, "a picture there, no number"),
    ]


ITEM = register_item(
    ReportItem(
        "denoise",
        "hourglass_losses",
        "Losses and learning rate",
        "Figure 3",
        ("denoise.hourglass",),
        text,
        draw,
        table,
        compared,
        size=(7.0, 4.2),
    )
)
