"""Moving about in a plot: wheel, drag, region, and the history of zooms."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal

SETTLE_MS = 400  # a gesture has ended when the view has rested this long
View = tuple[tuple[float, float], tuple[float, float]]


class SpectrumViewBox(pg.ViewBox):
    """View box with a spectroscopist's gestures.

    Wheel: zoom x at the cursor (with Ctrl: y). Drag: pan. Shift and drag: select a region; where
    ``drags_regions``, every drag with the left button does.
    Double click: reset, or ask for a point where ``takes_points``.
    """

    region_dragged = Signal(float, float, bool)  # start, stop, whether the drag has ended
    reset_requested = Signal()
    point_requested = Signal(float, float)  # x, y
    clicked = Signal(float, float)  # x, y; before a double click too
    menu_requested = Signal(float, float, object)  # x, y, and the place on the screen

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.takes_points = False
        self.drags_regions = False
        self.disableAutoRange()
        self._region_start: float | None = None

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: N802, D102
        if axis is None:
            axis = 1 if ev.modifiers() & Qt.KeyboardModifier.ControlModifier else 0
        super().wheelEvent(ev, axis=axis)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: N802, D102
        shifted = self.drags_regions or bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._region_start is not None or (shifted and ev.button() == Qt.MouseButton.LeftButton):
            self._drag_region(ev)
        elif ev.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            super().mouseDragEvent(ev, axis=axis)

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802, D102
        if ev.double() and ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
            if self.takes_points:
                self.point_requested.emit(*self._place(ev))
            else:
                self.reset_requested.emit()
        elif ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
            self.clicked.emit(*self._place(ev))
        elif ev.button() == Qt.MouseButton.RightButton:
            ev.accept()
            self.menu_requested.emit(*self._place(ev), ev.screenPos().toPoint())

    def _place(self, ev: Any) -> tuple[float, float]:
        place = self.mapToView(QPointF(ev.pos()))
        return place.x(), place.y()

    def _drag_region(self, ev: Any) -> None:
        ev.accept()
        if ev.isStart() or self._region_start is None:
            self._region_start = self.mapToView(QPointF(ev.buttonDownPos())).x()
        stop = self.mapToView(QPointF(ev.pos())).x()
        start = self._region_start
        if ev.isFinish():
            self._region_start = None
        self.region_dragged.emit(min(start, stop), max(start, stop), ev.isFinish())


class ViewHistory(QObject):
    """Zooms of one view box, back and forward; one entry a gesture."""

    changed = Signal()

    def __init__(self, box: pg.ViewBox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._box = box
        self._views: list[View] = []
        self._place = -1
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._timer.timeout.connect(self.record)
        box.sigRangeChanged.connect(lambda *_: self._timer.start())

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier view."""
        return self._place > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a later view."""
        return self._place < len(self._views) - 1

    def clear(self) -> None:
        """Forget all views: other data are shown."""
        self._timer.stop()
        self._views, self._place = [], -1
        self.changed.emit()

    def record(self) -> None:
        """Take the present view as the newest entry, unless it is the present entry."""
        self._timer.stop()
        view = self._present()
        if self._place >= 0 and _is_same(view, self._views[self._place]):
            return
        self._views = [*self._views[: self._place + 1], view][-100:]
        self._place = len(self._views) - 1
        self.changed.emit()

    def amend(self) -> None:
        """Take the present view in the place of the present entry: it is the same in another size."""
        self._timer.stop()
        if self._place >= 0:
            self._views[self._place] = self._present()

    def back(self) -> None:
        """Return to the view before this one."""
        self.record()
        self._go(self._place - 1)

    def forward(self) -> None:
        """Return to the view that was left by going back."""
        self._go(self._place + 1)

    def _present(self) -> View:
        x, y = self._box.viewRange()
        return (float(x[0]), float(x[1])), (float(y[0]), float(y[1]))

    def _go(self, place: int) -> None:
        if not 0 <= place < len(self._views):
            return
        self._place = place
        x, y = self._views[place]
        self._box.setRange(xRange=x, yRange=y, padding=0.0)
        self._timer.stop()
        self.changed.emit()


def _is_same(a: View, b: View) -> bool:
    for (a0, a1), (b0, b1) in zip(a, b, strict=True):
        if abs(a0 - b0) + abs(a1 - b1) > 1e-6 * max(abs(b1 - b0), 1e-300):
            return False
    return True
