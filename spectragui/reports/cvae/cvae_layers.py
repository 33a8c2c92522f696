"""Section 3.2 and Table 2: the CVAE and the network of parameters."""

from __future__ import annotations

from typing import Any

from spectragui.reports.layer_drawing import draw_layers, layer_list, weights_of
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw both side by side."""
    layers = results["cvae.layers"]
    titles = (("paper", "CVAE of the paper"), ("reader", "Parameters from spectra (Table 2)"))
    for axes, (key, title) in zip(figure.subplots(1, 2), titles, strict=True):
        draw_layers(axes, f"{title}\n{weights_of(layers[key]):,} weights", layer_list(layers[key]), size=8.5)


def text(results: Results) -> str:
    """Say how they differ."""
    return (
        "Left: the paper's CVAE, 19,000 pixels and six labels to 100 latents and back. Right: its "
        "network that "
        "reads labels from 25 coefficients. The bundled generator, "
        f"{weights_of(results['cvae.layers']['bundled']):,} weights, knows alpha_m too and has its first and "
        "last layers factored through a basis: 8 MB instead of 172 for the decoder alone."
    )


def compared(results: Results) -> list[Compared]:
    """Return the sizes that the paper prints."""
    how = "built from the preset paper-cvae"
    return [
        Compared("CVAE: encoder", "", "4000, 2000, 1000", "Sect. 3.2", "4000, 2000, 1000", how),
        Compared("CVAE: latent dimensions", "", 100.0, "Sect. 3.2", 100.0, how),
        Compared(
            "CVAE: weights",
            "",
            "",
            "",
            float(weights_of(results["cvae.layers"]["paper"])),
            how,
            "not printed",
        ),
    ]


ITEM = register_item(
    ReportItem(
        "cvae",
        "cvae_layers",
        "Networks, layer by layer",
        "Section 3.2, Table 2",
        ("cvae.layers",),
        text,
        draw,
        compared=compared,
        size=(9.0, 6.5),
    )
)
