"""A drawing of a model's layers as SVG, from its card alone: no weights are read, nothing is built."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from spectragui.core.labels import LABELS
from spectragui.core.model_card import ModelCard

WIDTH, BOX_WIDTH, BOX_HEIGHT, GAP, MARGIN = 560, 420, 44, 22, 20
MOST_LAYERS = 40
_DIGITS = re.compile(r"(\d+)")
_MEMBER = re.compile(r"member(\d+)\.")


@dataclasses.dataclass(frozen=True)
class DrawingColours:
    """Colours of a drawing, as "#rrggbb"."""

    paper: str = "#ffffff"
    ink: str = "#1b1f24"
    frame: str = "#5b6470"
    fill: str = "#f4f5f7"


PAPER = DrawingColours()


@dataclasses.dataclass(frozen=True)
class LayerRow:
    """One box of the drawing.

    Attributes
    ----------
    title : str
        What it is ("dense.0").
    text : str
        Its size in words.
    n_weights : int
    """

    title: str
    text: str
    n_weights: int = 0


def layer_rows(card: ModelCard) -> tuple[LayerRow, ...]:
    """Return input, layers and output of a model, from first to last.

    Notes
    -----
    Layers are the tensors of the card that share a name up to its last dot, in the order of their
    numbers; of an ensemble those of the first member, the others are alike.
    """
    tensors = {name: tuple(shape) for name, shape in card.tensors.items()}
    members = sorted({int(found[1]) for name in tensors if (found := _MEMBER.match(name))})
    if members:
        prefix = f"member{members[0]}."
        tensors = {name.removeprefix(prefix): s for name, s in tensors.items() if name.startswith(prefix)}
    layers: dict[str, dict[str, tuple[int, ...]]] = {}
    for name in sorted(tensors, key=_natural):
        layer, _, part = name.rpartition(".")
        layers.setdefault(layer or part, {})[part] = tensors[name]
    rows = [_input_row(card)]
    if card.kind == "photometry":  # the others scale magnitudes and, in the end, probabilities
        layers = {name: parts for name, parts in layers.items() if "weight" in parts}
    rows += [
        _layer_row(name, parts) for name, parts in sorted(layers.items(), key=lambda item: _stage(*item))
    ]
    rows.append(_output_row(card, max(len(members), 1)))
    return tuple(rows)


def model_svg(card: ModelCard, colours: DrawingColours = PAPER) -> str:
    """Return the layers of a model as an SVG text; for papers and slides unless told other colours."""
    rows = list(layer_rows(card))
    if len(rows) > MOST_LAYERS + 2:
        hidden = rows[MOST_LAYERS:-1]
        more = LayerRow(f"{len(hidden)} more layers", _weights(sum(row.n_weights for row in hidden)))
        rows = [*rows[:MOST_LAYERS], more, rows[-1]]
    height = 2 * MARGIN + 30 + len(rows) * BOX_HEIGHT + (len(rows) - 1) * GAP
    total = sum(
        math.prod(shape) for name, shape in card.tensors.items() if not name.startswith("calibration")
    )
    architecture = str(card.network.get("architecture", card.kind))
    title = f"{card.name} {card.version}: {architecture}, {_weights(total)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="{colours.paper}"/>',
        _text(WIDTH / 2, MARGIN + 6, title, colours, 14, "bold"),
    ]
    top = MARGIN + 30.0
    for number, row in enumerate(rows):
        if number:
            parts.append(_arrow(top - GAP, top, colours))
        parts += _box(top, row, colours)
        top += BOX_HEIGHT + GAP
    return "\n".join([*parts, "</svg>"]) + "\n"


def _input_row(card: ModelCard) -> LayerRow:
    grid = card.wavelength
    if card.kind == "photometry":
        sizes = len(card.network.get("morphology", ()))
        more = f", {sizes} sizes and shapes" if sizes else ""
        return LayerRow("input", f"{card.network.get('n_bands', '?')} bands with errors{more}")
    if grid is None:
        return LayerRow("input", f"{len(card.labels)} labels" if card.labels else "as its kind takes it")
    text = f"{grid.n_pixels:,} pixels, {grid.start_aa:.0f} to {grid.stop_aa:.0f} Å, {grid.medium}"
    is_generator = card.kind in ("cvae", "emulator")
    return LayerRow("labels" if is_generator else "spectrum", _label_words(card) if is_generator else text)


def _output_row(card: ModelCard, n_members: int) -> LayerRow:
    of_many = f", mean of {n_members} networks" if n_members > 1 else ""
    if card.kind == "parameters":
        return LayerRow("labels", _label_words(card) + of_many)
    if card.kind == "photometry":
        outputs = dict(card.network.get("outputs", {}))
        return LayerRow("output", ", ".join(f"{name}: {int(ends[2])} bins" for name, ends in outputs.items()))
    if card.wavelength is not None:
        return LayerRow("spectrum", f"{card.wavelength.n_pixels:,} pixels{of_many}")
    return LayerRow("output", (_label_words(card) or "as its kind gives it") + of_many)


def _label_words(card: ModelCard) -> str:
    return ", ".join(
        LABELS[label.name].plain_symbol if label.name in LABELS else label.name for label in card.labels
    )


def _layer_row(name: str, parts: Mapping[str, Sequence[int]]) -> LayerRow:
    count = sum(math.prod(shape) for shape in parts.values())
    if set(parts) == {"log_sigma"}:  # a network of labels alone states the same errors for all spectra
        return LayerRow("errors", f"{count} that no spectrum changes", count)
    weight = parts.get("weight")
    if weight is not None and len(weight) == 2:
        text = f"{weight[1]:,} to {weight[0]:,}"
    elif weight is not None and len(weight) == 3:
        text = f"{weight[1]:,} to {weight[0]:,} channels, kernel {weight[2]}"
    else:
        shown = weight or max(parts.values(), key=math.prod)
        text = " × ".join(f"{side:,}" for side in shown)
    return LayerRow(name, f"{text}, {_weights(count)}", count)


def _weights(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1e6:.2f} M weights"
    return f"{count:,} weights"


def _natural(name: str) -> list[Any]:
    return [int(part) if part.isdigit() else part for part in _DIGITS.split(name)]


def _stage(name: str, parts: Mapping[str, Sequence[int]]) -> tuple[int, list[Any]]:
    """Return the place of a layer: convolutions and embeddings first, what gives the output last."""
    lower = name.lower()
    is_last = any(word in lower for word in ("output", "head", "last", "calibration"))
    if is_last or set(parts) == {"log_sigma"}:
        return 2, _natural(name)
    if any(word in lower for word in ("conv", "embed", "encoder", "first")):
        return -1, _natural(name)
    is_first = any(word in lower for word in ("bias", "conditions"))
    is_wide = any(len(shape) == 3 for shape in parts.values())
    return (0 if is_first or is_wide else 1), _natural(name)


def _box(top: float, row: LayerRow, colours: DrawingColours) -> list[str]:
    left = (WIDTH - BOX_WIDTH) / 2
    return [
        f'<rect x="{left:g}" y="{top:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7" '
        f'fill="{colours.fill}" stroke="{colours.frame}"/>',
        _text(WIDTH / 2, top + 18, row.title, colours, 13, "bold"),
        _text(WIDTH / 2, top + 35, row.text, colours, 12),
    ]


def _arrow(start: float, stop: float, colours: DrawingColours) -> str:
    x = WIDTH / 2
    return (
        f'<path d="M{x:g} {start:g} V{stop - 2:g} M{x - 4:g} {stop - 7:g} L{x:g} {stop - 1:g} '
        f'L{x + 4:g} {stop - 7:g}" fill="none" stroke="{colours.frame}"/>'
    )


def _text(x: float, y: float, text: str, colours: DrawingColours, size: int, weight: str = "normal") -> str:
    shown = text if len(text) < 66 else text[:64] + "…"
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" text-anchor="middle" '
        f'fill="{colours.ink}">{escape(shown)}</text>'
    )
