"""Predict the parameters of a spectrum in the background and keep the result."""

from __future__ import annotations

import functools

from spectragui.analysis.axis_conversion import Correction
from spectragui.analysis.change_words import change_words
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum, Result
from spectragui.gui.spectra.command_lines import copy_command, number_word, spectrum_words
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


def prediction_words(item: OpenSpectrum, options: PredictOptions) -> list[str]:
    """Return the command that predicts an open spectrum with these options, as words.

    Raises
    ------
    SettingsError
        If no file holds the spectrum.
    """
    words = ["predict", *spectrum_words(item)]
    if options.model:
        words += ["--model", options.model]
    if options.medium is not None:  # told after all changes: the reading option would be before them
        words += ["--change", change_words(Correction(medium=options.medium))]
    for flag, value in (("--resolving-power", options.resolving_power), ("--v-rad", options.v_rad)):
        if value is not None:
            words += [flag, number_word(value)]
    return words if options.refine else [*words, "--no-refine"]


def copy_prediction_command(session: Session) -> None:
    """Put the command that predicts the selected spectrum into the clipboard."""
    item = session.state.selected
    if item is not None:
        copy_command(session, lambda: prediction_words(item, session.state.options))


def cancel_prediction(session: Session, spectrum_id: str) -> None:
    """Ask the prediction of a spectrum to stop."""
    session.tasks.cancel_key(prediction_key(spectrum_id))


def prediction_key(spectrum_id: str) -> str:
    """Return the key of the task that predicts a spectrum."""
    return f"predict:{spectrum_id}"


def run_prediction(spectrum: AnySpectrum, options: PredictOptions, progress: Progress) -> Prediction:
    """Predict in a worker; torch is imported there, when first used."""
    progress(0.0, "Loading the model")
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum

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
    selected = result.id if spectrum_id == session.state.selected_id else session.state.selected_result_id
    session.update(undo=f"Predict {item.name}", results=results, selected_result_id=selected)
    say = session.notifications.success if prediction.verdict.level == "good" else session.notifications.note
    say(f"{item.name}: {prediction.verdict.sentence}.".replace("..", "."))


def warm_up(session: Session, spectrum: AnySpectrum) -> None:
    """Load the model that suits a spectrum while nobody waits for it."""
    session.run("warm-up", load_model, spectrum, pool="inference", on_failed=_say_later)


def load_model(spectrum: AnySpectrum, progress: Progress) -> None:
    """Load what the first prediction of a spectrum needs; all of it is cached."""
    from spectragui.inference.observation.velocity_templates import velocity_templates
    from spectragui.inference.parameters.model_store import choose_model
    from spectragui.networks.parameter_network import load_network

    load_network(choose_model(spectrum).path)
    progress(0.5)
    velocity_templates()


def _say_later(_error: BaseException) -> None:
    """Leave a failed warm-up to the prediction, which says it where somebody asked."""


def follow_opening(session: Session, old: AppState, new: AppState) -> None:
    """After a spectrum was opened: load its model, and predict it if the user prefers that."""
    if old.spectra is new.spectra:
        return
    known = {item.id for item in old.spectra}
    fresh = [item for item in new.spectra if item.id not in known and new.result_of(item.id) is None]
    if fresh:
        warm_up(session, fresh[0].spectrum)
    if new.settings.predict_on_open:
        for item in fresh:
            predict(session, item.id)
