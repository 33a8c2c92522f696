"""`SedPlot`: the magnitudes of one object over the filters through which they were measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from spectragui.gui.photometry.catalogue_columns import magnitude_text
from spectragui.gui.photometry.point_cloud import QuietPoints
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

if TYPE_CHECKING:
    from spectragui.core.photometry import Band, BandSet, PhotometricTable

CURVES_SHARE = 0.20  # of the height, for the filters at the bottom
ALPHA = 70  # of the filters' fill
POINT_SIZE, ARROW_SIZE = 7, 30  # pixels; an arrow is half as long
MARGIN_DEX = 0.02  # beyond the first and last filter
LEAST_SPAN = 1.0  # magnitudes
EMPTY_LIMITS = (26.0, 18.0)


def band_outline(band: Band) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the response of a filter over log10 of the wavelength [Angstrom], 1 at its largest.

    A box of its width where nobody gave its curve.
    """
    if band.curve is None:
        low, high = band.pivot_aa - band.width_aa / 2, band.pivot_aa + band.width_aa / 2
        return np.log10([low, low, high, high]), np.array([0.0, 1.0, 1.0, 0.0])
    wave, response = band.curve
    scaled = response / response.max()
    inside = scaled > 0.01
    return np.log10(wave[inside]), scaled[inside]


def _arrow() -> QPainterPath:
    """Return an arrow that begins at its place and points to fainter magnitudes, half a unit long."""
    path = QPainterPath(QPointF(-0.14, 0.0))
    path.lineTo(0.14, 0.0)
    path.moveTo(0.0, 0.0)
    path.lineTo(0.0, 0.45)
    path.moveTo(-0.12, 0.28)
    path.lineTo(0.0, 0.45)
    path.lineTo(0.12, 0.28)
    return path


