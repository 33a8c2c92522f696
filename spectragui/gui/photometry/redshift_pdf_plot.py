"""`RedshiftPdfPlot`: how probable each redshift of one object is, its peaks named."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

ALPHA = 60
LABEL_PLACES = (0.93, 0.72)  # of the height: first and second peak
CATALOGUE_PLACE = 0.5


class RedshiftPdfPlot(StyledPlot):
    """Plot of the redshift's distribution, with the interval of 68 % shaded and the catalogue's value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.box = SpectrumViewBox()
        self._curve: pg.PlotCurveItem | None = None
        self._z: NDArray[np.float64] = np.empty(0)
        self._pdf: NDArray[np.float64] = np.empty(0)
        super().__init__(theme, self.box, parent)
        self.setAccessibleName("Distribution of the redshift")
        self.set_axis_label("bottom", "Redshift")
        self.set_axis_label("left", "p(z)")
        self.getAxis("left").setWidth(52)
        self._interval = pg.LinearRegionItem(movable=False)
        self._interval.setZValue(-95)
        self.addItem(self._interval, ignoreBounds=True)
        self._curve = pg.PlotCurveItem(antialias=False)
        self.addItem(self._curve, ignoreBounds=True)
        self._lines = [self._line(place) for place in (*LABEL_PLACES, CATALOGUE_PLACE)]
        self.box.reset_requested.connect(self.reset)
        self.show_pdf(None, None, (math.nan, math.nan), ())
        self.apply_theme()

    def show_pdf(
        self,
        z: NDArray[np.floating] | None,
        pdf: NDArray[np.floating] | None,
        interval: tuple[float, float],
        marks: tuple[tuple[float, str], ...],
    ) -> None:
        """Show a distribution; None = nothing.

        Parameters
        ----------
        z, pdf : ndarray, shape (k,), or None
        interval : (float, float)
            68 % of it.
        marks : tuple of (float, str)
            Redshift of the peak, of the second one and of the catalogue (NaN = there is none), each with
            what is written beside it.
        """
        assert self._curve is not None
        is_empty = z is None or pdf is None
        self._z = np.empty(0) if z is None else np.asarray(z, dtype=np.float64)
        self._pdf = np.empty(0) if pdf is None else np.asarray(pdf, dtype=np.float64)
        self._curve.setData(self._z, self._pdf)
        self._interval.setVisible(not is_empty and all(map(math.isfinite, interval)))
        if self._interval.isVisible():
            self._interval.setRegion(interval)
        for number, line in enumerate(self._lines):
            z_mark, words = marks[number] if number < len(marks) else (math.nan, "")
            line.setVisible(not is_empty and math.isfinite(z_mark))
            if line.isVisible():
                line.setValue(z_mark)
                line.label.setFormat(words)
        self.reset()

    def reset(self) -> None:
        """Show where the distribution is not nothing."""
        if not self._z.size or not np.isfinite(self._pdf).any() or self._pdf.max() <= 0:
            self.box.setRange(xRange=(0.0, 1.5), yRange=(0.0, 1.0), padding=0.0)
            return
        worth = self._z[self._pdf > 0.002 * self._pdf.max()]
        marks = [line.value() for line in self._lines if line.isVisible()]
        low, high = min(worth.min(), *marks, worth.max()), max(worth.max(), *marks, worth.min())
        margin = max(0.08 * (high - low), 0.02)
        top = 1.15 * float(self._pdf.max())
        self.box.setRange(xRange=(max(low - margin, 0.0), high + margin), yRange=(0.0, top), padding=0.0)
        self._turn_labels()

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        if self._curve is None:
            return
        colour = self.theme.color("generated")
        self._curve.setPen(pg.mkPen(colour))
        self._curve.setBrush(pg.mkBrush(QColor(colour.red(), colour.green(), colour.blue(), ALPHA)))
        self._curve.setFillLevel(0.0)
        self._interval.setBrush(pg.mkBrush(self.theme.color("generated_band")))
        for edge in self._interval.lines:
            edge.setPen(pg.mkPen(None))
        for line, role in zip(self._lines, ("generated", "caution", "observed"), strict=True):
            line.setPen(pg.mkPen(self.theme.color(role), style=Qt.PenStyle.DashLine))
            line.label.setColor(self.theme.color(role))

    def _turn_labels(self) -> None:
        """Write to the left of lines that stand on the right."""
        left, right = self.box.viewRange()[0]
        for line in self._lines:
            is_right = line.value() > 0.5 * (left + right)
            anchor = (1.0, 0.5) if is_right else (0.0, 0.5)
            line.label.anchors = [anchor, anchor]
            line.label.updatePosition()

    def _line(self, place: float) -> pg.InfiniteLine:
        options = {"position": place, "anchors": [(0, 0.5), (0, 0.5)]}
        line = pg.InfiniteLine(angle=90, movable=False, label="", labelOpts=options)
        line.setZValue(20)
        self.addItem(line, ignoreBounds=True)
        return line
