"""`NamedPlaces`: names over places of a plot, the strongest first, none over another."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication

from spectragui.gui.plots.line_marks import choose_names
from spectragui.gui.theme.theme import Theme

TOP = 3.0  # pixels above the names
TICK = 5.0  # pixels of a tick, below the names


class NamedPlaces(pg.GraphicsObject):
    """Names along the upper end of a view box, each over a tick at its place.

    Parameters
    ----------
    box : pyqtgraph.ViewBox
    theme : Theme
    """

    def __init__(self, box: pg.ViewBox, theme: Theme) -> None:
        super().__init__()
        self._box, self._theme = box, theme
        self._places: tuple[tuple[float, str], ...] = ()
        self.setParentItem(box)  # in its pixels, over the curves
        self.setZValue(50)
        box.sigXRangeChanged.connect(lambda *_: self.update())
        box.sigResized.connect(self._on_resized)
        theme.changed.connect(self.update)

    @property
    def places(self) -> tuple[tuple[float, str], ...]:
        """X and name of each, the most important first."""
        return self._places

    def set_places(self, places: Sequence[tuple[float, str]]) -> None:
        """Name these places (x, name), the most important first; none = nothing is drawn."""
        self._places = tuple(places)
        self.update()

    def shown_names(self) -> list[tuple[str, float, float]]:
        """Return what is written in the present view: name, left end, and tick, both in pixels."""
        start, stop = self._box.viewRange()[0]
        room = float(self._box.width())
        if stop <= start or room < 1:
            return []
        inside = [(x, name) for x, name in self._places if start <= x <= stop]
        ticks = [(x - start) / (stop - start) * room for x, _ in inside]
        metrics = QFontMetricsF(QApplication.font())
        widths = [metrics.horizontalAdvance(name) for _, name in inside]
        chosen = choose_names(ticks, ticks, widths, room)
        return [(inside[i][1], left, ticks[i]) for i, left in chosen]

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        height = QFontMetricsF(QApplication.font()).height() + TOP + TICK
        return QRectF(0.0, 0.0, max(float(self._box.width()), 1.0), height)

    def paint(self, painter: QPainter, *_: object) -> None:  # noqa: D102
        metrics = QFontMetricsF(QApplication.font())
        painter.setFont(QApplication.font())
        painter.setPen(QPen(self._theme.color("denoised"), 1))
        bottom = TOP + metrics.height()
        for name, left, tick in self.shown_names():
            painter.drawText(QPointF(left, TOP + metrics.ascent()), name)
            painter.drawLine(QLineF(tick, bottom, tick, bottom + TICK))

    def _on_resized(self, *_: object) -> None:
        self.prepareGeometryChange()
        self.update()
