"""`CurvesItem`: draws all curves of one plot, decimated to the columns of the screen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
from pyqtgraph.functions import arrayToQPath, arrayToQPolygonF
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from spectragui.gui.plots.curve import Curve, Lane
from spectragui.gui.plots.decimate import Envelope, decimate
from spectragui.gui.plots.scaling import logarithmic_floor
from spectragui.gui.theme.theme import Theme


@dataclasses.dataclass(frozen=True, eq=False)
class _Stroke:
    path: QPainterPath
    role: str
    is_filled: bool = False


class CurvesItem(pg.GraphicsObject):
    """All curves of one plot as one item.

    Parameters
    ----------
    theme : Theme
        Where colours are looked up at every repaint.

    Notes
    -----
    What is drawn is kept until the view or the curves change, so that a crosshair that moves over
    the curves costs no decimation. Pens are one pixel wide, opaque, not antialiased: anything
    else is hundreds of times slower.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._given: tuple[Curve, ...] = ()
        self._curves: tuple[Curve, ...] = ()
        self._is_logarithmic, self._floor = False, 1.0
        self._shows_band = False
        self._highlight: tuple[str, int] | None = None
        self._cache_key: object = None
        self._strokes: list[_Stroke] = []
        self._version = 0

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves, the last one on top."""
        return self._curves

    def set_curves(self, curves: tuple[Curve, ...]) -> None:
        """Draw these curves."""
        self._given = tuple(curves)
        self._place()

    def set_logarithmic(self, is_logarithmic: bool) -> None:
        """Draw the logarithm of the flux, or the flux, of curves that were not placed so already."""
        if is_logarithmic != self._is_logarithmic:
            self._is_logarithmic = is_logarithmic
            self._place()

    def on_axis(self, curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
        """Return curves as they are drawn beside the present ones: on a logarithmic axis with its floor."""
        if not self._is_logarithmic:
            return curves
        return tuple(curve.placed(curve.scale, curve.offset, self._floor) for curve in curves)

    def _place(self) -> None:
        if self._is_logarithmic:
            self._floor = logarithmic_floor(self._given)
        self._curves = self.on_axis(self._given)
        self._changed()

    def set_band_shown(self, shown: bool) -> None:
        """Show or hide one sigma about each curve."""
        if shown != self._shows_band:
            self._shows_band = shown
            self._changed()

    def set_highlight(self, order: tuple[str, int] | None) -> None:
        """Draw one order, (key of its curve, its number), in the accent colour; None = none."""
        if order != self._highlight:
            self._highlight = order
            self._changed()

    def _changed(self) -> None:
        self._version += 1
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        """Return the view: a rectangle of the data's size can be too large for Qt to repaint."""
        return self.viewRect()

    def viewRangeChanged(self) -> None:  # noqa: N802, D102
        self.prepareGeometryChange()

    def dataBounds(self, ax: int, frac: float = 1.0, orthoRange: object = None) -> list[float | None]:  # noqa: N802, N803, D102
        return [None, None]  # limits are the plot's business, never pyqtgraph's

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        view = self.viewRect()
        if not self._curves or view.width() <= 0:
            return
        n_columns = self._columns(painter)
        key = (view.left(), view.right(), n_columns, self._version)
        if key != self._cache_key:
            self._strokes = list(self._build(view.left(), view.right(), n_columns))
            self._cache_key = key
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for stroke in self._strokes:
            self._draw(painter, stroke)

    def envelopes(self, start: float, stop: float, n_columns: int) -> Iterator[tuple[Curve, Envelope]]:
        """Yield what is drawn of each curve's lanes, in units of the screen's y axis."""
        for curve in self._curves:
            for lane in curve.lanes:
                seen = decimate(lane.x, lane.good, lane.good, start, stop, n_columns)
                lower = curve.on_screen(seen.lower)
                upper = lower if seen.upper is seen.lower else curve.on_screen(seen.upper)
                yield curve, Envelope(seen.x, lower, upper, seen.n_points, seen.is_decimated)

    def points_per_column(self, start: float, stop: float, n_columns: int) -> float:
        """Return how many pixels one drawn column stands for in the densest curve, 1 = all drawn."""
        counts = [1.0]
        for curve in self._curves:
            for lane in curve.lanes:
                first, last = np.searchsorted(lane.x, (start, stop))
                first, last = int(first), int(last)
                if last - first < 2:
                    continue
                covered = (lane.x[min(last, lane.x.size) - 1] - lane.x[first]) / (stop - start)
                counts.append((last - first) / max(covered * n_columns, 1.0))
        return max(counts)

    def _columns(self, painter: QPainter) -> int:
        box = self.getViewBox()
        ratio = painter.device().devicePixelRatio() if painter.device() else 1.0
        return max(int(box.width() * ratio), 16)

    def _build(self, start: float, stop: float, n_columns: int) -> Iterator[_Stroke]:
        if self._shows_band:  # all of them first: one curve's band must not hide another curve
            for curve in self._curves:
                for lane in curve.lanes:
                    yield from self._band(curve, lane, start, stop, n_columns)
        for curve in self._curves:
            for lane in curve.lanes:
                if lane.masked is not None:
                    faint = decimate(lane.x, lane.masked, lane.masked, start, stop, n_columns)
                    yield _Stroke(self._path(curve, faint), "masked")
            for lane in curve.lanes:
                seen = decimate(lane.x, lane.good, lane.good, start, stop, n_columns)
                yield _Stroke(self._path(curve, seen), _role(curve, lane))
        yield from self._highlighted(start, stop, n_columns)

    def _highlighted(self, start: float, stop: float, n_columns: int) -> Iterator[_Stroke]:
        if self._highlight is None:
            return
        key, number = self._highlight
        for curve in self._curves:
            for trace in curve.traces:
                if curve.key == key and trace.number == number:
                    flux = np.where(trace.mask, np.nan, trace.flux)
                    seen = decimate(trace.x, flux, flux, start, stop, n_columns)
                    yield _Stroke(self._path(curve, seen), "accent")

    def _band(self, curve: Curve, lane: Lane, start: float, stop: float, n_columns: int) -> Iterator[_Stroke]:
        if lane.lower is None or lane.upper is None:
            return
        seen = decimate(lane.x, lane.lower, lane.upper, start, stop, n_columns)
        finite = np.isfinite(seen.lower) & np.isfinite(seen.upper)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], finite, [False])).astype(np.int8)))
        path = QPainterPath()
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            x, low, high = seen.x[first:last], seen.lower[first:last], seen.upper[first:last]
            y = curve.on_screen(np.concatenate((low, high[::-1])))
            path.addPolygon(arrayToQPolygonF(np.concatenate((x, x[::-1])), y))
        role = "generated_band" if curve.role == "generated" else "uncertainty_band"
        yield _Stroke(path, role, is_filled=True)

    def _path(self, curve: Curve, seen: Envelope) -> QPainterPath:
        x, y = seen.polyline()
        return arrayToQPath(x, curve.on_screen(y), connect="finite")

    def _draw(self, painter: QPainter, stroke: _Stroke) -> None:
        colour = self._theme.color(stroke.role)
        if stroke.is_filled:
            painter.fillPath(stroke.path, colour)
            return
        painter.setPen(_pen(colour))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(stroke.path)


def _role(curve: Curve, lane: Lane) -> str:
    if curve.role == "observed" and lane.tone == 1:
        return "observed_alternate"
    return curve.role


def _pen(colour: QColor) -> QPen:
    pen = QPen(colour, 1.0)
    pen.setCosmetic(True)
    return pen
