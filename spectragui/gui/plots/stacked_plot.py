"""`StackedPlot`: a plot of spectra with smaller ones under it on the same x axis."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from spectragui.gui.plots.browsing_plot import BrowsingPlot
from spectragui.gui.plots.lower_plot import LowerPlot
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

LEAST_HEIGHT = 24  # pixels of one plot
READABLE_HEIGHT, READABLE_PART = 52, 0.22  # of a lower plot: pixels, where it takes no more of the room
UPPER_PART = 4  # the spectrum is this many times as high as each plot under it


class StackedPlot(BrowsingPlot):
    """Spectra above lower plots, x linked; the lowest that is shown carries the axis.

    Parameters
    ----------
    theme : Theme
    lower : sequence of StyledPlot
        From top to bottom; each has a ``box`` with ``reset_requested``.
    axis_label : str
        Of the common x axis.
    """

    def __init__(
        self, theme: Theme, lower: Sequence[StyledPlot], axis_label: str, parent: QWidget | None = None
    ) -> None:
        self._lower = tuple(lower)
        self._axis_label = axis_label
        self._is_split_by_user = False
        super().__init__(theme, parent)
        for plot in (self.plot, *self._lower):
            plot.setMinimumHeight(LEAST_HEIGHT)  # else several plots would make a small window larger
        for plot in self._lower:
            plot.box.setXLink(self.box)
            plot.box.reset_requested.connect(self.reset)
        self._place_axis()

    def _centre(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(5)
        split.addWidget(self.plot)
        for plot in self._lower:
            split.addWidget(plot)
        split.splitterMoved.connect(self._on_splitter_moved)
        self._split = split
        return split

    @property
    def flux_plots(self) -> tuple[LowerPlot, ...]:
        """The lower plots that show flux as the upper one does; override."""
        return ()

    def _place_on_axis(self) -> None:
        super()._place_on_axis()
        for plot in self.flux_plots:
            plot.set_logarithmic(self.is_logarithmic)

    def set_axis_label(self, text: str) -> None:
        """Label the common x axis."""
        if text != self._axis_label:
            self._axis_label = text
            self._place_axis()

    def show_lower(self, plot: StyledPlot, shown: bool) -> None:
        """Show or hide one of the lower plots."""
        if plot.isHidden() == shown:
            plot.setHidden(not shown)
            self._place_axis()
            self._share_height()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        if not self._is_split_by_user:
            self._share_height()

    def _shown(self) -> list[StyledPlot]:
        return [self.plot, *(plot for plot in self._lower if not plot.isHidden())]

    def _place_axis(self) -> None:
        shown = self._shown()
        for plot in shown:
            is_lowest = plot is shown[-1]
            plot.set_numbers_shown("bottom", is_lowest)
            plot.set_axis_label("bottom", self._axis_label if is_lowest else "")

    def _parts(self, plot: StyledPlot) -> float:
        """Return how high a lower plot is, in quarters of the upper one; override."""
        return 1.0

    def _share_height(self) -> None:
        """Make each lower plot a quarter as high as the upper one; the lowest also carries the axis."""
        shown = self._shown()
        axis = shown[-1].getAxis("bottom").height()
        room = self._split.height() - axis
        parts = {plot: self._parts(plot) for plot in shown[1:]}
        part = room / (UPPER_PART + sum(parts.values()))
        part = max(part, min(READABLE_HEIGHT, READABLE_PART * room))
        heights = {plot: part * share for plot, share in parts.items()}
        heights[self.plot] = room - sum(heights.values())
        heights[shown[-1]] += axis
        self._split.setSizes([round(heights.get(plot, 0.0)) for plot in (self.plot, *self._lower)])

    def _on_splitter_moved(self, *_: object) -> None:
        self._is_split_by_user = True