class FilterCurves(pg.GraphicsObject):
    """Responses of the filters along the bottom of the view, whatever its limits in y."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._outlines: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self.highlighted = -1
        self.setZValue(-90)

    def set_band_set(self, band_set: BandSet | None) -> None:
        """Draw the filters of a survey."""
        self._outlines = [] if band_set is None else [band_outline(band) for band in band_set.bands]
        self.update()

    def highlight(self, band: int) -> None:
        """Draw one filter in the accent colour; -1 = none."""
        if band != self.highlighted:
            self.highlighted = band
            self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, *_args: object, **_kwargs: object) -> list[float | None]:  # noqa: N802, D102
        return [None, None]

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        view = self.viewRect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        foot, height = view.bottom(), CURVES_SHARE * view.height()  # y grows downwards, as magnitudes do
        for number, (x, response) in enumerate(self._outlines):
            if x.size < 2 or x[-1] < view.left() or x[0] > view.right():
                continue
            role = "accent" if number == self.highlighted else "denoised" if number % 2 else "residual"
            colour = self._theme.color(role)
            pen = QPen(colour)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(QColor(colour.red(), colour.green(), colour.blue(), ALPHA))
            y = foot - height * response
            points = [QPointF(x[0], foot), *map(QPointF, x.tolist(), y.tolist()), QPointF(x[-1], foot)]
            painter.drawPolygon(QPolygonF(points))


class SedPlot(StyledPlot):
    """Plot of AB magnitude against wavelength, bright at the top; limits are arrows.

    Signals
    -------
    cursor_moved : str
        What is under the pointer, for the status bar; empty = nothing.
    """

    cursor_moved = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.box = SpectrumViewBox()
        self._points: pg.ScatterPlotItem | None = None
        self._table: PhotometricTable | None = None
        self._row = -1
        super().__init__(theme, self.box, parent)
        self.setAccessibleName("Magnitudes of the object")
        self.getAxis("bottom").set_logarithmic(True)
        self.box.invertY(True)
        self.set_axis_label("bottom", "Wavelength (Å)")
        self.set_axis_label("left", "AB magnitude", short="AB mag")
        self.filters = FilterCurves(theme)
        self.addItem(self.filters, ignoreBounds=True)
        self._errors = pg.ErrorBarItem(x=np.empty(0), y=np.empty(0), beam=0)
        self.addItem(self._errors, ignoreBounds=True)
        self._limits = QuietPoints(symbol=_arrow(), size=ARROW_SIZE)
        self._points = QuietPoints(symbol="o", size=POINT_SIZE)
        for item in (self._limits, self._points):
            self.addItem(item, ignoreBounds=True)
        self.box.reset_requested.connect(self.reset)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.apply_theme()
        self.reset()

    def show_object(self, table: PhotometricTable | None, row: int) -> None:
        """Show one object of a table; None = nothing."""
        is_other_survey = table is None or self._table is None or table.band_set is not self._table.band_set
        self._table, self._row = table, row
        if is_other_survey:
            self.filters.set_band_set(None if table is None else table.band_set)
        self._draw()
        self.reset()

    def reset(self) -> None:
        """Show all filters, and all magnitudes of the object."""
        y = self._known_magnitudes()
        bright, faint = (float(y.min()), float(y.max())) if y.size else (EMPTY_LIMITS[1], EMPTY_LIMITS[0])
        span = max(faint - bright, LEAST_SPAN)
        middle = 0.5 * (bright + faint)
        top, bottom = middle - 0.62 * span, middle + 0.62 * span
        bottom += (bottom - top) * CURVES_SHARE / (1.0 - CURVES_SHARE)  # room for the filters
        left, right = self._wavelength_limits()
        self.box.setRange(xRange=(left, right), yRange=(top, bottom), padding=0.0)

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        if self._points is None:
            return
        ink, faint = self.theme.color("observed"), self.theme.color("residual")
        self._points.setPen(pg.mkPen(ink))
        self._points.setBrush(pg.mkBrush(ink))
        self._limits.setPen(pg.mkPen(faint))
        self._limits.setBrush(pg.mkBrush(None))
        self._errors.setData(pen=pg.mkPen(ink))

    def text_at(self, log_wavelength: float) -> str:
        """Return what is said of the filter nearest to a place: "F613W: 23.41 ± 0.12"."""
        band = self._band_at(log_wavelength)
        if band < 0 or self._table is None:
            return ""
        one = self._table.band_set.bands[band]
        said = magnitude_text(self._table, self._row, band) if self._row >= 0 else ""
        if not math.isfinite(float(self._table.magnitudes[self._row, band])) and said:
            said = f"not detected, {said} (1 σ)"
        return f"{one.name}, {one.pivot_aa:.0f} Å: {said or 'not observed'}"

    def _draw(self) -> None:
        if self._points is None:
            return
        if self._table is None or self._row < 0:
            x = y = limit = error = np.empty(0)
        else:
            table, row = self._table, self._row
            x = np.log10(table.band_set.pivots_aa)
            y, error, limit = (
                values[row].astype(np.float64) for values in (table.magnitudes, table.errors, table.limits)
            )
        seen, unseen = np.isfinite(y), np.isfinite(limit) & ~np.isfinite(y)
        self._points.setData(x[seen], y[seen])
        self._limits.setData(x[unseen], limit[unseen])
        sizes = np.where(np.isfinite(error), error, 0.0)[seen]
        self._errors.setData(x=x[seen], y=y[seen], top=sizes, bottom=sizes)

    def _known_magnitudes(self) -> NDArray[np.float64]:
        if self._table is None or self._row < 0:
            return np.empty(0)
        y = self._table.magnitudes[self._row].astype(np.float64)
        y = np.where(np.isfinite(y), y, self._table.limits[self._row])
        return y[np.isfinite(y)]

    def _wavelength_limits(self) -> tuple[float, float]:
        if self._table is None:
            return math.log10(3300.0), math.log10(24000.0)
        outlines = [band_outline(band)[0] for band in self._table.band_set.bands]
        ends = [(x[0], x[-1]) for x in outlines if x.size]
        return min(low for low, _ in ends) - MARGIN_DEX, max(high for _, high in ends) + MARGIN_DEX

    def _band_at(self, log_wavelength: float) -> int:
        if self._table is None:
            return -1
        away = np.abs(np.log10(self._table.band_set.pivots_aa) - log_wavelength)
        return int(np.argmin(away)) if away.min() < 0.03 else -1

    def _on_mouse_moved(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        x = self.box.mapSceneToView(position).x() if inside else math.inf
        self.filters.highlight(self._band_at(x) if inside else -1)
        self.cursor_moved.emit(self.text_at(x) if inside else "")
