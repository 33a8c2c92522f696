"""`OrderNames`: the numbers of echelle orders, along the top of their plot."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication

from spectragui.gui.theme import Theme

TOP = 3.0  # pixels
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
        self._names: list[tuple[float, str, str]] = []
        self.setZValue(55)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        box.sigRangeChanged.connect(lambda *_: self.update())

    def set_names(self, names: Sequence[tuple[float, str, str]]) -> None:
        """Write (middle on the x axis, name, role of its colour)."""
        self._names = sorted(names)
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return QRectF(0, 0, self._box.width(), self._box.height())

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        left, right = self._box.viewRange()[0]
        font = QApplication.font()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        width, taken = self._box.width(), -LEAST_GAP
        accents = [name for name in self._names if name[2] == "accent"]
        reserved = [self._span(metrics, name, left, right, width) for name in accents]
        for name in self._names:
            first, last = self._span(metrics, name, left, right, width)
            is_accent = name[2] == "accent"
            if first < 0 or last > width or (first < taken + LEAST_GAP and not is_accent):
                continue
            if not is_accent and any(first < b + LEAST_GAP and last > a - LEAST_GAP for a, b in reserved):
                continue
            taken = last
            painter.setPen(QPen(self._theme.color(name[2])))
            painter.drawText(QPointF(first, TOP + metrics.ascent()), name[1])

    @staticmethod
    def _span(
        metrics: QFontMetricsF, name: tuple[float, str, str], left: float, right: float, width: float
    ) -> tuple[float, float]:
        middle = (name[0] - left) / (right - left) * width
        half = 0.5 * metrics.horizontalAdvance(name[1])
        return middle - half, middle + half
