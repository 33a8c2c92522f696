"""Results of spectra that were changed since: they stay, marked, with one click to predict again."""

from __future__ import annotations

from spectragui.gui.parameters.predicting import predict_many
from spectragui.gui.session.notifications import Offer
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

OFFER = "earlier state"


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
    """Offer to predict again what has just been changed; take the offer away where there is nothing left."""
    if old.results is not new.results and old.spectra is not new.spectra:
        before = set(can_predict_again(old))
        for spectrum_id in can_predict_again(new):
            was, now = old.spectrum(spectrum_id), new.spectrum(spectrum_id)
            if spectrum_id not in before and was is not None and now is not None:
                offer_to_predict_again(session, spectrum_id)
    if (old.results is not new.results or old.spectra is not new.spectra) and not can_predict_again(new):
        session.notifications.withdraw(OFFER)
