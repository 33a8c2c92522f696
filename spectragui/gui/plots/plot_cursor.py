"""`PlotCursor`: a vertical line that follows the pointer to the nearest pixel, at no cost to panning."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGraphicsEllipseItem

from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.styled_plot import StyledPlot

DOT_RADIUS = 4.0  # pixels
CURSOR_MS = 16  # between two readings


class PlotCursor(QObject):
    """Reads the curves under the pointer, at most once a frame and never while a button is down.

    Parameters
    ----------
    plot : StyledPlot
    curves : CurvesItem

    Attributes
    ----------
    highlights : bool
        Whether the order under the pointer takes the accent colour.

    Signals
    -------
    read : Reading or None
        The pixel nearest to the pointer; None where there is none.
    curve_hovered : str
        Key of the curve among several that the pointer is nearest to; empty = of none.
    """

    read = Signal(object)
    curve_hovered = Signal(str)

    def __init__(self, plot: StyledPlot, curves: CurvesItem, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plot, self._curves = plot, curves
        self.highlights = True
        self._place: QPointF | None = None
        self._pointer: QPointF | None = None  # on the scene, while it is over the data
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setZValue(40)
        self._line.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._line.hide()
        plot.addItem(self._line, ignoreBounds=True)
        self._dot = QGraphicsEllipseItem(-DOT_RADIUS, -DOT_RADIUS, 2 * DOT_RADIUS, 2 * DOT_RADIUS)
        self._dot.setFlag(QGraphicsEllipseItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self._dot.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._dot.setZValue(45)
        self._dot.hide()
        plot.addItem(self._dot, ignoreBounds=True)
        self._timer = QTimer(self, singleShot=True, interval=CURSOR_MS)
        self._timer.timeout.connect(self._follow)
        plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        plot.getViewBox().sigRangeChanged.connect(self._on_range_changed)
        plot.viewport().installEventFilter(self)

    @property
    def x(self) -> float | None:
        """Where the pointer is on the x axis, None outside."""
        return self._place.x() if self._place is not None else None

    def move(self, place: QPointF | None) -> None:
        """Take the pointer to be here, in units of the axes; None = outside."""
        self._place = place
        self.update()

    def update(self) -> None:
        """Read the curves and draw the line."""
        reading: Reading | None = None
        if self._place is not None:
            reading = read_curves(self._curves.curves, self._place.x(), self._place.y())
        self._line.setVisible(reading is not None)
        if reading is not None:
            self._line.setPos(reading.x)
        self._curves.set_highlight(self._hovered(reading))
        self._mark_curve(reading)
        self.read.emit(reading)

    def _hovered(self, reading: Reading | None) -> tuple[str, int] | None:
        """Return the order that takes the accent; a curve keeps its colour, which means something."""
        if reading is None or reading.order is None or not self.highlights:
            return None
        return reading.key, reading.order

    def _mark_curve(self, reading: Reading | None) -> None:
        """Put a dot in its own colour on the curve that is read, where there are several."""
        is_one_of_many = reading is not None and len(self._curves.curves) > 1
        shown = reading is not None and is_one_of_many and math.isfinite(reading.screen_y)
        self._dot.setVisible(shown)
        if shown and reading is not None:
            theme = self._plot.theme
            self._dot.setBrush(theme.color(reading.role))
            self._dot.setPen(pg.mkPen(theme.color("surface"), width=1))
            self._dot.setPos(reading.x, reading.screen_y)
        self.curve_hovered.emit(reading.key if shown and reading is not None else "")

    def apply_theme(self) -> None:
        """Take the colour from the theme again."""
        self._line.setPen(pg.mkPen(self._plot.theme.color("secondary")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, D102
        if event.type() == QEvent.Type.Leave:
            self._pointer = None
            self.move(None)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self._wait()
        return False

    def _on_mouse_moved(self, position: QPointF) -> None:
        inside = self._plot.getViewBox().sceneBoundingRect().contains(position)
        self._pointer = QPointF(position) if inside else None
        if QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._wait()

    def _on_range_changed(self, *_: object) -> None:
        """Read again: other data have come under a pointer that rests."""
        if self._pointer is not None and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._wait()

    def _wait(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _follow(self) -> None:
        """Read what is under the pointer now."""
        box = self._plot.getViewBox()
        self._place = box.mapSceneToView(self._pointer) if self._pointer is not None else None
        self.update()
