"""Figure 5.2: the VGG-style network, layer by layer."""

from __future__ import annotations

from typing import Any

from spectragui.reports.layer_drawing import draw_layers, layer_sizes, read_layers, weights_of, widths
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item
from spectragui.reports.thesis.evaluation import largest_rate

_NAME = "paper-vgg-TGM"


def _layers(results: Results) -> list[list[Any]]:
    return list(results["thesis.comparison"]["layers"][_NAME])


def draw(figure: Any, results: Results) -> None:
    """Draw the network for three labels."""
    kept = _layers(results)
    pools = {
        "spectrum": ("mean", "2 pixels to one"),
        "convolution 1": ("max-pooling", "2 pixels to one"),
        "convolution 2": ("max-pooling", "2 pixels to one"),
        "convolution 3": ("average over the whole spectrum", "one number a channel"),
    }
    draw_layers(figure.subplots(), f"VGG style, {weights_of(kept):,} weights", read_layers(kept, pools), 8.5)


def text(results: Results) -> str:
    """Say what it sees."""
    return (
        "Three convolutions of 64, 128 and 256 filters (kernel 3), max-pooling by 2 after the first two, an "
        "average over the whole spectrum, one linear layer; Adam at 1e-3. It sees 18 pixels before it "
        "averages: "
        "where a line is, it cannot know. Two pixels of the 7214 are averaged to one first, or "
        "training would "
        "take days on a CPU."
    )


def compared(results: Results) -> list[Compared]:
    """Return the printed sizes beside the preset's."""
    kept, how = _layers(results), f"{_NAME}, its card"
    kernels = sorted({kernel for _, _, kernel in layer_sizes(kept, "convolution")})
    return [
        Compared("VGG: filters", "", "64, 128, 256", "Sect. 5", widths(kept, "convolution"), how),
        Compared("VGG: kernel", "", 3.0, "Sect. 5", ", ".join(map(str, kernels)) or "none", how),
        Compared("VGG: learning rate", "", 0.001, "Sect. 5.1", largest_rate(results, _NAME), "its training"),
        Compared("VGG: weights", "", "", "", float(weights_of(kept)), how, "not printed"),
    ]


ITEM = register_item(
    ReportItem("thesis", "vgg_drawing", "VGG style", "Figure 5.2", ("thesis.comparison",), text, draw,
               compared=compared, size=(6.5, 6.0))
)  # fmt: skip
