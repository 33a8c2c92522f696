"""Figure 2: the hourglass, layer by layer."""

from __future__ import annotations

from typing import Any

from spectragui.reports.denoise.evaluation import PRESET
from spectragui.reports.layer_drawing import draw_layers, layer_sizes, read_layers, weights_of
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw the paper's network."""
    kept = results["denoise.hourglass"]["layers"]
    draw_layers(figure.subplots(), f"{PRESET}: {weights_of(kept):,} weights", read_layers(kept), 8.5)


def text(results: Results) -> str:
    """Say what it is."""
    return (
        "Four dense layers down to 256 and four up, widths falling and rising linearly, ReLU, a "
        "sigmoid at the "
        "end, Xavier weights. The bundled `pfs-dae` is another kind of network: components of spectra and "
        "their posterior, 3 MB instead of 90, with a covariance."
    )


def compared(results: Results) -> list[Compared]:
    """Return the printed sizes beside ours."""
    rows = results["denoise.hourglass"]["layers"]
    sizes = [outputs for _, outputs, _ in layer_sizes(rows, "dense layer")]
    narrowest = sizes.index(min(sizes)) + 1 if sizes else 0
    return [
        Compared("dense layers", "", "4 + 4", "Sect. 3.1", f"{narrowest} + {len(sizes) - narrowest}", PRESET),
        Compared("bottleneck", "", 256.0, "Sect. 3.1", float(min(sizes, default=0)), PRESET),
        Compared(
            "weights", "", "", "", float(weights_of(rows)), PRESET, "not printed; follows from the widths"
        ),
    ]


ITEM = register_item(
    ReportItem(
        "denoise",
        "hourglass_layers",
        "Network",
        "Figure 2",
        ("denoise.hourglass",),
        text,
        draw,
        compared=compared,
        size=(5.5, 6.0),
    )
)
