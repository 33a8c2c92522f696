"""`LineMarks`: rows of marks in a strip above a spectrum: ticks and bands with names that never overlap."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QGraphicsSceneHoverEvent, QSizePolicy

from spectragui.gui.plots.mark_rows import MarkAxis, MarkRow, sky_row, star_row, telluric_row
from spectragui.gui.theme.theme import Theme, mix

TICK_LENGTH = 6.0
ROW_GAP = 2.0
NAME_GAP = 4  # pixels between two names
NOTE_GAP = 8  # about what says how many names are hidden
MOST_NAMED = 400  # marks in a view whose names are tried
REACH = 6.0  # pixels from a mark within which it is pointed at
MARGIN = 62.0  # room for the rows' titles, beside the left axis


@dataclasses.dataclass(frozen=True, eq=False)
class RowLayout:
    """A row in the present view.

    Attributes
    ----------
    indices : ndarray, shape (n,)
        Of the row's marks in the view.
    left, right : ndarray, shape (n,)
        Where each is, in pixels of the view box; equal for lines.
    named : list of (int, float)
        Which of ``indices`` is named, and the left end of its name [pixels].
    n_hidden : int
        Names that did not fit.
    note : (str, float)
        What says so, and its left end [pixels]; an empty text says nothing.
    """

    indices: NDArray[np.intp]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    named: list[tuple[int, float]]
    n_hidden: int
    note: tuple[str, float] = ("", 0.0)


def choose_names(
    lefts: list[float], rights: list[float], widths: list[float], room: float
) -> list[tuple[int, float]]:
    """Choose which labels are written: in the given order of preference, without overlap.

    Parameters
    ----------
    lefts, rights : list of float
        Limits of each mark in pixels, within 0 and ``room``.
    widths : list of float
        Of each label.
    room : float
        Width of the strip.

    Returns
    -------
    list of (index, left)
        The labels that are written, and where each begins.
    """
    taken = np.zeros(max(int(room) + 1, 1), dtype=bool)
    chosen: list[tuple[int, float]] = []
    for i, (start, stop, width) in enumerate(zip(lefts, rights, widths, strict=True)):
        left = 0.5 * (start + stop) - width / 2
        if stop > start:  # a band: its name stays within the view
            left = min(max(left, 0.0), room - width)
        if left < 0 or left + width > room:
            continue
        columns = slice(max(int(left) - NAME_GAP, 0), int(left + width) + NAME_GAP)
        if not taken[columns].any():
            taken[max(int(left), 0) : int(left + width)] = True
            chosen.append((i, left))
    return chosen


def widest_gap(spans: list[tuple[float, float]], room: float) -> tuple[float, float]:
    """Return the widest stretch (start, stop) of a strip that no (left, right) span of it covers."""
    best, last = (0.0, 0.0), 0.0
    for left, right in [*sorted(spans), (room, room)]:
        if left - last > best[1] - best[0]:
            best = (last, left)
        last = max(last, right)
    return best


class LineMarks(pg.GraphicsWidget):
    """Strip with rows of marks, above the view box whose x range it follows.

    Signals
    -------
    mark_clicked : str, float
        Name of a star's line that was clicked, and its wavelength in vacuum at rest [Angstrom].
    laid_out
        Marks or their names are elsewhere than before.
    """

    mark_clicked = Signal(str, float)

    def __init__(self, box: pg.ViewBox, theme: Theme) -> None:
        super().__init__()
        self._box, self._theme = box, theme
        self._rows = {row.key: row for row in (star_row(), telluric_row(), sky_row())}
        self._shown: tuple[str, ...] = ("star",)
        self._axis = MarkAxis()
        self._places: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self._layouts: tuple[object, dict[str, RowLayout]] = (None, {})
        self._widths: dict[str, float] = {}
        self._version = 0
        self.setAcceptHoverEvents(True)
        box.sigXRangeChanged.connect(lambda *_: self.update())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._recompute()

    @property
    def shown(self) -> tuple[str, ...]:
        """Keys of the rows that are shown; empty = the strip is hidden."""
        return self._shown if self.isVisible() else ()

    def set_axis(self, axis: MarkAxis) -> None:
        """Place the marks on an axis."""
        if axis != self._axis:
            self._axis = axis
            self._recompute()

    def set_row(self, row: MarkRow) -> None:
        """Show other marks in the place of the row of the same key."""
        self._rows[row.key] = row
        self._recompute()

    def set_rows_shown(self, keys: tuple[str, ...]) -> None:
        """Show these rows ("star", "telluric", "sky"); none = the room is the plot's."""
        self._shown = tuple(key for key in self._rows if key in keys)
        self.setVisible(bool(self._shown))
        height = self.sizeHint(Qt.SizeHint.PreferredSize).height() if self._shown else 0.0
        self.setFixedHeight(height)
        self._version += 1
        self.update()

    def set_shown(self, shown: bool) -> None:
        """Show the star's lines, or give their room to the plot."""
        self.set_rows_shown(("star",) if shown else ())

    def row_layout(self, key: str) -> RowLayout:
        """Return where the marks of a row are in the present view."""
        left, right = self._box.viewRange()[0]
        state = (left, right, self._box.width(), self._version)
        if self._layouts[0] != state:
            self._layouts = (state, {})
        layouts = self._layouts[1]
        if key not in layouts:
            layouts[key] = self._lay_out(self._rows[key], left, right)
        return layouts[key]

    def spans(self) -> list[tuple[float, float, str]]:
        """Return (start, stop, role) in the displayed unit of what is marked in the plot itself."""
        found = []
        for key in self.shown:
            row, layout = self._rows[key], self.row_layout(key)
            starts, stops = self._places[key]
            chosen = layout.indices if row.has_bands else layout.indices[[i for i, _ in layout.named]]
            found += [(float(starts[i]), float(stops[i]), row.role) for i in chosen]
        return found

    def place_named(self, name: str) -> tuple[str, float] | None:
        """Return name and place, in the displayed unit, of the first line of the star that is called so.

        Greek letters may be spelt, blanks left out; a beginning of the name is enough.
        """
        row, (starts, _) = self._rows["star"], self._places["star"]
        index = row.find(name)
        return None if index is None else (row.names[index], float(starts[index]))

    @property
    def star_names(self) -> tuple[str, ...]:
        """Names of the star's lines."""
        return self._rows["star"].names

    def mark_at(self, x: float, y: float) -> tuple[MarkRow, int] | None:
        """Return the mark under a place in the strip, in its pixels."""
        row_height = self._row_height()
        number = int(y // row_height) if row_height else -1
        if not 0 <= number < len(self.shown):
            return None
        key = self.shown[number]
        layout = self.row_layout(key)
        if layout.indices.size == 0:
            return None
        for place, left in layout.named:
            width = self._width(self._rows[key].names[layout.indices[place]])
            if left <= x <= left + width:
                return self._rows[key], int(layout.indices[place])
        distance = np.maximum(np.maximum(layout.left - x, x - layout.right), 0.0)
        nearest = int(np.argmin(distance))
        return (self._rows[key], int(layout.indices[nearest])) if distance[nearest] <= REACH else None

    def _lay_out(self, row: MarkRow, left: float, right: float) -> RowLayout:
        starts, stops = self._places[row.key]
        inside = np.flatnonzero((stops > left) & (starts < right))
        room = self._box.width()
        scale = room / (right - left) if right > left else 0.0
        first = np.clip((starts[inside] - left) * scale, 0.0, room)
        last = np.clip((stops[inside] - left) * scale, 0.0, room)
        tried = inside[:MOST_NAMED].tolist()
        widths = [self._width(row.names[i]) for i in tried]
        lefts, rights = first[:MOST_NAMED].tolist(), last[:MOST_NAMED].tolist()
        named = choose_names(lefts, rights, widths, room)
        n_hidden = inside.size - len(named)
        note = self._place_note(n_hidden, [(left, left + widths[i]) for i, left in named], room)
        if n_hidden and not note[0]:  # crowded: the last names give way to a number
            named = choose_names(lefts, rights, widths, room - self._width(f"+{inside.size}") - NOTE_GAP)
            n_hidden = inside.size - len(named)
            note = (f"+{n_hidden}", room - self._width(f"+{n_hidden}"))
        return RowLayout(inside, first, last, named, n_hidden, note)

    def _place_note(self, n_hidden: int, spans: list[tuple[float, float]], room: float) -> tuple[str, float]:
        """Find room for saying how many names did not fit: in words, else as a number."""
        start, stop = widest_gap(spans, room)
        for text in (hidden_words(n_hidden), f"+{n_hidden}") if n_hidden else ():
            if self._width(text) + 2 * NOTE_GAP < stop - start:
                return text, stop - NOTE_GAP - self._width(text)
        return "", 0.0

    def _width(self, text: str) -> float:
        if text not in self._widths:
            self._widths[text] = QFontMetricsF(QApplication.font()).horizontalAdvance(text)
        return self._widths[text]

    def _recompute(self) -> None:
        self._places = {key: self._axis.place(row) for key, row in self._rows.items()}
        self._version += 1
        self.update()

    def _row_height(self) -> float:
        return QFontMetricsF(QApplication.font()).height() + TICK_LENGTH + ROW_GAP

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return QRectF(-MARGIN, 0, self._box.width() + MARGIN, self.size().height())

    def sizeHint(self, which: Qt.SizeHint, constraint: QSizeF | None = None) -> QSizeF:  # noqa: N802, D102
        height = self._row_height() * max(len(self._shown), 1) + 2
        return QSizeF(0 if which == Qt.SizeHint.MinimumSize else 200, height)

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        painter.setFont(QApplication.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for number, key in enumerate(self.shown):
            painter.save()
            painter.translate(0.0, number * self._row_height())
            self._paint_row(painter, self._rows[key], self.row_layout(key))
            painter.restore()

    def _paint_row(self, painter: QPainter, row: MarkRow, layout: RowLayout) -> None:
        colour, secondary = self._theme.color(row.role), self._theme.color("secondary")
        bottom, text_height = self._row_height(), QFontMetricsF(QApplication.font()).height()
        if len(self._shown) > 1 or row.key != "star":
            painter.setPen(QPen(secondary))
            title = QRectF(-MARGIN, 0, MARGIN - 8, text_height)
            painter.drawText(title, Qt.AlignmentFlag.AlignRight, row.title)
        pen = QPen(colour)
        if row.is_dashed:
            pen.setDashPattern([2.0, 1.0])
        painter.setPen(pen)
        if row.has_bands:
            fill = mix(colour.name(), self._theme.palette.surface, 0.55)
            for left, right in zip(layout.left.tolist(), layout.right.tolist(), strict=True):
                box = QRectF(left, bottom - TICK_LENGTH, max(right - left, 1.0), TICK_LENGTH - 1)
                painter.fillRect(box, fill)
        else:
            columns = np.unique(np.round(layout.left)).tolist()
            painter.drawLines([QLineF(x, bottom - TICK_LENGTH, x, bottom) for x in columns])
        painter.setPen(QPen(colour))
        for i, left in layout.named:
            name = row.names[layout.indices[i]]
            painter.drawText(QRectF(left, 0, self._width(name) + 1, text_height), name)
        words, left = layout.note
        if words:
            painter.setPen(QPen(secondary))
            painter.drawText(QRectF(left, 0, self._width(words) + 1, text_height), words)

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802
        """Tell which of the star's lines was clicked."""
        found = self.mark_at(event.pos().x(), event.pos().y())
        if event.button() == Qt.MouseButton.LeftButton and found is not None and found[0].follows_star:
            event.accept()
            row, i = found
            self.mark_clicked.emit(row.names[i], float(row.start_aa[i]))

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:  # noqa: N802
        """Say in the tooltip what is under the pointer."""
        found = self.mark_at(event.pos().x(), event.pos().y())
        tip = found[0].tips[found[1]] if found is not None else ""
        if found is not None and found[0].follows_star:
            tip += "\nClick: velocity about this line"
        self.setToolTip(tip)
        self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)


def hidden_words(number: int) -> str:
    """Return what is written where names did not fit: "12 names hidden: zoom in"."""
    return f"{number} name{'s' * (number != 1)} hidden: zoom in"
