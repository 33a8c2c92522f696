"""Predict the parameters of a spectrum in the background and keep the result."""

from __future__ import annotations

import functools

from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session import Session
from spectragui.gui.state import Result
from spectragui.inference.prediction import Prediction, PredictOptions


def predict(session: Session, spectrum_id: str) -> None:
    """Start, or start again, the prediction of an open spectrum with the options of the state."""
    item = session.state.spectrum(spectrum_id)
    if item is None:
        return
    session.run(
        prediction_key(spectrum_id),
        run_prediction,
        item.spectrum,
        session.state.options,
        title=f"Predicting {item.name}",
        pool="inference",
        on_done=functools.partial(_on_predicted, session, spectrum_id, item.spectrum),
    )


def cancel_prediction(session: Session, spectrum_id: str) -> None:
    """Ask the prediction of a spectrum to stop."""
    session.tasks.cancel_key(prediction_key(spectrum_id))


def prediction_key(spectrum_id: str) -> str:
    """Return the key of the task that predicts a spectrum."""
    return f"predict:{spectrum_id}"


def run_prediction(spectrum: AnySpectrum, options: PredictOptions, progress: Progress) -> Prediction:
    """Predict in a worker; torch is imported there, when first used."""
    progress(0.0, "Loading the model")
    from spectragui.inference.predict import predict_spectrum

    return predict_spectrum(spectrum, options, progress)


def without_results(results: tuple[Result, ...], spectrum_id: str) -> tuple[Result, ...]:
    """Return the results but those of one spectrum: they no longer hold once it was corrected."""
    return tuple(item for item in results if item.spectrum_id != spectrum_id)


def _on_predicted(session: Session, spectrum_id: str, spectrum: AnySpectrum, prediction: Prediction) -> None:
    item = session.state.spectrum(spectrum_id)
    if item is None or item.spectrum is not spectrum:  # closed or corrected meanwhile
        return
    old = session.state.result_of(spectrum_id, str(prediction.row["model"]))
    result = Result(old.id if old else session.new_id("result"), spectrum_id, prediction)
    results = session.state.results
    if old is None:
        results = (*results, result)
    else:
        results = tuple(result if other is old else other for other in results)
    session.update(undo=f"Predict {item.name}", results=results, selected_result_id=result.id)
    session.notifications.success(f"{item.name}: {prediction.verdict.sentence}.".replace("..", "."))


def forget_velocity_and_resolution(options: PredictOptions) -> PredictOptions:
    """Return the options without what was told about one spectrum only."""
    import dataclasses

    return dataclasses.replace(options, resolving_power=None, medium=None, v_rad=None)
