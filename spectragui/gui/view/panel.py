"""View: the checked spectra over one another, as they are in their files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider

from spectragui.core.signal_to_noise import is_noiseless
from spectragui.core.spectrum import orders_of
from spectragui.gui.actions import fill_menu
from spectragui.gui.panel import register_panel
from spectragui.gui.passport.conversions import axis_and_meta, star_velocity_and_source
from spectragui.gui.plots.go_to import ABOUT_LINE_KMS
from spectragui.gui.plots.plot_panel import Y_FOLLOWS, PlotPanel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.open_spectra import show_spectrum
from spectragui.gui.view.masking import TOOL_WORDS, TOOLS, paint
from spectragui.gui.view.measuring import METHOD_WORDS, measure
from spectragui.gui.view.shown_marks import shown_line_list

if TYPE_CHECKING:
    from spectragui.gui.plots.axis_units import DisplayUnit
    from spectragui.gui.plots.spectrum_plot import SpectrumPlot

ROLES = {  # of the first, second ... spectrum of a kind; then again from the first
    "": ("observed", "second", "observed_alternate", "second_alternate"),
    "denoised": ("denoised", "denoised_alternate"),
    "generated": ("generated", "generated_other"),
}
HINT = "Wheel zooms, drag pans, Shift-drag selects, double click shows all"
HINT_NAME = "view"
STACKING = 1.1  # 1 = curves just meet
SLIDER_WIDTH = 72  # pixels
UNITS = (("Å", "Angstrom"), ("nm", "nm"), ("µm", "um"), ("cm⁻¹", "cm-1"), ("km/s…", "velocity"))


@register_panel(
    "View", area="centre", icon="mdi6.chart-bell-curve", is_available=lambda s: bool(s.spectra), priority=10
)
class ViewPanel(PlotPanel):
    """Overlay plot of all spectra whose box is checked."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        plot = self.plot
        self._marks_doubt = ""
        self.curves = self.bar.add_menu(
            "Curves",
            "mdi6.layers-outline",
            "Errors (B), stacked (S), normalised for display (D), logarithmic (Shift+L)",
            lambda menu: fill_menu(menu, self.window(), "View.curves"),
        )
        self.marks = self.bar.add_menu(
            "Marks",
            "mdi6.format-letter-starts-with",
            "Lines of the star (L), telluric bands (T), lines of the night sky (N)",
            lambda menu: fill_menu(menu, self.window(), "View.marks"),
        )
        self.measure = self.bar.add_menu(
            "Measure",
            "mdi6.ruler",
            "S/N ($), equivalent width (E), Gaussian (G) or Voigt (Shift+G) of a region",
            lambda menu: fill_menu(menu, self.window(), "View.measure"),
        )
        self.painting = self.bar.add_menu(
            "Mask",
            "mdi6.brush",
            "Mask pixels (M), or count them again (U)",
            lambda menu: fill_menu(menu, self.window(), "View.mask"),
        )
        self.combine = self.bar.add_menu(
            "Combine",
            "mdi6.set-merge",
            "Co-add exposures; ratio, difference, division by a telluric standard",
            lambda menu: fill_menu(menu, self.window(), "View.combine"),
        )
        self.bar.add_line()
        self.units = self.bar.add_choice(
            "Unit of the axis",
            "Unit in which the axis is shown; the data keep theirs",
            UNITS,
            self._on_unit_chosen,
        )
        self.spacing = self._spacing_slider()
        self.bar.add_widget(self.spacing)  # the last one: nothing moves when it comes
        plot.density_changed.connect(lambda _: self._write_note())
        plot.region_selected.connect(lambda *_: self._write_note())
        plot.region_selected.connect(self._on_region_selected)
        plot.escaped.connect(lambda: session.update(tool=""))
        plot.gesture_made.connect(self._on_gesture_made)
        plot.marks.mark_clicked.connect(self._on_mark_clicked)

    def make_plot(self) -> SpectrumPlot:
        """Return the panel's plot."""
        from spectragui.gui.plots.spectrum_plot import SpectrumPlot

        return SpectrumPlot(self.session.theme)

    def apply(self, old: AppState, new: AppState) -> None:
        """Draw what is checked."""
        self._follow_conversion(old, new)
        before, now = old.settings, new.settings
        if before.line_list != now.line_list:
            self._take_line_list()
        if before.view_shows != now.view_shows:
            self._show_curves_as(now.view_shows)
        if before.view_marks != now.view_marks:
            self.plot.set_mark_rows(now.view_marks)
            self._write_note()
        if old.tool != new.tool:
            self.plot.box.drags_regions = bool(new.tool)
            self._write_note()
        if (before, old.tool) != (now, new.tool):
            self._mark_what_is_on(new)
        if old.measurements is not new.measurements or old.spectra is not new.spectra:
            self._draw_measurements(new)
        if (
            old.spectra is not new.spectra
            or old.results is not new.results
            or old.selected_id != new.selected_id
        ):
            self._draw(new)

    def _spacing_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, 300)
        slider.setValue(int(100 * STACKING))
        slider.setFixedWidth(SLIDER_WIDTH)
        slider.setAccessibleName("Distance of the stacked spectra")
        slider.setToolTip("Distance of the stacked spectra")
        slider.valueChanged.connect(lambda _: self._follow_stacking())
        slider.hide()
        return slider

    def _show_curves_as(self, shows: tuple[str, ...]) -> None:
        """Draw errors, stack and normalise as the preferences say."""
        self.plot.set_band_shown("errors" in shows)
        self.plot.set_normalised("normalised" in shows)
        self._follow_stacking()

    def _follow_stacking(self) -> None:
        state = self.session.state
        is_on = "stacked" in state.settings.view_shows and len(state.visible_spectra) > 1
        self.spacing.setVisible(is_on)
        self.plot.set_stacking(self.spacing.value() / 100.0 if is_on else 0.0)

    def _mark_what_is_on(self, state: AppState) -> None:
        """Let the buttons show whether something of their menus is on."""
        shows, marks, tool = state.settings.view_shows, state.settings.view_marks, state.tool
        on = (
            (self.curves, set(shows) - {Y_FOLLOWS}),
            (self.marks, marks),
            (self.measure, tool in METHOD_WORDS),
            (self.painting, tool in TOOLS),
        )
        for button, is_on in on:
            if is_on:
                button.setCheckable(True)
            button.setChecked(bool(is_on))  # paints it: to be checkable no more would not
            button.setCheckable(bool(is_on))  # a button that is not on could be switched on by the keyboard

    def use_on_region(self, tool: str) -> bool:
        """Measure or paint the selected region; return whether there is one."""
        item = self._reference(self.session.state)
        limits = self.plot.region_of(item.spectrum) if item is not None else None
        if item is None or limits is None:
            return False
        if tool in TOOLS:
            self.plot.clear_region()
            paint(self.session, item, limits[0], limits[1], tool)
        else:
            measure(self.session, item, tool, *limits)
        return True

    def go_to(self, start_aa: float, stop_aa: float, medium: str) -> None:
        """Show a region [Angstrom] with something around it."""
        self.catch_up()
        self.plot.show_region(start_aa, stop_aa, medium)

    def _on_region_selected(self, start_aa: float, stop_aa: float) -> None:
        tool = self.session.state.tool
        if stop_aa > start_aa and tool:
            self.use_on_region(tool)

    def _draw_measurements(self, state: AppState) -> None:
        """Draw what was fitted to the spectra as they are now."""
        now = {item.id: item.spectrum for item in state.spectra}
        self.plot.set_overlays(
            [
                (one.spectrum_id, role, wavelength, flux, str(one.row["medium"]))
                for one in state.measurements
                if now.get(one.spectrum_id) is one.spectrum
                for role, wavelength, flux in one.curves
            ]
        )

    def _take_line_list(self) -> None:
        from spectragui.gui.plots.mark_rows import star_row

        chosen = shown_line_list(self.session)
        self.plot.marks.set_row(star_row(chosen.lines if chosen is not None else ()))
        self.plot.guides.update()

    def _draw(self, state: AppState) -> None:
        from spectragui.gui.plots.spectrum_plot import PlotSpectrum

        shown = state.visible_spectra
        drawn = [
            PlotSpectrum(item.id, item.spectrum, item.name, role)
            for item, role in zip(shown, _roles(shown), strict=True)
        ]
        self.plot.set_spectra(drawn, top_key=state.selected_id)
        reference = self._reference(state)
        if reference is not None:
            self._place_marks(reference, state)
        self._follow_stacking()
        self.units.setEnabled(not self.plot.has_only_pixels)
        self.combine.setVisible(len(state.spectra) > 1)
        self.say(self.plot.differences)
        self._say_what_belongs_here(state)
        self.show_plot(bool(shown))
        self._write_note()

    def _place_marks(self, reference: OpenSpectrum, state: AppState) -> None:
        from spectragui.analysis.mark_frames import observer_factor
        from spectragui.core.spectral_axis import doppler_factor

        factor, self._marks_doubt = observer_factor(*axis_and_meta(reference))
        velocity, _ = star_velocity_and_source(reference, state)
        self.plot.set_mark_factors(doppler_factor(velocity if math.isfinite(velocity) else 0.0), factor)

    @staticmethod
    def _reference(state: AppState) -> OpenSpectrum | None:
        """Return the spectrum that marks and regions are about: the selected one if it is drawn."""
        shown = state.visible_spectra
        return next((item for item in shown if item.id == state.selected_id), shown[0] if shown else None)

    def _say_what_belongs_here(self, state: AppState) -> None:
        text = "Check the box of a spectrum in the tree to draw it here."
        if state.selected is None:
            self.empty.say("No spectrum is shown", text)
        else:
            self.empty.say("No spectrum is shown", text, f"Show {state.selected.name}", self._show_selected)

    def _show_selected(self) -> None:
        show_spectrum(self.session, self.session.state.selected_id, True)

    def _write_note(self) -> None:
        count, tool = self.plot.points_per_column, self.session.state.tool
        if tool:
            self.bar.set_note(f"{TOOL_WORDS[tool]} · Esc ends")
        elif self.plot.region_aa is not None:
            self.bar.set_note(self._region_text())
        elif HINT_NAME not in self.session.state.settings.hints_seen:
            self.bar.set_note(HINT)
        elif self._marks_doubt and {"telluric", "sky"} & set(self.session.state.settings.view_marks):
            self.bar.set_note(self._marks_doubt)
        else:
            self.bar.set_note(f"{count:.0f} pixels per column" if count >= 1.5 else "")

    def _on_gesture_made(self) -> None:
        settings = self.session.state.settings
        if HINT_NAME not in settings.hints_seen:
            self.session.update(settings=settings.replace(hints_seen=(*settings.hints_seen, HINT_NAME)))
            self._write_note()

    def _region_text(self) -> str:
        from spectragui.gui.view.region import describe_region

        item = self._reference(self.session.state)
        limits = self.plot.region_of(item.spectrum) if item else None
        text = describe_region(item.spectrum, *limits) if item and limits else ""
        return f"{text} · $ E G measure, M masks, Enter zooms, Esc clears"

    def _follow_conversion(self, old: AppState, new: AppState) -> None:
        """Show the axis in the unit that the selected spectrum was just converted to."""
        before = old.spectrum(new.selected_id)
        if before is None or new.selected is None or before.spectrum is new.selected.spectrum:
            return
        units = [orders_of(item.spectrum)[0].spectral_axis.unit for item in (before, new.selected)]
        index = self.units.findData(units[1])
        if units[0] != units[1] and index >= 0:
            self.units.setCurrentIndex(index)
            self._on_unit_chosen(index)

    def _on_unit_chosen(self, index: int) -> None:
        from spectragui.gui.plots.axis_units import DisplayUnit
        from spectragui.gui.view.velocity_line import ask_line

        name = str(self.units.itemData(index))
        unit = ask_line(self, self.plot) if name == "velocity" else DisplayUnit(name)
        if unit is None:
            self.units.setCurrentIndex(self.units.findData(self.plot.unit.name))
        elif unit.name == "velocity":
            self._show_velocities(unit)
        else:
            self.plot.set_unit(unit)

    def _on_mark_clicked(self, name: str, vacuum_aa: float) -> None:
        """Show velocities about the line that was clicked."""
        from spectragui.core.spectral_axis import vacuum_to_air
        from spectragui.gui.plots.axis_units import DisplayUnit

        wavelength = vacuum_aa if self.plot.medium == "vacuum" else float(vacuum_to_air(vacuum_aa))
        self._show_velocities(DisplayUnit("velocity", wavelength, f"{name} {wavelength:.2f}"))

    def _show_velocities(self, unit: DisplayUnit) -> None:
        """Show velocities about a line, as many as a line is wide."""
        self.plot.set_unit(unit)
        self.units.setCurrentIndex(self.units.findData("velocity"))
        self.plot.set_x_range(-ABOUT_LINE_KMS, ABOUT_LINE_KMS)
        self.plot.fit_y()


def _roles(items: Sequence[OpenSpectrum]) -> list[str]:
    """Return the colours of curves: of each kind, by their place among those alike."""
    tones = {kind: itertools.cycle(roles) for kind, roles in ROLES.items()}
    return [next(tones[_made_role(item)]) for item in items]


def _made_role(item: OpenSpectrum) -> str:
    """Return the role of a spectrum that no telescope took; one simulated with noise is as observed."""
    if item.spectrum.meta.get("denoised"):
        return "denoised"
    return "generated" if is_noiseless(item.spectrum) else ""
