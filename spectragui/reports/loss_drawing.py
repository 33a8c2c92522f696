"""Losses and learning rates of trainings, one pair of axes each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spectragui.reports.preset_models import TrainingProgress
from spectragui.reports.report_item import ReportTable
from spectragui.training.parameters.model_comparison import plain_log_ticks


def kept_training(one: TrainingProgress) -> dict[str, Any]:
    """Return a training as a result keeps it."""
    history = one.history
    curves = {} if history is None else {
        "step": history.step, "loss": history.loss, "validation_loss": history.validation_loss,
        "learning_rate": history.learning_rate,
    }  # fmt: skip
    return {
        "name": one.name, "batches": one.batches, "batch_size": one.batch_size,
        "an_epoch": one.batches / one.epochs if np.isfinite(one.epochs) and one.epochs > 0 else 0.0,
        "paper_epochs": one.paper_epochs if np.isfinite(one.paper_epochs) else 0.0,
        "preset_batches": one.preset_batches, "slope": one.slope if np.isfinite(one.slope) else None,
        "curves": curves,
    }  # fmt: skip


def draw_losses(figure: Any, trainings: Sequence[Mapping[str, Any]], loss_name: str) -> None:
    """Draw loss, validation loss and learning rate of each training.

    Parameters
    ----------
    figure : matplotlib figure
    trainings : sequence of mapping
        From `kept_training`.
    loss_name : str
        With its unit, for the axis.
    """
    n_columns = 2 if len(trainings) == 4 else min(len(trainings), 3)
    all_axes = list(figure.subplots(-(-len(trainings) // n_columns), n_columns, squeeze=False).flat)
    for axes, one in zip(all_axes, trainings, strict=False):
        curves, an_epoch = one["curves"], float(one["an_epoch"])
        axes.set_title(one["name"], fontsize=9)
        axes.set_xlabel("epoch" if an_epoch else "batches")
        axes.set_ylabel(loss_name)
        if not curves:
            axes.text(0.5, 0.5, "no losses were kept", ha="center", transform=axes.transAxes)
            continue
        x = np.asarray(curves["step"]) / (an_epoch or 1.0)
        axes.plot(x, curves["loss"], color="C0", alpha=0.45, lw=0.9, label="training (a batch)")
        axes.plot(x, curves["validation_loss"], color="C1", lw=1.4, label="validation")
        shown = np.concatenate([np.asarray(curves[key], dtype=float) for key in ("loss", "validation_loss")])
        if np.nanmin(shown) > 0:
            axes.set_yscale("log")
            if np.nanmax(shown) < 10.0 * np.nanmin(shown):
                _plain_ticks(axes.yaxis)
            elif np.nanmax(shown) < 300.0 * np.nanmin(shown):
                plain_log_ticks(axes.yaxis)
        rate = np.asarray(curves["learning_rate"])
        if rate.size == x.size:
            right = axes.twinx()
            right.plot(x, rate, color="C2", lw=0.9, ls="--")
            right.set_ylabel("learning rate", color="C2")
            right.set_yscale("log")
        axes.legend(fontsize=7)
    for axes in all_axes[len(trainings) :]:
        axes.set_visible(False)


def _plain_ticks(axis: Any) -> None:
    """Give a logarithmic axis of less than a decade round numbers, which 4 x 10^0 is not."""
    from matplotlib.ticker import MaxNLocator, NullLocator, ScalarFormatter

    axis.set_major_locator(MaxNLocator(6))
    axis.set_major_formatter(ScalarFormatter(useOffset=False))
    axis.set_minor_locator(NullLocator())


def training_table(trainings: Sequence[Mapping[str, Any]]) -> ReportTable:
    """Return how far each training got."""
    rows = []
    for one in trainings:
        an_epoch, slope = float(one["an_epoch"]), one["slope"]
        rows.append(
            (
                str(one["name"]),
                float(one["batches"]),
                float(one["batches"]) / an_epoch if an_epoch else float("nan"),
                float(one["paper_epochs"]) or float("nan"),
                float("nan") if slope is None else 100.0 * float(slope),
            )
        )
    columns = (("network", ""), ("batches", ""), ("epochs", ""), ("paper_epochs", ""),
               ("change_in_a_tenth_more_batches", "%"))  # fmt: skip
    return ReportTable(columns, tuple(rows))
