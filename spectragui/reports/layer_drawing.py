"""Networks as drawings: a box a layer, with its size and its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spectragui.inference.model_drawing import LayerRow

#: Names of tensors that a group of layers shares, and what a reader calls the group.
_KINDS = (
    (re.compile(r"convolutions\.\d+"), "convolution"),
    (re.compile(r"(encoder\.0|encoder)\.\d+"), "encoder layer"),
    (re.compile(r"to_latent"), "latent means and variances"),
    (re.compile(r"decoder\.\d+"), "decoder layer"),
    (re.compile(r"(dense|layers)[. ]\d+|first|last|labels\.linear"), "dense layer"),
    (re.compile(r"sed"), "spectral energy distribution"),
)
_SIZES = re.compile(r"([\d,]+) to ([\d,]+)(?: channels, kernel (\d+))?")
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


def read_layers(
    kept: Sequence[Sequence[Any]], after: Mapping[str, tuple[str, str]] | None = None
) -> list[LayerRow]:
    """Return layers as people call them, in the order in which a spectrum passes them.

    Parameters
    ----------
    kept : sequence
        From `kept_rows`.
    after : mapping, optional
        Name of a layer -> title and text of what comes after it without weights ("max-pooling").
    """
    rows = layer_list(kept)
    latent = [row for row in rows if row.title == "to_latent"]
    if latent:  # tensors come by name: it stands between encoder and decoder
        rows = [row for row in rows if row.title != "to_latent"]
        place = next((n for n, row in enumerate(rows) if row.title.startswith("decoder")), len(rows))
        rows[place:place] = latent
    kinds = [next((word for name, word in _KINDS if name.fullmatch(row.title)), "") for row in rows]
    found, counts = [], dict.fromkeys(kinds, 0)
    for row, kind in zip(rows, kinds, strict=True):
        counts[kind] += 1
        title = row.title if not kind else f"{kind} {counts[kind]}" if kinds.count(kind) > 1 else kind
        found.append(LayerRow(title, row.text, row.n_weights))
        if after and title in after:
            found.append(LayerRow(*after[title]))
    return found


def layer_sizes(kept: Sequence[Sequence[Any]], kind: str) -> list[tuple[int, int, int]]:
    """Return inputs, outputs and kernel (0 = none) of the layers of one kind ("convolution"), in order."""
    rows = [row for row in read_layers(kept) if row.title.startswith(kind)]
    sizes = [found for row in rows if (found := _SIZES.match(row.text))]
    return [(_number(one[1]), _number(one[2]), _number(one[3] or "0")) for one in sizes]


def widths(kept: Sequence[Sequence[Any]], kind: str) -> str:
    """Return the outputs of the layers of one kind in words ("4, 16")."""
    return ", ".join(f"{outputs}" for _, outputs, _ in layer_sizes(kept, kind)) or "none"


def pixels_of(kept: Sequence[Sequence[Any]]) -> int:
    """Return how many pixels a network is given; 0 where it does not say."""
    found = re.match(r"([\d,]+) pixels", str(kept[0][1])) if kept else None
    return _number(found[1]) if found else 0


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def weights_of(kept: Sequence[Sequence[Any]]) -> int:
    """Return the number of weights of all layers; what states the errors of all spectra alike is none."""
    return sum(int(count) for title, _, count in kept if title != "errors")
