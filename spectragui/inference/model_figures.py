"""Figures of a model: how its loss fell, and its errors against the signal-to-noise ratio."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, check_target
from spectragui.core.errors import WriteError
from spectragui.core.labels import LABELS
from spectragui.core.loss_history import LossHistory
from spectragui.core.model_card import ModelCard

FIGURES = (".png", ".pdf", ".svg")
_SNR = re.compile(r"S/N (\d+)")


def check_figure_path(path: Path) -> None:
    """Refuse a path that takes no figure; raises `WriteError`."""
    if path.suffix.lower() not in FIGURES:
        raise WriteError(f"{path.name}: figures end in {', '.join(FIGURES)}.", "Use a name like loss.png.")
    check_target(path, ())


def draw_history(history: Sequence[LossHistory], title: str, path: Path) -> None:
    """Draw the losses of a model's networks into a file; raises `WriteError`."""
    check_figure_path(path)
    figure = _figure(9, 5)
    axes = figure.subplots()
    colours = [f"C{number % 10}" for number in range(len(history))]
    for one, colour in zip(history, colours, strict=True):
        named = f"{one.name}, " if len(history) > 1 else ""
        axes.plot(one.step, one.loss, color=colour, alpha=0.35, lw=0.8, label=f"{named}training")
        axes.plot(one.step, one.validation_loss, color=colour, lw=1.4, label=f"{named}validation")
    axes.set(xlabel="Batches", ylabel="Loss", title=f"{title}: loss while it was trained")
    if all(np.nanmin(np.concatenate([one.loss, one.validation_loss])) > 0 for one in history):
        axes.set_yscale("log")
    axes.legend(fontsize=8)
    _save(figure, path)


def errors_by_snr(card: ModelCard) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the mean absolute errors of the card's metrics against S/N, the plainest case of each.

    Returns
    -------
    dict of str to (ndarray, ndarray), shape (n,) each
        Label -> S/N, error.
    """
    cases: dict[float, tuple[int, Any]] = {}
    for name, values in card.metrics.items():
        found = _SNR.search(str(name))
        if found is None or not hasattr(values, "items"):
            continue
        snr = float(found[1])
        if snr not in cases or len(str(name)) < cases[snr][0]:  # "not told", "160 A only" come second
            cases[snr] = (len(str(name)), values)
    curves = {}
    for label in card.label_names:
        rows = [(snr, values[label]) for snr, (_, values) in sorted(cases.items()) if label in values]
        rows = [(snr, value) for snr, value in rows if isinstance(value, (int, float))]
        if rows:
            curves[label] = tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    return curves  # type: ignore[return-value]


def draw_errors(card: ModelCard, path: Path) -> None:
    """Draw a model's errors on held-out spectra against S/N into a file.

    Raises
    ------
    WriteError
        If the card has no such numbers, or the file cannot be written.
    """
    check_figure_path(path)
    curves = errors_by_snr(card)
    if not curves:
        raise WriteError(
            f"The card of {card.name} has no errors by S/N.", f"`spectragui evaluate {card.name} heldout`."
        )
    figure = _figure(10, 2.8 * ((len(curves) + 2) // 3))
    all_axes = np.atleast_1d(
        figure.subplots((len(curves) + 2) // 3, min(3, len(curves)), squeeze=False)
    ).ravel()
    for axes in all_axes[len(curves) :]:
        axes.set_axis_off()
    for axes, (label, (snr, error)) in zip(all_axes, curves.items(), strict=False):
        axes.loglog(snr, error, "o-", color="C0")
        known = LABELS.get(label)
        unit = f" ({known.unit})" if known is not None and known.unit else ""
        axes.set(xlabel="S/N per pixel", title=f"{known.plain_symbol if known else label}{unit}")
    figure.suptitle(f"{card.name} {card.version}: mean absolute error on held-out spectra")
    _save(figure, path)


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise WriteError(
            "No figure: matplotlib is not installed.", "Install it with: pip install 'spectragui[figures]'."
        ) from error
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Any, path: Path) -> None:
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=120, format=path.suffix[1:].lower())
