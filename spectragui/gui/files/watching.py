"""Watch folder: new files of a night open, and are predicted if wanted, as they arrive."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from spectragui.core.errors import SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.gui.denoise.between_exposures import take_exposures
from spectragui.gui.files.joining import offer_to_join
from spectragui.gui.files.opening import add_readings, open_files
from spectragui.gui.files.reading import (
    OPENED_UNASKED,
    ReadingReport,
    Unreadable,
    read_spectra,
    window_options,
    words_for_options,
)
from spectragui.gui.parameters.predicting import predict_many
from spectragui.gui.session.notifications import Offer
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Watch

if TYPE_CHECKING:
    from spectragui.io.arrivals import Arrivals, FileState
    from spectragui.io.reading.spectrum_list import SpectraToChoose

POLL_MS = 5000  # folders on a network do not tell of changes
EXPOSURES_POLL_MS = 300  # the same while exposures are waited for
BUSY_POLL_MS = 100  # while a file is on its way; longer where listing takes long
LISTING_SHARE = 10  # times as long as a listing took, the next one is waited for
TOLD_MS = 50  # after the system told of a change
TRIES = 3  # of a file that cannot be read: it may still be on its way
LISTING = "watch:list"


def start_watching(
    session: Session, folder: Path, *, predicts: bool, denoises: bool = False, takes_present: bool = False
) -> None:
    """Watch a folder; the one watched before is left."""
    name = str(folder.expanduser().absolute())
    settings = session.state.settings.replace(
        watch_folder=name, watch_predicts=predicts, watch_denoises=denoises
    )
    session.update(watch=Watch(name, predicts, denoises, takes_present), night=None, settings=settings)


def stop_watching(session: Session) -> None:
    """Watch no longer; what was opened stays."""
    watch = session.state.watch
    session.update(watch=None)
    if watch is not None:
        session.notifications.note(f"{Path(watch.folder).name} is no longer watched.")


def list_in_background(
    folder: Path, before: Mapping[Path, FileState] | None, progress: Progress
) -> tuple[dict[Path, FileState], float]:
    """List a folder, and say how long that took [s]; on a network that may be long."""
    from spectragui.io.arrivals import list_folder

    progress(0.0)
    start_s = time.monotonic()
    return list_folder(folder, before), time.monotonic() - start_s


def read_arrivals(paths: tuple[str, ...], mappings: tuple[str, ...], progress: Progress) -> ReadingReport:
    """Read files that arrived; those of wavelengths and blaze functions are no spectra."""
    from spectragui.io.reading.side_files import find_side_files

    side_files = find_side_files(Path(path) for path in paths)
    spectra = tuple(path for path in paths if Path(path) not in side_files)
    if not spectra:
        return ReadingReport(window_options())
    return read_spectra(spectra, None, OPENED_UNASKED, mappings, progress)


class FolderWatcher(QObject):
    """Follows ``AppState.watch``: looks into the folder, opens what is new and complete.

    Parameters
    ----------
    session : Session
    parent : QObject, optional
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder: Path | None = None
        self._started_ns = 0
        self._arrivals: Arrivals | None = None
        self._listing: Mapping[Path, FileState] | None = None
        self._tries: dict[str, int] = {}
        self.unreadable: list[Unreadable] = []
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._list)
        self._system = QFileSystemWatcher(self)
        self._system.directoryChanged.connect(lambda _path: self._timer.start(TOLD_MS))
        session.changed.connect(self._on_session_changed)
        self._follow(session.state.watch)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.watch is not new.watch:
            self._follow(new.watch)

    def _follow(self, watch: Watch | None) -> None:
        folder = None if watch is None else Path(watch.folder)
        if folder == self._folder:
            return
        self._session.tasks.cancel_key(LISTING, overtaken=True)
        if self._system.directories():
            self._system.removePaths(self._system.directories())
        self._folder, self._arrivals, self._started_ns = folder, None, time.time_ns()
        self._listing = None
        self._tries.clear()
        self.unreadable.clear()
        self._timer.stop()
        if folder is not None:
            self._list()

    def _list(self) -> None:
        if self._folder is None:
            return
        self._timer.start(POLL_MS)  # also where this task is stopped with all others
        if any(job.key == LISTING for job in self._session.tasks.active_jobs):
            return  # a folder that hangs is not asked again meanwhile
        self._session.run(
            LISTING,
            list_in_background,
            self._folder,
            self._listing,
            on_done=self._on_listed,
            on_failed=self._on_list_failed,
        )

    def _on_listed(self, found: tuple[Mapping[Path, FileState], float]) -> None:
        watch = self._session.state.watch
        if watch is None:
            return
        listing, took_s = found
        self._listing = listing
        if not self._system.directories():  # only now: a folder that hangs would stop the window
            self._system.addPath(watch.folder)
        if watch.problem:
            self._session.update(watch=watch.replace(problem=""))
        if self._arrivals is None:
            from spectragui.io.arrivals import Arrivals

            # What came between the start and the first listing is new too.
            present = {path: state for path, state in listing.items() if state.mtime_ns < self._started_ns}
            self._arrivals = Arrivals({} if watch.takes_present else present)
        ready = self._arrivals.update(listing, time.monotonic())
        known = {name for item in self._session.state.spectra for name in item.files}
        names = tuple(str(path) for path in ready if str(path) not in known)
        if names:
            title = f"Opening {Path(names[0]).name}" if len(names) == 1 else f"Opening {len(names)} new files"
            mappings = self._session.state.settings.catalogue_mappings
            self._session.run(
                f"watch:{names}", read_arrivals, names, mappings, title=title, on_done=self._on_read
            )
        wait_ms = POLL_MS
        if self._arrivals.n_waiting or watch.denoises:
            often_ms = BUSY_POLL_MS if self._arrivals.n_waiting else EXPOSURES_POLL_MS
            wait_ms = min(POLL_MS, max(often_ms, round(1000 * LISTING_SHARE * took_s)))
        self._timer.start(wait_ms)

    def _on_list_failed(self, error: BaseException) -> None:
        watch = self._session.state.watch
        if watch is not None and isinstance(error, SpectraGUIError):
            if not watch.problem:
                self._session.notifications.warning(error.message, hint=words_for_options(error.hint))
            self._session.update(watch=watch.replace(problem=error.message))

    def _on_read(self, report: ReadingReport) -> None:
        failed = [pair for pair in report.errors if not self._is_tried_again(pair[0])]
        watch = self._session.state.watch
        if watch is None:
            return
        opened = {name for reading in report.readings for name in reading.files}
        opened |= {str(choice.path) for choice in report.choices}
        opened |= set(report.catalogues)
        self._session.update(
            watch=watch.replace(n_opened=watch.n_opened + len(opened), n_failed=watch.n_failed + len(failed))
        )
        for _, error in failed:
            self._session.notifications.note(str(error))
        self.unreadable.extend(failed)
        self._open(report, watch)

    def _open(self, report: ReadingReport, watch: Watch) -> None:
        ids: tuple[str, ...] = ()
        if report.readings:
            ids = add_readings(self._session, report.readings, report.options, is_asked=False)
        if report.catalogues:
            self._session.notifications.offer("catalogues", report.catalogues, self._offer_catalogues)
        offer_to_join(self._session, ids)
        if watch.predicts and not self._session.state.settings.predict_on_open:  # which predicts them anyway
            predict_many(self._session, ids)
        if watch.denoises:
            take_exposures(self._session, ids)
        if report.choices:
            self._session.notifications.offer("choose", report.choices, self._offer_to_choose)

    def _offer_to_choose(self, choices: tuple[SpectraToChoose, ...]) -> Offer:
        n_spectra = sum(len(choice.entries) for choice in choices)
        who = f"{choices[0].path.name} holds" if len(choices) == 1 else f"{len(choices)} files hold"
        return Offer(
            f"{who} {n_spectra:,} spectra.",
            hint="None of them was opened.",
            button="Choose spectra…",
            on_button=functools.partial(_choose, self._session, choices),
        )

    def _offer_catalogues(self, names: tuple[str, ...]) -> Offer:
        from spectragui.gui.photometry.opening_catalogues import open_catalogues

        who = Path(names[0]).name if len(names) == 1 else f"{len(names)} of the new files"
        return Offer(
            f"{who} {'is a catalogue' if len(names) == 1 else 'are catalogues'} of photometry.",
            hint="Catalogues do not open by themselves.",
            button="Open",
            on_button=functools.partial(open_catalogues, self._session, names),
        )

    def _is_tried_again(self, name: str) -> bool:
        """Whether a file that could not be read is waited for once more: it may not be complete."""
        self._tries[name] = self._tries.get(name, 0) + 1
        if self._tries[name] >= TRIES or self._arrivals is None:
            return False
        self._arrivals.wait_again(Path(name), time.monotonic())
        self._timer.start(BUSY_POLL_MS)
        return True


def _choose(session: Session, choices: tuple[SpectraToChoose, ...]) -> None:
    from spectragui.gui.files.choose_spectra import ask_which

    ask_which(choices, window_options(), functools.partial(open_files, session))
