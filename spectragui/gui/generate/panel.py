"""Generate: the spectrum of a star with the labels of the sliders, live; over an observed one if wished."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer

from spectragui.core.errors import SpectraGUIError
from spectragui.core.labels import true_minus
from spectragui.core.spectral_axis import FRAME_WORDS, doppler_factor
from spectragui.gui.generate.generating import Generation, observing_values, run_backdrop, run_generation
from spectragui.gui.panel import register_panel
from spectragui.gui.plots.model_window_panel import FIRST_PLACE, WindowPanel
from spectragui.gui.session.generate_state import CVAE, MODEL_WORDS
from spectragui.gui.session.live_task import LiveTask
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum

if TYPE_CHECKING:
    from spectragui.gui.generate.plot import GeneratedPicture, GeneratePlot
    from spectragui.inference.generate.overlay import Backdrop

SETTLE_MS = 180  # after the last move of a slider: samples, noise, limits, the level of the data
LIVE_TASK = "generate:live"


@register_panel(
    "Generate",
    area="centre",
    icon="mdi6.tune-variant",
    is_available=lambda s: bool(s.spectra) or s.active_panel == "Generate",
    priority=30,
)
class GeneratePanel(WindowPanel):
    """Plot of the generated spectrum; its sliders are in the dock on the right."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._backdrop: tuple[OpenSpectrum, Backdrop] | None = None
        self._failed_id = ""
        self._generation: Generation | None = None
        self._live = LiveTask(session, LIVE_TASK, run_generation, self._on_generated, self._on_failed)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self._generate(is_settled=True))
        self.bar.add_toggle(
            "Spread", "mdi6.arrow-expand-vertical", "Spread of the samples", self.plot.set_band_shown, True
        )
        self.add_window_controls()
        self.empty.say("Generating the first spectrum …", "")

    def make_plot(self) -> GeneratePlot:
        """Return the panel's plot."""
        from spectragui.gui.generate.plot import GeneratePlot

        return GeneratePlot(self.session.theme)

    @property
    def generation(self) -> Generation | None:
        """What is shown."""
        return self._generation

    @property
    def is_settled(self) -> bool:
        """Whether the picture is the final one for where the sliders are."""
        shown = self._generation
        is_final = shown is not None and shown.is_settled and shown.state is self.session.state.generate
        return is_final and not self._live.is_busy and not self._settle.isActive()

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the sliders and the selected spectrum."""
        is_over = new.generate.is_over_observed
        if is_over and (old.selected is not new.selected or not old.generate.is_over_observed):
            self._failed_id = ""
        if is_over and new.selected is not None and self._backdrop_of(new) is None:
            self._prepare_backdrop(new.selected)
        moved = old.generate is not new.generate or self._generation is None
        if moved or (is_over and old.selected is not new.selected):
            self._generate(is_settled=self._generation is None)
            self._settle.start()

    def _backdrop_of(self, state: AppState) -> Backdrop | None:
        if not state.generate.is_over_observed or self._backdrop is None:
            return None
        item, backdrop = self._backdrop
        selected = state.selected
        return backdrop if selected is not None and item.spectrum is selected.spectrum else None

    def _prepare_backdrop(self, item: OpenSpectrum) -> None:
        if item.id == self._failed_id:
            return
        self.session.run(
            "generate:backdrop",
            run_backdrop,
            item.spectrum,
            self.session.state.options,
            title=f"Preparing {item.name}",
            on_done=functools.partial(self._on_backdrop, item),
            on_failed=functools.partial(self._on_backdrop_failed, item),
        )

    def _on_backdrop(self, item: OpenSpectrum, backdrop: Backdrop) -> None:
        """Take velocity and resolving power of the observation over into the sliders, and draw it."""
        self._backdrop = item, backdrop
        state = self.session.state
        if state.selected is None or state.selected.spectrum is not item.spectrum:
            return
        self.session.update(generate=state.generate.with_request(**observing_values(backdrop)))

    def _on_backdrop_failed(self, item: OpenSpectrum, error: BaseException) -> None:
        self._failed_id = item.id
        if isinstance(error, SpectraGUIError):
            self.session.notifications.failure(error)
        state = self.session.state
        self.session.update(generate=dataclasses.replace(state.generate, is_over_observed=False))

    def _generate(self, is_settled: bool) -> None:
        state = self.session.state
        backdrop = self._backdrop_of(state)
        shown = self._generation
        levels = None
        if shown is not None and shown.overlay is not None and shown.backdrop is backdrop:
            levels = shown.overlay.levels
        self._live.run(state.generate, backdrop, levels, is_settled)

    def _on_generated(self, generation: Generation) -> None:
        is_first = self._generation is None
        self._generation = generation
        self.plot.set_picture(self._picture(generation), generation.is_settled)
        request = generation.state.request
        self._place_marks(request.v_rad)
        self.bar.set_note(self._note(generation))
        self.show_plot(True)
        if is_first:
            self.go_to(FIRST_PLACE)
        elif generation.is_settled:
            self.plot.residual.reset_y()
        if generation.is_settled:
            self.session.update(generation=generation)

    def _on_failed(self, error: BaseException) -> None:
        if isinstance(error, SpectraGUIError):
            self.bar.set_note(str(error))
            if self._generation is None:
                again = functools.partial(self._generate, is_settled=True)
                self.empty.say("No spectrum can be generated", str(error), "Try again", again)

    def _place_marks(self, v_rad_kms: float) -> None:
        from spectragui.gui.plots.mark_rows import MarkAxis

        self.plot.marks.set_axis(MarkAxis(medium="air", star_factor=doppler_factor(v_rad_kms)))

    def _picture(self, generation: Generation) -> GeneratedPicture:
        from spectragui.gui.generate.plot import GeneratedPicture

        state = generation.state
        model = state.request.model
        over = generation.overlay
        item = self._backdrop[0] if self._backdrop is not None and over is not None else None
        label = MODEL_WORDS.get(model, model)
        if generation.samples is not None and model == CVAE:
            label += " mean"
        return GeneratedPicture(
            generation.wavelength_aa,
            generation.flux,
            label,
            generation.spread,
            generation.samples if generation.noisy is None else generation.noisy[None],
            generation.other,
            MODEL_WORDS.get(state.other_model, state.other_model),
            over,
            item.name if item is not None else "",
            self._axis_label(generation),
            sample_label="samples"
            if generation.noisy is None
            else f"with noise, S/N {state.request.snr:.0f}",
        )

    def _axis_label(self, generation: Generation) -> str:
        request = generation.state.request
        if generation.backdrop is not None:
            return f"Wavelength (Å, air, {FRAME_WORDS[generation.backdrop.frame]})"
        where = FRAME_WORDS[request.axis_frame]
        if request.v_rad:
            where += f", v = {true_minus(f'{request.v_rad:g}')} km/s"
        return f"Wavelength (Å, air, {where})"

    def _note(self, generation: Generation) -> str:
        if generation.extrapolated:
            return "Extrapolated: " + " ".join(generation.extrapolated)
        parts = []
        if generation.other is not None:
            difference = abs(generation.flux - generation.other)
            parts.append(f"mean |difference| {100 * float(np.nanmean(difference)):.2f} %")
        return " · ".join(parts)
