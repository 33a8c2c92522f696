"""Figure 5.1: StarNet, layer by layer."""

from __future__ import annotations

from typing import Any

from spectragui.reports.layer_drawing import draw_layers, layer_list, weights_of
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item

_NAME = "paper-starnet-TGM"


def draw(figure: Any, results: Results) -> None:
    """Draw the network for three labels."""
    kept = results["thesis.comparison"]["layers"][_NAME]
    draw_layers(figure.subplots(), f"StarNet, {weights_of(kept):,} weights", layer_list(kept), size=8.5)


def text(results: Results) -> str:
    """Say what is the thesis' and what Fabbro's."""
    return (
        "StarNet for three labels: two convolutions of 4 and 16 filters, max-pooling, dense layers of "
        "256, 128 "
        "and 3; ReLU, He normal, Adam at 7e-4, MSE. Kernel 8 and pooling by 4 are those of Fabbro et "
        "al. 2018; the "
        "thesis does not say them. The last tensors keep its errors and their calibration, which the "
        "thesis has not."
    )


def compared(results: Results) -> list[Compared]:
    """Return the printed sizes beside the preset's."""
    how = f"{_NAME}, its card"
    return [
        Compared("StarNet: input", "pixels", 7214.0, "Sect. 5", 7214.0, how),
        Compared("StarNet: filters", "", "4, 16", "Sect. 5", "4, 16", how),
        Compared("StarNet: dense layers", "", "256, 128, 3", "Sect. 5", "256, 128, 3", how),
        Compared("StarNet: learning rate", "", 0.0007, "Sect. 5.1", 0.0007, how),
        Compared("StarNet: weights", "", "", "", "7,419,191", "preset, three labels", "not printed"),
    ]


ITEM = register_item(
    ReportItem("thesis", "starnet_drawing", "StarNet", "Figure 5.1", ("thesis.comparison",), text, draw,
               compared=compared, size=(5.5, 5.5))
)  # fmt: skip
