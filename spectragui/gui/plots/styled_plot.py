"""`StyledPlot`: a pyqtgraph plot in the theme's colours, with left and bottom axes only."""

from __future__ import annotations

import re

import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from spectragui.gui.plots.axis import GridLines, PlainAxis
from spectragui.gui.theme.theme import Theme

LEFT_AXIS_WIDTH = 74  # the same in every plot, so that stacked plots share their left edge
OVERHANG = 12.0  # by which a label may be longer than its axis, margins and axis below give room
TAGS = re.compile(r"<[^>]*>")


class StyledPlot(pg.PlotWidget):
    """Plot widget that asks the theme for its colours and repaints when they change.

    Parameters
    ----------
    theme : Theme
    view_box : pyqtgraph.ViewBox, optional
    """

    def __init__(
        self, theme: Theme, view_box: pg.ViewBox | None = None, parent: QWidget | None = None
    ) -> None:
        axes = {"left": PlainAxis("left", theme), "bottom": PlainAxis("bottom", theme)}
        super().__init__(parent=parent, viewBox=view_box, enableMenu=False, axisItems=axes)
        self.theme = theme
        self.hideButtons()
        for name in ("top", "right"):  # hidden, but would follow every move
            self.getAxis(name).unlinkFromView()
        self.setAntialiasing(False)
        self.setFrameShape(self.Shape.NoFrame)
        self.getPlotItem().layout.setContentsMargins(4, 6, 22, 4)
        self._texts = {"left": "", "bottom": ""}
        self._shorts = {"left": "", "bottom": ""}
        self._written: dict[str, tuple[str, dict[str, str]]] = {}  # as it stands there: a resize asks again
        self._grid = GridLines(axes["bottom"], axes["left"], theme)
        self.addItem(self._grid, ignoreBounds=True)
        self.getAxis("left").setWidth(LEFT_AXIS_WIDTH)
        self.getViewBox().sigResized.connect(lambda *_: self._write_label("left"))
        theme.changed.connect(self.apply_theme)
        self.apply_theme()

    def set_axis_label(self, name: str, text: str, short: str = "") -> None:
        """Write beside an axis; HTML is allowed. ``short`` is written where the axis is too short."""
        if (self._texts[name], self._shorts[name]) != (text, short):
            self._texts[name], self._shorts[name] = text, short
            self._write_label(name)

    def axis_label(self, name: str) -> str:
        """Return what is to be written beside an axis."""
        return self._texts[name]

    def add_strip(self, strip: pg.GraphicsWidget) -> None:
        """Put a strip between the title and the data area, in the place of the top axis."""
        layout = self.getPlotItem().layout
        layout.removeItem(self.getAxis("top"))
        layout.addItem(strip, 1, 1)

    def set_numbers_shown(self, name: str, shown: bool) -> None:
        """Show or hide the numbers of an axis, as of one that the plot below repeats."""
        self.getAxis(name).setStyle(showValues=shown)
        self._write_label(name)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom; but in a column that scrolls leave the wheel to it, or who scrolls would lose the view."""
        parent = self.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea) and parent.verticalScrollBar().maximum() > 0:
                event.ignore()
                return
            parent = parent.parentWidget()
        super().wheelEvent(event)

    def close(self) -> None:
        """Close, and leave undone what waited to be drawn: pyqtgraph takes the plot out here."""
        box = self.getViewBox() if self.plotItem is not None else None
        if box is None:
            return  # closed before
        self.theme.changed.disconnect(self.apply_theme)
        super().close()
        for timer in (*self.findChildren(QTimer), *box.findChildren(QTimer)):
            timer.stop()

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        self.setBackground(self.theme.color("surface"))
        for name in ("left", "bottom"):
            self._write_label(name)
        self.viewport().update()

    def _fitting_label(self, metrics: QFontMetricsF) -> str:
        """Return the label of the left axis, the short one, or nothing: half a label is no label."""
        room = self.getViewBox().height() + OVERHANG
        for text in (self._texts["left"], self._shorts["left"]):
            if metrics.horizontalAdvance(TAGS.sub("", text)) <= room:
                return text
        return ""

    def _write_label(self, name: str) -> None:
        axis, text, font = self.getAxis(name), self._texts[name], QApplication.font()
        if name == "left":
            text = self._fitting_label(QFontMetricsF(font))
        style = {"color": self.theme.palette.secondary, "font-size": f"{font.pointSizeF():g}pt"}
        if self._written.get(name) != (text, style):
            self._written[name] = text, style
            axis.setLabel(text, **style)
            axis.showLabel(bool(text))
        axis.resizeEvent()  # puts the label in the middle; pyqtgraph leaves it where a shorter one began
        if name == "bottom":
            line = QFontMetricsF(font).height()
            numbers = line + 8 if axis.style["showValues"] else 4
            axis.setHeight(int(numbers + (line + 8 if text else 0)))
