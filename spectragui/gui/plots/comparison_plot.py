"""`ComparisonPlot`: data, the spectrum generated at the labels found, and the residual in sigma."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from spectragui.core.labels import LabelSet, true_minus
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.crosshair import read_curves
from spectragui.gui.plots.curve import Curve, Trace, curve_of_traces
from spectragui.gui.plots.curve_labels import CurveLabels
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.line_marks import LineMarks
from spectragui.gui.plots.navigation import SpectrumViewBox, ViewHistory
from spectragui.gui.plots.overview_bar import OverviewBar
from spectragui.gui.plots.residual_plot import ResidualPlot
from spectragui.gui.plots.scaling import y_limits
from spectragui.gui.plots.styled_plot import LEFT_AXIS_WIDTH, StyledPlot
from spectragui.gui.theme import Theme
from spectragui.inference.prediction import Comparison

ARRANGE_MS, CURSOR_MS = 120, 16
RESIDUAL_PART = 4  # the spectrum is this many times as high as the residual


class ComparisonPlot(QWidget):
    """Observed (ink) and generated (orange) spectrum above their residual, x linked.

    Signals
    -------
    cursor_moved : str
        What is under the cursor, for the status bar; empty = nothing.
    """

    cursor_moved = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._comparison: Comparison | None = None
        self._full_x, self._full_y = (0.0, 1.0), (0.0, 1.0)
        self._cursor: QPointF | None = None
        self._build()
        self._connect()

    def _build(self) -> None:
        self.box = SpectrumViewBox()
        self.plot = StyledPlot(self.theme, self.box, self)
        self.plot.setAccessibleName("Observed and generated spectrum")
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.set_axis_label("left", "Normalised flux")
        self.plot.set_numbers_shown("bottom", False)
        self.curves_item = CurvesItem(self.theme)
        self.plot.addItem(self.curves_item, ignoreBounds=True)
        self.labels = CurveLabels(self.box, self.curves_item, self.theme)
        self.marks = LineMarks(self.box, self.theme)
        self.plot.add_strip(self.marks)
        self.residual = ResidualPlot(self.theme, self)
        self.residual.set_axis_label("bottom", "Wavelength (Å, air, rest frame)")
        self.residual.box.setXLink(self.box)
        self.overview = OverviewBar(self.theme, LEFT_AXIS_WIDTH, self)
        self.history = ViewHistory(self.box, self)
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(5)
        split.addWidget(self.plot)
        split.addWidget(self.residual)
        split.splitterMoved.connect(self._on_splitter_moved)
        self._split, self._is_split_by_user = split, False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(split, 1)
        layout.addWidget(self.overview)

    def _connect(self) -> None:
        self._arrange_timer = QTimer(self, singleShot=True, interval=ARRANGE_MS)
        self._arrange_timer.timeout.connect(self.labels.arrange)
        self._cursor_timer = QTimer(self, singleShot=True, interval=CURSOR_MS)
        self._cursor_timer.timeout.connect(self._read_cursor)
        self.box.sigRangeChanged.connect(self._on_range_changed)
        self.box.sigResized.connect(lambda *_: self._arrange_timer.start())
        self.box.reset_requested.connect(self.reset)
        self.residual.box.reset_requested.connect(self.reset)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.overview.range_requested.connect(lambda a, b: self.box.setXRange(a, b, padding=0.0))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        if not self._is_split_by_user:
            axis = self.residual.getAxis("bottom").height()
            room = self._split.height() - axis
            self._split.setSizes(
                [round(room * RESIDUAL_PART / (RESIDUAL_PART + 1)), round(axis + room / (RESIDUAL_PART + 1))]
            )

    def _on_splitter_moved(self, *_: object) -> None:
        self._is_split_by_user = True

    @property
    def comparison(self) -> Comparison | None:
        """What is shown."""
        return self._comparison

    def set_comparison(self, comparison: Comparison | None) -> None:
        """Show a comparison, or nothing; the view stays where it was if the new data reach there."""
        old, self._comparison = self._comparison, comparison
        curves = comparison_curves(comparison) if comparison is not None else ()
        self.curves_item.set_curves(curves[:2])
        self.residual.set_curve(curves[2] if curves else None)
        if curves:
            self._full_x, self._full_y = curves[0].x_range, y_limits(curves[:1])
            span = self._full_x[1] - self._full_x[0]
            self.box.setLimits(
                xMin=self._full_x[0] - span, xMax=self._full_x[1] + span, minXRange=span * 1e-6
            )
        self.overview.set_curves(curves[:1], self._full_x, self._full_y)
        left, right = self.box.viewRange()[0]
        if comparison is not None and not (old is not None and self.covers(left, right)):
            self.reset()
            self.history.clear()
            self.history.record()
        self._arrange_timer.start()

    def reset(self) -> None:
        """Show the whole window of the model, y limits from the percentiles."""
        self.box.setRange(xRange=self._full_x, yRange=self._full_y, padding=0.0)
        self.residual.reset_y()

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        self.box.setYRange(*y_limits(self.curves_item.curves, *self.box.viewRange()[0]), padding=0.0)

    def covers(self, start: float, stop: float) -> bool:
        """Whether the data reach from ``start`` to ``stop`` [Angstrom]."""
        return self._full_x[0] <= start and stop <= self._full_x[1]

    def set_x_range(self, start: float, stop: float) -> None:
        """Show wavelengths from ``start`` to ``stop`` [Angstrom]."""
        self.box.setXRange(start, stop, padding=0.0)

    def zoom(self, factor: float) -> None:
        """Zoom in x about the cursor, or the middle: below 1 = in, above = out."""
        left, right = self.box.viewRange()[0]
        middle = self._cursor.x() if self._cursor is not None else 0.5 * (left + right)
        self.set_x_range(middle - (middle - left) * factor, middle + (right - middle) * factor)

    def step(self, direction: int) -> None:
        """Go half a view on (+1) or back (-1)."""
        left, right = self.box.viewRange()[0]
        shift = 0.5 * (right - left) * direction
        self.set_x_range(left + shift, right + shift)

    def set_marks_shown(self, shown: bool) -> None:
        """Show or hide the marks of strong lines."""
        self.marks.set_shown(shown)

    def set_band_shown(self, shown: bool) -> None:
        """Show or hide one sigma about the data."""
        self.curves_item.set_band_shown(shown)

    def _on_range_changed(self, *_: object) -> None:
        self.overview.set_shown(*self.box.viewRange()[0])
        self._arrange_timer.start()

    def _on_mouse_moved(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        self._cursor = self.box.mapSceneToView(position) if inside else None
        if not self._cursor_timer.isActive():
            self._cursor_timer.start()

    def _read_cursor(self) -> None:
        curves = self.curves_item.curves
        if self._cursor is None or not curves:
            self.cursor_moved.emit("")
            return
        reading = read_curves(curves[:1], self._cursor.x(), self._cursor.y())
        text = reading.text(ANGSTROM) if reading is not None else ""
        residual = read_curves(self.residual.curves_item.curves, self._cursor.x(), 0.0)
        if text and residual is not None and np.isfinite(residual.flux):
            text += f"   residual {true_minus(f'{residual.flux:.1f}')} σ"
        self.cursor_moved.emit(text)


def comparison_curves(comparison: Comparison) -> tuple[Curve, Curve, Curve]:
    """Return the curves of data, generated spectrum and residual."""
    mask = comparison.mask | ~np.isfinite(comparison.observed)
    pieces = segments(comparison.wavelength_aa, comparison.observed)
    nothing = np.zeros(mask.size, dtype=bool)

    def make(key: str, label: str, role: str, flux: NDArray[np.float64], masked: NDArray[np.bool_],
             sigma: NDArray[np.float64] | None = None) -> Curve:  # fmt: skip
        traces = (
            Trace(comparison.wavelength_aa[p], flux[p], None if sigma is None else sigma[p], masked[p], i)
            for i, p in enumerate(pieces)
        )
        return curve_of_traces(key, traces, label=label, role=role)

    return (
        make("observed", "observed", "observed", comparison.observed, mask, comparison.uncertainty),
        make("generated", generated_label(comparison.labels), "generated", comparison.generated, nothing),
        make("residual", "", "residual", comparison.residual_sigma, mask),
    )


def segments(wavelength_aa: NDArray[np.float64], flux: NDArray[np.float64]) -> list[slice]:
    """Return the stretches that ascend in wavelength: one an order where orders overlap."""
    starts = np.flatnonzero(np.diff(wavelength_aa) <= 0) + 1
    edges = [0, *starts.tolist(), wavelength_aa.size]
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if b - a > 1]


def generated_label(labels: LabelSet) -> str:
    """Return "generated at 5779 K, 4.42, −0.01"."""
    places = {"teff": "{:.0f} K", "logg": "{:.2f}", "m_h": "{:.2f}"}
    parts = [
        true_minus(f.format(labels[n])) if n != "teff" else f.format(labels[n])
        for n, f in places.items()
        if n in labels
    ]
    return "generated at " + ", ".join(parts) if parts else "generated"
