"""Plots of binned numbers: bias and scatter by redshift, completeness and purity by magnitude, the ROC."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from spectragui.gui.photometry.comparisons import Comparison
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme

KEY_LEFT, KEY_TOP, KEY_LINE = 10, 6, 17  # pixels
SYMBOL_SIZE = 8
LEAST_SCATTER = 0.01  # half the height of a plot of biases


class MarkedCurves(StyledPlot):
    """Curves with symbols and a key in their colours.

    Parameters
    ----------
    theme : Theme
    name : str
        For screen readers.
    styles : sequence of (words, role, symbol, is_hollow)
    is_key_low : bool
        Whether the key stands at the foot.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        styles: tuple[tuple[str, str, str, bool], ...],
        parent: QWidget | None = None,
        *,
        is_key_low: bool = False,
    ) -> None:
        self.box = SpectrumViewBox()
        self._styles = styles
        self._items: list[pg.PlotDataItem] = []
        self._key: list[pg.TextItem] = []
        self._limits = ((0.0, 1.0), (0.0, 1.0))
        super().__init__(theme, self.box, parent)
        self.setAccessibleName(name)
        self.getAxis("left").setWidth(64)
        for words, _role, symbol, _hollow in styles:
            item = pg.PlotDataItem(
                symbol=symbol or None, symbolSize=SYMBOL_SIZE, connect="finite", antialias=False
            )
            self.addItem(item, ignoreBounds=True)
            self._items.append(item)
            text = pg.TextItem(words, anchor=(0, 0))
            text.setParentItem(self.box)
            self._key.append(text)
        self._is_key_low = is_key_low
        self.box.sigResized.connect(lambda *_: self._place_key())
        self._place_key()
        self.box.reset_requested.connect(self.reset)
        self.apply_theme()

    def set_curves(
        self,
        curves: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...],
        limits: tuple[tuple[float, float], tuple[float, float]],
    ) -> None:
        """Draw curves, one a style, within limits of x and y."""
        for item, (x, y) in zip(self._items, curves, strict=True):
            is_known = bool(np.isfinite(y).any())  # pyqtgraph warns of a curve of nothing
            item.setData(x if is_known else x[:0], y if is_known else y[:0])
        self._limits = limits
        self.reset()

    def reset(self) -> None:
        """Show everything."""
        self.box.setRange(xRange=self._limits[0], yRange=self._limits[1], padding=0.0)

    def _place_key(self) -> None:
        """Put the key where the curves leave room: at the top, or at the foot."""
        top = float(KEY_TOP)
        if self._is_key_low:
            top = max(self.box.height() - len(self._key) * KEY_LINE - 2 * KEY_TOP, top)
        for number, text in enumerate(self._key):
            text.setPos(KEY_LEFT, top + number * KEY_LINE)

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        for item, text, (words, role, _symbol, is_hollow) in zip(
            self._items, self._key, self._styles, strict=False
        ):
            colour = self.theme.color(role)
            style = Qt.PenStyle.DashLine if is_hollow else Qt.PenStyle.SolidLine
            item.setPen(pg.mkPen(colour, style=style))
            item.setSymbolPen(pg.mkPen(colour))
            item.setSymbolBrush(pg.mkBrush(self.theme.color("surface") if is_hollow else colour))
            text.setText(words, color=colour)


class BiasPlot(MarkedCurves):
    """Bias and scatter of the redshift by redshift."""

    def __init__(self, theme: Theme) -> None:
        styles = (("● bias (median)", "observed", "o", False), ("□ scatter, σ(NMAD)", "accent", "s", True))
        super().__init__(theme, "Bias and scatter of the redshift", styles)
        self.set_axis_label("bottom", "Redshift of the catalogue")
        self.set_axis_label("left", "Δz / (1 + z)")
        self._zero = pg.InfiniteLine(0.0, angle=0, movable=False)
        self._zero.setZValue(-60)
        self.addItem(self._zero, ignoreBounds=True)
        self._zero.setPen(pg.mkPen(theme.color("secondary"), style=Qt.PenStyle.DotLine))

    def show_comparison(self, comparison: Comparison, _row: int) -> None:
        """Show bias and scatter."""
        found = comparison.binned
        if found is None:
            return
        bias = np.array([one.bias for one in found.bins])
        scatter = np.array([one.scatter for one in found.bins])
        known = np.isfinite(bias)
        high = max(float(np.nanmax(scatter)), float(np.nanmax(np.abs(bias))), LEAST_SCATTER)
        last = float(found.edges[1:][known].max())
        limits = ((0.0, last), (-0.55 * high, 1.5 * high))
        self.set_curves(((found.centres, bias), (found.centres, scatter)), limits)


class CountsPlot(MarkedCurves):
    """Completeness and purity of stars and of galaxies by magnitude."""

    def __init__(self, theme: Theme) -> None:
        styles = (
            ("● galaxies, completeness", "observed", "o", False),
            ("□ galaxies, purity", "observed", "s", True),
            ("● stars, completeness", "generated", "o", False),
            ("□ stars, purity", "generated", "s", True),
        )
        super().__init__(theme, "Completeness and purity by magnitude", styles, is_key_low=True)
        self.set_axis_label("left", "Completeness, purity", short="Fraction")

    def show_comparison(self, comparison: Comparison, _row: int) -> None:
        """Show completeness and purity."""
        if comparison.counts is None:
            return
        galaxies, stars = comparison.counts
        curves = tuple(
            (found.centres, values)
            for found in (galaxies, stars)
            for values in (found.completeness, found.purity)
        )
        edges = galaxies.edges
        known = np.concatenate([y for _, y in curves])
        known = known[np.isfinite(known)]
        low = max(min(float(known.min()), 0.7) - 0.1, -0.02) if known.size else 0.0
        self.set_curves(curves, ((float(edges[0]), float(edges[-1])), (low, 1.03)))

    def name_band(self, band: str) -> None:
        """Say in which band the magnitude is."""
        self.set_axis_label("bottom", f"{band} (AB mag)")


class RocPlot(MarkedCurves):
    """Receiver operating characteristic of P(star)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "ROC of P(star)", (("", "observed", "", False), ("", "secondary", "", True)))
        self.set_axis_label("bottom", "Galaxies taken for stars")
        self.set_axis_label("left", "Stars found", short="Found")

    def show_comparison(self, comparison: Comparison, _row: int) -> None:
        """Show the curve."""
        if comparison.roc is None:
            return
        roc, chance = comparison.roc, np.array([0.0, 1.0])
        self.set_curves(
            ((roc.false_positive, roc.true_positive), (chance, chance)), ((-0.02, 1.0), (0.0, 1.03))
        )
