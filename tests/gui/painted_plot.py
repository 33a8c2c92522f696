"""What is painted in a plot, read as a user reads it: ink of a colour, and ticks with their numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.styled_plot import StyledPlot
from tests.gui.conftest import settle

RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
Ink = NDArray[np.bool_]


def read_number(text: str) -> float:
    """Return the number that is written at a tick: "−2.5", "10⁻⁴", "2 × 10⁵"."""
    factor, _, power = text.rpartition("10")
    if power and all(letter in "⁰¹²³⁴⁵⁶⁷⁸⁹⁻" for letter in power):
        return float(factor.replace("×", "").strip() or 1) * 10.0 ** int(power.translate(RAISED))
    return float(text.replace("\N{MINUS SIGN}", "-"))


def pixels_of(widget: QWidget) -> NDArray[np.uint32]:
    """Return what a widget looks like, as 0xRRGGBB, shape (rows, columns)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), -1)
    return rows[:, : image.width()] & 0xFFFFFF


def value_of(colour: QColor | str) -> int:
    """Return a colour as 0xRRGGBB."""
    return QColor(colour).rgb() & 0xFFFFFF


class Painted:
    """A plot as it is painted.

    Rows and columns are those of the view box: 0 is its left and its top.

    Parameters
    ----------
    plot : StyledPlot
        On the screen, at rest.
    """

    def __init__(self, plot: StyledPlot) -> None:
        settle()
        self._plot, self._pixels = plot, pixels_of(plot)
        view = plot.getViewBox()
        self.box = self._place(view.mapRectToScene(view.rect()))
        self.n_columns, self.n_rows = round(self.box.width()), round(self.box.height())
        self.lines = {name: self._read_axis(name) for name in ("bottom", "left")}

    def _place(self, scene: QRectF) -> QRectF:
        return QRectF(self._plot.mapFromScene(scene.topLeft()), self._plot.mapFromScene(scene.bottomRight()))

    def ink(self, role: str) -> Ink:
        """Return where in the view box the colour of a role is, shape (n_rows, n_columns)."""
        top, left = round(self.box.top()), round(self.box.left())
        inside = self._pixels[top : top + self.n_rows, left : left + self.n_columns]
        return inside == value_of(self._plot.theme.color(role))

    def ticks(self, name: str) -> tuple[list[float], list[str]]:
        """Return where an axis has ticks, seen from the view box, and what is written at each."""
        axis, ink = self._plot.getAxis(name), value_of(self._plot.theme.color("secondary"))
        corner = self._plot.mapFromScene(axis.mapToScene(QPointF(0.0, 0.0)))
        if name == "bottom":  # the three rows below the line hold nothing but ticks
            strip = self._pixels[corner.y() + 1 : corner.y() + 4, :].T
            first = round(self.box.left())
        else:
            edge = corner.x() + round(axis.size().width())
            strip = self._pixels[:, edge - 4 : edge - 1]
            first = round(self.box.top())
        places = np.flatnonzero((strip == ink).all(axis=1)) - first
        length = self.n_columns if name == "bottom" else self.n_rows
        places = places[(places >= -1) & (places <= length)]
        return [float(place) for place in places], list(axis.labelled_ticks()[1])

    def _read_axis(self, name: str) -> tuple[float, float]:
        """Return pixel = slope x value + start as ticks and numbers tell it, each tick within a pixel."""
        places, texts = self.ticks(name)
        if len(places) < 2:
            return np.nan, np.nan
        if name == "left":  # from below
            places = places[::-1] if not self._plot.getViewBox().yInverted() else places
        elif self._plot.getViewBox().xInverted():
            places = places[::-1]
        assert len(places) == len(texts), f"{len(places)} ticks and {len(texts)} numbers on {name}: {texts}"
        values = np.array([self._on_axis(name, read_number(text)) for text in texts])
        slope, start = np.polyfit(values, places, 1)
        away = np.abs(slope * values + start - places)
        assert away.max() <= 1.0, f"ticks of {name} do not lie where their numbers belong: {texts}, {places}"
        return float(slope), float(start)

    def _on_axis(self, name: str, value: float) -> float:
        return float(np.log10(value)) if self._plot.getAxis(name).is_logarithmic else value

    def column_of(self, x: float) -> float:
        """Return the column at which the ticks read a value."""
        slope, start = self.lines["bottom"]
        return slope * self._on_axis("bottom", x) + start

    def row_of(self, y: float) -> float:
        """Return the row at which the ticks read a value."""
        slope, start = self.lines["left"]
        return slope * self._on_axis("left", y) + start

    def tip(self, role: str, is_low: bool = False) -> tuple[float, float]:
        """Return column and row of the highest (or lowest) ink of a colour."""
        rows, columns = np.nonzero(self.ink(role))
        assert rows.size, f"no ink of {role}"
        row = rows.max() if is_low else rows.min()
        return float(np.mean(columns[rows == row])), float(row)

    def rows_at(self, role: str, x: float) -> tuple[float, float]:
        """Return the first and last row with ink of a colour in the column of a value."""
        rows = np.flatnonzero(self.ink(role)[:, round(self.column_of(x))])
        assert rows.size, f"no ink of {role} at {x}"
        return float(rows[0]), float(rows[-1])

    def check_tip(self, role: str, x: float, y: float, is_low: bool = False, tolerance: float = 1.5) -> None:
        """Assert that a spike of a colour ends where the ticks read its value."""
        column, row = self.tip(role, is_low)
        told = f"{role}: painted at column {column:.1f}, row {row:.1f}"
        assert abs(column - self.column_of(x)) <= tolerance, f"{told}; {x} is column {self.column_of(x):.1f}"
        assert abs(row - self.row_of(y)) <= tolerance, f"{told}; {y} is row {self.row_of(y):.1f}"
