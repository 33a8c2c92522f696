"""`SpectrumPlot`: spectra over one another, as they are in their files, in any display unit."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.actions import register_keys
from spectragui.gui.plots.axis_units import (
    ANGSTROM,
    DisplayUnit,
    FloatArray,
    in_medium,
    say_differences,
    shown_medium,
)
from spectragui.gui.plots.browsing_plot import BrowsingPlot
from spectragui.gui.plots.crosshair import Reading
from spectragui.gui.plots.curve import Curve, make_curve
from spectragui.gui.plots.mark_rows import MarkAxis
from spectragui.gui.plots.overlays import Overlay, Overlays
from spectragui.gui.plots.scaling import flux_label, is_other_scale, place_curves, y_limits
from spectragui.gui.theme.theme import Theme

ORDER_MARGIN = 0.02  # of an order's length, about an order that was stepped to
REGION_OPACITY = 0.15
ROUND_REGION = 1.0  # of a region that is gone to: this much of it is shown on each side
register_keys(
    "In the plot of the View",
    ("Return", "Zoom to the selected region"),
    ("Esc", "Take the region away, or end the tool"),
)


@dataclasses.dataclass(frozen=True, eq=False)
class PlotSpectrum:
    """A spectrum to be drawn: what it is called and in which role of the theme's colours."""

    key: str
    spectrum: AnySpectrum
    label: str
    role: str = "observed"


