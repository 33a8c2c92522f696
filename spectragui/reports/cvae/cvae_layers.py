"""Section 3.2 and Table 2: the CVAE and the network of parameters."""

from __future__ import annotations

from typing import Any

from spectragui.reports.layer_drawing import draw_layers, layer_sizes, read_layers, weights_of, widths
from spectragui.reports.report_item import Compared, ReportItem, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw both side by side."""
    layers = results["cvae.layers"]
    titles = (("paper", "CVAE of the paper"), ("reader", "Parameters from spectra (Table 2)"))
    for axes, (key, title) in zip(figure.subplots(1, 2), titles, strict=True):
        draw_layers(axes, f"{title}\n{weights_of(layers[key]):,} weights", read_layers(layers[key]), 8.5)


def text(results: Results) -> str:
    """Say how they differ."""
    return (
        "Left: the paper's CVAE, 19,000 pixels and six labels to 100 latents and back. Right: its "
        "network that "
        "reads labels from 25 coefficients. The bundled generator, "
        f"{weights_of(results['cvae.layers']['bundled']):,} weights, knows [α/M] too and has its first and "
        "last layers factored through a basis: 8 MB instead of 172 for the decoder alone."
    )


def compared(results: Results) -> list[Compared]:
    """Return the sizes that the paper prints."""
    how, paper = "built from the preset paper-cvae", results["cvae.layers"]["paper"]
    latent = layer_sizes(paper, "latent")
    both = float(latent[0][1]) / 2.0 if latent else float("nan")  # a mean and a variance each
    return [
        Compared("CVAE: encoder", "", "4000, 2000, 1000", "Sect. 3.2", widths(paper, "encoder layer"), how),
        Compared("CVAE: latent dimensions", "", 100.0, "Sect. 3.2", both, how),
        Compared("CVAE: decoder", "", "1000, 2000, 4000, then the spectrum", "Sect. 3.2",
                 widths(paper, "decoder layer"), how),
        Compared("CVAE: weights", "", "", "", float(weights_of(paper)), how, "not printed"),
        Compared("network of labels: hidden layers", "", "5000, 2000, 1000, 64", "Sect. 4, Table 2",
                 widths(results["cvae.layers"]["reader"][:-2], "dense layer"), "as it is trained in full"),
    ]  # fmt: skip


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
