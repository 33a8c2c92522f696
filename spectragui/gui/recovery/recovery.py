"""Survive a crash: open files, spectra that no file holds, results, measurements are kept on disk."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QLockFile, QObject, QTimer
from PySide6.QtWidgets import QApplication

from spectragui.core.atomic_write import write_text_atomically
from spectragui.core.errors import SpectraGUIError, fault_in_words
from spectragui.core.progress import Progress, no_progress
from spectragui.gui.recovery.kept_catalogues import (
    kept_catalogues,
    read_catalogues,
    restore_catalogues,
    write_catalogues,
)
from spectragui.gui.recovery.kept_chains import (
    KeptChain,
    ReturningChains,
    kept_chains,
    write_chains,
)
from spectragui.gui.recovery.kept_files import Kept, is_there, kept_files, names_of, open_kept
from spectragui.gui.recovery.kept_measurements import (
    kept_measurements,
    read_measurements,
    restore_measurements,
    write_measurements,
)
from spectragui.gui.recovery.kept_session import FILES, RESULTS, KeptSession, read_session
from spectragui.gui.recovery.kept_spectra import (
    KeptSpectrum,
    SpectrumKeeper,
    is_only_here,
    restore_spectra,
)
from spectragui.gui.recovery.stored_prediction import prediction_from_row
from spectragui.gui.session.session import Session
from spectragui.gui.session.settings_keeper import data_home
from spectragui.gui.session.state import AppState, OpenSpectrum, Result
from spectragui.inference.prediction import Prediction

Rows = tuple[dict[str, Any], ...]
DELAY_MS = 400
LOCK, CLOSED = "lock", "closed"
KEPT_DAYS = 30
KEPT_FIELDS = ("spectra", "results", "chains", "measurements", "catalogues")


class Recovery(QObject):
    """Writes a session's files and results into a folder of its own; offers what a crash left.

    Parameters
    ----------
    session : Session
    home : pathlib.Path, optional
        Folder of all sessions.

    Notes
    -----
    Each window locks its own folder, so that two windows do no harm to one another. A folder whose
    lock belongs to no living process was left by a crash.
    """

    def __init__(self, session: Session, home: Path | None = None) -> None:
        super().__init__(session)
        self._session = session
        self._home = (home or data_home()) / "sessions"
        self._folder = self._home / uuid.uuid4().hex
        self._keeper = SpectrumKeeper(self._folder)
        self._left_behind: list[Path] = []
        self._damaged: set[Path] = set()
        self._is_keeping = self._is_said = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._on_timer_ended)
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            session.notifications.warning(
                f"A crash could not be survived: {error.strerror}.", hint=str(self._home)
            )
            return
        self._is_keeping = True
        self._lock = QLockFile(str(self._folder / LOCK))
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        session.changed.connect(self._on_session_changed)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.end)

    def offer_last_session(self) -> None:
        """Say that an earlier session ended badly, and offer to restore it."""
        if not self._session.state.settings.restore_session:
            return
        left = [folder for folder in self._folders() if self._is_left_behind(folder)]
        kept = [content for content in map(self._judged, left) if content is not None]
        self._left_behind = [content.folder for content in kept]
        if not kept:
            return
        files = list({names_of([entry])[0]: entry for one in kept for entry in one.files}.values())
        rows = [row for one in kept for row in one.rows]
        chains = [chain for one in kept for chain in one.chains]
        spectra = [row for one in kept for row in one.spectra]
        n_measured = sum(len(one.measurements) for one in kept)
        n_catalogues = sum(len(one.catalogues) for one in kept)
        was_closed = all((folder / CLOSED).exists() for folder in self._left_behind)
        damaged = " A part of it is damaged." if self._damaged else ""
        words = _kept_words(len(files), len(rows), n_measured, len(spectra), n_catalogues)
        self._session.notifications.info(
            "Spectra of the last session were not saved."
            if was_closed
            else "The last session ended unexpectedly.",
            hint=f"{words} kept.{damaged}",
            button="Restore",
            on_button=lambda: self.restore(files, rows, chains, spectra),
        )

    def _folders(self) -> list[Path]:
        """Return the folders of all sessions, the oldest first."""
        try:
            return sorted(self._home.glob("*/"), key=_changed_s)
        except OSError:
            return []

    def _judged(self, folder: Path) -> KeptSession | None:
        """Return what a session left, None where there is nothing; damage in one concerns no other."""
        try:
            content = read_session(folder)
            if not content.is_damaged and (content.is_empty or _is_outdated(folder)):
                shutil.rmtree(folder, ignore_errors=True)
                return None
        except Exception:  # noqa: BLE001 - whatever its files hold, the other sessions are offered
            content = KeptSession(folder, is_damaged=True)
        if content.is_damaged:
            self._damaged.add(folder)
        return None if content.is_empty else content

    def restore(
        self,
        files: Sequence[Kept],
        rows: Sequence[Mapping[str, Any]],
        chains: Sequence[KeptChain] = (),
        spectra: Sequence[KeptSpectrum] = (),
    ) -> None:
        """Open files and kept spectra again, with their chains, and put the results back in the table."""
        found = [prediction for row in rows if (prediction := _prediction(row)) is not None]
        results = tuple(Result(self._session.new_id("result"), "", prediction) for prediction in found)
        if results:
            self._session.update(undo="Restore session", results=(*results, *self._session.state.results))
        measured = [row for folder in self._left_behind for row in read_measurements(folder)]
        restore_measurements(self._session, measured)
        ReturningChains(self._session, chains)
        open_kept(self._session, files)
        catalogues = [row for folder in self._left_behind for row in read_catalogues(folder)]
        missing = [name for name in names_of(files) if not is_there(name)]
        missing += restore_catalogues(self._session, catalogues)
        if missing:
            self._session.notifications.warning(f"No longer there: {', '.join(missing)}.")
        if spectra:
            restore_spectra(self._session, spectra, self._forget_left_behind)
        else:
            self._forget_left_behind()

    def end(self) -> None:
        """Forget this session, closed as it should be, unless it holds spectra that no file does.

        What a crash left is offered until it is restored.
        """
        self._timer.stop()
        if not self._is_keeping or not self._folder.exists():
            return
        unsaved = [item for item in self._session.state.spectra if is_only_here(item)]
        if unsaved and self._keep_now():
            self._lock.unlock()
            return
        self._lock.unlock()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _keep_now(self) -> bool:
        """Write everything at once, as the window is closing; return whether it worked."""
        try:
            write_kept(*self._values(), progress=no_progress)
            write_text_atomically(self._folder / CLOSED, "")
        except (SpectraGUIError, OSError):
            return False
        return True

    def _is_left_behind(self, folder: Path) -> bool:
        if folder == self._folder:
            return False
        lock = QLockFile(str(folder / LOCK))
        lock.setStaleLockTime(0)
        is_free = lock.tryLock(0)
        if is_free:
            lock.unlock()
        return is_free

    def _forget_left_behind(self) -> None:
        for folder in self._left_behind:
            if folder in self._damaged:
                self._put_aside(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        self._left_behind = []

    def _put_aside(self, folder: Path) -> None:
        """Keep what could not be read, where it is not offered again."""
        aside = self._home.with_name("damaged") / folder.name
        try:
            aside.parent.mkdir(exist_ok=True)
            folder.replace(aside)
        except OSError:
            return
        said = "A part of the last session is damaged."
        self._session.notifications.info(said, hint=f"It lies in {aside}.")

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if any(getattr(old, name) is not getattr(new, name) for name in KEPT_FIELDS):
            self._timer.start()

    def _on_timer_ended(self) -> None:
        # In a thread of its own: it must not wait until long jobs end.
        self._session.run(
            "autosave",
            write_kept,
            *self._values(),
            pool="keeping",
            on_done=self._on_written,
            on_failed=self._on_write_failed,
        )

    def _values(self) -> tuple[Path, ToKeep, SpectrumKeeper]:
        """Return what `write_kept` is told of the state."""
        state = self._session.state
        files = kept_files([item for item in state.spectra if not is_only_here(item)])
        rows = tuple(dict(result.prediction.row) for result in state.results)
        chains, measured = kept_chains(state), kept_measurements(state)
        content = ToKeep(files, rows, chains, measured, state.spectra, kept_catalogues(state))
        return self._folder, content, self._keeper

    def _on_written(self, _result: object) -> None:
        self._is_said = False

    def _on_write_failed(self, error: BaseException) -> None:
        if not self._is_said:  # not at each change, as long as it stays so
            self._is_said = True
            said = fault_in_words(error)
            self._session.notifications.warning(f"The session is not kept against a crash: {said}")


class ToKeep(NamedTuple):
    """What a crash must not take."""

    files: tuple[Kept, ...] = ()
    rows: Rows = ()
    chains: tuple[Any, ...] = ()
    measurements: Rows = ()
    spectra: tuple[OpenSpectrum, ...] = ()
    catalogues: Rows = ()


def write_kept(folder: Path, content: ToKeep, keeper: SpectrumKeeper, progress: Progress) -> None:
    """Write names of files, spectra, chains, results and measurements into a session's folder."""
    from spectragui.io.tables.results_store import ResultsStore

    progress(0.0)
    keeper.write(content.spectra)
    write_text_atomically(folder / FILES, json.dumps(content.files))
    write_chains(folder, content.chains)
    write_measurements(folder, content.measurements)
    write_catalogues(folder, content.catalogues)
    store = ResultsStore(folder / RESULTS)
    try:
        store.replace(content.rows)
    finally:
        store.close()


def _prediction(row: Mapping[str, Any]) -> Prediction | None:
    try:
        return prediction_from_row(row)
    except (ValueError, TypeError, KeyError, OverflowError):  # of another version of the program
        return None


def _changed_s(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:  # another window has just taken it away
        return 0.0


def _is_outdated(folder: Path) -> bool:
    return time.time() - _changed_s(folder) > KEPT_DAYS * 86400


def _kept_words(n_files: int, n_rows: int, n_measured: int, n_spectra: int = 0, n_catalogues: int = 0) -> str:
    counts = (
        (n_files, "open file"),
        (n_spectra, "spectrum"),
        (n_rows, "result"),
        (n_measured, "measurement"),
        (n_catalogues, "catalogue"),
    )
    parts = [_count(n, noun) for n, noun in counts if n]
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return listed + (" was" if sum(n for n, _ in counts) == 1 else " were")


def _count(number: int, noun: str) -> str:
    if noun == "spectrum":
        return f"{number} {'spectrum' if number == 1 else 'spectra'}"
    return f"{number} {noun}{'s' * (number != 1)}"
