"""Handles on a plot: ranges with two edges, points, and vertical cuts, to drag; a right click removes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from spectragui.gui.plots.styled_plot import StyledPlot

RANGE_OPACITY = 0.16
POINT_SIZE = 9
MOST_CUTS = 16  # in the view
Pair = tuple[float, float]


class _RangeItem(pg.LinearRegionItem):
    def __init__(self, values: Pair, on_removed: Callable[[Any], None]) -> None:
        super().__init__(values=values)
        self._on_removed = on_removed
        self.setZValue(1)  # above the view box, which takes right clicks too

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802
        if ev.button() == Qt.MouseButton.RightButton:
            ev.accept()
            self._on_removed(self)
        else:
            ev.ignore()


class _PointItem(pg.TargetItem):
    def __init__(self, place: Pair, on_removed: Callable[[Any], None], **style: Any) -> None:
        super().__init__(pos=place, size=POINT_SIZE, symbol="o", movable=True, **style)
        self._on_removed = on_removed
        self.setZValue(60)

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802
        if ev.button() == Qt.MouseButton.RightButton:
            ev.accept()
            self._on_removed(self)
        else:
            super().mouseClickEvent(ev)


class RangeHandles(QObject):
    """Ranges of x whose edges can be dragged.

    Signals
    -------
    edited : tuple of (low, high), bool
        All ranges after an edit, and whether the gesture is over.
    """

    edited = Signal(object, bool)

    def __init__(self, plot: StyledPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.items: list[_RangeItem] = []
        plot.theme.changed.connect(self.repaint_theme)

    @property
    def ranges(self) -> tuple[Pair, ...]:
        """The ranges as they stand."""
        pairs = (item.getRegion() for item in self.items)
        return tuple((float(min(pair)), float(max(pair))) for pair in pairs)

    def set_ranges(self, ranges: Sequence[Pair]) -> None:
        """Show these ranges; those that are there already stay as they are, also under the pointer."""
        if self.ranges == tuple((float(low), float(high)) for low, high in ranges):
            return
        self._clear()
        for pair in ranges:
            item = _RangeItem((float(pair[0]), float(pair[1])), self._remove)
            item.sigRegionChanged.connect(lambda *_: self.edited.emit(self.ranges, False))
            item.sigRegionChangeFinished.connect(lambda *_: self.edited.emit(self.ranges, True))
            self._plot.addItem(item, ignoreBounds=True)
            self.items.append(item)
        self.repaint_theme()

    def repaint_theme(self) -> None:
        """Take colours from the theme again."""
        accent = self._plot.theme.color("accent")
        fill = QColor(accent)
        fill.setAlphaF(RANGE_OPACITY)
        for item in self.items:
            item.setBrush(fill)
            item.setHoverBrush(fill)
            for line in item.lines:
                line.setPen(pg.mkPen(accent))
                line.setHoverPen(pg.mkPen(self._plot.theme.color("text")))

    def _remove(self, item: _RangeItem) -> None:
        ranges = tuple(pair for pair, other in zip(self.ranges, self.items, strict=True) if other is not item)
        self.edited.emit(ranges, True)

    def _clear(self) -> None:
        for item in self.items:
            self._plot.removeItem(item)
        self.items = []


class PointHandles(QObject):
    """Points that can be dragged anywhere.

    Signals
    -------
    edited : tuple of (x, y), bool
        All points after an edit, by x, and whether the gesture is over.
    """

    edited = Signal(object, bool)

    def __init__(self, plot: StyledPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.items: list[_PointItem] = []
        plot.theme.changed.connect(self.repaint_theme)

    @property
    def points(self) -> tuple[Pair, ...]:
        """The points as they stand, by x."""
        return tuple(sorted((float(item.pos().x()), float(item.pos().y())) for item in self.items))

    def set_points(self, points: Sequence[Pair]) -> None:
        """Show these points; those that are there already stay as they are, also under the pointer."""
        if _is_near(self.points, points):
            return
        self._clear()
        for x, y in points:
            item = _PointItem((float(x), float(y)), self._remove)
            item.sigPositionChanged.connect(lambda *_: self.edited.emit(self.points, False))
            item.sigPositionChangeFinished.connect(lambda *_: self.edited.emit(self.points, True))
            self._plot.addItem(item, ignoreBounds=True)
            self.items.append(item)
        self.repaint_theme()

    def repaint_theme(self) -> None:
        """Take colours from the theme again."""
        theme = self._plot.theme
        for item in self.items:
            item.setPen(pg.mkPen(theme.color("continuum"), width=1))
            item.setBrush(pg.mkBrush(theme.color("surface")))
            item.setHoverPen(pg.mkPen(theme.color("text")))
            item.setHoverBrush(pg.mkBrush(theme.color("continuum")))

    def _remove(self, item: _PointItem) -> None:
        gone = (float(item.pos().x()), float(item.pos().y()))
        self.edited.emit(tuple(point for point in self.points if point != gone), True)

    def _clear(self) -> None:
        for item in self.items:
            self._plot.removeItem(item)
        self.items = []


class CutHandles(QObject):
    """Vertical lines, each held between two limits.

    Signals
    -------
    moved : int, float, bool
        Key of the cut, its place, and whether the gesture is over.
    removed : int
        The cut with this key is to be found automatically again.
    """

    moved = Signal(int, float, bool)
    removed = Signal(int)

    def __init__(self, plot: StyledPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self.items: dict[int, pg.InfiniteLine] = {}
        self._by_hand: frozenset[int] = frozenset()
        self._in_view: tuple[int, ...] = ()
        plot.getViewBox().sigXRangeChanged.connect(self._show_those_in_view)
        plot.theme.changed.connect(self.repaint_theme)

    def set_cuts(self, cuts: dict[int, float], limits: dict[int, Pair], by_hand: Sequence[int] = ()) -> None:
        """Show cuts by key; ``by_hand`` are those that were moved."""
        self._by_hand = frozenset(by_hand)
        if self.items.keys() != cuts.keys():
            for item in self.items.values():
                self._plot.removeItem(item)
            self.items = {key: self._make(key, place) for key, place in cuts.items()}
        for key, item in self.items.items():
            item.blockSignals(True)
            item.setBounds(limits.get(key, (None, None)))
            if not item.moving:
                item.setPos(cuts[key])
            item.blockSignals(False)
        self._in_view = ()
        self._show_those_in_view()
        self.repaint_theme()

    def _show_those_in_view(self, *_: object) -> None:
        """Show the cuts in the view, none where they would be too many to be taken hold of."""
        left, right = self._plot.getViewBox().viewRange()[0]
        seen = tuple(key for key, item in self.items.items() if left <= item.value() <= right)
        in_view = seen if 0 < len(seen) <= MOST_CUTS else (-1,)
        if in_view != self._in_view:
            self._in_view = in_view
            for key, item in self.items.items():
                item.setVisible(key in in_view)

    def repaint_theme(self) -> None:
        """Take colours from the theme again: cuts by hand in the accent, automatic ones dashed."""
        theme = self._plot.theme
        for key, item in self.items.items():
            is_by_hand = key in self._by_hand
            style = Qt.PenStyle.SolidLine if is_by_hand else Qt.PenStyle.DashLine
            item.setPen(pg.mkPen(theme.color("accent" if is_by_hand else "secondary"), style=style))
            item.setHoverPen(pg.mkPen(theme.color("accent")))

    def _make(self, key: int, place: float) -> pg.InfiniteLine:
        item = _CutLine(place, lambda: self.removed.emit(key))
        item.setZValue(30)
        item.sigDragged.connect(lambda line: self.moved.emit(key, float(line.value()), False))
        item.sigPositionChangeFinished.connect(lambda line: self.moved.emit(key, float(line.value()), True))
        self._plot.addItem(item, ignoreBounds=True)
        return item


class _CutLine(pg.InfiniteLine):
    def __init__(self, place: float, on_removed: Callable[[], None]) -> None:
        super().__init__(pos=place, angle=90, movable=True)
        self._on_removed = on_removed

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802
        if ev.button() == Qt.MouseButton.RightButton and not self.moving:
            ev.accept()
            self._on_removed()
        else:
            super().mouseClickEvent(ev)


def _is_near(points: Sequence[Pair], others: Sequence[Pair]) -> bool:
    if len(points) != len(others):
        return False
    pairs = zip(points, sorted(others), strict=True)
    return all(abs(a - c) <= 1e-9 * abs(c) and abs(b - d) <= 1e-9 * abs(d) for (a, b), (c, d) in pairs)
