"""`OverviewBar`: the whole spectrum in a strip, with the part that the plot above shows."""

from __future__ import annotations

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.curve import Curve
from spectragui.gui.plots.decimate import decimate
from spectragui.gui.theme.theme import Theme

HEIGHT = 38
LEFT, RIGHT, TOP, BOTTOM = 4, 22, 2, 6


class OverviewBar(QWidget):
    """Strip with the whole range; drag the frame to move the view, click to centre it.

    Parameters
    ----------
    theme : Theme
    left_margin : int
        Pixels left of the plot's data area.
    """

    range_requested = Signal(float, float)

    def __init__(self, theme: Theme, left_margin: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._left = left_margin + LEFT
        self._curves: tuple[Curve, ...] = ()
        self._full = (0.0, 1.0)
        self._y = (0.0, 1.0)
        self._shown = (0.0, 1.0)
        self._picture: QPixmap | None = None
        self._grabbed_at: float | None = None
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Overview of the whole spectrum")
        self.setToolTip("The whole spectrum: drag the frame to move the view, click to centre it")
        theme.changed.connect(self._redraw)

    def set_curves(self, curves: tuple[Curve, ...], x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show these curves over their full range."""
        self._curves, self._full, self._y = curves, x, y
        self._redraw()

    def set_shown(self, start: float, stop: float) -> None:
        """Mark the part that the plot shows."""
        self._shown = (start, stop)
        self.update()

    @property
    def shown(self) -> tuple[float, float]:
        """The part that the plot shows."""
        return self._shown

    def _area(self) -> QRectF:
        return QRectF(self._left, TOP, max(self.width() - self._left - RIGHT, 1), HEIGHT - TOP - BOTTOM)

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        self._picture = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, D102
        if self._picture is None:
            self._picture = self._draw_picture()
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.drawPixmap(QPointF(self._area().topLeft()), self._picture)
        frame = self._frame()
        shade = QColor(self._theme.color("window"))
        shade.setAlphaF(0.72)
        area = self._area()
        painter.fillRect(QRectF(area.left(), area.top(), frame.left() - area.left(), area.height()), shade)
        painter.fillRect(
            QRectF(frame.right(), area.top(), area.right() - frame.right(), area.height()), shade
        )
        painter.setPen(QPen(self._theme.color("accent")))
        painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))

    def _draw_picture(self) -> QPixmap:
        area, ratio = self._area(), self.devicePixelRatioF()
        picture = QPixmap(int(area.width() * ratio), int(area.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._theme.color("window"))
        painter = QPainter(picture)
        (left, right), (bottom, top) = self._full, self._y
        if right > left and top > bottom:
            for curve in self._curves:
                painter.setPen(
                    QPen(self._theme.color("observed_alternate" if curve.role == "observed" else curve.role))
                )
                for lane in curve.lanes:
                    seen = decimate(lane.x, lane.good, lane.good, left, right, int(area.width()))
                    x, y = seen.polyline()
                    x = (x - left) / (right - left) * area.width()
                    y = area.height() * (1 - (curve.on_screen(y) - bottom) / (top - bottom))
                    painter.drawPath(arrayToQPath(x, np.clip(y, 1, area.height() - 1), connect="finite"))
        painter.end()
        return picture

    def _frame(self) -> QRectF:
        area, (left, right) = self._area(), self._full
        scale = area.width() / max(right - left, 1e-300)
        start = min(max((self._shown[0] - left) * scale, 0.0), area.width() - 3)
        stop = min(max((self._shown[1] - left) * scale, start + 3), area.width())
        return QRectF(area.left() + start, area.top(), stop - start, area.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802, D102
        if event.button() == Qt.MouseButton.LeftButton:
            x = event.position().x()
            frame = self._frame()
            inside = frame.left() <= x <= frame.right()
            self._grabbed_at = x - frame.center().x() if inside else 0.0
            self._move_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802, D102
        if self._grabbed_at is not None:
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802, D102
        self._grabbed_at = None

    def _move_to(self, pixel: float) -> None:
        area, (left, right) = self._area(), self._full
        middle = left + (pixel - (self._grabbed_at or 0.0) - area.left()) / area.width() * (right - left)
        half = 0.5 * (self._shown[1] - self._shown[0])
        middle = (
            min(max(middle, left + half), right - half) if 2 * half < right - left else 0.5 * (left + right)
        )
        self.range_requested.emit(middle - half, middle + half)
