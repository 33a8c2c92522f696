"""`CcfPlot`: the cross-correlation function of all orders, of each, and the fit of its peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from spectragui.core.labels import true_minus
from spectragui.core.spectral_axis import FASTEST_STAR_KMS
from spectragui.gui.plots.navigation import SpectrumViewBox
from spectragui.gui.plots.styled_plot import StyledPlot
from spectragui.gui.theme.theme import Theme
from spectragui.inference.velocity.star_velocity import SetVelocity

LEAST_HALF_WIDTH_KMS = 110.0
WIDTHS_SHOWN = 4.0  # of the peak, on both sides
SMALLEST_VIEW_KMS, SMALLEST_VIEW = 0.01, 1e-6
KEY_LEFT, KEY_TOP, KEY_LINE = 10, 6, 17  # pixels
FIT_DASHES = [5.0, 4.0]


class CcfPlot(StyledPlot):
    """Plot of correlation against velocity.

    Parameters
    ----------
    theme : Theme
    parent : QWidget, optional
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.box = SpectrumViewBox()
        # Closer, an item would be more pixels wide than an integer holds, and not be repainted.
        self.box.setLimits(minXRange=SMALLEST_VIEW_KMS, minYRange=SMALLEST_VIEW)
        self._parts: dict[str, pg.PlotCurveItem] = {}
        self._key: dict[str, pg.TextItem] = {}
        self._line: pg.InfiniteLine | None = None
        self._second: pg.InfiniteLine | None = None
        self._result: SetVelocity | None = None
        super().__init__(theme, self.box, parent)
        self.setAccessibleName("Cross-correlation function")
        self.set_axis_label("left", "Correlation")
        for role in ("masked", "observed", "generated"):  # faint below, the fit on top
            self._parts[role] = pg.PlotCurveItem(connect="finite", antialias=False)
            self.addItem(self._parts[role], ignoreBounds=True)
            self._key[role] = pg.TextItem(anchor=(0, 0))
            self._key[role].setParentItem(self.box)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._second = pg.InfiniteLine(
            angle=90, movable=False, label="", labelOpts={"position": 0.9, "anchors": [(0, 0.5), (0, 0.5)]}
        )
        for line in (self._line, self._second):
            self.addItem(line, ignoreBounds=True)
        self.box.reset_requested.connect(self.show_peak)
        self.show_result(None, "")
        self.apply_theme()

    def show_result(self, result: SetVelocity | None, frame_words: str, parts_word: str = "orders") -> None:
        """Show a measurement, or nothing; say in which frame its velocities are, and what was compared."""
        self._result = result
        self.set_axis_label("bottom", f"Velocity (km/s, {frame_words})" if frame_words else "Velocity (km/s)")
        assert self._line is not None and self._second is not None
        for item in (self._line, self._second, *self._parts.values()):
            item.setVisible(result is not None)
        if result is None:
            for text in self._key.values():
                text.setText("")
            self.box.setRange(xRange=(-FASTEST_STAR_KMS, FASTEST_STAR_KMS), yRange=(-0.1, 1.0), padding=0.0)
            return
        found, peak = result.found, result.peak
        self._parts["observed"].setData(found.ccf_velocity_kms, found.ccf)
        self._parts["masked"].setData(*_each_order(result))
        if peak is not None:
            self._parts["generated"].setData(peak.velocity_kms, peak.curve)
        self._parts["generated"].setVisible(peak is not None)
        self._line.setValue(found.velocity_kms)
        self._second.setValue(found.second_velocity_kms)
        self._second.setVisible(found.second_rise > 0.3)
        self._second.label.setFormat(f"second peak {true_minus(f'{found.second_peak:.2f}')}")
        self._write_key(result, parts_word)
        self.show_peak()

    def show_peak(self) -> None:
        """Show the peak and what is about it."""
        if self._result is None:
            return
        found, peak = self._result.found, self._result.peak
        half = max(LEAST_HALF_WIDTH_KMS, WIDTHS_SHOWN * (peak.fwhm_kms if peak else 0.0))
        self._show(found.velocity_kms - half, found.velocity_kms + half)

    def show_all(self) -> None:
        """Show the whole search."""
        if self._result is not None:
            velocities = self._result.found.ccf_velocity_kms
            self._show(float(velocities[0]), float(velocities[-1]))

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        for role, item in self._parts.items():
            pen = QPen(self.theme.color(role), 1.0)
            pen.setCosmetic(True)
            if role == "generated":
                pen.setDashPattern(FIT_DASHES)
            item.setPen(pen)
        for role, text in self._key.items():
            text.setColor(self.theme.color("residual" if role == "masked" else role))
        if self._line is not None and self._second is not None:
            for line, role in ((self._line, "secondary"), (self._second, "caution")):
                pen = QPen(self.theme.color(role), 1.0, Qt.PenStyle.DotLine)
                pen.setCosmetic(True)
                line.setPen(pen)
            self._second.label.setColor(self.theme.color("caution"))

    def _show(self, low: float, high: float) -> None:
        assert self._result is not None
        found = self._result.found
        inside = (found.ccf_velocity_kms >= low) & (found.ccf_velocity_kms <= high)
        values: NDArray[np.float64] = found.ccf[inside]
        alone = [float(np.max(one.ccf)) for one in found.segments if one is not None]
        bottom, top = float(values.min()), max(float(values.max()), *alone, 0.05)
        margin = 0.12 * max(top - bottom, 1e-3)
        self.box.setRange(xRange=(low, high), yRange=(bottom - margin, top + 2.0 * margin), padding=0.0)

    def _write_key(self, result: SetVelocity, parts_word: str) -> None:
        n_alone = sum(one is not None for one in result.found.segments)
        words = {"observed": f"All {parts_word} together" if n_alone > 1 else "Cross-correlation"}
        if result.peak is not None:
            words["generated"] = f"{result.peak.shape}, FWHM {result.peak.fwhm_kms:.1f} km/s"
        if n_alone > 1:
            words["masked"] = f"Each of {n_alone} {parts_word}"
        for number, role in enumerate(("observed", "generated", "masked")):
            self._key[role].setText(words.get(role, ""))
            self._key[role].setPos(KEY_LEFT, KEY_TOP + number * KEY_LINE)
        self.apply_theme()


def _each_order(result: SetVelocity) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the orders' own functions one after another, with NaN between them; nothing of a single one."""
    alone = [one for one in result.found.segments if one is not None]
    if len(alone) < 2:
        return np.empty(0), np.empty(0)
    x: list[Sequence[float] | NDArray[np.float64]] = []
    y: list[Sequence[float] | NDArray[np.float64]] = []
    for one in alone:
        x += [one.ccf_velocity_kms, [np.nan]]
        y += [one.ccf, [np.nan]]
    return np.concatenate(x), np.concatenate(y)
