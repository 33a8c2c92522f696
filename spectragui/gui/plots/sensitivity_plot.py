"""`SensitivityPlot`: how the generated spectrum changes when one label does, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from spectragui.gui.plots.curve import Curve, good_flux_sample
from spectragui.gui.plots.curves_item import CurvesItem
from spectragui.gui.plots.named_places import NamedPlaces
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

MARGIN = 1.15
MARGIN_NAMED = 1.6  # room for names above the curve
SMALLEST_LIMIT = 1e-4


class SensitivityPlot(StyledPlot):
    """Plot of the change of the normalised flux, symmetric about zero."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.box = SpectrumViewBox()
        super().__init__(theme, self.box, parent)
        self.setAccessibleName("Sensitivity plot")
        self.curves_item = CurvesItem(theme)
        self.addItem(self.curves_item, ignoreBounds=True)
        self.names = NamedPlaces(self.box, theme)

    def set_curve(
        self,
        curve: Curve | None,
        label: str = "",
        short: str = "ΔF",
        names: Sequence[tuple[float, str]] = (),
    ) -> None:
        """Show a change, or nothing; ``label`` says of what ("ΔF, +100 K"), ``names`` what is at which x."""
        self.names.set_places(names)
        self.curves_item.set_curves((curve,) if curve is not None else ())
        self.set_axis_label("left", label, short=short)
        self.fit_y(*self.box.viewRange()[0])

    def fit_y(self, start: float, stop: float) -> None:
        """Choose y limits for what lies between two x."""
        samples = [good_flux_sample(curve, start, stop) for curve in self.curves_item.curves]
        values = np.concatenate(samples) if samples else np.empty(0)
        limit = max(float(np.abs(values).max()) if values.size else 0.0, SMALLEST_LIMIT)
        limit *= MARGIN_NAMED if self.names.places else MARGIN
        self.box.setYRange(-limit, limit, padding=0.0)
