"""Figure 5.2: the VGG-style network, layer by layer."""

from __future__ import annotations

from typing import Any

from spectragui.reports.layer_drawing import draw_layers, layer_list, weights_of
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item

_NAME = "paper-vgg-TGM"


def draw(figure: Any, results: Results) -> None:
    """Draw the network for three labels."""
    kept = results["thesis.comparison"]["layers"][_NAME]
    draw_layers(figure.subplots(), f"VGG style, {weights_of(kept):,} weights", layer_list(kept), size=8.5)


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
    how = f"{_NAME}, its card"
    return [
        Compared("VGG: filters", "", "64, 128, 256", "Sect. 5", "64, 128, 256", how),
        Compared("VGG: kernel", "", 3.0, "Sect. 5", 3.0, how),
        Compared("VGG: learning rate", "", 0.001, "Sect. 5.1", 0.001, how),
        Compared("VGG: weights", "", "", "", "124,291", "preset, three labels", "not printed"),
    ]


ITEM = register_item(
    ReportItem("thesis", "vgg_drawing", "VGG style", "Figure 5.2", ("thesis.comparison",), text, draw,
               compared=compared, size=(5.5, 5.0))
)  # fmt: skip
