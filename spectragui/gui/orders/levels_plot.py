"""`LevelsPlot`: the level that stitching found for each order, with the band of the prior."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme
from spectragui.preprocessing.stitching.levels_found import LevelsFound, OrderLevel

HEIGHT = 118
POINT_SIZE, ODD_SIZE = 5, 8
MARGIN = 1.25  # of what is shown
NAME_GAP = 6.0  # pixels between a point and its name


class LevelsPlot(StyledPlot):
    """Level against order: points with errors, the prior's band shaded, levels outside it named."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._found: LevelsFound | None = None
        self._items: list[pg.GraphicsObject] = []
        self._scatter: pg.ScatterPlotItem | None = None
        super().__init__(theme, None, parent)
        self.setAccessibleName("Levels of the orders")
        self.setFixedHeight(HEIGHT)
        self.getViewBox().setMouseEnabled(x=False, y=False)
        self.set_axis_label("left", "Level", short="Level")
        self.set_axis_label("bottom", "Order, blue to red")
        self._band = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self._band.setZValue(-110)
        self.addItem(self._band, ignoreBounds=True)
        self._one = pg.InfiniteLine(1.0, angle=0)
        self.addItem(self._one, ignoreBounds=True)
        self._errors = pg.ErrorBarItem(beam=0)
        self.addItem(self._errors, ignoreBounds=True)
        self._scatter = pg.ScatterPlotItem(hoverable=True, tip=self._tip, hoverSize=ODD_SIZE)
        self.addItem(self._scatter, ignoreBounds=True)
        self.apply_theme()

    @property
    def found(self) -> LevelsFound | None:
        """What is drawn."""
        return self._found

    @property
    def named(self) -> list[str]:
        """The orders that are named, since their level lies outside the band."""
        return [item.toPlainText() for item in self._items if isinstance(item, pg.TextItem)]

    def set_levels(self, found: LevelsFound | None) -> None:
        """Draw levels."""
        self._found = found
        self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Name as many orders as there is room for now."""
        super().resizeEvent(event)
        is_open = self.plotItem is not None and self.plotItem.vb is not None
        if self._scatter is not None and is_open:
            self._redraw()

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        if self._scatter is None:
            return
        self._band.setBrush(pg.mkBrush(self.theme.color("band")))
        for line in self._band.lines:
            line.setPen(pg.mkPen(self.theme.color("border"), style=Qt.PenStyle.DashLine))
        self._one.setPen(pg.mkPen(self.theme.color("border")))
        self._redraw()

    def _redraw(self) -> None:
        for item in self._items:
            self.removeItem(item)
        self._items = []
        found = self._found
        if found is None or self._scatter is None:
            return
        place = np.arange(len(found.orders), dtype=np.float64)
        level = np.array([one.level for one in found.orders])
        error = np.array([one.level * one.error for one in found.orders])
        odd = {one.order for one in found.outside}
        self._band.setRegion(found.band)
        pen = pg.mkPen(self.theme.color("residual"))
        self._errors.setData(x=place, y=level, height=2 * error, pen=pen)
        self._scatter.setData([self._spot(x, one, odd) for x, one in zip(place, found.orders, strict=True)])
        reach = MARGIN * max(float(np.max(np.abs(level - 1.0) + error)), found.band[1] - 1.0)
        self.getViewBox().setRange(xRange=(-1.0, place.size), yRange=(1 - reach, 1 + reach), padding=0.0)
        self._name([pair for pair in zip(place, found.orders, strict=True) if pair[1].order in odd])

    def _name(self, unlikely: list[tuple[float, OrderLevel]]) -> None:
        """Write beside the points what they are, the farthest from 1 first; none over another."""
        box = self.getViewBox()
        taken: list[QRectF] = []
        for x, one in sorted(unlikely, key=lambda pair: -abs(pair[1].level - 1.0)):
            text = pg.TextItem(f"{one.name}: {one.level:.3f}", self.theme.color("bad"))
            size = text.boundingRect()
            at = box.mapFromView(QPointF(float(x), one.level))
            sides = ((NAME_GAP, 0.0), (-NAME_GAP - size.width(), 1.0))
            for left, anchor in sides:
                room = QRectF(at.x() + left, at.y() - 0.5 * size.height(), size.width(), size.height())
                inside = room.left() >= 0 and room.right() <= box.width()
                if inside and not any(room.intersects(other) for other in taken):
                    taken.append(room)
                    offset = NAME_GAP / max(size.width(), 1.0)
                    text.setAnchor((-offset if anchor == 0.0 else 1.0 + offset, 0.5))
                    text.setPos(float(x), one.level)
                    self.addItem(text, ignoreBounds=True)
                    self._items.append(text)
                    break

    def _spot(self, x: float, one: OrderLevel, odd: set[int]) -> dict[str, object]:
        colour = self.theme.color("bad" if one.order in odd else "observed")
        hollow = self.theme.color("surface")
        return {
            "pos": (x, one.level),
            "data": one,
            "size": ODD_SIZE if one.order in odd else POINT_SIZE,
            "symbol": "d" if one.order in odd else "o",
            "brush": pg.mkBrush(colour if one.touches else hollow),
            "pen": pg.mkPen(colour),
        }

    def _tip(self, x: float, y: float, data: OrderLevel) -> str:
        text = (
            f"{data.name}, {data.low_aa:.0f}–{data.high_aa:.0f} Å\nlevel {data.level:.4f} ± {data.error:.4f}"
        )
        return text if data.touches else f"{text}\ntouches no other order: the error is the prior's"
