"""`OrdersPlot`: the orders of an echelle spectrum, how they are weighted, how they agree, and stitched."""

from __future__ import annotations

import dataclasses

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from spectragui.core.signal_to_noise import order_snr
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, order_name
from spectragui.gui.orders.drawn_orders import OrdersView
from spectragui.gui.orders.order_names import OrderNames
from spectragui.gui.pipeline.stage_curves import curves_of, found_curves
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.crosshair import Reading, read_curves
from spectragui.gui.plots.curve import Curve, Trace, curve_of_traces, make_curve
from spectragui.gui.plots.handles import CutHandles
from spectragui.gui.plots.lower_plot import LowerPlot
from spectragui.gui.plots.region_shades import RegionShades
from spectragui.gui.plots.residual_plot import ResidualPlot
from spectragui.gui.plots.scaling import flux_label, place_curves
from spectragui.gui.plots.spectrum_plot import ORDER_MARGIN, next_order
from spectragui.gui.plots.stacked_plot import StackedPlot
from spectragui.gui.theme.theme import Theme
from spectragui.preprocessing.stage import StageRegion

SHARES = {"orders": 3.0, "stitched": 1.8, "other": 1.0}  # of the height
KEY = "orders"


class OrdersPlot(StackedPlot):
    """Orders in two tones of ink above the stitched spectrum, the weights and the neighbours' residual.

    Signals
    -------
    cut_moved : int, float, bool
        Index of the bluer order, wavelength [Angstrom], whether the gesture is over.
    cut_removed : int
    menu_requested : int, QPoint
        Index of an order, and the place on the screen.
    order_named : str
        The order under the pointer, or the isolated one; empty = none.
    """

    cut_moved = Signal(int, float, bool)
    cut_removed = Signal(int)
    menu_requested = Signal(int, QPoint)
    order_named = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._view: OrdersView | None = None
        self._traces: dict[int, Trace] = {}
        self._placed = (1.0, 0.0)
        self._isolated: int | None = None
        self._current: int | None = None  # hovered, or stepped to
        self._is_over = self._is_blaze_shown = False
        self._snr: dict[int, float] = {}
        self.stitched = LowerPlot(theme, "Stitched spectrum")
        self.weights = LowerPlot(theme, "Weights of the orders", limits=(-0.05, 1.1))
        self.residual = ResidualPlot(theme)
        super().__init__(theme, (self.stitched, self.weights, self.residual), "Wavelength (Å)", parent)
        self.plot.setAccessibleName("Orders")
        self.stitched.set_axis_label("left", "Stitched")
        self.weights.set_axis_label("left", "Weight")
        self.residual.set_axis_label("left", "Overlap (σ)", short="σ")
        self.shades = RegionShades(self.plot)
        self.names = OrderNames(self.box, theme)
        self.cuts = CutHandles(self.plot)
        self.cuts.moved.connect(self.cut_moved)
        self.cuts.removed.connect(self.cut_removed)
        self.box.clicked.connect(self._on_clicked)
        self.box.menu_requested.connect(self._on_menu_requested)
        self.pointer.read.connect(self._on_pointer_read)
        for plot in self._lower:
            self.show_lower(plot, False)
        self.apply_theme()

    @property
    def flux_plots(self) -> tuple[LowerPlot, ...]:
        """The lower plots that show flux as the upper one does."""
        return (self.stitched,)

    @property
    def isolated(self) -> int | None:
        """Index of the order that is shown alone."""
        return self._isolated

    @property
    def current(self) -> int | None:
        """Index of the order that is isolated, stepped to or hovered."""
        return self._isolated if self._isolated is not None else self._current

    def set_view(self, view: OrdersView) -> None:
        """Draw orders; the view stays where it is if the spectrum is the same."""
        old, self._view = self._view, view
        if old is None or old.orders is not view.orders:
            self._take_orders(view.orders)
        if old is None or old.key != view.key:
            self._isolated = self._current = None
        self._draw()
        self._show_found(view)
        if old is None or old.key != view.key:
            self._start_anew()
        elif old.orders is not view.orders:
            self.fit_y()

    def forget(self) -> None:
        """Let go of the orders that were drawn, and of what came of them."""
        super().forget()
        self._view, self._traces, self._snr = None, {}, {}
        self._isolated = self._current = None
        self.stitched.set_curves(())
        for plot in (self.weights, self.residual):
            plot.curves_item.set_curves(())
        self.shades.set_regions(())
        self.cuts.set_cuts({}, {}, [])

    def set_stitched_over(self, is_over: bool) -> None:
        """Draw the stitched spectrum over the orders too, or not."""
        self._is_over = is_over
        if self._view is not None:
            self._draw()

    def set_blaze_shown(self, is_shown: bool) -> None:
        """Draw the blaze over the orders, or not."""
        self._is_blaze_shown = is_shown
        if self._view is not None:
            self._draw()

    def isolate(self, number: int | None) -> None:
        """Show one order alone, or (None) all of them."""
        if self._view is None or number == self._isolated or not (number is None or number in self._traces):
            return  # a menu may be older than the orders
        if number is None:
            self._isolated = None
            self._draw()
            self.history.back()
            self.fit_y()
        else:
            self.history.record()
            self._isolated = number
            self._draw()
            self._go_to(number)
        self._name_current()

    def step(self, direction: int) -> None:
        """Go to the next (+1) or previous (-1) order; it is isolated if one is."""
        curve = self._orders_curve()
        if curve is None:
            return
        numbers = sorted(self._traces)
        left, right = self.box.viewRange()[0]
        if self._isolated is not None:
            at = numbers.index(self._isolated) + direction
            number = numbers[min(max(at, 0), len(numbers) - 1)]
            self._isolated = number
            self._draw()
        else:
            everything = curve_of_traces(KEY, self._traces.values(), label="", role="observed")
            number = everything.traces[next_order(everything, left, right, direction)].number
        self._current = number
        self._go_to(number)
        self._name_current()

    def reset(self) -> None:
        """Show all orders."""
        if self._isolated is not None:
            self._isolated = None
            self._draw()
        self._current = None
        super().reset()
        self._fit_lower(*self._full_x)
        self._name_current()

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        super().fit_y()
        self._fit_lower(*self.box.viewRange()[0])

    def describe_order(self, number: int) -> str:
        """Return an order in words, as "order 98: 5230–5310 Å, S/N 62"."""
        if self._view is None or not 0 <= number < len(self._view.orders):
            return ""
        order = self._view.orders.orders[number]
        if number not in self._snr:
            self._snr[number] = order_snr(order)
        ends = sorted(float(x) for x in order.wavelength_aa[[0, -1]])
        text = f"{order_name(order, number)}: {ends[0]:.1f}–{ends[1]:.1f} Å"
        if np.isfinite(self._snr[number]):
            text += f", S/N {self._snr[number]:.0f}"
        return text + (", left out" if number in self._view.excluded else "")

    def _take_orders(self, orders: EchelleSpectrum) -> None:
        curve = make_curve(KEY, orders, ANGSTROM)
        self._traces = {trace.number: trace for trace in curve.traces}
        self._snr = {}
        placed, factor = place_curves([curve], [orders.orders[0].flux_unit], 0.0)
        self._placed = (placed[0].scale, placed[0].offset)
        label = flux_label([orders], factor)
        self.plot.set_axis_label("left", f"Orders: {label[0].lower()}{label[1:]}", short="Orders")
        self.set_axis_label(ANGSTROM.axis_label(tuple(order.spectral_axis for order in orders)))

    def _orders_curve(self) -> Curve | None:
        """Return the orders that count, or the isolated one; None if there are none."""
        view = self._view
        if view is None:
            return None
        kept = [t for n, t in self._traces.items() if n not in view.excluded and self._isolated in (None, n)]
        return self._curve(KEY, kept, "observed")

    def _curve(self, key: str, traces: list[Trace], role: str) -> Curve | None:
        if not traces:
            return None
        return curve_of_traces(key, traces, label="", role=role).placed(*self._placed)

    def _draw(self) -> None:
        view = self._view
        assert view is not None
        orders = self._orders_curve()
        faint = [t for n, t in self._traces.items() if n in view.excluded and self._isolated in (None, n)]
        left_out = self._curve("left out", faint, "masked")
        curves = [curve for curve in (left_out, orders) if curve is not None]
        if self._is_over and view.result is not None:
            stitched = make_curve("stitched", view.result.spectrum, ANGSTROM, label="stitched", role="second")
            curves.append(stitched.placed(*self._placed))
        if self._is_blaze_shown and view.blaze:
            kept = [c for c in view.blaze if self._isolated in (None, c.order)]
            blazes = [dataclasses.replace(c, label="") for c in curves_of(kept, "continuum")]
            curves += [c.placed(*self._placed) for c in blazes]
        everything = curve_of_traces(KEY, self._traces.values(), label="", role="observed")
        self._show_curves(tuple(curves), (everything.placed(*self._placed),))
        if orders is not None and self._current is not None:
            self.curves_item.set_highlight((KEY, self._current))
        self._name_orders()

    def _show_found(self, view: OrdersView) -> None:
        result = view.result
        has_result = result is not None and isinstance(result.spectrum, Spectrum)
        self.show_lower(self.stitched, has_result)
        if result is not None and has_result:
            curve = make_curve("stitched", result.spectrum, ANGSTROM)
            placed, factor = place_curves([curve], [""], 0.0)
            self.stitched.set_axis_label("left", f"Stitched ({factor})" if factor else "Stitched")
            self.stitched.set_curves(placed)
        for plot, role in ((self.weights, "weight"), (self.residual, "residual")):
            found = found_curves(result, role) if result is not None else ()  # type: ignore[arg-type]
            plot.curves_item.set_curves(found)
            self.show_lower(plot, bool(found))
        regions = result.regions if result is not None else ()
        self.shades.set_regions([region for region in regions if region.kind == "overlap"])
        self._show_cuts(view, regions)
        self.residual.reset_y()
        self._fit_lower(*self.box.viewRange()[0])

    def _show_cuts(self, view: OrdersView, regions: tuple[StageRegion, ...]) -> None:
        cuts = {r.order: r.low_aa for r in regions if r.kind == "cut"} if view.is_editable else {}
        limits = {r.order: (r.low_aa, r.high_aa) for r in regions if r.kind == "overlap"}
        cuts = {order: place for order, place in cuts.items() if order in limits}
        self.cuts.set_cuts(
            {**cuts, **{k: v for k, v in view.cuts.items() if k in cuts}}, limits, list(view.cuts)
        )

    def _fit_lower(self, left: float, right: float) -> None:
        for plot in (self.stitched, self.weights):
            plot.fit_y(left, right)

    def _go_to(self, number: int) -> None:
        trace = self._traces[number]
        margin = ORDER_MARGIN * (trace.x[-1] - trace.x[0])
        self.set_x_range(float(trace.x[0] - margin), float(trace.x[-1] + margin))
        self.curves_item.set_highlight((KEY, number) if self._isolated is None else None)
        self.fit_y()

    def _name_orders(self) -> None:
        view = self._view
        if view is None:  # forgotten meanwhile; its buttons are still there
            self.names.set_names([])
            return
        names = []
        for number, trace in self._traces.items():
            if self._isolated not in (None, number):
                continue
            text = order_name(view.orders.orders[number], number).removeprefix("order ")
            role = "accent" if number == self.current else "secondary"
            if number in view.excluded:
                text = f"({text})"
            names.append((0.5 * float(trace.x[0] + trace.x[-1]), text, role))
        self.names.set_names(names)

    def _name_current(self) -> None:
        self._name_orders()
        self.order_named.emit("" if self.current is None else self.describe_order(self.current))

    def _share_height(self) -> None:
        """Give the orders most of the height; the lowest plot also carries the axis."""
        shown = self._shown()
        shares = {self.plot: SHARES["orders"], self.stitched: SHARES["stitched"]}
        parts = {plot: shares.get(plot, SHARES["other"]) for plot in shown}
        axis = shown[-1].getAxis("bottom").height()
        unit = (self._split.height() - axis) / sum(parts.values())
        heights = {plot: unit * part for plot, part in parts.items()}
        heights[shown[-1]] += axis
        self._split.setSizes([round(heights.get(plot, 0.0)) for plot in (self.plot, *self._lower)])

    def _reading_text(self, reading: Reading | None) -> str:
        return reading.text(ANGSTROM) if reading is not None else ""

    def _on_pointer_read(self, reading: Reading | None) -> None:
        number = None if reading is None or reading.key == "stitched" else reading.order
        if reading is not None and number is None and self._isolated is None and reading.key == KEY:
            number = next(iter(self._traces))
        if number != self._current and self._isolated is None:
            self._current = number
            self._name_current()

    def _order_at(self, x: float, y: float) -> int | None:
        curves = tuple(curve for curve in self.curves if curve.key != "stitched")
        best = read_curves(curves, x, y)
        if best is None:
            return None
        if best.order is not None:
            return best.order
        return next((c.traces[0].number for c in curves if c.key == best.key), None)

    def _on_clicked(self, x: float, y: float) -> None:
        if self._isolated is not None:
            self.isolate(None)
            return
        number = self._order_at(x, y)
        if number is not None:
            self.isolate(number)

    def _on_menu_requested(self, x: float, y: float, place: QPoint) -> None:
        number = self._isolated if self._isolated is not None else self._order_at(x, y)
        if number is not None:
            self.menu_requested.emit(number, place)