class SpectrumPlot(BrowsingPlot):
    """Plot of spectra, 1-D or echelle.

    Signals
    -------
    region_selected : float, float
        Limits of the region that was dragged [Angstrom]; both 0 where it was taken away.
    escaped
        Esc was pressed, and there was no region to take away.
    """

    region_selected = Signal(float, float)
    escaped = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._spectra: tuple[PlotSpectrum, ...] = ()
        self._unit = ANGSTROM
        self._top_key = ""
        self._stacking = 0.0
        self._normalised_in: tuple[float, float] | None = None
        self._mark_factors = (1.0, 1.0)  # of the star, of the observer
        self._region_aa: tuple[float, float] | None = None
        self._overlay_source: tuple[tuple[str, str, FloatArray, FloatArray, str], ...] = ()
        self._region = pg.LinearRegionItem(movable=False)
        super().__init__(theme, parent)
        self.plot.setAccessibleName("Spectrum plot")
        self._region.setZValue(-50)
        self._region.hide()
        self.plot.addItem(self._region, ignoreBounds=True)
        self.overlays = Overlays(self.curves_item, theme)
        self.plot.addItem(self.overlays, ignoreBounds=True)
        self.box.region_dragged.connect(self._on_region_dragged)
        self.apply_theme()

    @property
    def unit(self) -> DisplayUnit:
        """The unit of the x axis."""
        return self._unit

    @property
    def region_aa(self) -> tuple[float, float] | None:
        """Limits of the selected region [Angstrom], if there is one."""
        return self._region_aa

    def set_spectra(self, spectra: Sequence[PlotSpectrum], top_key: str = "") -> None:
        """Show these spectra, one of them on top; the view stays where it is if one of them was there."""
        self._top_key = top_key
        old, medium = {item.key: item.spectrum for item in self._spectra}, self.medium
        self._spectra = tuple(spectra)
        drawn = {(c.key, c.label, c.role): c for c in self.curves}
        curves, stays, changed = [], False, False
        for item in self._spectra:
            is_same = old.get(item.key) is item.spectrum
            stays = stays or is_same
            changed = changed or (item.key in old and not is_same)
            can_stay = is_same and self.medium == medium
            kept = drawn.get((item.key, item.label, item.role)) if can_stay else None
            curves.append(kept or self._make_curve(item))
        before, reach, showed_all = self._limits_in_view(), self._full_x, self._shows_all()
        self._place(curves)
        if not stays and not (changed and self.covers(*self.box.viewRange()[0])):
            self._start_anew()
        elif top_key in {item.key for item in spectra} - set(old):
            self._show_new_curve(top_key)
        elif showed_all and old.keys() != {item.key for item in self._spectra} and self._full_x != reach:
            self.reset()  # all that is drawn now, with nothing empty beside it
        elif self._stacking and old.keys() != {item.key for item in self._spectra}:
            self.fit_y()
        else:
            self._follow_scale(before)

    def _show_new_curve(self, key: str) -> None:
        """Go to a curve that came, unless it fills half of the view or lies in it."""
        left, right = self.box.viewRange()[0]
        start, stop = next(curve for curve in self.curves if curve.key == key).x_range
        is_in_view = min(right, stop) - max(left, start) >= 0.5 * min(right - left, stop - start)
        if not is_in_view and stop > start:
            self.set_x_range(start, stop)
        self.fit_y()

    def _follow_scale(self, before: tuple[float, float]) -> None:
        """Fit y anew where other limits suit the curves now, and the view shows them badly."""
        low, high = self.box.viewRange()[1]
        now = self._limits_in_view()
        if is_other_scale(before, now) and is_other_scale((low, high), now):
            self.fit_y()

    def _shows_all(self) -> bool:
        """Whether the view reaches in x just as far as the curves do."""
        span = self._full_x[1] - self._full_x[0]
        return bool(np.allclose(self.box.viewRange()[0], self._full_x, rtol=0.0, atol=1e-3 * span))

    def _limits_in_view(self) -> tuple[float, float]:
        left, right = self.box.viewRange()[0]
        return y_limits(self.curves, left, right, self.box.height())

    def set_unit(self, unit: DisplayUnit) -> None:
        """Show the spectral axis in another unit; the view stays at the same wavelengths."""
        if unit == self._unit or self.has_only_pixels:
            return
        shown = self._unit.to_angstrom(np.array(self.box.viewRange()[0]), self.medium)
        self._unit = unit
        if self._normalised_in is not None:
            self._normalised_in = self._in_unit((float(shown.min()), float(shown.max())))
        self._place([self._make_curve(item) for item in self._spectra])
        limits = self._in_unit((float(shown.min()), float(shown.max())))
        if self._spectra and np.all(np.isfinite(limits)):
            self.set_x_range(*limits)
        elif self._spectra:
            self.reset()
        if self._region_aa is not None:
            self._region.setRegion(self._in_unit(self._region_aa))
        self.history.clear()

    def set_stacking(self, stacking: float) -> None:
        """Draw the curves above one another, ``stacking`` curve heights apart; 0 = not."""
        if stacking != self._stacking:
            self._stacking = stacking
            by_key = {curve.key: curve for curve in self.curves}
            self._place([by_key[item.key] for item in self._spectra])
            self.fit_y()

    def set_normalised(self, is_normalised: bool) -> None:
        """Divide each curve by its median in the present view, or draw the fluxes as they are."""
        if not is_normalised and self._normalised_in is None:
            return
        left, right = self.box.viewRange()[0]
        self._normalised_in = (left, right) if is_normalised else None
        by_key = {curve.key: curve for curve in self.curves}
        self._place([by_key[item.key] for item in self._spectra])
        self.fit_y()

    def _place_on_axis(self) -> None:
        by_key = {curve.key: curve for curve in self.curves}
        self._place([by_key[item.key] for item in self._spectra])

    def set_mark_factors(self, star: float, observer: float) -> None:
        """Place marks: wavelength on the axis over that at the star's rest, and in the observer's frame."""
        self._mark_factors = (star, observer)
        self._place_marks()

    def _place_marks(self) -> None:
        self.marks.set_axis(MarkAxis(self._unit, self.medium, *self._mark_factors))
        self.guides.update()

    @property
    def medium(self) -> str:
        """Medium of the axis: that of the first spectrum whose medium is known."""
        return shown_medium(self._axes()) if self._spectra else "air"

    @property
    def has_only_pixels(self) -> bool:
        """Whether no spectrum has a wavelength."""
        return bool(self._spectra) and all(axis.unit == "pixel" for axis in self._axes())

    @property
    def differences(self) -> str:
        """How the axes of the spectra differ, in words; empty = they do not."""
        return say_differences(self._axes(), tuple(item.label for item in self._spectra))

    def region_of(self, spectrum: AnySpectrum) -> tuple[float, float] | None:
        """Return the limits of the selected region in the medium of a spectrum [Angstrom]."""
        if self._region_aa is None:
            return None
        own = orders_of(spectrum)[0].spectral_axis
        limits = in_medium(np.array(self._region_aa), self.medium, own.medium)
        return float(limits[0]), float(limits[1])

    def _make_curve(self, item: PlotSpectrum) -> Curve:
        return make_curve(
            item.key, item.spectrum, self._unit, label=item.label, role=item.role, medium=self.medium
        )

    def _place(self, curves: list[Curve]) -> None:
        units = [orders_of(item.spectrum)[0].flux_unit for item in self._spectra]
        placed, factor = place_curves(
            curves, units, self._stacking, self._normalised_in, self._is_logarithmic
        )
        self.plot.set_axis_label("left", flux_label([item.spectrum for item in self._spectra], factor))
        self.plot.set_axis_label("bottom", self._unit.axis_label(self._axes()))
        self._place_marks()
        self._place_overlays()
        drawn = tuple(sorted(placed, key=lambda curve: curve.key == self._top_key))
        self._show_curves(drawn, drawn)

    def _axes(self) -> tuple[SpectralAxis, ...]:
        return tuple(orders_of(item.spectrum)[0].spectral_axis for item in self._spectra)

    def _in_unit(self, limits_aa: tuple[float, float]) -> tuple[float, float]:
        shown = self._unit.from_angstrom(np.array(limits_aa), self.medium)
        return float(shown.min()), float(shown.max())

    def step(self, direction: int) -> None:
        """Go to the next (+1) or previous (-1) order; of a 1-D spectrum, half a view on."""
        echelle = next((curve for curve in self.curves if len(curve.traces) > 1), None)
        if echelle is None:
            super().step(direction)
            return
        left, right = self.box.viewRange()[0]
        trace = echelle.traces[next_order(echelle, left, right, direction)]
        margin = ORDER_MARGIN * (trace.x[-1] - trace.x[0])
        self.set_x_range(float(trace.x[0] - margin), float(trace.x[-1] + margin))
        self.curves_item.set_highlight((echelle.key, trace.number))
        self.fit_y()

    def show_region(self, start_aa: float, stop_aa: float, medium: str = "") -> None:
        """Select a region [Angstrom, in ``medium``] and show it with something around it."""
        limits = in_medium(np.array([start_aa, stop_aa]), medium or self.medium, self.medium)
        self._region_aa = (float(limits[0]), float(limits[1]))
        left, right = self._in_unit(self._region_aa)
        self._region.setRegion((left, right))
        self._region.show()
        self.set_x_range(left - ROUND_REGION * (right - left), right + ROUND_REGION * (right - left))
        self.fit_y()
        self.region_selected.emit(*self._region_aa)

    def set_overlays(self, overlays: Sequence[tuple[str, str, FloatArray, FloatArray, str]]) -> None:
        """Draw short curves over spectra: (key, role, wavelength [Angstrom], flux, medium) of each."""
        self._overlay_source = tuple(overlays)
        self._place_overlays()

    def _place_overlays(self) -> None:
        drawn = []
        for key, role, wavelength, flux, medium in self._overlay_source:
            x = self._unit.from_angstrom(in_medium(wavelength, medium, self.medium), self.medium)
            order = slice(None) if x[0] < x[-1] else slice(None, None, -1)
            drawn.append(Overlay(key, role, np.ascontiguousarray(x[order]), flux[order]))
        self.overlays.set_overlays(tuple(drawn))

    def zoom_to_region(self) -> None:
        """Show the selected region, if there is one."""
        if self._region_aa is not None:
            self.set_x_range(*self._in_unit(self._region_aa))
            self.clear_region()
            self.fit_y()

    def clear_region(self) -> None:
        """Take the selected region away."""
        if self._region_aa is not None:
            self._region_aa = None
            self._region.hide()
            self.region_selected.emit(0.0, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, D102
        if event.key() == Qt.Key.Key_Escape and self._region_aa is not None:
            self.clear_region()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._region_aa is not None:
            self.zoom_to_region()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def apply_theme(self) -> None:
        """Take all colours from the theme again."""
        super().apply_theme()
        fill = self.theme.color("accent")
        fill.setAlphaF(REGION_OPACITY)
        self._region.setBrush(fill)
        for line in self._region.lines:
            line.setPen(pg.mkPen(self.theme.color("accent")))

    def _reading_text(self, reading: Reading | None) -> str:
        if reading is None:
            return ""
        text = reading.text(self._unit, all(axis.unit == "pixel" for axis in self._axes()))
        return f"{reading.label}   {text}" if len(self.curves) > 1 else text

    def _on_region_dragged(self, start: float, stop: float, is_finished: bool) -> None:
        self._region.setRegion((start, stop))
        self._region.show()
        if is_finished:
            limits = self._unit.to_angstrom(np.array([start, stop]), self.medium)
            self._region_aa = (float(limits.min()), float(limits.max()))
            self.plot.setFocus()
            self.gesture_made.emit()
            self.region_selected.emit(*self._region_aa)


def next_order(curve: Curve, left: float, right: float, direction: int) -> int:
    """Return the index of the order after (+1) or before (-1) the one in the middle of a view."""
    if left <= curve.x_range[0] and right >= curve.x_range[1]:  # all in view: begin at an end
        return 0 if direction > 0 else len(curve.traces) - 1
    middles = np.array([0.5 * (trace.x[0] + trace.x[-1]) for trace in curve.traces])
    now = int(np.argmin(np.abs(middles - 0.5 * (left + right))))
    return min(max(now + direction, 0), len(middles) - 1)
