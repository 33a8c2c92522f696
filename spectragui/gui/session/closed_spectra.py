"""What was closed gives its memory back; the history can bring it back all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from spectragui.gui.session.parking import park
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.gui.session.session import Session

DELAY_MS = 800  # the window answers first


class ClosedSpectra(QObject):
    """Parks spectra that are open no more, and what belongs to them (see `park`).

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._gone: list[AnySpectrum] = []
        self._comparisons: list[object] = []  # of rows that were deleted
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._on_timer_ended)
        session.changed.connect(self._on_session_changed)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.spectra is new.spectra and old.results is new.results:
            return
        present = {id(item.spectrum) for item in new.spectra}
        gone = [item.spectrum for item in old.spectra if id(item.spectrum) not in present]
        kept = {id(result.prediction.comparison) for result in new.results}
        rows = [result.prediction.comparison for result in old.results]
        deleted = [comparison for comparison in rows if comparison is not None and id(comparison) not in kept]
        if gone or deleted:
            self._gone += gone
            self._comparisons += deleted
            self._timer.start()

    def _on_timer_ended(self) -> None:
        state = self._session.state
        open_ids = {item.id for item in state.spectra}
        present = {id(item.spectrum) for item in state.spectra}
        gone = [spectrum for spectrum in self._gone if id(spectrum) not in present]
        kept = {id(result.prediction.comparison) for result in state.results}
        deleted = [comparison for comparison in self._comparisons if id(comparison) not in kept]
        self._gone.clear()
        self._comparisons.clear()
        closed = [
            result.prediction.comparison for result in state.results if result.spectrum_id not in open_ids
        ]
        runs = {key: run for key, run in state.runs.items() if key in open_ids}
        if len(runs) < len(state.runs):
            self._session.update(runs=runs)
        self._session.run(self._session.new_id("park"), park, (*gone, *deleted, *closed))
