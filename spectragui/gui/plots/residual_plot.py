"""`ResidualPlot`: residuals in sigma, the band of +-3 sigma shaded."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.curve import Curve, good_flux_sample
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

BAND_SIGMA = 3.0
SMALLEST_LIMIT, LARGEST_LIMIT = 5.0, 60.0


class SigmaBand(pg.GraphicsObject):
    """The shaded band within 3 sigma of zero, and the line at zero."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setZValue(-110)  # under the grid

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, *_args: object, **_kwargs: object) -> list[float | None]:  # noqa: N802, D102
        return [None, None]

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        view = self.viewRect()
        band = QRectF(view.left(), -BAND_SIGMA, view.width(), 2 * BAND_SIGMA)
        painter.fillRect(band.intersected(view), self._theme.color("band"))
        pen = QPen(self._theme.color("border"))
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLine(QLineF(view.left(), 0.0, view.right(), 0.0))


class ResidualPlot(StyledPlot):
    """Plot of (observed - generated) / sigma."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.box = SpectrumViewBox()
        super().__init__(theme, self.box, parent)
        self.setAccessibleName("Residual plot")
        self.addItem(SigmaBand(theme), ignoreBounds=True)
        self.curves_item = CurvesItem(theme)
        self.addItem(self.curves_item, ignoreBounds=True)
        self.set_axis_label("left", "Residual (σ)", short="Res. (σ)")

    def set_curve(self, curve: Curve | None) -> None:
        """Show a residual, or nothing."""
        self.curves_item.set_curves((curve,) if curve is not None else ())
        self.reset_y()

    def reset_y(self) -> None:
        """Choose symmetric y limits: 99 percent of the residuals, at least +-5, at most +-60 sigma."""
        limit = SMALLEST_LIMIT
        for curve in self.curves_item.curves:
            sample = np.abs(good_flux_sample(curve))
            if sample.size:
                limit = max(limit, float(np.percentile(sample, 99.0)) * 1.1)
        limit = min(limit, LARGEST_LIMIT)
        self.box.setYRange(-limit, limit, padding=0.0)
