"""View: the checked spectra over one another, as they are in their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QInputDialog, QStackedLayout, QVBoxLayout

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.registry import Panel, register_panel
from spectragui.gui.session import Session
from spectragui.gui.state import AppState, OpenSpectrum

if TYPE_CHECKING:
    from spectragui.gui.main_window import MainWindow

ROLES = ("observed", "second", "observed_alternate", "residual")  # of the first, second ... spectrum
HINT = "Wheel zooms, drag pans, Shift-drag selects, double click shows all"
STACKING = 1.0


@register_panel(
    "View", area="centre", icon="mdi6.chart-bell-curve", is_available=lambda s: bool(s.spectra), priority=10
)
class ViewPanel(Panel):
    """Overlay plot of all spectra whose box is checked."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.plots.empty_place import EmptyPlace
        from spectragui.gui.plots.plot_bar import PlotBar
        from spectragui.gui.plots.spectrum_plot import SpectrumPlot

        self.plot = SpectrumPlot(session.theme)
        self.empty = EmptyPlace()
        self.bar = PlotBar(session.theme)
        self._build_bar()
        self._pages = QStackedLayout()
        self._pages.addWidget(self.plot)
        self._pages.addWidget(self.empty)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.bar)
        self._layout.addLayout(self._pages, 1)
        self.empty.say("No spectrum is shown", "Check a spectrum in the tree to draw it here.")
        self.plot.cursor_moved.connect(session.pointer_moved)
        self.plot.density_changed.connect(lambda _: self._write_note())
        self.plot.region_selected.connect(self._on_region_selected)
        self.plot.gesture_made.connect(self._on_gesture_made)
        self.plot.history.changed.connect(self._on_history_changed)
        self._on_history_changed()

    def apply(self, old: AppState, new: AppState) -> None:
        """Draw what is checked."""
        if (
            old.spectra is not new.spectra
            or old.results is not new.results
            or old.selected_id != new.selected_id
        ):
            self._draw(new)

    # What keys and menus ask for

    def reset(self) -> None:
        """Show everything."""
        self.plot.reset()

    def fit_y(self) -> None:
        """Choose y limits for what is in the view."""
        self.plot.fit_y()

    def zoom_in(self) -> None:
        """Halve the range about the cursor."""
        self.plot.zoom_in()

    def zoom_out(self) -> None:
        """Double the range about the cursor."""
        self.plot.zoom_out()

    def step(self, direction: int) -> None:
        """Go to the next or previous order, or half a view on."""
        self.plot.step(direction)

    def back(self) -> None:
        """Return to the view before this one."""
        self.plot.history.back()

    def forward(self) -> None:
        """Return to the view that was left by going back."""
        self.plot.history.forward()

    def _build_bar(self) -> None:
        bar, plot = self.bar, self.plot
        self._back = bar.add_button(
            "Back", "mdi6.arrow-left", "The view before this one (Alt+Left)", self.back, shows_text=False
        )
        self._forward = bar.add_button(
            "Forward",
            "mdi6.arrow-right",
            "The view that was left (Alt+Right)",
            self.forward,
            shows_text=False,
        )
        bar.add_button(
            "Show all", "mdi6.arrow-expand-all", "The whole spectrum (R, or double click)", self.reset
        )
        bar.add_line()
        self.errors = bar.add_toggle(
            "Errors",
            "mdi6.plus-minus-variant",
            "One sigma about each curve, where the file gives it",
            plot.set_band_shown,
        )
        self.lines = bar.add_toggle(
            "Lines", "mdi6.format-letter-starts-with", "Names of strong lines", plot.set_marks_shown
        )
        self.stacked = bar.add_toggle(
            "Stacked",
            "mdi6.layers-outline",
            "Draw the spectra above one another",
            lambda on: plot.set_stacking(STACKING if on else 0.0),
        )
        bar.add_line()
        self.units = QComboBox()
        self.units.setAccessibleName("Unit of the axis")
        self.units.setToolTip("Unit in which the axis is shown; the data keep theirs")
        for text, name in (
            ("Å", "Angstrom"),
            ("nm", "nm"),
            ("µm", "um"),
            ("cm⁻¹", "cm-1"),
            ("km/s…", "velocity"),
        ):
            self.units.addItem(text, name)
        self.units.activated.connect(self._on_unit_chosen)
        bar.add_widget(self.units)

    def _draw(self, state: AppState) -> None:
        from spectragui.gui.plots.spectrum_plot import PlotSpectrum

        shown = state.visible_spectra
        drawn = [
            PlotSpectrum(item.id, item.spectrum, item.name, ROLES[min(i, len(ROLES) - 1)])
            for i, item in enumerate(shown)
        ]
        drawn.sort(key=lambda item: item.key == state.selected_id)  # the selected one on top
        self.plot.set_spectra(drawn)
        reference = next(
            (item for item in shown if item.id == state.selected_id), shown[0] if shown else None
        )
        if reference is not None:
            self.plot.set_marks_velocity(star_velocity_kms(reference, state))
        self.stacked.setVisible(len(shown) > 1)
        self._pages.setCurrentWidget(self.plot if shown else self.empty)
        self.bar.setVisible(bool(shown))
        if not shown and state.selected is not None:
            self.empty.say(
                "No spectrum is shown",
                "Check the box of a spectrum in the tree to draw it here.",
                f"Show {state.selected.name}",
                self._show_selected,
            )
        self._write_note()

    def _show_selected(self) -> None:
        state = self.session.state
        spectra = tuple(
            s.replace(is_visible=s.is_visible or s.id == state.selected_id) for s in state.spectra
        )
        self.session.update(spectra=spectra)

    def _write_note(self) -> None:
        if self.plot.region_aa is not None:
            self.bar.set_note(self._region_text(*self.plot.region_aa))
            return
        if not self._is_hint_seen():
            self.bar.set_note(HINT)
            return
        count = self.plot.points_per_column
        self.bar.set_note(f"{count:.0f} pixels per column" if count >= 1.5 else "")

    def _is_hint_seen(self) -> bool:
        return "view" in self.session.state.settings.hints_seen

    def _on_gesture_made(self) -> None:
        settings = self.session.state.settings
        if not self._is_hint_seen():
            self.session.update(settings=settings.replace(hints_seen=(*settings.hints_seen, "view")))
            self._write_note()

    def _on_history_changed(self) -> None:
        self._back.setEnabled(self.plot.history.can_go_back)
        self._forward.setEnabled(self.plot.history.can_go_forward)

    def _on_region_selected(self, _start: float, _stop: float) -> None:
        self._write_note()

    def _region_text(self, start_aa: float, stop_aa: float) -> str:
        from spectragui.gui.plots.region import describe_region

        state = self.session.state
        item = (
            state.selected
            if state.selected in state.visible_spectra
            else next(iter(state.visible_spectra), None)
        )
        text = describe_region(item.spectrum, start_aa, stop_aa) if item else ""
        return f"{text} · Enter zooms, Esc clears"

    def _on_unit_chosen(self, index: int) -> None:
        from spectragui.gui.plots.axis_units import DisplayUnit

        name = str(self.units.itemData(index))
        unit = self._ask_line() if name == "velocity" else DisplayUnit(name)
        if unit is None:
            self.units.setCurrentIndex(self.units.findData(self.plot.unit.name))
            return
        self.plot.set_unit(unit)

    def _ask_line(self) -> Any:
        from spectragui.gui.plots.axis_units import DisplayUnit
        from spectragui.gui.plots.line_marks import strong_lines

        (left, right), medium = self.plot.box.viewRange()[0], "air"
        left, right = sorted(self.plot.unit.to_angstrom([left, right], medium).tolist())
        lines = sorted(strong_lines(), key=lambda line: not left < line.wavelength_aa < right)
        names = [f"{line.name} {line.wavelength_aa:.2f}" for line in lines]
        text, is_chosen = QInputDialog.getItem(
            self, "Velocity about a line", "Line, or its wavelength in Å (at rest, air):", names, 0, True
        )
        try:
            wavelength = float(text.split()[-1])
        except (ValueError, IndexError):
            return None
        return DisplayUnit("velocity", wavelength, text) if is_chosen and wavelength > 0 else None


