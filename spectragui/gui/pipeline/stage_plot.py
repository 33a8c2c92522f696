"""`StagePlot`: a spectrum before and after one stage, what it removed, and what it found on its way."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from spectragui.core.labels import true_minus
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.pipeline.stage_curves import found_curves, removed_curves
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curve import Curve, make_curve
from spectragui.gui.plots.curve_labels import CurveLabels
from spectragui.gui.plots.handles import PointHandles, RangeHandles
from spectragui.gui.plots.lower_plot import LowerPlot
from spectragui.gui.plots.region_shades import RegionShades
from spectragui.gui.plots.residual_plot import ResidualPlot
from spectragui.gui.plots.scaling import SMALLEST_FLOOR, flux_label, place_curves
from spectragui.gui.plots.stacked_plot import StackedPlot
from spectragui.gui.theme.theme import Theme
from spectragui.preprocessing.stage import StageResult

SHARES = {"before": 3.0, "after": 3.0, "other": 1.6}  # of the height
Pairs = tuple[tuple[float, float], ...]


@dataclasses.dataclass(frozen=True, eq=False)
class StageView:
    """What is drawn of one stage.

    Attributes
    ----------
    key : str
        Of the spectrum: with another one the view starts anew.
    before : Spectrum or EchelleSpectrum
    result : StageResult or None
        None while there is none: only ``before`` is drawn.
    ranges, points : tuple of (float, float), or None
        What of the stage is edited in the plot; None = it has no such parameter.
    """

    key: str
    before: AnySpectrum
    result: StageResult | None = None
    ranges: Pairs | None = None
    points: Pairs | None = None


class StagePlot(StackedPlot):
    """Before, after, removed; residuals and weights where the stage gives them.

    Signals
    -------
    ranges_edited, points_edited : tuple, bool
        Ranges [Angstrom] or points (Angstrom, flux) after an edit, and whether the gesture is over.
    """

    ranges_edited = Signal(object, bool)
    points_edited = Signal(object, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._view: StageView | None = None
        self._flux_curves: dict[int, tuple[AnySpectrum, Curve, str]] = {}
        self.after = LowerPlot(theme, "Spectrum after the stage")
        self.removed = LowerPlot(theme, "What the stage removed")
        self.residual = ResidualPlot(theme)
        self.weights = LowerPlot(theme, "Weights", limits=(-0.05, 1.1))
        lower = (self.after, self.removed, self.residual, self.weights)
        super().__init__(theme, lower, "Wavelength (Å)", parent)
        self.plot.setAccessibleName("Spectrum before the stage")
        self.removed.set_axis_label("left", "Removed", short="Rem.")
        self.weights.set_axis_label("left", "Weight")
        self._after_labels = CurveLabels(self.after.box, self.after.curves_item, theme)
        self.shades = RegionShades(self.plot)
        self.ranges, self.points = RangeHandles(self.plot), PointHandles(self.plot)
        self.ranges.edited.connect(self.ranges_edited)
        self.points.edited.connect(self._on_points_edited)
        self.box.region_dragged.connect(self._on_region_dragged)
        self.box.point_requested.connect(self._on_point_requested)
        self._scale = 1.0
        for plot in lower:
            self.show_lower(plot, False)
        self.apply_theme()

    @property
    def flux_plots(self) -> tuple[LowerPlot, ...]:
        """The lower plots that show flux as the upper one does."""
        return (self.after,)

    def _place_on_axis(self) -> None:
        super()._place_on_axis()
        if self._view is not None:
            self._show_handles(self._view)

    @property
    def view(self) -> StageView | None:
        """What is drawn."""
        return self._view

    def set_view(self, view: StageView) -> None:
        """Draw a stage; the view stays where it is if the spectrum is the same."""
        old, self._view = self._view, view
        is_new_before = old is None or old.before is not view.before
        if is_new_before or (old is not None and old.result is not view.result):
            self._show_before(view, is_new_before)
        if old is None or old.key != view.key:
            self._start_anew()
        elif is_new_before:
            super().fit_y()
        if is_new_before or (old is not None and old.result is not view.result):
            self._show_after(view)
        self._show_handles(view)
        self._forget_curves()

    def forget(self) -> None:
        """Let go of the stage that was drawn, and of its curves."""
        super().forget()
        self._view, self._flux_curves = None, {}
        self.after.set_curves(())
        self.removed.set_curves(())
        for plot in (self.residual, self.weights):
            plot.curves_item.set_curves(())
        self.shades.set_regions(())

    def _show_before(self, view: StageView, is_new: bool) -> None:
        result = view.result
        before, factor = self._flux_curve(view.before)
        self._scale = before.scale
        found = (
            () if result is None else (*found_curves(result, "smooth"), *found_curves(result, "continuum"))
        )
        curves = (before, *(curve.placed(self._scale, 0.0) for curve in found))
        if is_new:
            self._show_curves(curves, (before,))
        else:  # limits and overview are those of the spectrum before
            self.curves_item.set_curves(curves)
            self._arrange_timer.start()
        self.plot.set_axis_label("left", _label("Before", view.before, factor), short="Before")
        self.set_axis_label(self._axis_text(view))
        self.shades.set_regions(result.regions if result is not None else ())

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        super().fit_y()
        for plot in (self.after, self.removed, self.weights):
            plot.fit_y(*self.box.viewRange()[0])

    def reset(self) -> None:
        """Show everything."""
        super().reset()
        for plot in (self.after, self.removed, self.weights):
            plot.fit_y(*self._full_x)
        self.residual.reset_y()

    def _show_after(self, view: StageView) -> None:
        result = view.result
        changed = result is not None and result.spectrum is not view.before
        self.show_lower(self.after, changed)
        if result is not None and changed:
            after, factor = self._flux_curve(result.spectrum)
            self.after.set_curves((after,))
            self.after.set_axis_label("left", _label("After", result.spectrum, factor), short="After")
        removed = removed_curves(view.before, result) if result is not None and changed else ()
        self.removed.set_curves(tuple(curve.placed(self._scale, 0.0) for curve in removed))
        self.show_lower(self.removed, bool(removed))
        for plot, role in ((self.residual, "residual"), (self.weights, "weight")):
            found = found_curves(result, role) if result is not None else ()  # type: ignore[arg-type]
            plot.curves_item.set_curves(found)
            self.show_lower(plot, bool(found))
        if result is not None:
            self.residual.reset_y()
            self.weights.fit_y(*self.box.viewRange()[0])

    def _show_handles(self, view: StageView) -> None:
        self.ranges.set_ranges(view.ranges or ())
        self.points.set_points([(x, self._place_of(y)) for x, y in view.points or ()])
        self.box.takes_points = view.points is not None

    def _place_of(self, flux: float) -> float:
        """Return where a flux is drawn, in units of the screen's y axis."""
        scaled = flux * self._scale
        return math.log10(max(scaled, SMALLEST_FLOOR)) if self.is_logarithmic else scaled

    def _flux_at(self, y: float) -> float:
        """Return the flux at a place of the screen's y axis."""
        return (10.0**y if self.is_logarithmic else y) / self._scale

    def _flux_curve(self, spectrum: AnySpectrum) -> tuple[Curve, str]:
        """Return the curve of a spectrum, made once, at its scale, and the factor for the axis' label."""
        if id(spectrum) not in self._flux_curves:
            curve = dataclasses.replace(make_curve("flux", spectrum, ANGSTROM), label="")
            placed, factor = place_curves([curve], [orders_of(spectrum)[0].flux_unit], 0.0)
            self._flux_curves[id(spectrum)] = (spectrum, placed[0], factor)
        return self._flux_curves[id(spectrum)][1:]

    def _forget_curves(self) -> None:
        """Keep the curves of what is drawn."""
        view = self._view
        assert view is not None
        drawn = {id(view.before)} | ({id(view.result.spectrum)} if view.result is not None else set())
        self._flux_curves = {key: kept for key, kept in self._flux_curves.items() if key in drawn}

    @staticmethod
    def _axis_text(view: StageView) -> str:
        last = view.result.spectrum if view.result is not None else view.before
        return ANGSTROM.axis_label(tuple(order.spectral_axis for order in orders_of(last)[:1]))

    def _share_height(self) -> None:
        """Give before and after equal heights, the others less; the lowest also carries the axis."""
        shown = self._shown()
        parts = {p: SHARES["before" if p in (self.plot, self.after) else "other"] for p in shown}
        axis = shown[-1].getAxis("bottom").height()
        unit = (self._split.height() - axis) / sum(parts.values())
        heights = {plot: unit * part for plot, part in parts.items()}
        heights[shown[-1]] += axis
        self._split.setSizes([round(heights.get(plot, 0.0)) for plot in (self.plot, *self._lower)])

    def _reading_text(self, reading: Reading | None) -> str:
        if reading is None:
            return ""
        text = reading.text(ANGSTROM)
        after = read_curves(self.after.curves, reading.x, 0.0) if not self.after.isHidden() else None
        if after is not None and np.isfinite(after.flux):
            text += f"   after {true_minus(f'{after.flux:.5g}')}"
        return f"{reading.label}   {text}" if reading.label else text

    def _on_region_dragged(self, start: float, stop: float, is_finished: bool) -> None:
        if self._view is None or self._view.ranges is None:
            return
        others = self._view.ranges
        if is_finished and stop > start:
            self.ranges_edited.emit(tuple(sorted((*others, (start, stop)))), True)

    def _on_points_edited(self, points: Pairs, is_over: bool) -> None:
        self.points_edited.emit(tuple((x, self._flux_at(y)) for x, y in points), is_over)

    def _on_point_requested(self, x: float, y: float) -> None:
        if self._view is not None and self._view.points is not None:
            points = tuple(sorted((*self._view.points, (x, self._flux_at(y)))))
            self.points_edited.emit(points, True)


def _label(word: str, spectrum: AnySpectrum, factor: str) -> str:
    flux = flux_label([spectrum], factor)
    return f"{word}: {flux[0].lower()}{flux[1:]}"
