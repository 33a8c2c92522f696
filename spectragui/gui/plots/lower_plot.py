"""`LowerPlot`: curves under a spectrum, on its x axis, with y limits of their own."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.curve import Curve
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.scaling import y_limits
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme


class LowerPlot(StyledPlot):
    """Plot of some curves.

    Parameters
    ----------
    theme : Theme
    name : str
        For screen readers.
    limits : (float, float), optional
        Of the y axis; without them they are found from the curves.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        limits: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        self.box = SpectrumViewBox()
        super().__init__(theme, self.box, parent)
        self.setAccessibleName(name)
        self._limits = limits
        self.curves_item = CurvesItem(theme)
        self.addItem(self.curves_item, ignoreBounds=True)

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is drawn."""
        return self.curves_item.curves

    def set_curves(self, curves: tuple[Curve, ...]) -> None:
        """Draw these curves; the y limits follow what is in the view."""
        self.curves_item.set_curves(curves)
        self.fit_y(*self.box.viewRange()[0])

    def set_logarithmic(self, is_logarithmic: bool) -> None:
        """Show the logarithm of the flux, or the flux."""
        self.getAxis("left").set_logarithmic(is_logarithmic)
        self.curves_item.set_logarithmic(is_logarithmic)
        self.fit_y(*self.box.viewRange()[0])

    def fit_y(self, start: float, stop: float) -> None:
        """Choose y limits for what lies between two x."""
        limits = self._limits
        if limits is None and self.curves:
            limits = y_limits(self.curves, start, stop, self.box.height())
        if limits is not None:
            self.box.setYRange(*limits, padding=0.0)
