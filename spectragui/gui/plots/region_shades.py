"""`RegionShades`: stretches of wavelength that a stage found, shaded; a tick where they are narrow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip

from spectragui.core.wording import as_shown
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.preprocessing.stage import StageRegion

BLUE_KINDS = ("overlap", "kept")  # what is used, not lost
NARROW_PX = 3.0
TICK_PX = 7.0
MOST_IN_TOOLTIP = 4
REACH_PX = 4.0  # of the pointer


class RegionShades(pg.GraphicsObject):
    """All regions of one plot as one item, under the curves, with tooltips.

    Parameters
    ----------
    plot : StyledPlot
        Gets the item.
    """

    def __init__(self, plot: StyledPlot) -> None:
        super().__init__()
        self._plot = plot
        self._regions: tuple[StageRegion, ...] = ()
        self._low = self._high = np.empty(0)
        self._is_blue = np.empty(0, dtype=bool)
        self.setZValue(-105)
        plot.addItem(self, ignoreBounds=True)
        plot.viewport().installEventFilter(self)

    @property
    def regions(self) -> tuple[StageRegion, ...]:
        """What is shaded."""
        return self._regions

    def set_regions(self, regions: Sequence[StageRegion]) -> None:
        """Shade these regions [Angstrom]."""
        self._regions = tuple(regions)
        self._low = np.array([region.low_aa for region in regions], dtype=float)
        self._high = np.array([region.high_aa for region in regions], dtype=float)
        self._is_blue = np.array([region.kind in BLUE_KINDS for region in regions], dtype=bool)
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, *_args: object, **_kwargs: object) -> list[float | None]:  # noqa: N802, D102
        return [None, None]

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        view, theme = self.viewRect(), self._plot.theme
        box = self._plot.getViewBox()
        if not self._regions or view.width() <= 0 or box.width() <= 0:
            return
        x_pixel, y_pixel = view.width() / box.width(), view.height() / box.height()
        seen = (self._high >= view.left()) & (self._low <= view.right())
        is_wide = (self._high - self._low) > NARROW_PX * x_pixel
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for is_blue, role in ((True, "band"), (False, "shade")):
            wide = seen & is_wide & (self._is_blue == is_blue)
            low, high = np.maximum(self._low[wide], view.left()), np.minimum(self._high[wide], view.right())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(role))
            spans = zip(low.tolist(), (high - low).tolist(), strict=True)
            painter.drawRects([QRectF(left, view.top(), span, view.height()) for left, span in spans])
        pen = QPen(theme.color("denoised"))
        pen.setCosmetic(True)
        painter.setPen(pen)
        top = view.bottom()  # y runs up
        is_told = seen & ~is_wide & ~self._is_blue  # narrow overlaps say nothing
        middles = 0.5 * (self._low + self._high)[is_told]
        columns = np.unique(np.round((middles - view.left()) / x_pixel))
        painter.drawLines(
            [QLineF(x, top - TICK_PX * y_pixel, x, top) for x in view.left() + columns * x_pixel]
        )

    def at(self, x: float, reach: float = 0.0) -> list[StageRegion]:
        """Return the regions at a wavelength, or within ``reach`` of it."""
        found = np.flatnonzero((self._low - reach <= x) & (x <= self._high + reach))
        return [self._regions[i] for i in found]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Say what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.text_at(event.pos())
            if text:
                QToolTip.showText(event.globalPos(), text, self._plot)
                return True
        return False

    def text_at(self, place: QPoint) -> str:
        """Return what the regions at a place of the plot's viewport are."""
        box = self._plot.getViewBox()
        scene = self._plot.mapToScene(place)
        if not box.sceneBoundingRect().contains(scene) or box.width() <= 0:
            return ""
        reach = REACH_PX * self.viewRect().width() / box.width()
        found = self.at(box.mapSceneToView(scene).x(), reach)
        lines = [describe(region) for region in found[:MOST_IN_TOOLTIP]]
        if len(found) > MOST_IN_TOOLTIP:
            lines.append(f"and {len(found) - MOST_IN_TOOLTIP} more")
        return "\n".join(lines)


def describe(region: StageRegion) -> str:
    """Return what a region is, as "gap 5018.20–5018.95 Å: 12 pixels"."""
    limits = f"{region.low_aa:.2f}"
    if region.high_aa > region.low_aa:
        limits += f"–{region.high_aa:.2f}"
    return as_shown(f"{region.kind} {limits} Å" + (f": {region.text}" if region.text else ""))
