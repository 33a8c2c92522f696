"""`OneToOnePlot`: predicted against the catalogue's values, object by object."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from spectragui.analysis.photometry_statistics import OUTLIER
from spectragui.gui.photometry.comparisons import Comparison
from spectragui.gui.photometry.point_cloud import PointCloud
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

AXES = {
    "redshift": ("Redshift of the catalogue", "Predicted redshift", "Predicted z"),
    "mass": ("log M of the catalogue", "Predicted log M", "log M"),
}
LINE_X = np.linspace(-20.0, 20.0, 3)


class OneToOnePlot(StyledPlot):
    """Plot of points about the line on which they agree.

    Parameters
    ----------
    theme : Theme
    key : str
        "redshift" or "mass".

    Signals
    -------
    row_clicked : int
        Place in the file of the object whose point was clicked.
    range_selected : float, float
        Of the catalogue's values, by a drag with Shift.
    """

    row_clicked = Signal(int)
    range_selected = Signal(float, float)

    def __init__(self, theme: Theme, key: str, parent: QWidget | None = None) -> None:
        self.box = SpectrumViewBox()
        self._lines: list[pg.PlotCurveItem] = []
        self.cloud: PointCloud | None = None
        self._comparison = Comparison(key)
        super().__init__(theme, self.box, parent)
        bottom, left, short = AXES[key]
        self.setAccessibleName(f"{left} against that of the catalogue")
        self.set_axis_label("bottom", bottom)
        self.set_axis_label("left", left, short=short)
        self.getAxis("left").setWidth(58)
        for slope in (0.0, *((OUTLIER, -OUTLIER) if key == "redshift" else ())):
            line = pg.PlotCurveItem(LINE_X, LINE_X + slope * (1.0 + LINE_X), antialias=False)
            line.setZValue(-60)
            self._lines.append(line)
            self.addItem(line, ignoreBounds=True)
        self._region = pg.LinearRegionItem(movable=False)
        self._region.hide()
        self.addItem(self._region, ignoreBounds=True)
        self.cloud = PointCloud(self)
        self.box.reset_requested.connect(self.reset)
        self.box.clicked.connect(self._on_box_clicked)
        self.box.region_dragged.connect(self._on_region_dragged)
        self.apply_theme()

    def show_comparison(self, comparison: Comparison, row: int) -> None:
        """Show predictions against values; ``row`` is the marked object's place in the file."""
        assert self.cloud is not None
        is_first = not self._comparison.x.size
        self._comparison = comparison
        self.cloud.set_points(comparison.x, comparison.y)
        self.mark(row)
        if is_first:
            self.reset()

    def mark(self, row: int) -> None:
        """Mark an object by its place in the file."""
        assert self.cloud is not None
        found = np.flatnonzero(self._comparison.rows == row)
        self.cloud.mark(int(found[0]) if found.size else -1)

    def reset(self) -> None:
        """Show nearly all points, both axes alike."""
        values = np.concatenate((self._comparison.x, self._comparison.y))
        values = values[np.isfinite(values)]
        low, high = (0.0, 1.5) if not values.size else map(float, np.percentile(values, [0.1, 99.9]))
        margin = max(0.04 * (high - low), 0.02)
        limits = (low - margin, high + margin)
        self.box.setRange(xRange=limits, yRange=limits, padding=0.0)

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        for number, line in enumerate(self._lines):
            role = "generated" if number == 0 else "secondary"
            style = Qt.PenStyle.SolidLine if number == 0 else Qt.PenStyle.DashLine
            line.setPen(pg.mkPen(self.theme.color(role), style=style))
        if self.cloud is not None:
            self._region.setBrush(pg.mkBrush(self.theme.color("selection")))
            self.cloud.apply_theme()

    def _on_box_clicked(self, x: float, y: float) -> None:
        assert self.cloud is not None
        place = self.cloud.nearest(x, y)
        if place >= 0:
            self.row_clicked.emit(int(self._comparison.rows[place]))

    def _on_region_dragged(self, start: float, stop: float, has_ended: bool) -> None:
        self._region.setVisible(not has_ended)
        self._region.setRegion((start, stop))
        if has_ended and stop > start and math.isfinite(start) and math.isfinite(stop):
            self.range_selected.emit(start, stop)
