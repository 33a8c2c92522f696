"""Go to a wavelength, a range or a line that is typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QDialog, QLabel, QLineEdit, QWidget

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.wording import MINUS
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.forms.tuple_text import NUMBER
from spectragui.gui.plots.mark_rows import spelt

if TYPE_CHECKING:
    from spectragui.gui.plots.browsing_plot import BrowsingPlot

ABOUT_LINE_KMS = 500.0  # shown on either side of a line
ABOUT_WAVELENGTH_AA = 10.0  # and of a wavelength, unless the view is narrow already
NARROW = 0.1  # of the full range
_RANGE = re.compile(rf"^\s*({NUMBER})\s*(?:–|-|\.\.|to|:)\s*({NUMBER})\s*$")


def find_place(text: str, plot: BrowsingPlot) -> tuple[float, float] | str:
    """Return the range that a text speaks of, in the displayed unit, or why there is none.

    Parameters
    ----------
    text : str
        "5183.6", "5170-5190", "Mg I b2", "H alpha".
    plot : BrowsingPlot
    """
    first, last = plot.full_x
    found = _RANGE.match(text)
    if found is not None:
        start, stop = sorted(_number(part) for part in found.groups())
        place = (start, stop)
    elif re.fullmatch(NUMBER, text.strip()):
        place = (_number(text),) * 2
    else:
        line = plot.marks.place_named(text)
        if line is None:
            return f"No marked line is called “{text.strip()}”: type a line, a wavelength or a range."
        place = _about_line(line[1], plot)
    width = last - first  # a place just outside may be gone to; 0 cm^-1, or 1e400, is none
    if not (place[1] >= first - width and place[0] <= last + width and np.isfinite(place).all()):
        return _nothing_there(plot)
    if place[0] == place[1]:
        place = _about(place[0], plot)
    return place if place[1] >= first and place[0] <= last else _nothing_there(plot)


def _nothing_there(plot: BrowsingPlot) -> str:
    first, last = plot.full_x
    reach = f"from {first:.7g} to {last:.7g} {plot.unit.symbol}"
    return f"Nothing is drawn there: the spectra reach {reach}.".replace("-", MINUS)


def ask_and_go(plot: BrowsingPlot, parent: QWidget) -> None:
    """Ask where to go, and go there."""
    dialog = GoToDialog(plot, parent)
    dialog.exec()
    dialog.deleteLater()


class GoToDialog(QDialog):
    """One line of text; names of lines are completed."""

    def __init__(self, plot: BrowsingPlot, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self.setWindowTitle("Go to")
        self.setMinimumWidth(360)
        self.field = QLineEdit()
        self.field.setAccessibleName("Where to go")
        self.field.setPlaceholderText(f"Line, {plot.unit.symbol}, or from–to in {plot.unit.symbol}")
        completer = QCompleter(list(dict.fromkeys(map(spelt, plot.marks.star_names))), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.field.setCompleter(completer)
        self.complaint = QLabel()
        self.complaint.setProperty("role", "complaint")
        self.complaint.setWordWrap(True)
        self.complaint.setMinimumHeight(2 * self.complaint.fontMetrics().lineSpacing())
        lay_out_dialog(self, "Go", self.field, self.complaint)
        self.field.textEdited.connect(lambda _: self.complaint.clear())

    def accept(self) -> None:
        """Go there, or say why not."""
        if not self.field.text().strip():
            return
        place = find_place(self.field.text(), self._plot)
        if isinstance(place, str):
            self.complaint.setText(place)
            return
        self._plot.set_x_range(*place)
        self._plot.fit_y()
        self._plot.gesture_made.emit()
        super().accept()


def _number(text: str) -> float:
    return float(text.strip().replace(MINUS, "-"))


def _about(x: float, plot: BrowsingPlot) -> tuple[float, float]:
    """Return the range about a place: as wide as the view where that is narrow, else some Angstrom."""
    left, right = plot.box.viewRange()[0]
    first, last = plot.full_x
    if right - left < NARROW * (last - first):
        half = 0.5 * (right - left)
    elif plot.unit.name == "velocity":
        half = ABOUT_LINE_KMS
    else:
        wavelength = float(plot.unit.to_angstrom(np.array([x]), plot.medium)[0])
        ends = np.array([wavelength - ABOUT_WAVELENGTH_AA, wavelength + ABOUT_WAVELENGTH_AA])
        half = 0.5 * abs(float(np.diff(plot.unit.from_angstrom(ends, plot.medium))[0]))
    return x - half, x + half


def _about_line(x: float, plot: BrowsingPlot) -> tuple[float, float]:
    if plot.unit.name == "velocity":
        return x - ABOUT_LINE_KMS, x + ABOUT_LINE_KMS
    part = ABOUT_LINE_KMS / SPEED_OF_LIGHT_KMS
    return x * (1.0 - part), x * (1.0 + part)
