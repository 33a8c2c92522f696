"""Predict the parameters of a spectrum in the background and keep the result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.prediction_tasks import is_prediction_of, prediction_key
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum, Result, about_any
from spectragui.inference.prediction import Prediction, PredictOptions

Part = tuple[str, AnySpectrum, Prediction | SpectraGUIError]  # id, what was predicted, what came out


def predict(session: Session, spectrum_id: str) -> None:
    """Start, or start again, the prediction of an open spectrum with the options of the state."""
    predict_many(session, (spectrum_id,))


def predict_many(session: Session, spectrum_ids: Sequence[str]) -> None:
    """Predict open spectra one after another as one job; what is done when it is cancelled is kept.

    What the options say of the selected spectra (resolving power, medium, velocity) holds for no others.
    """
    state = session.state
    items = tuple(item for item in state.spectra if item.id in spectrum_ids)
    if not items:
        return
    title = f"Predicting {items[0].name}" if len(items) == 1 else f"Predicting {len(items)} spectra"
    predicting = _Predicting(session, items)
    options = options_of(state)
    session.run(
        prediction_key(*(item.id for item in items)),
        run_predictions,
        tuple(
            (
                item.id,
                item.name,
                item.spectrum,
                options if item.id in state.selected_ids else about_any(options),
            )
            for item in items
        ),
        title=title,
        pool="inference",
        on_part=predicting.keep,
        on_done=lambda _nothing: predicting.say_done(),
        on_cancelled=predicting.say_stopped,
    )


def options_of(state: AppState) -> PredictOptions:
    """Return the options of a prediction: what is said of the spectrum, and the preferred device."""
    return dataclasses.replace(state.options, device=state.settings.device)


def shown_result(state: AppState) -> Result | None:
    """Return the marked result if it is the selected spectrum's, else that spectrum's newest."""
    marked = state.result(state.selected_result_id)
    if marked is not None and marked.spectrum_id == state.selected_id:
        return marked
    return state.result_of(state.selected_id)


def cancel_prediction(session: Session, spectrum_id: str) -> None:
    """Ask the job that predicts a spectrum to stop, with the others that it predicts."""
    for job in session.tasks.active_jobs:
        if is_prediction_of(job, spectrum_id):
            session.tasks.cancel_key(job.key)


def run_predictions(
    spectra: tuple[tuple[str, str, AnySpectrum, PredictOptions], ...],
    progress: Progress,
    hand_over: Callable[[Part], None],
) -> None:
    """Predict spectra (id, name, spectrum, options) in a worker; hand each over as it is done."""
    for number, (spectrum_id, name, spectrum, options) in enumerate(spectra):
        progress(number / len(spectra))  # raises where it was cancelled
        try:
            prediction = run_prediction(spectrum, options, _share(progress, number, len(spectra), name))
        except SpectraGUIError as error:
            hand_over((spectrum_id, spectrum, error))
        else:
            hand_over((spectrum_id, spectrum, prediction))


def _share(progress: Progress, number: int, n_spectra: int, name: str) -> Progress:
    """Return the progress of one spectrum of several; its messages name it."""
    if n_spectra == 1:
        return progress

    def report(fraction: float, message: str = "") -> None:
        said = f"{number + 1} of {n_spectra}, {name}: {message}" if message else ""
        progress((number + fraction) / n_spectra, said)

    return report


def run_prediction(spectrum: AnySpectrum, options: PredictOptions, progress: Progress) -> Prediction:
    """Predict in a worker; torch is imported there, when first used."""
    progress(0.0, "Loading the model")
    from spectragui.inference.parameters.predict_spectrum import predict_spectrum

    return predict_spectrum(spectrum, options, progress)


class _Predicting:
    """Keeps what a job hands over, as one entry of the history, and says how it went."""

    def __init__(self, session: Session, items: Sequence[OpenSpectrum]) -> None:
        self._session = session
        self._items = items
        self._gesture = session.new_id("predict")
        self._n_done = 0
        self._failed: list[tuple[str, SpectraGUIError]] = []

    def keep(self, part: Part) -> None:
        """Put a prediction into the table, in the place of the one before it; remember a failure."""
        spectrum_id, spectrum, found = part
        item = self._session.state.spectrum(spectrum_id)
        if item is None or item.spectrum is not spectrum:  # closed or corrected meanwhile
            return
        if isinstance(found, SpectraGUIError):
            self._failed.append((item.name, found))
            return
        self._n_done += 1
        self._put(item, found)
        if len(self._items) == 1:
            notifications = self._session.notifications
            say = notifications.success if found.verdict.level == "good" else notifications.note
            say(f"{item.name}: {found.verdict.sentence}.".replace("..", "."))

    def say_done(self) -> None:
        """Say how many were predicted, and why others were not."""
        notifications, n_items = self._session.notifications, len(self._items)
        if n_items == 1:
            for _, error in self._failed:
                notifications.failure(error)
            return
        notifications.success(f"{self._n_done} of {n_items} spectra predicted.")
        if self._failed:
            (name, error), n_failed = self._failed[0], len(self._failed)
            notifications.warning(
                f"{n_failed} of {n_items} spectra could not be predicted.",
                hint=f"{'The first: ' if n_failed > 1 else ''}{name}: {error.message}",
                details="\n".join(f"{name}: {error}" for name, error in self._failed),
            )

    def say_stopped(self) -> None:
        """Say what is kept of a job that was cancelled."""
        if len(self._items) > 1:
            self._session.notifications.note(
                f"Stopped: {self._n_done} of {len(self._items)} spectra are predicted, and kept."
            )

    def _put(self, item: OpenSpectrum, prediction: Prediction) -> None:
        state = self._session.state
        old = state.result_of(item.id, str(prediction.row["model"]))
        result = Result(old.id if old else self._session.new_id("result"), item.id, prediction)
        if old is None:
            results = (*state.results, result)
        else:
            results = tuple(result if other is old else other for other in state.results)
        selected = result.id if item.id == state.selected_id else state.selected_result_id
        name = item.name if len(self._items) == 1 else f"{len(self._items)} spectra"
        self._session.update(
            undo=f"Predict {name}", gesture=self._gesture, results=results, selected_result_id=selected
        )


def warm_up(session: Session, spectrum: AnySpectrum) -> None:
    """Load the model that suits a spectrum while nobody waits for it."""
    session.run(
        "warm-up",
        load_model,
        spectrum,
        session.state.settings.device,
        pool="inference",
        on_failed=_say_later,
    )


def load_model(spectrum: AnySpectrum, device: str, progress: Progress) -> None:
    """Load what the first prediction of a spectrum needs; all of it is cached."""
    from spectragui.inference.parameters.model_store import choose_model
    from spectragui.networks.device import choose_device
    from spectragui.networks.parameter_network import load_network

    model = choose_model(spectrum)
    load_network(model.path, choose_device(device).name)
    progress(0.5)
    model.load_companions()


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
        predict_many(session, [item.id for item in fresh])
