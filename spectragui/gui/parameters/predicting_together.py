"""Predict the selected spectra together: the arms of one star as one result."""

from __future__ import annotations

import dataclasses

from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.parameters.predicting import options_of
from spectragui.gui.session.prediction_tasks import prediction_key
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum, Result, about_any
from spectragui.inference.prediction import Prediction, PredictOptions

ARMS = 2


def predict_selected_together(session: Session) -> None:
    """Predict the two selected spectra as the arms of one star, in the background."""
    state = session.state
    items = tuple(item for item in state.spectra if item.id in state.selected_ids)
    if len(items) != ARMS:
        session.notifications.note(
            "Select two spectra of one star first, one of each arm (Ctrl and a click in Spectra)."
        )
        return
    session.update(active_panel="Parameters")
    options = dataclasses.replace(about_any(options_of(state)), model="")
    session.run(
        prediction_key(*(item.id for item in items)),
        run_together,
        tuple(item.spectrum for item in items),
        options,
        title=f"Predicting {items[0].name} and {items[1].name} together",
        pool="inference",
        on_done=lambda prediction: _keep(session, items, prediction),
    )


def run_together(spectra: tuple[AnySpectrum, ...], options: PredictOptions, progress: Progress) -> Prediction:
    """Predict in a worker; torch is imported there, when first used."""
    progress(0.0, "Loading the model")
    from spectragui.inference.together.predict_together import predict_together

    return predict_together(spectra, options, progress)


def _keep(session: Session, items: tuple[OpenSpectrum, ...], prediction: Prediction) -> None:
    """Put the result into the table, at the first of the spectra, if none was changed meanwhile."""
    state = session.state
    for item in items:
        present = state.spectrum(item.id)
        if present is None or present.spectrum is not item.spectrum:
            return
    first = items[0]
    old = state.result_of(first.id, str(prediction.row["model"]))
    result = Result(old.id if old else session.new_id("result"), first.id, prediction)
    if old is None:
        results = (*state.results, result)
    else:
        results = tuple(result if other is old else other for other in state.results)
    session.update(
        undo=f"Predict {first.name} and {items[1].name} together",
        results=results,
        selected_id=first.id,
        selected_result_id=result.id,
    )
    notifications = session.notifications
    say = notifications.success if prediction.verdict.level == "good" else notifications.note
    say(f"{prediction.row['file']}: {prediction.verdict.sentence}.")
