"""`SpectrumPlot`: spectra over one another, with crosshair, regions, zoom history and overview."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.plots.axis_units import ANGSTROM, DisplayUnit
from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curve import Curve, make_curve
from spectragui.gui.plots.curve_labels import CurveLabels
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.line_marks import LineMarks
from spectragui.gui.plots.navigation import SpectrumViewBox, ViewHistory
from spectragui.gui.plots.overview_bar import OverviewBar
from spectragui.gui.plots.scaling import flux_label, place_curves, y_limits
from spectragui.gui.plots.styled_plot import LEFT_AXIS_WIDTH, StyledPlot
from spectragui.gui.theme import Theme

CROSSHAIR_MS, ARRANGE_MS = 16, 120
ZOOM_FACTOR = 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class PlotSpectrum:
    """A spectrum to be drawn: what it is called and in which role of the theme's colours."""

    key: str
    spectrum: AnySpectrum
    label: str
    role: str = "observed"


class SpectrumPlot(QWidget):
    """Plot of spectra, 1-D or echelle.

    Signals
    -------
    cursor_moved : str
        What is under the cursor, for the status bar; empty = nothing.
    region_selected : float, float
        Limits of the region that was dragged [Angstrom]; both 0 where it was taken away.
    density_changed : float
        Pixels that one drawn column stands for, 1 = all are drawn.
    gesture_made
        The user has moved about for the first time.
    """

    cursor_moved = Signal(str)
    region_selected = Signal(float, float)
    density_changed = Signal(float)
    gesture_made = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._spectra: tuple[PlotSpectrum, ...] = ()
        self._unit = ANGSTROM
        self._stacking = 0.0
        self._full_x, self._full_y = (0.0, 1.0), (0.0, 1.0)
        self._region_aa: tuple[float, float] | None = None
        self._cursor: QPointF | None = None
        self._density = 1.0
        self._marks_velocity = 0.0
        self._build()
        self._connect()

    def _build(self) -> None:
        self.box = SpectrumViewBox()
        self.plot = StyledPlot(self.theme, self.box, self)
        self.plot.setAccessibleName("Spectrum plot")
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.curves_item = CurvesItem(self.theme)
        self.plot.addItem(self.curves_item, ignoreBounds=True)
        self.labels = CurveLabels(self.box, self.curves_item, self.theme)
        self.marks = LineMarks(self.box, self.theme)
        self.marks.set_shown(False)
        self.plot.add_strip(self.marks)
        self._crosshair = pg.InfiniteLine(angle=90, movable=False)
        self._crosshair.setZValue(40)
        self._crosshair.hide()
        self.plot.addItem(self._crosshair, ignoreBounds=True)
        self._region = pg.LinearRegionItem(movable=False)
        self._region.setZValue(-50)
        self._region.hide()
        self.plot.addItem(self._region, ignoreBounds=True)
        self.overview = OverviewBar(self.theme, LEFT_AXIS_WIDTH, self)
        self.history = ViewHistory(self.box, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.overview)
        self.apply_theme()

    def _connect(self) -> None:
        self._cursor_timer = QTimer(self, singleShot=True, interval=CROSSHAIR_MS)
        self._cursor_timer.timeout.connect(self._read_cursor)
        self._arrange_timer = QTimer(self, singleShot=True, interval=ARRANGE_MS)
        self._arrange_timer.timeout.connect(self._arrange)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.box.sigRangeChanged.connect(self._on_range_changed)
        self.box.sigRangeChangedManually.connect(lambda *_: self.gesture_made.emit())
        self.box.sigResized.connect(lambda *_: self._arrange_timer.start())
        self.box.reset_requested.connect(self.reset)
        self.box.region_dragged.connect(self._on_region_dragged)
        self.overview.range_requested.connect(self.set_x_range)
        self.theme.changed.connect(self.apply_theme)

    # What is shown

    def set_spectra(self, spectra: Sequence[PlotSpectrum]) -> None:
        """Show these spectra, the last one on top; the view stays where it still fits."""
        old, new = self._spectra, tuple(spectra)
        self._spectra = new
        kept = {(c.key, c.label, c.role): c for c in self.curves_item.curves}
        same = {
            item.key
            for item in old
            for other in new
            if item.key == other.key and item.spectrum is other.spectrum
        }
        curves = []
        for item in new:
            curve = kept.get((item.key, item.label, item.role)) if item.key in same else None
            curves.append(
                curve or make_curve(item.key, item.spectrum, self._unit, label=item.label, role=item.role)
            )
        self._place(curves)
        if not same or not old:
            self.reset()
            self.history.clear()
            self.history.record()

    def set_unit(self, unit: DisplayUnit) -> None:
        """Show the spectral axis in another unit; the view stays at the same wavelengths."""
        if unit == self._unit:
            return
        shown = self._unit.to_angstrom(self.box.viewRange()[0], self._medium())
        self._unit = unit
        made = (make_curve(s.key, s.spectrum, unit, label=s.label, role=s.role) for s in self._spectra)
        self._place(list(made))
        if self._spectra:
            left, right = sorted(unit.from_angstrom(shown, self._medium()).tolist())
            self.set_x_range(left, right)
        self._show_region()
        self.history.clear()

    def set_stacking(self, stacking: float) -> None:
        """Draw the curves above one another, ``stacking`` curve heights apart; 0 = not."""
        if stacking != self._stacking:
            self._stacking = stacking
            self._place(list(self.curves_item.curves))
            self.fit_y()

    def set_band_shown(self, shown: bool) -> None:
        """Show or hide one sigma about the curves."""
        self.curves_item.set_band_shown(shown)

    def set_marks_shown(self, shown: bool) -> None:
        """Show or hide the marks of strong lines."""
        self.marks.set_shown(shown)

    def set_marks_velocity(self, velocity_kms: float) -> None:
        """Place line marks for a star of this velocity in the frame of the axis."""
        self._marks_velocity = velocity_kms
        self.marks.set_axis(self._unit, self._medium(), velocity_kms)

    @property
    def unit(self) -> DisplayUnit:
        """The unit of the x axis."""
        return self._unit

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that are drawn."""
        return self.curves_item.curves

    @property
    def region_aa(self) -> tuple[float, float] | None:
        """Limits of the selected region [Angstrom], if there is one."""
        return self._region_aa

    def _place(self, curves: list[Curve]) -> None:
        units = [orders_of(item.spectrum)[0].flux_unit for item in self._spectra]
        placed, factor = place_curves(curves, units, self._stacking)
        self.curves_item.set_curves(placed)
        self.plot.set_axis_label("left", flux_label([item.spectrum for item in self._spectra], factor))
        self.plot.set_axis_label("bottom", self._unit.axis_label(self._axes()))
        self.marks.set_axis(self._unit, self._medium(), self._marks_velocity)
        if placed:
            self._full_x = (min(c.x_range[0] for c in placed), max(c.x_range[1] for c in placed))
            self._full_y = y_limits(placed)
            span = self._full_x[1] - self._full_x[0]
            self.box.setLimits(
                xMin=self._full_x[0] - span, xMax=self._full_x[1] + span, minXRange=span * 1e-6
            )
        self.overview.set_curves(placed, self._full_x, self._full_y)
        self._arrange_timer.start()

    def _axes(self) -> tuple[SpectralAxis, ...]:
        return tuple(orders_of(item.spectrum)[0].spectral_axis for item in self._spectra)

    def _medium(self) -> str:
        axes = self._axes()
        return axes[0].medium if axes else "air"

    # Moving about

    def reset(self) -> None:
        """Show everything: the full range, y limits from the percentiles."""
        self.box.setRange(xRange=self._full_x, yRange=self._full_y, padding=0.0)

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        self.box.setYRange(*y_limits(self.curves, *self.box.viewRange()[0]), padding=0.0)

    def set_x_range(self, start: float, stop: float) -> None:
        """Show x from ``start`` to ``stop``, in the displayed unit."""
        self.box.setXRange(start, stop, padding=0.0)

    def zoom(self, factor: float) -> None:
        """Zoom in x about the cursor, or the middle: below 1 = in, above = out."""
        left, right = self.box.viewRange()[0]
        middle = self._cursor.x() if self._cursor is not None else 0.5 * (left + right)
        self.set_x_range(middle - (middle - left) * factor, middle + (right - middle) * factor)

    def zoom_in(self) -> None:
        """Halve the range about the cursor."""
        self.zoom(ZOOM_FACTOR)

    def zoom_out(self) -> None:
        """Double the range about the cursor."""
        self.zoom(1.0 / ZOOM_FACTOR)

    def step(self, direction: int) -> None:
        """Go to the next (+1) or previous (-1) order; of a 1-D spectrum, half a view on."""
        left, right = self.box.viewRange()[0]
        echelle = next((curve for curve in self.curves if len(curve.traces) > 1), None)
        if echelle is None:
            shift = 0.5 * (right - left) * direction
            shift = min(max(shift, self._full_x[0] - left), self._full_x[1] - right)
            self.set_x_range(left + shift, right + shift)
            return
        number = self._next_order(echelle, left, right, direction)
        trace = echelle.traces[number]
        margin = 0.02 * (trace.x[-1] - trace.x[0])
        self.set_x_range(float(trace.x[0] - margin), float(trace.x[-1] + margin))
        self.curves_item.set_highlight((echelle.key, trace.number))
        self.fit_y()

    @staticmethod
    def _next_order(curve: Curve, left: float, right: float, direction: int) -> int:
        middles = [0.5 * (trace.x[0] + trace.x[-1]) for trace in curve.traces]
        if left <= curve.x_range[0] and right >= curve.x_range[1]:  # all in view: begin at an end
            return 0 if direction > 0 else len(middles) - 1
        middle = 0.5 * (left + right)
        now = min(range(len(middles)), key=lambda i: abs(middles[i] - middle))
        return min(max(now + direction, 0), len(middles) - 1)

    def zoom_to_region(self) -> None:
        """Show the selected region, if there is one."""
        if self._region_aa is not None:
            left, right = self._in_unit(self._region_aa)
            self.set_x_range(left, right)
            self.clear_region()
            self.fit_y()

    def clear_region(self) -> None:
        """Take the selected region away."""
        if self._region_aa is not None:
            self._region_aa = None
            self._region.hide()
            self.region_selected.emit(0.0, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, D102
        if event.key() == Qt.Key.Key_Escape and self._region_aa is not None:
            self.clear_region()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._region_aa is not None:
            self.zoom_to_region()
        else:
            super().keyPressEvent(event)

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        self._crosshair.setPen(pg.mkPen(self.theme.color("secondary")))
        fill = self.theme.color("accent")
        fill.setAlphaF(0.15)
        self._region.setBrush(fill)
        for line in self._region.lines:
            line.setPen(pg.mkPen(self.theme.color("accent")))
        self.curves_item.update()
        self.labels.update()

    # What happens

    def _on_range_changed(self, *_: object) -> None:
        left, right = self.box.viewRange()[0]
        self.overview.set_shown(left, right)
        self._arrange_timer.start()

    def _arrange(self) -> None:
        self.labels.arrange()
        left, right = self.box.viewRange()[0]
        n_columns = int(self.box.width() * self.devicePixelRatioF())
        density = self.curves_item.points_per_column(left, right, max(n_columns, 16))
        if density != self._density:
            self._density = density
            self.density_changed.emit(density)

    @property
    def points_per_column(self) -> float:
        """Pixels that one drawn column stands for, 1 = all are drawn."""
        return self._density

    def _on_mouse_moved(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        self._cursor = self.box.mapSceneToView(position) if inside else None
        if not self._cursor_timer.isActive():
            self._cursor_timer.start()

    def leaveEvent(self, event: object) -> None:  # noqa: N802, D102
        self._cursor = None
        self._read_cursor()

    def _read_cursor(self) -> None:
        reading: Reading | None = None
        if self._cursor is not None:
            reading = read_curves(self.curves, self._cursor.x(), self._cursor.y())
        if reading is None:
            self._crosshair.hide()
            self.curves_item.set_highlight(None)
            self.cursor_moved.emit("")
            return
        self._crosshair.setPos(reading.x)
        self._crosshair.show()
        self.curves_item.set_highlight(None if reading.order is None else (reading.key, reading.order))
        is_pixel = all(axis.unit == "pixel" for axis in self._axes())
        text = reading.text(self._unit, is_pixel)
        self.cursor_moved.emit(f"{reading.label}   {text}" if len(self.curves) > 1 else text)

    def _on_region_dragged(self, start: float, stop: float, is_finished: bool) -> None:
        self._region.setRegion((start, stop))
        self._region.show()
        if not is_finished:
            return
        left, right = sorted(self._unit.to_angstrom([start, stop], self._medium()).tolist())  # type: ignore[arg-type]
        self._region_aa = (left, right)
        self.gesture_made.emit()
        self.region_selected.emit(left, right)

    def _in_unit(self, limits_aa: tuple[float, float]) -> tuple[float, float]:
        left, right = sorted(self._unit.from_angstrom(limits_aa, self._medium()).tolist())  # type: ignore[arg-type]
        return left, right

    def _show_region(self) -> None:
        if self._region_aa is not None:
            self._region.setRegion(self._in_unit(self._region_aa))
