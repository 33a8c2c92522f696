"""Axes and grid of our plots, painted directly: pyqtgraph's cost more than the curves do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QStaticText, QTransform
from PySide6.QtWidgets import QApplication

from spectragui.core.labels import true_minus
from spectragui.core.wording import superscript
from spectragui.gui.theme.theme import GRID_OPACITY, Theme, mix

TICK_LENGTH = 4
TEXT_DISTANCE = 7
KEPT_TEXTS = 500
FEWEST_TICKS = 3
EDGE = 18  # numbers may reach this far beyond the axis' end,
START = 54  # and this far before its beginning, where the left axis leaves room
X_TICK_PIXELS, Y_TICK_PIXELS = 90.0, 42.0  # aimed at between two ticks
LEAST_LOG_X_PIXELS = 52.0  # a logarithmic axis crowds its ticks at one end
LABEL_WIDTH = 13  # pixels of the left axis' label, at the outer edge
LINEAR_DECADES = 0.9  # a logarithmic axis over less has ticks as a linear one
LEAST_POWER, MOST_POWER = -300.0, 300.0
LEAST_X_TICK_PIXELS, LEAST_Y_TICK_PIXELS = 45.0, 18.0  # in small plots


def nice_step(span: float, n_steps: float) -> float:
    """Return 1, 2, 2.5 or 5 times a power of ten, so that ``span`` has about ``n_steps`` of it."""
    raw = span / max(n_steps, 1.0)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 2.5, 5.0):
        if raw <= factor * power * 1.0001:
            return factor * power
    return 10.0 * power


def nice_ticks(
    start: float, stop: float, length: float, spacing: float, least: float = LEAST_Y_TICK_PIXELS
) -> tuple[np.ndarray, float]:
    """Return the positions of ticks between two limits, and their step.

    Parameters
    ----------
    start, stop : float
        Limits, in either order.
    length : float
        Screen pixels between them.
    spacing : float
        Pixels aimed at between two ticks.
    least : float
        Pixels between two ticks below which their texts touch.
    """
    low, high = min(start, stop), max(start, stop)
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or length <= 0:
        return np.empty(0), 1.0
    step, numbers = _ticks_every(low, high, length / spacing)
    if numbers.size < FEWEST_TICKS:  # closer ticks rather than few, as long as their texts stay apart
        closer, more = _ticks_every(low, high, length / least)
        if closer / (high - low) * length >= least:
            step, numbers = closer, more
    return numbers * step, step


def _ticks_every(low: float, high: float, n_steps: float) -> tuple[float, np.ndarray]:
    """Return a round step, and the multiples of it between two limits as whole numbers."""
    step = nice_step(high - low, n_steps)
    return step, np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)


def tick_text(value: float, step: float) -> str:
    """Write a tick's value to the place of its step, with a true minus sign."""
    if abs(value) < 1e-6 * step:
        value = 0.0
    if step >= 1e6 or step < 1e-6:
        apart = math.floor(math.log10(abs(value) / step) + 1e-9) + 2 if value else 0  # digits that tell
        mantissa, _, power = f"{value:.{max(3, apart)}g}".partition("e")
        return true_minus(mantissa) + (f"e{true_minus(str(int(power)))}" if power else "")
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, places) and abs(step - round(step, places)) > 1e-9 * step:  # 0.25, 2.5
        places += 1
    return true_minus(f"{value:.{places}f}")


