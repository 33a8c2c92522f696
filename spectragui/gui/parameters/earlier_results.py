"""Results of spectra that were changed since: they stay, marked, with one click to predict again."""

from __future__ import annotations

from spectragui.gui.parameters.predicting import predict_many
from spectragui.gui.session.notifications import Offer
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Result

OFFER = "earlier state"


def with_earlier_state(results: tuple[Result, ...], spectrum_id: str) -> tuple[Result, ...]:
    """Return the results, those of one spectrum marked: it was changed. The same where none is its own."""
    if not any(_holds_of(item, spectrum_id) for item in results):
        return results
    return tuple(item.of_earlier_state() if _holds_of(item, spectrum_id) else item for item in results)


def can_predict_again(state: AppState) -> tuple[str, ...]:
    """Return the ids of the open spectra that have results of an earlier state."""
    marked = {item.spectrum_id for item in state.results if item.is_of_earlier_state}
    return tuple(item.id for item in state.spectra if item.id in marked)


def offer_to_predict_again(session: Session, spectrum_id: str) -> None:
    """Say that results of a spectrum are of an earlier state; one click predicts again."""

    def make(ids: tuple[str, ...]) -> Offer:
        item = session.state.spectrum(ids[0])
        if len(ids) == 1:
            name = "A spectrum" if item is None else item.name
            text = f"{name} was changed: its result is of an earlier state."
        else:
            text = f"{len(ids)} spectra were changed: their results are of an earlier state."
        hint = "Marked so, it stays in the table." if len(ids) == 1 else "Marked so, they stay in the table."
        return Offer(text, hint, "Predict again", lambda: predict_many(session, ids))

    session.notifications.offer(OFFER, (spectrum_id,), make)


def follow_results(session: Session, old: AppState, new: AppState) -> None:
    """Take the offer to predict again away once there is nothing to predict again."""
    if (old.results is not new.results or old.spectra is not new.spectra) and not can_predict_again(new):
        session.notifications.withdraw(OFFER)


def _holds_of(result: Result, spectrum_id: str) -> bool:
    return result.spectrum_id == spectrum_id and not result.is_of_earlier_state
