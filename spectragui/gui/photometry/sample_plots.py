"""`SamplePlots`: the comparisons of a catalogue, one at a time, with their numbers above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.gui.photometry.comparisons import COMPARISONS, Comparison
from spectragui.gui.theme.theme import Theme


class SamplePlots(QWidget):
    """Chooser, note and the plot that was chosen.

    Parameters
    ----------
    theme : Theme

    Signals
    -------
    plot_chosen : str
        Key of `COMPARISONS`.
    row_clicked : int
    range_selected : str, float, float
        Name of the catalogue's quantity, and the range that was dragged over.
    """

    plot_chosen = Signal(str)
    row_clicked = Signal(int)
    range_selected = Signal(str, float, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from spectragui.gui.plots.empty_place import EmptyPlace

        self._theme = theme
        self._made: dict[str, QWidget] = {}
        self.comparison: Comparison | None = None
        self.chooser = QComboBox()
        self.chooser.setAccessibleName("Comparison with the catalogue")
        self.chooser.setToolTip("What of the shown objects is compared with the catalogue's own values")
        for key, (title, _needed) in COMPARISONS.items():
            self.chooser.addItem(title, key)
        self.chooser.activated.connect(lambda i: self.plot_chosen.emit(self.chooser.itemData(i)))
        self.note = ElidedLabel()
        self.note.setProperty("role", "secondary")
        self.note.setAccessibleName("Numbers of the comparison")
        self.empty = EmptyPlace()
        self._pages = QStackedLayout()
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        row.addWidget(self.chooser)
        row.addStretch(1)
        below = QHBoxLayout()
        below.setContentsMargins(10, 0, 8, 0)
        below.addWidget(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addLayout(below)
        layout.addLayout(self._pages, 1)
        self._pages.addWidget(self.empty)  # now: the first page is shown, alone it would be a window

    def choose(self, key: str) -> None:
        """Show the name of another comparison in the chooser."""
        self.chooser.setCurrentIndex(max(self.chooser.findData(key), 0))

    def show_comparison(
        self, found: Comparison, row: int, band: str, action: tuple[str, Callable[[], None]] | None
    ) -> None:
        """Show a comparison; ``action`` fills the place where there is nothing to show."""
        self.comparison = found
        self.note.set_full_text(found.note)
        if found.why_empty:
            text, function = action or ("", None)
            self.empty.say(COMPARISONS[found.key][0], found.why_empty, text, function)
            self._pages.setCurrentWidget(self.empty)
            return
        plot: Any = self.plot(found.key)
        if found.key == "counts":
            plot.name_band(band)
        plot.show_comparison(found, row)
        self._pages.setCurrentWidget(plot)

    def mark(self, row: int) -> None:
        """Mark an object in a plot of points."""
        plot: Any = self._pages.currentWidget()
        if hasattr(plot, "mark"):
            plot.mark(row)

    def plot(self, key: str) -> QWidget:
        """Return the plot of a comparison, made if need be."""
        if key not in self._made:
            self._made[key] = self._make(key)
            self._pages.addWidget(self._made[key])
        return self._made[key]

    def _make(self, key: str) -> QWidget:
        from spectragui.gui.photometry.binned_plots import BiasPlot, CountsPlot
        from spectragui.gui.photometry.class_plots import StarsPlot, TypesPlot
        from spectragui.gui.photometry.one_to_one_plot import OneToOnePlot

        if key in ("redshift", "mass"):
            plot = OneToOnePlot(self._theme, key)
            plot.row_clicked.connect(self.row_clicked)
            name = COMPARISONS[key][1]
            plot.range_selected.connect(lambda low, high: self.range_selected.emit(name, low, high))
            return plot
        made: dict[str, Callable[[Theme], QWidget]] = {
            "bias": BiasPlot, "counts": CountsPlot, "stars": StarsPlot, "types": TypesPlot,
        }  # fmt: skip
        return made[key](self._theme)