def log_ticks(low: float, high: float, length: float, spacing: float) -> tuple[np.ndarray, list[str]]:
    """Return the positions of ticks of a logarithmic axis, in decades, and what is written beside them.

    Parameters
    ----------
    low, high : float
        Limits: powers of ten.
    length : float
        Screen pixels between them.
    spacing : float
        Pixels aimed at between two ticks.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or length <= 0:
        return np.empty(0), []
    low, high = max(low, LEAST_POWER), min(high, MOST_POWER)
    if high <= low:  # nothing that a number can be: the view is still that of a linear axis
        return np.empty(0), []
    if high - low < LINEAR_DECADES:  # round values, as far apart as they are
        values, step = nice_ticks(10.0**low, 10.0**high, length, spacing)
        positive = values[values > 0]
        return np.log10(positive), [tick_text(value, step) for value in positive]
    every = max(1, math.ceil((high - low) * spacing / length))
    # From below the view: 2 and 5 times a power that lies outside may lie inside.
    powers = np.arange(math.floor(low / every), math.floor(high / every + 1e-9) + 1) * every
    factors = (1, 2, 5) if every == 1 and length / (high - low) > 3 * spacing else (1,)
    found = sorted((power + math.log10(factor), factor, power) for power in powers for factor in factors)
    inside = [(x, factor, int(power)) for x, factor, power in found if low - 1e-9 <= x <= high + 1e-9]
    return np.array([x for x, _, _ in inside]), [power_text(factor, power) for _, factor, power in inside]


def apart(positions: np.ndarray, texts: list[str], distance: float) -> tuple[np.ndarray, list[str]]:
    """Return the ticks that stand at least so far from the one before them that is returned."""
    kept: list[int] = []
    for place, x in enumerate(positions.tolist()):
        if not kept or x - positions[kept[-1]] >= distance:
            kept.append(place)
    return positions[kept], [texts[place] for place in kept]


def power_text(factor: int, power: int) -> str:
    """Write a factor times a power of ten: "0.02", "500", "2 × 10⁻⁷"."""
    if -4 <= power <= 4:
        return f"{factor * 10.0**power:.{max(0, -power)}f}"
    raised = f"10{superscript(power)}"
    return raised if factor == 1 else f"{factor} × {raised}"


class _Number(NamedTuple):
    """A number laid out for drawing, and its size."""

    text: QStaticText
    width: float
    height: float


class PlainAxis(pg.AxisItem):
    """Axis with outward ticks and numbers in the theme's colours."""

    def __init__(self, orientation: str, theme: Theme) -> None:
        self._font = QApplication.font()
        self._texts: dict[str, _Number] = {}
        self.is_logarithmic = False
        self._ticks: tuple[object, np.ndarray, list[str]] = (None, np.empty(0), [])
        self.range: Sequence[float] = ()  # pyqtgraph's name; none before it asks
        super().__init__(orientation)
        self._theme = theme
        self.setStyle(hideOverlappingLabels=False)  # leaves room for numbers beyond the ends
        # "kÅ" is no unit; and with prefixes `setRange` would lay the label out instead of repainting.
        self.enableAutoSIPrefix(False)

    def boundingRect(self) -> QRectF:  # noqa: N802
        """Return what is painted in: numbers reach beyond the ends, the line lies on the edge."""
        rect = QRectF(QPointF(0, 0), self.size())
        if self.orientation == "bottom":
            return rect.adjusted(-START, -1, EDGE, 1)
        return rect.adjusted(-EDGE, -1, 1, 1)

    def set_logarithmic(self, is_logarithmic: bool) -> None:
        """Take the values of the axis as powers of ten, or as they are."""
        if is_logarithmic != self.is_logarithmic:
            self.is_logarithmic = is_logarithmic
            self._make_room()
            self.update()

    def setRange(self, mn: float, mx: float) -> None:  # noqa: N802
        """Show other limits; where the numbers need the label's room it yields."""
        if [mn, mx] == list(self.range):  # a plot that moves along x tells both its axes
            return
        super().setRange(mn, mx)
        self._make_room()

    def resizeEvent(self, event: Any = None) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if self.orientation != "left" or self.label is None:
            return
        widest = max((self._prepared(text).width for text in self.labelled_ticks()[1]), default=0.0)
        fits = widest <= self.size().width() - TEXT_DISTANCE - LABEL_WIDTH
        self.label.setOpacity(1.0 if fits or not self.style["showValues"] else 0.0)

    def labelled_ticks(self) -> tuple[np.ndarray, list[str]]:
        """Return the positions of the ticks in the present view, and what is written beside them."""
        size, (start, stop) = self.size(), self.range
        key = (start, stop, size.width(), size.height(), self.is_logarithmic)
        if self._ticks[0] != key:  # a move asks for them thrice: the label's room, the numbers, the grid
            self._ticks = (key, *self._find_ticks())
        return self._ticks[1], self._ticks[2]

    def _find_ticks(self) -> tuple[np.ndarray, list[str]]:
        if self.is_logarithmic:
            start, stop = self.range
            if self.orientation == "bottom":
                width = self.size().width()
                found = log_ticks(start, stop, width, X_TICK_PIXELS)
                return apart(*found, LEAST_LOG_X_PIXELS * (stop - start) / max(width, 1.0))
            return log_ticks(start, stop, self.size().height(), Y_TICK_PIXELS)
        positions, step = self.ticks()
        return positions, [tick_text(value, step) for value in positions.tolist()]

    def ticks(self) -> tuple[np.ndarray, float]:
        """Return positions and step of the ticks in the present view of a linear axis."""
        start, stop = self.range
        if self.orientation == "bottom":
            width = self.size().width()
            spacing = min(X_TICK_PIXELS, max(width / 4, LEAST_X_TICK_PIXELS))
            return nice_ticks(start, stop, width, spacing, LEAST_X_TICK_PIXELS)
        height = self.size().height()
        return nice_ticks(start, stop, height, min(Y_TICK_PIXELS, max(height / 6, LEAST_Y_TICK_PIXELS)))

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: D102
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        size = self.size()
        positions, texts = self.labelled_ticks()
        view = self.linkedView()
        start, stop = self.range
        if view is None or stop == start:
            return
        is_bottom = self.orientation == "bottom"
        length = size.width() if is_bottom else size.height()
        parts = (positions - start) / (stop - start)
        if not is_bottom:  # the range runs from the bottom up, the screen's y down
            parts = 1.0 - parts
        places = parts * length
        border = QPen(self._theme.color("border"))
        painter.setPen(border)
        painter.drawLine(
            QLineF(0, 0, length, 0) if is_bottom else QLineF(size.width(), 0, size.width(), length)
        )
        if not self.style["showValues"]:
            return
        self._paint_numbers(painter, places, texts)

    def _paint_numbers(self, painter: QPainter, places: np.ndarray, texts: list[str]) -> None:
        font = QApplication.font()
        if font != self._font:
            self._font = font
            self._texts.clear()
        painter.setFont(font)
        size = self.size()
        edge, bottom = size.width(), size.height()
        is_bottom = self.orientation == "bottom"
        painter.setPen(QPen(self._theme.color("secondary")))
        lines = []
        for place, text in zip(places.tolist(), texts, strict=True):
            drawn, width, height = self._prepared(text)
            if is_bottom:
                lines.append(QLineF(place, 0, place, TICK_LENGTH))
                left = max(min(place - width / 2, edge + EDGE - width), -START)
                painter.drawStaticText(QPointF(left, TEXT_DISTANCE - 1), drawn)
                continue
            if width > edge - TEXT_DISTANCE + TICK_LENGTH:
                continue  # no number rather than one without its first digits
            lines.append(QLineF(edge - TICK_LENGTH, place, edge, place))
            top = min(max(place - height / 2, 0.0), bottom - height)
            painter.drawStaticText(QPointF(edge - TEXT_DISTANCE - width, top), drawn)
        painter.drawLines(lines)

    def _prepared(self, text: str) -> _Number:
        """Return a number laid out for drawing; panning shows the same ones again and again."""
        if text not in self._texts:
            if len(self._texts) > KEPT_TEXTS:
                self._texts.clear()
            prepared = QStaticText(text)
            prepared.setTextFormat(Qt.TextFormat.PlainText)
            prepared.prepare(QTransform(), self._font)
            self._texts[text] = _Number(prepared, prepared.size().width(), prepared.size().height())
        return self._texts[text]


class GridLines(pg.GraphicsObject):
    """Faint opaque lines at the ticks of two axes, under the curves."""

    def __init__(self, bottom: PlainAxis, left: PlainAxis, theme: Theme) -> None:
        super().__init__()
        self._axes = (bottom, left)
        self._theme = theme
        self.setZValue(-100)

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, *_args: Any, **_kwargs: Any) -> list[float | None]:  # noqa: N802, D102
        return [None, None]

    def paint(self, painter: QPainter, *_args: Any) -> None:  # noqa: D102
        view = self.viewRect()
        palette = self._theme.palette
        pen = QPen(mix(palette.surface, palette.text, GRID_OPACITY))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        bottom, left = self._axes
        lines = [QLineF(x, view.top(), x, view.bottom()) for x in bottom.labelled_ticks()[0].tolist()]
        lines += [QLineF(view.left(), y, view.right(), y) for y in left.labelled_ticks()[0].tolist()]
        painter.drawLines(lines)
