"""`ChainRunner`: runs the chain of the selected spectrum whenever it, or the chain, is another than before.

A move of a slider starts a run at once; while it runs only the newest value waits. The steps up to
the one that is looked at run first, the others when no newer value waits. Results of a spectrum or
a chain that is no longer shown are dropped.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from spectragui.core.errors import StageError
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.pipeline.shown import TABS, is_settled, n_valid, shown_chain, shown_run, shown_step
from spectragui.gui.session.live_task import LiveTask
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.preprocessing.chain import Chain, ChainRun

CHAIN_TASK = "chain"
KEPT_RUNS = 2  # spectra whose intermediate results stay in memory
QUICK_S = 1.0  # runs that take less are no line in the list of jobs
STOPPED = "Stopped before it was done."
UNEXPECTED = "It ended with an unexpected error."


def run_chain(
    spectrum: AnySpectrum, chain: Chain, earlier: ChainRun | None, progress: Progress
) -> tuple[ChainRun, float]:
    """Run a chain in a worker; return the run and the seconds it took."""
    start = time.perf_counter()
    run = chain.run(spectrum, earlier, progress)
    return run, time.perf_counter() - start


class ChainRunner(QObject):
    """Keeps `AppState.runs` in step with the chain that is shown; one a session (see `chain_runner`).

    Parameters
    ----------
    session : Session

    Attributes
    ----------
    files : dict of str to Path
        Files that chains were saved to or opened from, by the hash of the chain.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.files: dict[str, Path] = {}
        self._running: tuple[str, AnySpectrum, Chain] | None = None
        self._seconds = QUICK_S
        self._live = LiveTask(
            session,
            CHAIN_TASK,
            run_chain,
            self._on_done,
            lambda _error: self._on_stopped(UNEXPECTED),
            lambda: self._on_stopped(STOPPED),
            after_result=True,
        )
        session.changed.connect(self._on_session_changed)
        self.catch_up()

    def catch_up(self) -> None:
        """Start the next run, if one is wanted and none is under way that it can wait for."""
        wanted = self._wanted()
        if wanted is None:
            return
        _, spectrum, chain = wanted
        is_other = self._running is not None and (
            self._running[1] is not spectrum or _ids(self._running[2]) != _ids(chain)
        )
        self._live.ask(self._next_values, overtakes=is_other)

    def _wanted(self) -> tuple[str, AnySpectrum, Chain] | None:
        """Return the spectrum and the chain that is still to run on it."""
        state = self._session.state
        item, chain = state.selected, shown_chain(state)
        if item is None or chain is None or state.active_panel not in TABS:
            return None
        if is_settled(chain, shown_run(state)):
            return None
        return item.id, item.spectrum, chain

    def _next_values(self) -> tuple[tuple[AnySpectrum, Chain, ChainRun | None], str] | None:
        """Return what `run_chain` is to do next: first up to the step that is looked at, then the rest."""
        self._running = wanted = self._wanted()
        if wanted is None:
            return None
        state = self._session.state
        _, spectrum, chain = wanted
        run, step = shown_run(state), shown_step(state)
        part = chain if n_valid(chain, run) > step else _head(chain, step)
        name = state.selected.name if state.selected else ""
        return (spectrum, part, run), f"Processing {name}" if self._seconds >= QUICK_S else ""

    def run_again(self) -> None:
        """Try again what failed or was stopped."""
        state = self._session.state
        run = shown_run(state)
        if run is not None and run.error is not None:
            self._store(state.selected_id, _without_error(run))

    def stop(self) -> None:
        """Stop at the next stage; what is done stays."""
        self._session.tasks.cancel_key(CHAIN_TASK)

    def _on_done(self, result: tuple[ChainRun, float]) -> None:
        run, self._seconds = result
        spectrum_id = self._running[0] if self._running else ""
        self._running = None
        item = self._session.state.spectrum(spectrum_id)
        if item is not None and item.spectrum is run.source:
            self._store(spectrum_id, run)
        self.catch_up()

    def _on_stopped(self, words: str) -> None:
        """Keep what there is, and an error in place of the rest, so that it is not tried again."""
        stopped, self._running = self._running, None
        state = self._session.state
        spectrum_id = stopped[0] if stopped else ""
        chain = state.chains.get(spectrum_id)
        item = state.spectrum(spectrum_id)
        if stopped is None or chain is None or item is None or item.spectrum is not stopped[1]:
            return
        from spectragui.preprocessing.chain import ChainRun

        run = state.runs.get(spectrum_id)
        run = run if run is not None and run.source is item.spectrum else None
        results = run.results[: n_valid(chain, run)] if run is not None else ()
        if len(results) < len(chain):
            error = StageError(words, "Run it again, or change the stage.")
            self._store(spectrum_id, ChainRun(chain, item.spectrum, results, error))

    def _store(self, spectrum_id: str, run: ChainRun) -> None:
        self._session.update(runs=with_run(self._session.state, spectrum_id, run))

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if (
            old.chains is not new.chains
            or old.runs is not new.runs
            or old.spectra is not new.spectra
            or old.selected_id != new.selected_id
            or old.active_panel != new.active_panel
            or old.step_id != new.step_id
        ):
            self.catch_up()


def can_run_again(run: ChainRun | None) -> bool:
    """Whether a run ended for a reason that need not come again."""
    return run is not None and run.error is not None and run.error.message in (STOPPED, UNEXPECTED)


def chain_runner(session: Session) -> ChainRunner:
    """Return the session's runner, made when it is first asked for."""
    return session.findChild(ChainRunner) or ChainRunner(session)


def with_run(state: AppState, spectrum_id: str, run: ChainRun) -> Mapping[str, ChainRun]:
    """Return the runs with another one; the oldest and those of closed spectra go."""
    open_ids = {item.id for item in state.spectra}
    runs = {key: kept for key, kept in state.runs.items() if key in open_ids and key != spectrum_id}
    newest = list(runs.items())[-(KEPT_RUNS - 1) :]
    return {**dict(newest), spectrum_id: run}


def _ids(chain: Chain) -> tuple[int, ...]:
    return tuple(step.id for step in chain.steps)


def _head(chain: Chain, step: int) -> Chain:
    """Return the chain up to a step."""
    return dataclasses.replace(chain, steps=chain.steps[: step + 1])


def _without_error(run: ChainRun) -> ChainRun:
    return dataclasses.replace(run, error=None)
