"""`BeforeAfterPlot`: what the old and the new model predict, against the truth."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.rich_text import rich
from spectragui.gui.theme.theme import Theme


class BeforeAfterPlot(StyledPlot):
    """Predicted against true labels: the old model pale, the new one strong, the line where both are equal.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme) -> None:
        self._points: dict[str, pg.ScatterPlotItem] = {}
        super().__init__(theme)
        self.setAccessibleName("Predicted against true labels")
        self._line = pg.PlotCurveItem()
        self.addItem(self._line)
        self._words = {}
        for number, (role, text) in enumerate((("residual", "before"), ("generated", "now"))):
            self._points[role] = pg.ScatterPlotItem(size=6, pen=None)
            self.addItem(self._points[role])
            self._words[role] = pg.TextItem(text, anchor=(0, 0))
            self._words[role].setParentItem(self.getViewBox())
            self._words[role].setPos(10 + 70 * number, 4)
        self.apply_theme()

    def show_points(
        self, values: tuple[np.ndarray, np.ndarray, np.ndarray] | None, symbol: str = "", unit: str = ""
    ) -> None:
        """Draw true values, and what the old and the new model say; nothing without values."""
        for item in (self._line, *self._points.values()):
            item.setVisible(values is not None)
        if values is None:
            return
        words = f" ({unit})" if unit else ""
        self.set_axis_label("bottom", rich(f"True {symbol}{words}"))
        self.set_axis_label("left", rich(f"Predicted {symbol}{words}"))
        true = values[0]
        for role, predicted in zip(("residual", "generated"), values[1:], strict=True):
            good = np.isfinite(true) & np.isfinite(predicted)
            self._points[role].setData(true[good], predicted[good])
        everything = np.concatenate(values)
        everything = everything[np.isfinite(everything)]
        if not len(everything):
            return
        low, high = float(everything.min()), float(everything.max())
        margin = 0.06 * max(high - low, 1e-6)
        self._line.setData([low, high], [low, high])
        self.getViewBox().setRange(
            xRange=(low - margin, high + margin), yRange=(low - margin, high + 2 * margin), padding=0.0
        )

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        for role, points in self._points.items():
            points.setBrush(pg.mkBrush(self.theme.color(role)))
            self._words[role].setColor(self.theme.color(role))
        if self._points:
            self._line.setPen(pg.mkPen(self.theme.color("secondary"), width=1))
