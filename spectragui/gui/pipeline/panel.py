"""Pipeline: the stages of the selected spectrum's chain, and what the chosen one does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from spectragui.gui.panel import register_panel
from spectragui.gui.pipeline.edits import use_suggested
from spectragui.gui.pipeline.fields import change_fields, drawn_field, drawn_points, points_values
from spectragui.gui.pipeline.runner import chain_runner
from spectragui.gui.pipeline.shown import (
    PIPELINE,
    shown_chain,
    shown_result,
    shown_run,
    shown_step,
    step_states,
)
from spectragui.gui.plots.plot_panel import PlotPanel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.open_spectra import say_nothing_selected

if TYPE_CHECKING:
    from spectragui.gui.pipeline.stage_plot import StagePlot, StageView
    from spectragui.preprocessing.stage import Stage

RANGES_HINT = "Shift-drag marks a range, right click removes it"
POINTS_HINT = "Double click adds a point, right click removes it"


@register_panel(
    PIPELINE, area="centre", icon="mdi6.pipe", is_available=lambda s: bool(s.spectra), priority=12
)
class PipelinePanel(PlotPanel):
    """Strip of stages over the plots of the chosen one."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.pipeline.stage_strip import StageStrip

        self._gesture = 0
        self.strip = StageStrip(session)
        cast(Any, self.layout()).insertWidget(0, self.strip)
        self.strip.hide()
        self.bar.add_toggle(
            "Errors",
            "mdi6.plus-minus-variant",
            "One sigma about the spectrum, where it is known",
            self._show_errors,
        )
        self.plot.ranges_edited.connect(lambda value, is_over: self._edit("ranges", value, is_over))
        self.plot.points_edited.connect(lambda value, is_over: self._edit("points", value, is_over))
        self.runner = chain_runner(session)

    def make_plot(self) -> StagePlot:
        """Return the panel's plot."""
        from spectragui.gui.pipeline.stage_plot import StagePlot

        return StagePlot(self.session.theme)

    def apply(self, old: AppState, new: AppState) -> None:
        """Show the chain, and the newest result of the chosen stage."""
        if not shows_other(old, new):
            return
        self.strip.follow(new)
        chain = shown_chain(new)
        self.strip.setVisible(chain is not None)
        if chain is None:
            self._say_what_belongs_here(new)
        else:
            self.plot.set_view(stage_view(new))
            self.bar.set_note(self._note(new))
        self.show_plot(chain is not None)

    def repaint_theme(self) -> None:
        """Take colours from the theme again."""
        self.strip.repaint_theme()

    def _show_errors(self, shown: bool) -> None:
        self.plot.set_band_shown(shown)
        self.plot.after.curves_item.set_band_shown(shown)

    def _note(self, state: AppState) -> str:
        chain, step = shown_chain(state), shown_step(state)
        if chain is None or step < 0:
            return "The chain is empty: add a stage"
        run = shown_run(state)
        known = step_states(chain, run)[step]
        if known == "failed":
            return f"{chain.steps[step].stage.title} failed: its input is shown"
        if known == "not run" and run is not None:
            return f"Not run: {chain.steps[len(run.results)].stage.title} failed"
        if known == "off":
            return "Off: the spectrum passes unchanged"
        stage = chain.steps[step].stage
        if self.plot.view.points is not None:
            return POINTS_HINT
        return RANGES_HINT if drawn_field(stage, "ranges") else ""

    def _say_what_belongs_here(self, state: AppState) -> None:
        item = state.selected
        if item is None:
            say_nothing_selected(self.empty, self.session, "process it")
            return
        title = suggested_title(item.spectrum)
        self.empty.say(
            f"{item.name} has no chain of stages yet",
            "Stages clean, normalise and stitch a spectrum; each shows what it does, live. "
            "The spectrum itself is never changed.",
            f"Start with “{title}”",
            lambda: use_suggested(self.session),
        )

    def _edit(self, kind: Any, value: Any, is_over: bool) -> None:
        state = self.session.state
        chain, step = shown_chain(state), shown_step(state)
        if chain is None or step < 0:
            return
        stage = chain.steps[step].stage
        name = drawn_field(stage, kind)
        gesture = f"plot {chain.steps[step].id} {name} {self._gesture}"
        values = {name: value} if kind == "ranges" else points_values(stage, value, shown_result(state))
        change_fields(self.session, name, values, gesture)
        self._gesture += is_over


def shows_other(old: AppState, new: AppState) -> bool:
    """Whether two states differ in anything that is about the chain that is shown."""
    return (
        old.selected is not new.selected
        or old.chains is not new.chains
        or old.runs is not new.runs
        or old.step_id != new.step_id
        or old.active_panel != new.active_panel
    )


def stage_view(state: AppState) -> StageView:
    """Return what is drawn of the step that is looked at."""
    from spectragui.gui.pipeline.stage_plot import StageView

    item, run, chain, step = state.selected, shown_run(state), shown_chain(state), shown_step(state)
    assert item is not None
    before = item.spectrum
    stage: Stage | None = None
    if run is not None and step >= 0:
        before = run.spectra[min(step, len(run.results))]
    if chain is not None and step >= 0:
        stage = chain.steps[step].stage
    ranges = drawn_field(stage, "ranges")
    return StageView(
        key=item.id,
        before=before,
        result=shown_result(state),
        ranges=getattr(stage, ranges) if ranges else None,
        points=drawn_points(stage, before),
    )


def suggested_title(spectrum: Any) -> str:
    """Return the title of the bundled chain that suits a spectrum."""
    from spectragui.preprocessing.chain_files import load_preset, preset_names, suggested_preset

    name = suggested_preset(spectrum)
    return load_preset(name if name in preset_names() else "none").title
