"""Names of curves, written beside them in their own colour and never over a curve."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication

from spectragui.gui.plots.curve import Curve
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.theme.theme import Theme

DIRECT_LABELS = 4  # more curves than this get a legend, unless they are stacked
MARGIN, CLEARANCE = 8.0, 3.0
LEAST_HEIGHT = 90.0  # pixels; in a lower plot labels would lie over the curves


@dataclasses.dataclass(frozen=True)
class PlacedLabel:
    """A label and where it stands, in pixels of the view box."""

    text: str
    role: str
    rect: QRectF
    key: str = ""
    is_covering: bool = False  # stands over curves, on a ground of its own


def place_labels(
    sizes: list[tuple[float, float]],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    height: float,
) -> list[tuple[float, float] | None]:
    """Find a free place for each curve's label, near its curve and as far right as possible.

    Parameters
    ----------
    sizes : list of (width, height)
        Of each curve's label, in pixels.
    lower, upper : ndarray, shape (n_curves, n_columns)
        Extent of each curve on the screen, y running down, ``lower`` <= ``upper``; NaN = nothing.
        Curves beyond those of ``sizes`` have no label and are not covered.
    height : float
        Of the view box, in pixels.

    Returns
    -------
    list of (left, top) or None
        None where no place is free.
    """
    n_columns = lower.shape[1]
    taken: list[QRectF] = []
    places: list[tuple[float, float] | None] = []
    for curve, (width, text_height) in enumerate(sizes):
        place = None
        for left in np.arange(n_columns - width - MARGIN, MARGIN, -max(width / 3, 12.0)):
            columns = slice(int(left), int(left + width) + 1)
            tops = _candidates(lower[curve, columns], upper[curve, columns], text_height, height)
            free = (QRectF(left, top, width, text_height) for top in tops)
            rect = next(
                (r for r in free if _is_free(r, lower[:, columns], upper[:, columns], height, taken)), None
            )
            if rect is not None:
                place = (rect.left(), rect.top())
                taken.append(rect)
                break
        places.append(place)
    return places


def _candidates(
    lower: NDArray[np.float64], upper: NDArray[np.float64], text_height: float, height: float
) -> list[float]:
    if not np.isfinite(lower).any():
        return []
    above = float(np.nanmin(lower)) - text_height - CLEARANCE - 1
    below = float(np.nanmax(upper)) + CLEARANCE + 1
    return [above, below, MARGIN / 2, height - text_height - MARGIN / 2]


def _is_free(
    rect: QRectF,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    height: float,
    taken: list[QRectF],
) -> bool:
    if rect.top() < 0 or rect.bottom() > height or any(rect.intersects(other) for other in taken):
        return False
    with np.errstate(invalid="ignore"):
        crosses = (upper > rect.top() - CLEARANCE) & (lower < rect.bottom() + CLEARANCE)
    return not bool(crosses.any())


class CurveLabels(pg.GraphicsObject):
    """The labels of a plot's curves; a child of its view box, in the box's pixels."""

    def __init__(self, box: pg.ViewBox, curves: CurvesItem, theme: Theme) -> None:
        super().__init__(box)
        self._box, self._curves, self._theme = box, curves, theme
        self._placed: list[PlacedLabel] = []
        self._is_boxed = False
        self._emphasis = ""
        self.setZValue(50)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def placed(self) -> list[PlacedLabel]:
        """What is written, and where."""
        return self._placed

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return QRectF(0, 0, self._box.width(), self._box.height())

    def drop_gone(self) -> None:
        """Take away the labels of curves that are no longer drawn, before the others find their places."""
        drawn = {(curve.key, curve.label) for curve in self._curves.curves}
        kept = [label for label in self._placed if (label.key, label.text) in drawn]
        if len(kept) < len(self._placed):
            self._placed = kept
            self.update()

    def set_emphasis(self, key: str) -> None:
        """Write the label of one curve in bold; empty = of none."""
        if key != self._emphasis:
            self._emphasis = key
            self.update()

    def arrange(self) -> None:
        """Find places for the labels in the present view."""
        self.prepareGeometryChange()
        has_room = self._box.height() >= LEAST_HEIGHT
        curves = self._in_view() if has_room else []
        metrics = QFontMetricsF(QApplication.font())
        sizes = [(metrics.horizontalAdvance(c.label) + 4, metrics.height()) for c in curves]
        places: list[tuple[float, float] | None] = [None] * len(curves)
        is_stacked = len({curve.offset for curve in curves}) == len(curves)
        self._is_boxed = len(curves) > DIRECT_LABELS and not is_stacked
        if is_stacked and len(curves) > 1:
            places = self._beside(sizes, [curve.key for curve in curves])
        elif curves and not self._is_boxed:
            unnamed = [curve.key for curve in self._curves.curves if not curve.label]  # not to be covered
            lower, upper = self._screen_extents([*(curve.key for curve in curves), *unnamed])
            places = place_labels(sizes, lower, upper, self._box.height())
        taken = [QRectF(*p, *s) for p, s in zip(places, sizes, strict=True) if p is not None]
        self._placed = []
        for curve, size, place in zip(curves, sizes, places, strict=True):
            # No free place, or a legend: one below the other at the top right.
            is_covering = place is None or (is_stacked and len(curves) > 1)
            rect = QRectF(*place, *size) if place is not None else self._below(size, taken)
            self._placed.append(PlacedLabel(curve.label, curve.role, rect, curve.key, is_covering))
        self.update()

    def _in_view(self) -> list[Curve]:
        """Return the curves with a name of which something is in the view."""
        named = [curve for curve in self._curves.curves if curve.label]
        if not named:
            return []
        lower, upper = self._screen_extents([curve.key for curve in named])
        height = self._box.height()
        with np.errstate(invalid="ignore"):
            is_seen = ((upper >= 0) & (lower <= height)).any(axis=1)
        return [curve for curve, seen in zip(named, is_seen, strict=True) if seen]

    def _below(self, size: tuple[float, float], taken: list[QRectF]) -> QRectF:
        """Return a place at the top right, below the labels that stand there; it is taken then."""
        rect = QRectF(self._box.width() - size[0] - MARGIN, MARGIN / 2, *size)
        while any(rect.intersects(other) for other in taken):
            rect.translate(0.0, size[1])
        taken.append(rect)
        return rect

    def _beside(self, sizes: list[tuple[float, float]], keys: list[str]) -> list[tuple[float, float] | None]:
        """Return places just above the right ends of stacked curves, where each name belongs."""
        lower, _ = self._screen_extents(keys)
        places: list[tuple[float, float] | None] = []
        taken: list[QRectF] = []
        for row, (width, height) in zip(lower, sizes, strict=True):
            left = self._box.width() - width - MARGIN
            seen = row[int(left) :][np.isfinite(row[int(left) :])]
            top = float(seen.min()) - height - 1 if seen.size else np.nan
            is_inside = np.isfinite(top) and 0 <= top <= self._box.height() - height
            rect = QRectF(left, top, width, height)
            while is_inside and rect.left() > 0 and any(rect.intersects(other) for other in taken):
                rect.translate(-width / 2, 0)
            taken.append(rect)
            left = rect.left()
            places.append((left, top) if is_inside else None)
        return places

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        font = QFont(QApplication.font())
        if self._is_boxed and self._placed:
            box = self._placed[0].rect
            for label in self._placed:
                box = box.united(label.rect)
            painter.fillRect(box.adjusted(-6, -2, 4, 2), self._theme.color("surface"))
        for label in self._placed:
            if label.is_covering and not self._is_boxed:
                painter.fillRect(label.rect, self._theme.color("surface"))
            painter.setPen(QPen(self._theme.color(label.role)))
            font.setUnderline(bool(label.key) and label.key == self._emphasis)
            painter.setFont(font)
            painter.drawText(label.rect, Qt.AlignmentFlag.AlignCenter, label.text)

    def _screen_extents(self, keys: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where curves are on the screen, shape (n_curves, n_columns) each, y down."""
        (left, right), (bottom, top) = self._box.viewRange()
        n_columns, height = max(int(self._box.width()), 16), self._box.height()
        lower = np.full((len(keys), n_columns), np.nan)
        upper = lower.copy()
        for curve, seen in self._curves.envelopes(left, right, n_columns):
            if curve.key not in keys or seen.x.size == 0:
                continue
            row = keys.index(curve.key)
            place = (seen.x - left) / (right - left) * n_columns
            known = np.isfinite(place)  # in a view without width, or of no wavelength
            column = np.clip(place[known], 0, n_columns - 1).astype(int)
            high = height * (1.0 - (seen.upper[known] - bottom) / (top - bottom))
            low = height * (1.0 - (seen.lower[known] - bottom) / (top - bottom))
            np.fmin.at(lower[row], column, high)
            np.fmax.at(upper[row], column, low)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            _bridge(lower, np.nanmin)
            _bridge(upper, np.nanmax)
        return lower, upper


def _bridge(extent: NDArray[np.float64], reduce: object) -> None:
    """Fill columns between two drawn points that are a few pixels apart, from their neighbours."""
    n_columns = extent.shape[1]
    for row in extent:
        filled = np.flatnonzero(np.isfinite(row))
        if filled.size == 0 or filled.size == n_columns:
            continue
        left = np.maximum.accumulate(np.where(np.isfinite(row), np.arange(n_columns), -1))
        right = np.minimum.accumulate(np.where(np.isfinite(row), np.arange(n_columns), n_columns)[::-1])[::-1]
        empty = np.flatnonzero(~np.isfinite(row) & (left >= 0) & (right < n_columns))
        empty = empty[right[empty] - left[empty] < 40]
        pair = np.stack([row[left[empty]], row[right[empty]]])
        row[empty] = reduce(pair, axis=0)  # type: ignore[operator]
