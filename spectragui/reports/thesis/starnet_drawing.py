"""Figure 5.1: StarNet, layer by layer."""

from __future__ import annotations

from typing import Any

from spectragui.reports.layer_drawing import (
    draw_layers,
    layer_sizes,
    pixels_of,
    read_layers,
    weights_of,
    widths,
)
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item
from spectragui.reports.thesis.evaluation import largest_rate

_NAME = "paper-starnet-TGM"


def _layers(results: Results) -> list[list[Any]]:
    return list(results["thesis.comparison"]["layers"][_NAME])


def draw(figure: Any, results: Results) -> None:
    """Draw the network for three labels."""
    kept = _layers(results)
    convolutions, dense = layer_sizes(kept, "convolution"), layer_sizes(kept, "dense layer")
    pools = {}
    if len(convolutions) > 1 and dense:
        n_pooled = dense[0][0] // convolutions[1][1]
        words = f"{pixels_of(kept) // n_pooled} pixels to one: {n_pooled:,} left of each channel"
        pools["convolution 2"] = ("max-pooling", words)
    draw_layers(figure.subplots(), f"StarNet, {weights_of(kept):,} weights", read_layers(kept, pools), 8.5)


def text(results: Results) -> str:
    """Say what is the thesis' and what Fabbro's."""
    return (
        "StarNet for three labels: two convolutions of 4 and 16 filters, max-pooling, dense layers of "
        "256, 128 "
        "and 3; ReLU, He normal, Adam at 7e-4, MSE. Kernel 8 and pooling by 4 are those of Fabbro et "
        "al. 2018; the "
        "thesis does not say them. The last box keeps one error a label, measured after training, which the "
        "thesis has not."
    )


def compared(results: Results) -> list[Compared]:
    """Return the printed sizes beside the preset's."""
    kept, how = _layers(results), f"{_NAME}, its card"
    return [
        Compared("StarNet: input", "pixels", 7214.0, "Sect. 5", float(pixels_of(kept)), how),
        Compared("StarNet: filters", "", "4, 16", "Sect. 5", widths(kept, "convolution"), how),
        Compared("StarNet: dense layers", "", "256, 128, 3", "Sect. 5", widths(kept, "dense layer"), how),
        Compared(
            "StarNet: learning rate", "", 0.0007, "Sect. 5.1", largest_rate(results, _NAME), "its training"
        ),
        Compared("StarNet: weights", "", "", "", float(weights_of(kept)), how, "not printed"),
    ]


ITEM = register_item(
    ReportItem("thesis", "starnet_drawing", "StarNet", "Figure 5.1", ("thesis.comparison",), text, draw,
               compared=compared, size=(6.5, 5.5))
)  # fmt: skip
