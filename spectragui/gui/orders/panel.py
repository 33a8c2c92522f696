"""Orders: the orders of the selected echelle spectrum, and how the chain stitches them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from spectragui.core.spectrum import EchelleSpectrum
from spectragui.gui.actions import trigger
from spectragui.gui.forms.short_note import ShortNote
from spectragui.gui.orders.blaze_choice import blaze_curves, blaze_in_use, fill_blaze_menu
from spectragui.gui.panel import register_panel
from spectragui.gui.pipeline.edits import add_stitching
from spectragui.gui.pipeline.fields import change_field
from spectragui.gui.pipeline.panel import shows_other
from spectragui.gui.pipeline.runner import chain_runner
from spectragui.gui.pipeline.shown import ORDERS, shown_chain, shown_result, shown_run, shown_step
from spectragui.gui.plots.plot_panel import PlotPanel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.open_spectra import select_spectrum

if TYPE_CHECKING:
    from spectragui.gui.orders.drawn_orders import OrdersView
    from spectragui.gui.orders.plot import OrdersPlot

HINT = "Click isolates, [ ] steps"


def has_orders(state: AppState) -> bool:
    """Whether a spectrum with orders is open."""
    return any(isinstance(item.spectrum, EchelleSpectrum) for item in state.spectra)


@register_panel(
    ORDERS, area="centre", icon="mdi6.layers-triple-outline", is_available=has_orders, priority=14
)
class OrdersPanel(PlotPanel):
    """Orders over the stitched spectrum, the weights and the residual of neighbours."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        plot = self.plot
        self._gesture = 0
        self._named = ""
        self.bar.add_toggle(
            "Errors", "mdi6.plus-minus-variant", "One sigma about each order", plot.set_band_shown
        )
        self.over = self.bar.add_toggle(
            "Stitched over",
            "mdi6.layers-outline",
            "Draw the stitched spectrum over the orders",
            plot.set_stitched_over,
        )
        self.blaze = self.bar.add_menu(
            "Blaze",
            "mdi6.chart-bell-curve",
            "The blaze that the orders are divided by",
            lambda menu: fill_blaze_menu(menu, session, self),
        )
        self.blaze_over = self.bar.add_toggle(
            "Show blaze",
            "mdi6.chart-bell-curve-cumulative",
            "Draw the blaze over the orders",
            plot.set_blaze_shown,
        )
        self.levels_shown = self.bar.add_toggle(
            "Levels", "mdi6.chart-scatter-plot", "The level found for each order", self._show_levels, True
        )
        self.stitch = self.bar.add_button(
            "Stitch orders",
            "mdi6.set-merge",
            "Give the spectrum a chain that stitches its orders; the spectrum itself stays as it is",
            lambda: add_stitching(session),
        )
        self.stitch.setProperty("primary", "true")
        plot.cut_moved.connect(self._on_cut_moved)
        plot.cut_removed.connect(self._on_cut_removed)
        plot.menu_requested.connect(self._on_menu_requested)
        plot.order_named.connect(self._on_order_named)
        self.runner = chain_runner(session)
        from spectragui.gui.orders.levels_plot import LevelsPlot

        self.levels = LevelsPlot(session.theme)
        self.levels.hide()
        self.levels_note = ShortNote()
        self.levels_note.setProperty("role", "remark")
        self.levels_note.hide()
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.levels_note)
        layout.addWidget(self.levels)

    def make_plot(self) -> OrdersPlot:
        """Return the panel's plot."""
        from spectragui.gui.orders.plot import OrdersPlot

        return OrdersPlot(self.session.theme)

    def apply(self, old: AppState, new: AppState) -> None:
        """Show the orders that go into the stitching, and what comes of it."""
        if not shows_other(old, new):
            return
        view = orders_view(new)
        if view is not None:
            self.plot.set_view(view)
            self.over.setEnabled(view.result is not None)
            self.stitch.setVisible(shown_step(new) < 0)
            self._show_blaze(new, view)
            self._show_levels()
            self._write_note()
        else:
            self._say_what_belongs_here(new)
        self.show_plot(view is not None)
        if view is None:
            self.levels.hide()
            self.levels_note.hide()

    def _show_blaze(self, state: AppState, view: OrdersView) -> None:
        used = blaze_in_use(state)
        self.blaze.setEnabled(view.is_editable)
        self.blaze_over.setEnabled(bool(view.blaze))
        if used is not None:
            self.blaze.setText(f"Blaze: {used.kind}")
            self.blaze.setToolTip(f"The orders are divided by: {used.kind}, {used.source}. Choose another.")

    def _show_levels(self, _shown: bool = True) -> None:
        """Show the levels that were found, and name the unlikely ones even where their plot is hidden."""
        view = orders_view(self.session.state)
        found = view.result.levels if view is not None and view.result is not None else None
        self.levels_shown.setEnabled(found is not None)
        self.levels.setVisible(found is not None and self.levels_shown.isChecked())
        warnings = found.warnings if found is not None else ()
        self.levels_note.set_full_text(" ".join(warnings))
        self.levels_note.setVisible(bool(warnings))
        if found is not None:
            self.levels.set_levels(found)

    def toggle_exclusion(self, number: int | None = None) -> None:
        """Leave an order out, or take it in again; without a number the current one."""
        number = self.plot.current if number is None else number
        excluded = self._stitch_value("excluded")
        if number is None or excluded is None:
            return
        others = tuple(item for item in excluded if item != number)
        if len(others) == len(excluded):
            others = tuple(sorted((*excluded, number)))
        change_field(self.session, "excluded", others, "")

    def _stitch_value(self, name: str) -> tuple | None:
        """Return a parameter of the stage that stitches, None where there is no such stage."""
        state = self.session.state
        chain, step = shown_chain(state), shown_step(state)
        return getattr(chain.steps[step].stage, name, None) if chain is not None and step >= 0 else None

    def _on_cut_moved(self, order: int, wavelength_aa: float, is_over: bool) -> None:
        cuts = self._stitch_value("cuts")
        if cuts is not None:
            others = [cut for cut in cuts if int(cut[0]) != order]
            moved = tuple(sorted((*others, (float(order), round(wavelength_aa, 4)))))
            change_field(self.session, "cuts", moved, f"cut {order} {self._gesture}")
        self._gesture += is_over

    def _on_cut_removed(self, order: int) -> None:
        cuts = self._stitch_value("cuts")
        if cuts:
            change_field(self.session, "cuts", tuple(cut for cut in cuts if int(cut[0]) != order), "")

    def _on_menu_requested(self, number: int, place: QPoint) -> None:
        excluded = self._stitch_value("excluded")
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        alone = self.plot.isolated is None
        text = "Show it alone" if alone else "Show all orders"
        menu.addAction(self.plot.describe_order(number)).setEnabled(
            False
        )  # styled menus hide titles of sections
        menu.addSeparator()
        menu.addAction(text).triggered.connect(lambda: self.plot.isolate(number if alone else None))
        if excluded is not None:
            text = "Take it in again" if number in excluded else "Leave it out"
            menu.addAction(text).triggered.connect(lambda: self.toggle_exclusion(number))
        menu.popup(place)

    def _on_order_named(self, text: str) -> None:
        self._named = text
        self._write_note()

    def _write_note(self) -> None:
        self.bar.set_note(self._named or HINT)

    def _say_what_belongs_here(self, state: AppState) -> None:
        item = state.selected
        name = item.name if item is not None else "The selection"
        echelle = first_echelle(state)
        text = "The orders of an echelle spectrum stand here, with the way in which they are stitched."
        if echelle is None:
            self.empty.say(
                f"{name} is in one piece", text, "Open…", lambda: trigger(self.window(), "file.open")
            )
        else:
            self.empty.say(
                f"{name} is in one piece",
                text,
                f"Select {echelle.name}",
                lambda: select_spectrum(self.session, echelle.id),
            )


