"""What the models dialog shows of one model: card, errors by S/N, loss, layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from spectragui.core.labels import LABELS
from spectragui.core.loss_history import LossHistory
from spectragui.core.model_card import ModelCard
from spectragui.core.model_citation import model_bibtex
from spectragui.core.wording import with_true_minus
from spectragui.gui.theme.theme import Theme

if TYPE_CHECKING:
    from spectragui.gui.plots.styled_plot import StyledPlot

MOST_METRICS = 40


def card_html(card: ModelCard, refused: str | None = None) -> str:
    """Return a model's card for people; what it says is text, never mark-up that could fetch a picture.

    Parameters
    ----------
    card : ModelCard
    refused : str, optional
        Why it does not serve the selected spectrum; empty = it does; None = nothing is selected.
    """
    rows = "".join(
        f"<tr><td>{LABELS[label.name].symbol if label.name in LABELS else escape(label.name)}</td>"
        f"<td>&nbsp;&nbsp;{_number(label.minimum)} to {_number(label.maximum)} {escape(label.unit)}</td></tr>"
        for label in card.labels
    )
    parts = [f"<h3>{escape(card.title or card.name)} {escape(card.version)}</h3>"]
    parts.append(f"<p>{escape(card.summary)}</p>")
    if refused is not None:
        said = f"Not for the selected spectrum. {refused}" if refused else "Serves the selected spectrum."
        parts.append(f"<p><b>{escape(said)}</b></p>")
    if rows:
        parts.append(f"<p><b>Trained range</b></p><table>{rows}</table>")
    if card.wavelength is not None:
        window = card.wavelength
        parts.append(
            f"<p><b>Window</b> {window.start_aa:.0f} to {window.stop_aa:.0f} Å, {escape(window.medium)}</p>"
        )
    if card.limits:
        parts.append(
            "<p><b>Limits</b></p><ul>"
            + "".join(f"<li>{escape(limit)}</li>" for limit in card.limits)
            + "</ul>"
        )
    if card.licence:
        parts.append(f"<p><b>Licence</b> {escape(card.licence)}</p>")
    parts.append(
        f"<p><b>To cite</b></p><pre style='white-space: pre-wrap'>{escape(model_bibtex(card))}</pre>"
    )
    return "".join(parts)


def metrics_html(card: ModelCard) -> str:
    """Return the measured errors of a card as a table: a row a case, a column a label."""
    cases = {name: values for name, values in card.metrics.items() if isinstance(values, Mapping)}
    names = list(dict.fromkeys(key for values in cases.values() for key in values))
    head = "".join(f"<th align='right'>&nbsp;&nbsp;{_symbol(name)}</th>" for name in names)
    rows = [
        f"<tr><td>{escape(str(case))}</td>"
        + "".join(f"<td align='right'>&nbsp;&nbsp;{_cell(values.get(name))}</td>" for name in names)
        + "</tr>"
        for case, values in list(cases.items())[:MOST_METRICS]
    ]
    plain = [
        f"<tr><td>{escape(str(name))}</td><td align='right'>&nbsp;&nbsp;{_cell(value)}</td></tr>"
        for name, value in card.metrics.items()
        if not isinstance(value, Mapping)
    ]
    if not rows and not plain:
        return "<p>The card holds no measured errors: evaluate the model.</p>"
    table = f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>" if rows else ""
    return f"<p><b>On held-out spectra</b>, mean absolute errors</p>{table}<table>{''.join(plain)}</table>"


class ErrorsPage(QWidget):
    """Errors on held-out spectra against S/N, a small plot a label, over the table of the card."""

    def __init__(self, card: ModelCard, theme: Theme) -> None:
        super().__init__()
        from spectragui.inference.model_figures import errors_by_snr

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        curves = errors_by_snr(card)
        grid = QGridLayout()
        self.plots: list[StyledPlot] = []
        for number, (name, (snr, error)) in enumerate(curves.items()):
            plot = _line_plot(theme, [(snr, error, "observed")], "S/N", _label_words(name), has_points=True)
            plot.setMinimumSize(150, 110)
            self.plots.append(plot)
            grid.addWidget(plot, number // 3, number % 3)
        layout.addLayout(grid, 1)
        text = QLabel(metrics_html(card))
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addWidget(_scrolled(text), 1)


class LossPage(QWidget):
    """How the loss fell: training faint, validation full; or a sentence where none was kept."""

    def __init__(self, history: Sequence[LossHistory], theme: Theme) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        if not history:
            text = QLabel(
                "This model keeps no history of its training. Models that this version trains keep it in "
                "their card."
            )
            text.setWordWrap(True)
            text.setAlignment(Qt.AlignmentFlag.AlignTop)
            layout.addWidget(text)
            return
        lines = [(one.step, one.loss, "masked") for one in history]
        lines += [(one.step, one.validation_loss, "generated") for one in history]
        self.plot = _line_plot(theme, lines, "Batches", "Loss")
        layout.addWidget(self.plot, 1)
        told = "; ".join(
            f"{one.name} best {one.best[1]:.4g} at batch {one.best[0]:,.0f}"
            for one in history
            if one.step.size
        )
        below = QLabel(with_true_minus(f"Training faint, validation in the model's colour. {told}."))
        below.setWordWrap(True)
        below.setProperty("role", "secondary")
        layout.addWidget(below)


class LayersPage(QScrollArea):
    """The drawing of a model's layers, as it is written by `models show --drawing`."""

    def __init__(self, card: ModelCard, theme: Theme) -> None:
        super().__init__()
        from PySide6.QtSvgWidgets import QSvgWidget

        from spectragui.inference.model_drawing import DrawingColours, model_svg

        palette = theme.palette
        colours = DrawingColours(palette.surface, palette.text, palette.secondary, palette.window)
        drawing = QSvgWidget()
        drawing.load(QByteArray(model_svg(card, colours).encode()))
        drawing.setFixedSize(drawing.renderer().defaultSize())
        drawing.setAccessibleName(f"Layers of {card.name}")
        self.setWidget(drawing)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)


def _line_plot(
    theme: Theme,
    lines: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], str]],
    x_label: str,
    y_label: str,
    has_points: bool = False,
) -> StyledPlot:
    """Return a plot of lines (x, y, role of the theme)."""
    from spectragui.gui.plots.styled_plot import StyledPlot

    plot = StyledPlot(theme)
    plot.setMouseEnabled(x=False, y=False)
    plot.set_axis_label("bottom", x_label)
    plot.set_axis_label("left", y_label, y_label.split(" (")[0])
    for x, y, role in lines:
        colour = theme.color(role)
        symbol = (
            {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None} if has_points else {}
        )
        plot.plot(x, y, pen=colour, connect="finite", **symbol)
    finite = [y[np.isfinite(y)] for _, y, _ in lines]
    values = np.concatenate(finite) if finite else np.empty(0)
    if values.size:
        # A first loss far above all others would flatten the rest.
        low, high = float(values.min()), float(np.percentile(values, 99.0 if values.size > 50 else 100.0))
        plot.setYRange(min(low, 0.0) if has_points else low, high, padding=0.06)
    return plot


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(widget)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    return area


def _symbol(name: object) -> str:
    return LABELS[str(name)].symbol if str(name) in LABELS else escape(str(name))


def _label_words(name: str) -> str:
    label = LABELS.get(name)
    if label is None:
        return name
    return f"{label.plain_symbol} ({label.unit})" if label.unit else label.plain_symbol


def _cell(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return with_true_minus(f"{value:.3g}")
    return "" if value is None else escape(str(value))[:80]


def _number(value: float) -> str:
    return with_true_minus(f"{value:g}")
