"""Marks of strong lines in a strip above a spectrum: ticks with names that never overlap."""

from __future__ import annotations

import csv
import dataclasses
import functools

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy

from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import air_to_vacuum, doppler_factor
from spectragui.gui.plots.axis_units import ANGSTROM, DisplayUnit
from spectragui.gui.theme import Theme

TICK_LENGTH = 6.0


@dataclasses.dataclass(frozen=True)
class Line:
    """A spectral line.

    Attributes
    ----------
    name : str
        "Mg I".
    wavelength_aa : float
        At rest, in air [Angstrom].
    """

    name: str
    wavelength_aa: float

    def wavelength_in(self, medium: str) -> float:
        """Return the wavelength at rest in "air" or "vacuum" [Angstrom]."""
        return float(air_to_vacuum(self.wavelength_aa)) if medium == "vacuum" else self.wavelength_aa


@functools.cache
def strong_lines() -> tuple[Line, ...]:
    """Return the bundled line list, the most useful lines first."""
    with resource("lines", "optical.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(row for row in file if not row.startswith("#")))
    return tuple(Line(row["name"], float(row["wavelength_air_aa"])) for row in rows)


def choose_names(positions: list[float], widths: list[float], room: float) -> list[int]:
    """Choose which labels are written: in the given order of preference, without overlap.

    Parameters
    ----------
    positions, widths : list of float
        Middle and width of each label, in pixels.
    room : float
        Width of the strip.

    Returns
    -------
    list of int
        Indices of the labels that are written.
    """
    chosen: list[int] = []
    spans: list[tuple[float, float]] = []
    for i, (middle, width) in enumerate(zip(positions, widths, strict=True)):
        left, right = middle - width / 2, middle + width / 2
        if left < 0 or right > room or any(left < b + 4 and right > a - 4 for a, b in spans):
            continue
        chosen.append(i)
        spans.append((left, right))
    return chosen


class LineMarks(pg.GraphicsWidget):
    """Strip with line marks, above the view box whose x range it follows."""

    def __init__(self, box: pg.ViewBox, theme: Theme) -> None:
        super().__init__()
        self._box, self._theme = box, theme
        self._unit, self._medium, self._velocity_kms = ANGSTROM, "air", 0.0
        self._positions = np.empty(0)
        box.sigXRangeChanged.connect(lambda *_: self.update())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._recompute()

    def set_axis(self, unit: DisplayUnit, medium: str, velocity_kms: float) -> None:
        """Place the marks on an axis: its displayed unit and medium, and the star's velocity there."""
        self._unit, self._medium, self._velocity_kms = unit, medium, velocity_kms
        self._recompute()

    def visible_marks(self) -> tuple[list[Line], list[float]]:
        """Return the lines in the view and their places [pixels]."""
        left, right = self._box.viewRange()[0]
        inside = np.flatnonzero((self._positions > left) & (self._positions < right))
        pixels = (self._positions[inside] - left) / (right - left) * self._box.width()
        return [strong_lines()[i] for i in inside], pixels.tolist()

    def set_shown(self, shown: bool) -> None:
        """Show the strip, or give its room to the plot."""
        self.setVisible(shown)
        self.setFixedHeight(self.sizeHint(Qt.SizeHint.PreferredSize).height() if shown else 0.0)

    def _recompute(self) -> None:
        rest = np.array([line.wavelength_aa for line in strong_lines()])
        shifted = rest * doppler_factor(self._velocity_kms)
        wavelength = air_to_vacuum(shifted) if self._medium == "vacuum" else shifted
        self._positions = self._unit.from_angstrom(wavelength, self._medium)
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802, D102
        return QRectF(0, 0, self._box.width(), self.size().height())

    def sizeHint(self, which: Qt.SizeHint, constraint: QSizeF | None = None) -> QSizeF:  # noqa: N802, D102
        height = QFontMetricsF(QApplication.font()).height() + TICK_LENGTH + 4
        return QSizeF(0 if which == Qt.SizeHint.MinimumSize else 200, height)

    def paint(self, painter: QPainter, *_args: object) -> None:  # noqa: D102
        lines, positions = self.visible_marks()
        font = QApplication.font()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        bottom = self.size().height()
        rest = len(lines)
        note_width = metrics.horizontalAdvance(f"+ {rest} unnamed") + 12
        widths = [metrics.horizontalAdvance(line.name) for line in lines]
        chosen = choose_names(positions, widths, self._box.width())
        if len(chosen) < rest:  # leave room for saying so
            chosen = choose_names(positions, widths, self._box.width() - note_width)
        painter.setPen(QPen(self._theme.color("denoised")))
        painter.drawLines([QLineF(x, bottom - TICK_LENGTH, x, bottom) for x in positions])
        for i in chosen:
            left = positions[i] - widths[i] / 2
            painter.drawText(QRectF(left, 0, widths[i] + 1, metrics.height()), lines[i].name)
        if len(chosen) < rest:
            painter.setPen(QPen(self._theme.color("secondary")))
            note = QRectF(self._box.width() - note_width, 0, note_width, metrics.height())
            painter.drawText(note, Qt.AlignmentFlag.AlignRight, f"+ {rest - len(chosen)} unnamed")