def first_echelle(state: AppState) -> OpenSpectrum | None:
    """Return the first open spectrum that has orders."""
    return next((item for item in state.spectra if isinstance(item.spectrum, EchelleSpectrum)), None)


def orders_view(state: AppState) -> OrdersView | None:
    """Return what is drawn of the selected spectrum, None where it has no orders."""
    from spectragui.gui.orders.drawn_orders import OrdersView

    item, chain, run, step = state.selected, shown_chain(state), shown_run(state), shown_step(state)
    if item is None or not isinstance(item.spectrum, EchelleSpectrum):
        return None
    if chain is None or step < 0:
        last = run.spectrum if run is not None else item.spectrum
        return OrdersView(item.id, last if isinstance(last, EchelleSpectrum) else item.spectrum)
    before = run.spectra[min(step, len(run.results))] if run is not None else item.spectrum
    stage = chain.steps[step].stage
    return OrdersView(
        key=item.id,
        orders=before if isinstance(before, EchelleSpectrum) else item.spectrum,
        result=shown_result(state) if isinstance(before, EchelleSpectrum) else None,
        excluded=getattr(stage, "excluded", ()),
        cuts={int(order): wavelength for order, wavelength in getattr(stage, "cuts", ())},
        is_editable=True,
        blaze=blaze_curves(state),
    )
