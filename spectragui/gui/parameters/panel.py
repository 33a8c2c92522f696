"""Parameters: the selected spectrum, the one generated at the parameters found, and their residual."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QStandardItemModel

from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.gui.actions import trigger
from spectragui.gui.panel import register_panel
from spectragui.gui.parameters.predicting import is_prediction_of, predict, shown_result
from spectragui.gui.parameters.reasons import Reasons
from spectragui.gui.plots.model_window_panel import FIRST_PLACE, WindowPanel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.open_spectra import say_nothing_selected
from spectragui.inference.prediction import Comparison
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.gui.plots.comparison_plot import ComparisonPlot

SENSITIVITY_TASK = "sensitivity"
EARLIER_STATE = "Of an earlier state: the spectrum was changed after this prediction. Predict again (F5)."


@register_panel(
    "Parameters",
    area="centre",
    icon="mdi6.star-four-points-outline",
    is_available=lambda s: bool(s.spectra),
    priority=20,
)
class ParametersPanel(WindowPanel):
    """Comparison of the selected spectrum with the one generated at its parameters."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        plot = self.plot
        self.bar.add_toggle(
            "Errors", "mdi6.plus-minus-variant", "One sigma about the data", plot.set_band_shown
        )
        self.add_window_controls()
        labels = [("Sensitivity", ""), *((f"ΔF with {LABELS[n].plain_symbol}", n) for n in PARAMETER_LABELS)]
        self.sensitivities = self.bar.add_choice(
            "Sensitivity",
            "Show under the residual how the spectrum changes with a label",
            labels,
            lambda _: self._on_sensitivity_chosen(),
            always=labels[0][0],
        )
        self.reasons = Reasons(session, plot, self.bar, self._leave_sensitivity)
        session.tasks.job_changed.connect(self._on_job_changed)

    def make_plot(self) -> ComparisonPlot:
        """Return the panel's plot."""
        from spectragui.gui.plots.comparison_plot import ComparisonPlot

        return ComparisonPlot(self.session.theme)

    def apply(self, old: AppState, new: AppState) -> None:
        """Show the newest prediction of the selected spectrum."""
        if (
            old.selected is new.selected
            and old.results is new.results
            and old.selected_result_id == new.selected_result_id
            and (new.selected is not None or old.spectra is new.spectra)
        ):
            return
        comparison = shown_comparison(new)
        if comparison is not self.plot.comparison:
            self._show(comparison)
        if comparison is None:
            self._say_what_belongs_here(new)
        self.say(EARLIER_STATE if comparison is not None and is_shown_as_earlier(new) else "")
        self.show_plot(comparison is not None)

    def reset(self) -> None:
        """Show the whole window of the model."""
        self.go_to(0)

    def _on_sensitivity_chosen(self) -> None:
        self.reasons.leave()
        self._ask_for_sensitivity()

    def _leave_sensitivity(self) -> None:
        self.sensitivities.setCurrentIndex(0)
        self.session.tasks.cancel_key(SENSITIVITY_TASK)

    def _ask_for_sensitivity(self) -> None:
        """Compute in the background what the chosen label changes."""
        from spectragui.inference.generate.sensitivity import label_sensitivity

        name, comparison = str(self.sensitivities.currentData()), self.plot.comparison
        if not name or comparison is None:
            self.session.tasks.cancel_key(SENSITIVITY_TASK)
            self.plot.set_sensitivity(None)
            return
        result = shown_result(self.session.state)
        power = float(result.prediction.row["resolving_power"]) if result is not None else math.inf
        self.session.run(
            SENSITIVITY_TASK,
            label_sensitivity,
            comparison,
            name,
            power if power > 0 else math.inf,
            title=f"Sensitivity to {LABELS[name].plain_symbol}",
            on_done=functools.partial(self._show_sensitivity, comparison, name),
        )

    def _show_sensitivity(self, comparison: Comparison, name: str, change: Any) -> None:
        from spectragui.inference.generate.sensitivity import STEPS

        if comparison is self.plot.comparison and name == self.sensitivities.currentData():
            self.plot.set_sensitivity(change, f"ΔF, +{STEPS[name]:g} {LABELS[name].unit}")

    def _show(self, comparison: Comparison | None) -> None:
        had_one = self.plot.comparison is not None
        self.plot.set_sensitivity(None)
        self.plot.set_comparison(comparison)
        self._offer_sensitivities(comparison)
        result = shown_result(self.session.state)
        self.reasons.offer(result.prediction if result is not None else None)
        if comparison is not None and self.sensitivities.currentData():
            self._ask_for_sensitivity()
        elif comparison is not None and self.reasons.label:
            self.reasons.show()
        if comparison is not None and not had_one:
            self.go_to(FIRST_PLACE)
        elif comparison is not None:
            self.plot.fit_y()

    def _offer_sensitivities(self, comparison: Comparison | None) -> None:
        """Offer only the labels that the spectrum was generated with."""
        items = self.sensitivities.model()
        assert isinstance(items, QStandardItemModel)
        for row, name in enumerate(("", *PARAMETER_LABELS)):
            is_known = comparison is None or not name or name in comparison.labels
            items.item(row).setEnabled(is_known)
            if not is_known and row == self.sensitivities.currentIndex():
                self.sensitivities.setCurrentIndex(0)

    def _say_what_belongs_here(self, state: AppState) -> None:
        item = state.selected
        if item is None:
            say_nothing_selected(self.empty, self.session, "read its parameters")
            return
        result = shown_result(state)
        prediction = None if result is None else result.prediction
        if prediction is not None and not prediction.is_of_earlier_state:
            from spectragui.gui.forms.verdict_words import further_reasons

            self.empty.say(
                prediction.verdict.sentence,
                "\n".join(further_reasons(prediction.verdict)),
                "Correct passport…",
                lambda: trigger(self.window(), "spectrum.correct"),
            )
            return
        self.empty.say(
            f"{item.name} has not been predicted yet",
            "The spectrum, the one generated at its parameters, and their residual in sigma will stand here.",
            "Predict parameters",
            lambda: predict(self.session, item.id),
        )

    def _on_job_changed(self, job: Job) -> None:
        selected = self.session.state.selected_id
        if not is_prediction_of(job, selected) or shown_comparison(self.session.state) is not None:
            return
        if job.is_active:
            cancel = functools.partial(self.session.tasks.cancel, job.number)
            self.empty.say(job.title, f"{job.message or 'Waiting'} …", "Cancel", cancel)
        elif job.status != "done":
            self._say_what_belongs_here(self.session.state)


def is_shown_as_earlier(state: AppState) -> bool:
    """Whether the shown result is of an earlier state of the selected spectrum."""
    result = shown_result(state)
    return result is not None and result.is_of_earlier_state


def shown_comparison(state: AppState) -> Comparison | None:
    """Return the comparison of the selected spectrum's marked result, else of its newest."""
    result = shown_result(state)
    return result.prediction.comparison if result is not None else None
