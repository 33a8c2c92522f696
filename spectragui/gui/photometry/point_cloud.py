"""`PointCloud`: few points as points, many as a density, drawn anew for every view."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, QTimer

from spectragui.gui.plots.styled_plot import StyledPlot

MOST_POINTS = 4000  # in the view; more are a density
CELL = 4  # pixels of the screen
SETTLE_MS = 40
POINT_SIZE, MARK_SIZE = 5, 11
FAINTEST = 45  # alpha of a cell with one object
REACH = 12.0  # pixels from a point at which a click is meant for it


class QuietPoints(pg.ScatterPlotItem):
    """Points that leave clicks to the view box behind them, which knows what is nearest."""

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802, D102
        ev.ignore()


class PointCloud(QObject):
    """Objects in a plot of two quantities.

    Parameters
    ----------
    plot : StyledPlot
    """

    def __init__(self, plot: StyledPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._x: NDArray[np.float64] = np.empty(0)
        self._y: NDArray[np.float64] = np.empty(0)
        self._marked = -1
        self.is_density = False
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(-50)
        self._scatter = QuietPoints(size=POINT_SIZE, pen=pg.mkPen(None))
        self._mark = QuietPoints(size=MARK_SIZE)
        self._mark.setZValue(30)
        for item in (self._image, self._scatter, self._mark):
            plot.addItem(item, ignoreBounds=True)
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self.draw)
        plot.getViewBox().sigRangeChanged.connect(lambda *_: self._timer.start())
        plot.getViewBox().sigResized.connect(lambda *_: self._timer.start())

    def set_points(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Show other objects."""
        self._x, self._y, self._marked = x, y, -1
        self.draw()

    def mark(self, place: int) -> None:
        """Mark one of the points; -1 = none."""
        self._marked = place
        if 0 <= place < self._x.size:
            self._mark.setData(self._x[place : place + 1], self._y[place : place + 1])
        else:
            self._mark.setData(np.empty(0), np.empty(0))

    def nearest(self, x: float, y: float) -> int:
        """Return the point nearest to a place in units of the axes; -1 = none is near on the screen."""
        if not self._x.size:
            return -1
        width, height = self._plot.getViewBox().viewPixelSize()
        away = np.hypot((self._x - x) / width, (self._y - y) / height)
        place = int(np.argmin(away))
        return place if away[place] <= REACH else -1

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        theme = self._plot.theme
        self._scatter.setBrush(pg.mkBrush(theme.color("residual")))
        self._mark.setBrush(pg.mkBrush(theme.color("generated")))
        self._mark.setPen(pg.mkPen(theme.color("surface")))
        self.draw()

    def draw(self) -> None:
        """Draw what is in the view."""
        (left, right), (low, high) = self._plot.getViewBox().viewRange()
        inside = (self._x >= left) & (self._x <= right) & (self._y >= low) & (self._y <= high)
        x, y = self._x[inside], self._y[inside]
        self.is_density = x.size > MOST_POINTS
        self._image.setVisible(self.is_density)
        self._scatter.setVisible(not self.is_density)
        if self.is_density:
            self._draw_density(x, y, QRectF(left, low, right - left, high - low))
        else:
            self._scatter.setData(x, y)

    def _draw_density(self, x: NDArray[np.float64], y: NDArray[np.float64], view: QRectF) -> None:
        box = self._plot.getViewBox()
        columns, rows = max(int(box.width()) // CELL, 8), max(int(box.height()) // CELL, 8)
        column = np.minimum(((x - view.left()) / view.width() * columns).astype(np.int64), columns - 1)
        row = np.minimum(((y - view.top()) / view.height() * rows).astype(np.int64), rows - 1)
        counts = np.bincount(row * columns + column, minlength=rows * columns).reshape(rows, columns)
        depth = np.log1p(counts) / np.log1p(counts.max())
        ink = self._plot.theme.color("observed")
        picture = np.empty((rows, columns, 4), dtype=np.uint8)
        picture[..., 0], picture[..., 1], picture[..., 2] = ink.red(), ink.green(), ink.blue()
        picture[..., 3] = np.where(counts > 0, FAINTEST + (255 - FAINTEST) * depth, 0)
        self._image.setImage(picture, levels=None, autoLevels=False)
        self._image.setRect(view)
