"""`OrderNames`: the numbers of echelle orders, along the top of their plot."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QStaticText
from PySide6.QtWidgets import QApplication

from spectragui.gui.theme.theme import Theme

TOP = 3.0  # pixels
LEAST_HEIGHT = 90.0  # of the plot: in a lower one names would lie over the orders
LEAST_GAP = 10.0  # pixels between two names


class OrderNames(pg.GraphicsObject):
    """Names over the middles of orders, as many as have room; a child of the view box, in its pixels.

    Parameters
    ----------
    box : pyqtgraph.ViewBox
    theme : Theme
    """

    def __init__(self, box: pg.ViewBox, theme: Theme) -> None:
        super().__init__(box)
        self._box, self._theme = box, theme
        self._names: list[tuple[float, QStaticText, float, str]] = []  # middle, text, half its width, role
        self.setZValue(55)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigXRangeChanged.connect(lambda *_: self.update())
        box.sigResized.connect(self._on_resized)

    def set_names(self, names: Sequence[tuple[float, str, str]]) -> None:
        """Write (middle on the x axis, name, role of its colour)."""
        metrics = QFontMetricsF(QApplication.font())
        self._names = []
        for middle, name, role in sorted(names):
            text = QStaticText(name)
            text.setTextFormat(Qt.TextFormat.PlainText)
            self._names.append((middle, text, 0.5 * metrics.horizontalAdvance(name), role))
        self.prepareGeometryChange()
        self.update()

    def _on_resized(self, *_: object) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return QRectF(0, 0, self._box.width(), self._box.height())

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        if self._box.height() < LEAST_HEIGHT:
            return
        (left, right), width = self._box.viewRange()[0], self._box.width()
        painter.setFont(QApplication.font())
        reserved = [
            (place - half, place + half)
            for middle, _, half, role in self._names
            if role == "accent" and (place := (middle - left) / (right - left) * width) is not None
        ]
        pens = {role: QPen(self._theme.color(role)) for role in {name[3] for name in self._names}}
        taken = -LEAST_GAP
        for middle, text, half, role in self._names:
            place = (middle - left) / (right - left) * width
            first, last = place - half, place + half
            is_accent = role == "accent"
            if first < 0 or last > width or (first < taken + LEAST_GAP and not is_accent):
                continue
            if not is_accent and any(first < b + LEAST_GAP and last > a - LEAST_GAP for a, b in reserved):
                continue
            taken = last
            painter.setPen(pens[role])
            painter.drawStaticText(QPointF(first, TOP), text)
