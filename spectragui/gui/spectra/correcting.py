"""Put another version of an open spectrum in its place: undoable, and done again when its file is reread."""

from __future__ import annotations

from spectragui.analysis.painted_mask import n_masked
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.gui.session.prediction_tasks import drop_prediction
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import Change, OpenSpectrum, Result


def change_spectrum(session: Session, spectrum_id: str, change: Change, undo: str) -> None:
    """Correct or convert an open spectrum; done again whenever its file is read again.

    Raises
    ------
    UnitError
        If the spectrum cannot be changed so.
    """
    item = session.state.spectrum(spectrum_id)
    if item is not None:
        spectrum = change(item.spectrum)
        is_masked_alike = n_masked(spectrum) == n_masked(item.spectrum)
        snr = item.snr if is_masked_alike else spectrum_snr(spectrum)
        changed = item.replace(spectrum=spectrum, snr=snr, changes=(*item.changes, change))
        replace_item(session, changed, undo)


def replace_item(session: Session, changed: OpenSpectrum, undo: str) -> None:
    """Put another version of a row of the tree in its place; its results stay, marked as earlier."""
    spectrum_id = changed.id
    state = session.state
    drop_prediction(session, (spectrum_id,))
    spectra = tuple(changed if item.id == spectrum_id else item for item in state.spectra)
    results = with_earlier_state(state.results, spectrum_id)
    session.update(undo=undo, spectra=spectra, results=results)


def with_earlier_state(results: tuple[Result, ...], spectrum_id: str) -> tuple[Result, ...]:
    """Return the results, those of one spectrum marked: it was changed. The same where none is its own."""
    if not any(_holds_of(item, spectrum_id) for item in results):
        return results
    return tuple(item.of_earlier_state() if _holds_of(item, spectrum_id) else item for item in results)


def _holds_of(result: Result, spectrum_id: str) -> bool:
    return result.spectrum_id == spectrum_id and not result.is_of_earlier_state
