"""`PlotCursor`: a vertical line that follows the pointer to the nearest pixel, at no cost to panning."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.styled_plot import StyledPlot

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
        Whether the order or curve under the pointer takes the accent colour.

    Signals
    -------
    read : Reading or None
        The pixel nearest to the pointer; None where there is none.
    """

    read = Signal(object)

    def __init__(self, plot: StyledPlot, curves: CurvesItem, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plot, self._curves = plot, curves
        self.highlights = True
        self._place: QPointF | None = None
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.setZValue(40)
        self._line.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._line.hide()
        plot.addItem(self._line, ignoreBounds=True)
        self._timer = QTimer(self, singleShot=True, interval=CURSOR_MS)
        self._timer.timeout.connect(self.update)
        plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
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
        self.read.emit(reading)

    def _hovered(self, reading: Reading | None) -> tuple[str, int] | None:
        """Return what takes the accent: the order, or the curve among several; a model never does."""
        is_one_of_many = reading is not None and (reading.order is not None or len(self._curves.curves) > 1)
        if reading is None or not is_one_of_many or not self.highlights:
            return None
        return reading.key, reading.order or 0

    def apply_theme(self) -> None:
        """Take the colour from the theme again."""
        self._line.setPen(pg.mkPen(self._plot.theme.color("secondary")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, D102
        if event.type() == QEvent.Type.Leave:
            self.move(None)
        return False

    def _on_mouse_moved(self, position: QPointF) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        box = self._plot.getViewBox()
        inside = box.sceneBoundingRect().contains(position)
        self._place = box.mapSceneToView(position) if inside else None
        if not self._timer.isActive():
            self._timer.start()