def star_velocity_kms(item: OpenSpectrum, state: AppState) -> float:
    """Return the star's velocity in the frame of its axis: measured, else from the file, else 0."""
    import math

    from spectragui.core.spectrum import orders_of

    first = orders_of(item.spectrum)[0]
    if first.spectral_axis.frame == "rest":
        return 0.0
    prediction = state.prediction(item.id)
    if prediction is not None and first.spectral_axis.frame != "observer":
        velocity = float(prediction.row["v_rad"])
        if math.isfinite(velocity):
            return velocity
    velocity = {**first.meta, **item.spectrum.meta}.get("v_rad_kms")
    return float(velocity) if velocity is not None and math.isfinite(float(velocity)) else 0.0


def _on_active_plot(method: str, *values: Any) -> Any:
    """Return an action's function that calls a method of the plot panel in front."""

    def call(window: MainWindow) -> None:
        name = window.session.state.active_panel
        function = getattr(window.panel(name), method, None)
        if function is not None:
            function(*values)

    return call


for _name, _text, _method, _values, _icon, _keys, _tip in (
    ("reset", "Show &all", "reset", (), "mdi6.arrow-expand-all", "R", "Show the whole spectrum"),
    (
        "fit_y",
        "&Fit y",
        "fit_y",
        (),
        "mdi6.arrow-expand-vertical",
        "Y",
        "Choose y limits for what is in the view",
    ),
    (
        "zoom_in",
        "Zoom &in",
        "zoom_in",
        (),
        "mdi6.magnify-plus-outline",
        "+  =",
        "Halve the range about the cursor",
    ),
    (
        "zoom_out",
        "Zoom &out",
        "zoom_out",
        (),
        "mdi6.magnify-minus-outline",
        "-",
        "Double the range about the cursor",
    ),
    (
        "previous",
        "&Previous order",
        "step",
        (-1,),
        "mdi6.chevron-left",
        "[",
        "Previous order, or half a view back",
    ),
    ("next", "&Next order", "step", (1,), "mdi6.chevron-right", "]", "Next order, or half a view on"),
    ("back", "View &before", "back", (), "mdi6.arrow-left", "Alt+Left", "Return to the view before this one"),
    (
        "forward",
        "View &after",
        "forward",
        (),
        "mdi6.arrow-right",
        "Alt+Right",
        "Return to the view that was left",
    ),
):
    register_action(
        Action(
            f"view.{_name}",
            _text,
            _on_active_plot(_method, *_values),
            menu="View",
            icon=_icon,
            shortcut=_keys,
            tip=_tip,
            is_enabled=has_selection,
            group=1,
        )
    )
