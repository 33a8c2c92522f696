"""`LearningCurvePlot`: how large the errors are with a part of the stars, and what more stars would bring."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme


class LearningCurvePlot(StyledPlot):
    """Error on the test stars against the number of stars trained on; dashed: the model before.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme) -> None:
        self._items: list[pg.GraphicsObject] = []
        super().__init__(theme)
        self.setAccessibleName("Error against the number of stars")
        self._before, self._now = pg.PlotCurveItem(), pg.PlotDataItem(symbol="o", symbolSize=7)
        self._words = {"secondary": pg.TextItem("before", anchor=(0, 0)), "generated": pg.TextItem("now")}
        self._items = [self._before, self._now]
        for item in self._items:
            self.addItem(item)
        for number, text in enumerate(self._words.values()):
            text.setParentItem(self.getViewBox())
            text.setPos(10 + 70 * number, 4)
        self.set_axis_label("bottom", "Stars trained on")
        self.apply_theme()

    def show_curve(
        self, numbers: np.ndarray, errors: np.ndarray, before: float, symbol: str, unit: str
    ) -> None:
        """Draw the mean absolute errors of one label.

        Parameters
        ----------
        numbers, errors : ndarray, shape (n_points,)
        before : float
            Error of the model that it was tuned from; NaN where there is none.
        symbol, unit : str
        """
        self.set_axis_label("left", f"Mean |error| of {symbol}" + (f" ({unit})" if unit else ""))
        self._now.setData(numbers, errors)
        has_base = bool(np.isfinite(before))
        self._words["secondary"].setVisible(has_base)
        ends = [0.0, 1.08 * float(numbers.max())]
        self._before.setData(ends, [before, before] if has_base else [np.nan, np.nan], connect="finite")
        top = max([*errors.tolist(), before if has_base else 0.0])
        self.getViewBox().setRange(xRange=(0.0, ends[1]), yRange=(0.0, 1.25 * top), padding=0.0)

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        if not self._items:
            return
        self._before.setPen(pg.mkPen(self.theme.color("secondary"), width=1, style=Qt.PenStyle.DashLine))
        self._now.setPen(pg.mkPen(self.theme.color("generated"), width=1.5))
        self._now.setSymbolPen(None)
        self._now.setSymbolBrush(pg.mkBrush(self.theme.color("generated")))
        for role, text in self._words.items():
            text.setColor(self.theme.color(role))
