"""`BrowsingPlot`: what every plot of spectra can do: zoom, pan, step, go back, overview, labels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spectragui.gui.plots.axis_units import ANGSTROM, DisplayUnit
from spectragui.gui.plots.crosshair import Reading
from spectragui.gui.plots.curve import Curve
from spectragui.gui.plots.curve_labels import CurveLabels
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.line_marks import LineMarks
from spectragui.gui.plots.mark_guides import MarkGuides
from spectragui.gui.plots.navigation import SpectrumViewBox, ViewHistory
from spectragui.gui.plots.overview_bar import OverviewBar
from spectragui.gui.plots.plot_cursor import PlotCursor
from spectragui.gui.plots.scaling import y_limits
from spectragui.gui.plots.styled_plot import LEFT_AXIS_WIDTH, StyledPlot
from spectragui.gui.theme.theme import Theme

ARRANGE_MS = 120  # labels find their places when the view has rested this long
FOLLOW_MS = 30  # between two fits of y while x moves
ZOOM_FACTOR = 0.5
SMALLEST_VIEW = 1e-6  # of the full range


class BrowsingPlot(QWidget):
    """Curves with an overview bar under them.

    Signals
    -------
    cursor_moved : str
        What is under the cursor, for the status bar; empty = nothing.
    density_changed : float
        Pixels that one drawn column stands for, 1 = all are drawn.
    gesture_made
        The user has moved about.
    """

    cursor_moved = Signal(str)
    density_changed = Signal(float)
    gesture_made = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._full_x, self._full_y = (0.0, 1.0), (0.0, 1.0)
        self._measured: tuple[Curve, ...] = ()
        self._is_logarithmic = False
        self._y_follows = False
        self._followed_x: tuple[float, ...] = ()
        self._density = 1.0
        self.box = SpectrumViewBox()
        self.plot = StyledPlot(theme, self.box, self)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.curves_item = CurvesItem(theme)
        self.plot.addItem(self.curves_item, ignoreBounds=True)
        self.labels = CurveLabels(self.box, self.curves_item, theme)
        self.marks = LineMarks(self.box, theme)
        self.marks.set_shown(False)
        self.plot.add_strip(self.marks)
        self.guides = MarkGuides(self.marks, theme)
        self.plot.addItem(self.guides, ignoreBounds=True)
        self.overview = OverviewBar(theme, LEFT_AXIS_WIDTH, self)
        self.history = ViewHistory(self.box, self)
        self.pointer = PlotCursor(self.plot, self.curves_item, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._centre(), 1)
        layout.addWidget(self.overview)
        self._connect()

    def _centre(self) -> QWidget:
        """Return what stands above the overview; override to add to the plot."""
        return self.plot

    def _connect(self) -> None:
        self._arrange_timer = QTimer(self, singleShot=True, interval=ARRANGE_MS)
        self._arrange_timer.timeout.connect(self._arrange)
        self._follow_timer = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._follow_timer.timeout.connect(self._follow_x)
        self.box.sigRangeChanged.connect(self._on_range_changed)
        self.box.sigRangeChangedManually.connect(lambda *_: self.gesture_made.emit())
        self.box.sigResized.connect(self._on_resized)
        self.box.reset_requested.connect(self.reset)
        self.overview.range_requested.connect(self._on_overview_range_requested)
        self.pointer.read.connect(lambda reading: self.cursor_moved.emit(self._reading_text(reading)))
        self.pointer.curve_hovered.connect(self.labels.set_emphasis)
        self.theme.changed.connect(self.apply_theme)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that are drawn."""
        return self.curves_item.curves

    @property
    def points_per_column(self) -> float:
        """Pixels that one drawn column stands for, 1 = all are drawn."""
        return self._density

    def reset(self) -> None:
        """Show everything: the full range, y limits from the percentiles."""
        self.history.record()
        self._fit_full_y()
        self.box.setRange(xRange=self._full_x, yRange=self._full_y, padding=0.0)

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        left, right = self.box.viewRange()[0]
        self.box.setYRange(*y_limits(self.curves, left, right, self.box.height()), padding=0.0)

    def set_y_follows(self, follows: bool) -> None:
        """Choose y limits whenever x has moved, or leave them."""
        self._y_follows = follows
        if follows and self.curves:
            self._follow_x()

    def _follow_x(self) -> None:
        self._followed_x = tuple(self.box.viewRange()[0])
        self.fit_y()

    @property
    def unit(self) -> DisplayUnit:
        """The unit of the x axis."""
        return ANGSTROM

    @property
    def medium(self) -> str:
        """Medium of the x axis."""
        return "air"

    @property
    def is_logarithmic(self) -> bool:
        """Whether the y axis is logarithmic: its range is in powers of ten."""
        return self._is_logarithmic

    def set_logarithmic(self, is_logarithmic: bool) -> None:
        """Show the logarithm of the flux, or the flux; the view in x stays."""
        if is_logarithmic != self._is_logarithmic:
            self._is_logarithmic = is_logarithmic
            self.plot.getAxis("left").set_logarithmic(is_logarithmic)
            self._place_on_axis()
            self.history.clear()
            self.fit_y()

    def _place_on_axis(self) -> None:
        """Draw what is drawn on the y axis as it is now; override where curves are placed otherwise."""
        measured = tuple(curve.placed(curve.scale, curve.offset) for curve in self._measured)
        self.curves_item.set_logarithmic(self._is_logarithmic)
        self._measure(measured)

    @property
    def full_x(self) -> tuple[float, float]:
        """From where to where the curves reach, in the displayed unit."""
        return self._full_x

    def show_limits(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Show exactly this, in the displayed units."""
        self.history.record()
        self.box.setRange(xRange=x, yRange=y, padding=0.0)
        self._followed_x = tuple(self.box.viewRange()[0])  # what was typed is not fitted away
        self.gesture_made.emit()

    def covers(self, start: float, stop: float) -> bool:
        """Whether the curves reach from ``start`` to ``stop``, in the displayed unit."""
        return self._full_x[0] <= start and stop <= self._full_x[1]

    def set_x_range(self, start: float, stop: float) -> None:
        """Show x from ``start`` to ``stop``, in the displayed unit."""
        self.history.record()
        self.box.setXRange(start, stop, padding=0.0)

    def zoom(self, factor: float) -> None:
        """Zoom in x about the cursor, or the middle: below 1 = in, above = out."""
        left, right = self.box.viewRange()[0]
        middle = 0.5 * (left + right) if self.pointer.x is None else self.pointer.x
        self.set_x_range(middle - (middle - left) * factor, middle + (right - middle) * factor)

    def step(self, direction: int) -> None:
        """Go half a view on (+1) or back (-1)."""
        left, right = self.box.viewRange()[0]
        shift = 0.5 * (right - left) * direction
        shift = min(max(shift, self._full_x[0] - left), self._full_x[1] - right)
        self.set_x_range(left + shift, right + shift)

    def set_band_shown(self, shown: bool) -> None:
        """Show or hide one sigma about the curves."""
        self.curves_item.set_band_shown(shown)

    def set_marks_shown(self, shown: bool) -> None:
        """Show or hide the marks of the star's lines."""
        self.set_mark_rows(("star",) if shown else ())

    def set_mark_rows(self, keys: tuple[str, ...]) -> None:
        """Show the marks of these kinds ("star", "telluric", "sky")."""
        self.marks.set_rows_shown(keys)
        self.guides.update()

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        self.pointer.apply_theme()
        self.curves_item.update()
        self.labels.update()

    def forget(self) -> None:
        """Let go of what is drawn: nothing is shown any more; override where more is held."""
        self._show_curves((), ())

    def _show_curves(self, curves: tuple[Curve, ...], measured: tuple[Curve, ...]) -> None:
        """Draw curves; ``measured`` are those that limits and overview are taken from."""
        self.curves_item.set_curves(curves)
        self.labels.drop_gone()
        self._measure(measured)

    def _measure(self, curves: tuple[Curve, ...]) -> None:
        """Take limits and overview from these curves, as they are drawn."""
        self._measured = measured = self.curves_item.on_axis(curves)
        if measured:
            self._full_x = (min(c.x_range[0] for c in measured), max(c.x_range[1] for c in measured))
            self._full_y = y_limits(measured, height=self.box.height())
            left, right = self._full_x
            span = right - left
            self.box.setLimits(xMin=left - span, xMax=right + span, minXRange=span * SMALLEST_VIEW)
        self.overview.set_curves(measured, self._full_x, self._full_y)
        self._arrange_timer.start()

    def _start_anew(self) -> None:
        """Show everything, as the first entry of the history."""
        self.reset()
        self.history.clear()
        self.history.record()

    def _reading_text(self, reading: Reading | None) -> str:
        """Return what the status bar says of a reading; override."""
        return ""

    def _fit_full_y(self) -> None:
        """Find the limits of everything again: the room for labels is in pixels of the present height."""
        if self._measured:
            self._full_y = y_limits(self._measured, height=self.box.height())

    def _on_resized(self, *_: object) -> None:
        self._arrange_timer.start()
        if np.allclose(self.box.viewRange(), (self._full_x, self._full_y), rtol=1e-9, atol=0.0):
            self._fit_full_y()
            self.box.setYRange(*self._full_y, padding=0.0)
            self.history.amend()

    def _on_range_changed(self, *_: object) -> None:
        shown = self.box.viewRange()[0]
        self.overview.set_shown(*shown)
        self._arrange_timer.start()
        if self._y_follows and tuple(shown) != self._followed_x and not self._follow_timer.isActive():
            self._follow_timer.start()

    def _on_overview_range_requested(self, start: float, stop: float) -> None:
        self.box.setXRange(start, stop, padding=0.0)
        self.gesture_made.emit()

    def _arrange(self) -> None:
        self.labels.arrange()
        left, right = self.box.viewRange()[0]
        n_columns = max(int(self.box.width() * self.devicePixelRatioF()), 16)
        density = self.curves_item.points_per_column(left, right, n_columns)
        if density != self._density:
            self._density = density
            self.density_changed.emit(density)
