"""What was closed gives its memory back; the history can bring it back all the same."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from spectragui.core.kept_bytes import forget_kept
from spectragui.gui.session.parking import park_unused
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.gui.session.session import Gesture, Session

DELAY_MS = 800  # the window answers first


class ClosedSpectra(QObject):
    """Parks what only the history and rows of closed spectra hold (see `park_unused`); bounds the history.

    With the last spectrum goes what was made for spectra and is dear to make (see `forget_kept`).

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._on_timer_ended)
        session.changed.connect(self._on_session_changed)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        fields = ("spectra", "results", "measurements", "denoisings")
        changed = [name for name in fields if getattr(old, name) is not getattr(new, name)]
        if not changed:
            return
        present = {id(value) for value in _large_values(new)}
        if any(id(value) not in present for value in _large_values(old)):
            self._timer.start()

    def _on_timer_ended(self) -> None:
        state = self._session.state
        if not state.spectra:
            forget_kept()
        open_ids = {item.id for item in state.spectra}
        runs = {key: run for key, run in state.runs.items() if key in open_ids}
        if len(runs) < len(state.runs):
            self._session.update(runs=runs)
        rows: list[tuple[bool, object]] = [
            (row.spectrum_id in open_ids, row.prediction.comparison) for row in state.results
        ]
        rows += [(row.spectrum_id in open_ids, row) for row in state.measurements]
        in_use = [row for is_open, row in rows if is_open]
        closed = [row for is_open, row in rows if not is_open]
        shown = (state.spectra, state.denoisings, runs, state.generation)
        undo, redo = self._session.history
        self._session.run(
            "park",
            park_unused,
            (*shown, *in_use),
            closed,
            [[(step.before, step.after) for step in steps] for steps in (undo, redo)],
            on_done=functools.partial(self._on_parked, undo, redo),
        )

    def _on_parked(self, undo: tuple[Gesture, ...], redo: tuple[Gesture, ...], counts: list[int]) -> None:
        self._session.forget((*undo[counts[0] :], *redo[counts[1] :]))


def _large_values(state: AppState) -> Iterator[object]:
    """Yield what holds arrays in a state."""
    yield from (item.spectrum for item in state.spectra)
    yield from (row.prediction.comparison for row in state.results if row.prediction.comparison is not None)
    yield from state.measurements
    yield from state.denoisings
