"""Networks as drawings: a box a layer, with its size and its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spectragui.inference.model_drawing import LayerRow

_INK, _FRAME, _FILL = "#1b1f24", "#5b6470", "#f4f5f7"


def draw_layers(axes: Any, title: str, rows: Sequence[LayerRow], size: float = 7.5) -> None:
    """Draw the layers of one network from top to bottom.

    Parameters
    ----------
    axes : matplotlib axes
    title : str
    rows : sequence of LayerRow
        From `spectragui.inference.model_drawing.layer_rows`.
    size : float
        Of the letters [points].
    """
    from matplotlib.patches import FancyBboxPatch

    axes.set(xlim=(0.0, 1.0), ylim=(len(rows) + 0.1, -0.1))
    axes.set_axis_off()
    axes.set_title(title, fontsize=size + 1.5)
    for number, row in enumerate(rows):
        box = FancyBboxPatch((0.04, number + 0.1), 0.92, 0.6, boxstyle="round,pad=0,rounding_size=0.04",
                             facecolor=_FILL, edgecolor=_FRAME, linewidth=0.8)  # fmt: skip
        axes.add_patch(box)
        axes.text(
            0.5, number + 0.28, row.title, ha="center", va="center", size=size, weight="bold", color=_INK
        )
        axes.text(0.5, number + 0.53, row.text, ha="center", va="center", size=size - 0.5, color=_INK)
        if number:
            axes.annotate("", (0.5, number + 0.1), (0.5, number - 0.3),
                          arrowprops={"arrowstyle": "->", "color": _FRAME, "linewidth": 0.8})  # fmt: skip


def kept_rows(rows: Sequence[LayerRow]) -> list[list[Any]]:
    """Return layers as a result keeps them."""
    return [[row.title, row.text, row.n_weights] for row in rows]


def layer_list(kept: Sequence[Sequence[Any]]) -> list[LayerRow]:
    """Return layers from what a result keeps."""
    return [LayerRow(str(title), str(text), int(count)) for title, text, count in kept]


def weights_of(kept: Sequence[Sequence[Any]]) -> int:
    """Return the number of weights of all layers."""
    return sum(int(count) for _, _, count in kept)
