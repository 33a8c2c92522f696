"""Figures 3.1 to 3.4: the four networks of the thesis, layer by layer."""

from __future__ import annotations

from typing import Any

from spectragui.reports.alhambra.evaluation import PRESETS
from spectragui.reports.layer_drawing import draw_layers, read_layers, weights_of, widths
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item

_PRINTED = {
    "redshift": "75-120-1, linear",
    "stellarity": "75-500-600-2, ReLU, softmax",
    "mass": "75-120-200-50-1, linear",
    "type": "75-120-500-5",
}


def draw(figure: Any, results: Results) -> None:
    """Draw the four side by side."""
    layers = results["alhambra.layers"]["layers"]
    for axes, name in zip(figure.subplots(1, len(PRESETS)), PRESETS, strict=True):
        draw_layers(axes, name.removeprefix("paper-alhambra-"), read_layers(layers[name]), 8.5)


def text(results: Results) -> str:
    """Say how they differ from the thesis'."""
    return (
        "The thesis' layers, trained with this project's inputs (flux, error and mask of each band instead "
        "of 75 catalogue columns) and outputs (probabilities instead of one number). As it stands, by text "
        "and by code, the thesis' networks are trained too: see the tables of redshift and stellarity."
    )


def compared(results: Results) -> list[Compared]:
    """Return the sizes that the text names beside the weights of ours."""
    layers = results["alhambra.layers"]["layers"]
    rows = []
    for number, name in enumerate(PRESETS, start=1):
        task = name.removeprefix("paper-alhambra-")
        rows.append(
            Compared(
                f"layers for {task}",
                "",
                _PRINTED[task],
                f"Sect. 3.3.{number}",
                f"{widths(layers[name], 'dense layer')}; {weights_of(layers[name]):,} weights",
                name,
                "its hidden layers, our inputs and outputs",
            )
        )
    return rows


ITEM = register_item(
    ReportItem(
        "alhambra",
        "thesis_layers",
        "Networks for redshift, stellarity, mass and type",
        "Figures 3.1 to 3.4",
        ("alhambra.layers",),
        text,
        draw,
        compared=compared,
        size=(11.0, 5.5),
    )
)
