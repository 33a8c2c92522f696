"""Denoise: the selected spectrum, the one without its noise, and the residual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectragui.gui.denoise.denoising import is_denoising_of, source_of, warm_up
from spectragui.gui.denoise.proof_card import EARLIER, snr_text
from spectragui.gui.panel import register_panel
from spectragui.gui.plots.plot_panel import PlotPanel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.open_spectra import say_nothing_selected
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.gui.denoise.plot import DenoisePlot
    from spectragui.inference.denoise.line_trial import LineTrial

AROUND_AA = 40.0  # shown on either side of a line that was tried


@register_panel(
    "Denoise",
    area="centre",
    icon="mdi6.blur-off",
    is_available=lambda s: bool(s.spectra),
    priority=35,
)
class DenoisePanel(PlotPanel):
    """Plot of noisy, denoised and residual; the observed flux is never replaced."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        plot = self.plot
        self.bar.add_toggle(
            "Alone",
            "mdi6.arrow-split-horizontal",
            "The denoised spectrum below, alone, with its own limits",
            plot.set_apart,
            checked=True,
        )
        self.bar.add_toggle(
            "Errors",
            "mdi6.plus-minus-variant",
            "One sigma about the denoised spectrum that stands alone",
            plot.set_band_shown,
            checked=True,
        )
        self.bar.add_toggle(
            "Lines",
            "mdi6.format-letter-starts-with",
            "Names of strong lines",
            plot.set_marks_shown,
            checked=True,
        )
        self._trial: LineTrial | None = None
        self._warmed = ""
        session.tasks.job_changed.connect(self._on_job_changed)

    def make_plot(self) -> DenoisePlot:
        """Return the panel's plot."""
        from spectragui.gui.denoise.plot import DenoisePlot

        return DenoisePlot(self.session.theme)

    def apply(self, old: AppState, new: AppState) -> None:
        """Show the selected spectrum and what was made of it."""
        if old.selected is new.selected and old.denoisings is new.denoisings and old.spectra is new.spectra:
            return
        item = source_of(self.session, new.selected_id)
        if item is None:
            say_nothing_selected(self.empty, self.session, "denoise it")
            self.show_plot(False)
            self.say("")
            return
        denoising = new.denoising(item.id)
        noisy = item.spectrum if denoising is None else denoising.spectrum
        trial = None if denoising is None else denoising.trial
        is_new_trial = trial is not None and trial is not self._trial
        self._trial = trial
        if noisy is not self.plot.noisy or denoising is not self.plot.denoising:
            self.plot.set_denoising(noisy, denoising)
        if trial is not None:
            self.say(f"Not the data alone: {trial.words}, to see what the network makes of it.")
        else:
            is_earlier = denoising is not None and denoising.spectrum is not item.spectrum
            self.say(EARLIER if is_earlier else "")
        self.show_plot(True)
        if denoising is None and item.id != self._warmed:
            self._warmed = item.id
            warm_up(self.session, item.spectrum)
        if is_new_trial and trial is not None:
            self.show_place(trial.start_aa - AROUND_AA, trial.stop_aa + AROUND_AA)
        self._say_state()

    def show_place(self, start_aa: float, stop_aa: float) -> None:
        """Show a stretch of wavelength, y limits for what is in it."""
        self.plot.set_x_range(start_aa, stop_aa)
        self.plot.fit_y()

    def _say_state(self) -> None:
        denoising = self.plot.denoising
        if denoising is not None:
            found = denoising.denoised
            self.bar.set_note(f"S/N {snr_text(found)} by {found.model} {found.version}")
            return
        item = source_of(self.session, self.session.state.selected_id)
        jobs = self.session.tasks.active_jobs
        is_busy = item is not None and any(is_denoising_of(job, item.id) for job in jobs)
        self.bar.set_note("Denoising …" if is_busy else "Not denoised yet (F7)")

    def _on_job_changed(self, job: Job) -> None:
        item = source_of(self.session, self.session.state.selected_id)
        if item is not None and is_denoising_of(job, item.id):
            self._say_state()
