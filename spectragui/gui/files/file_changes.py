"""Open files that change on disk: offer to read them again, with the user's corrections kept."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from spectragui.core.errors import ReadError, SpectraGUIError
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.files.opening import read_otherwise
from spectragui.gui.files.unreadable import say_many
from spectragui.gui.session.notifications import Offer
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.correcting import replace_item

if TYPE_CHECKING:
    from spectragui.io.arrivals import FileState

POLL_MS = 5000  # files on a network do not tell of changes
SETTLE_MS = 1500  # two looks this far apart must agree
MOST_TOLD = 200  # files of which the system is asked to tell; the others are looked at
SAID_ONE_BY_ONE = 3
LOOKING = "look:open-files"


def look_at_files(paths: tuple[str, ...], progress: Progress) -> dict[str, FileState | None]:
    """Return the state of every file, None where it is gone."""
    from spectragui.io.arrivals import file_state

    progress(0.0)
    return {path: file_state(Path(path)) for path in paths}


class FileChanges(QObject):
    """Looks after the files of the open spectra.

    Parameters
    ----------
    session : Session
    parent : QObject, optional
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._states: dict[str, FileState | None] = {}  # as they were read
        self._changing: dict[str, FileState | None] = {}  # seen once so
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._system = QFileSystemWatcher(self)
        self._system.fileChanged.connect(lambda _path: self._timer.start(SETTLE_MS))
        session.changed.connect(self._on_session_changed)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.spectra is new.spectra:
            return
        files = {name for item in new.spectra for name in item.files if item.options is not None}
        for gone in set(self._states) - files:
            del self._states[gone]
            self._changing.pop(gone, None)
        fresh = files - set(self._states)
        if fresh and len(self._system.files()) < MOST_TOLD:
            self._system.addPaths(sorted(fresh)[: MOST_TOLD - len(self._system.files())])
        if fresh:
            self._look()

    def _look(self) -> None:
        files = {
            name for item in self._session.state.spectra for name in item.files if item.options is not None
        }
        if not files:
            return
        self._timer.start(POLL_MS)  # also where this task is stopped with all others
        if any(job.key == LOOKING for job in self._session.tasks.active_jobs):
            return  # a disk that hangs is not asked again meanwhile
        self._session.run(
            LOOKING,
            look_at_files,
            tuple(sorted(files)),
            on_done=self._on_looked,
        )

    def _on_looked(self, states: Mapping[str, FileState | None]) -> None:
        changed = [name for name, state in states.items() if self._has_settled(name, state)]
        self._say_gone([name for name in changed if states[name] is None])
        self._offer([name for name in changed if states[name] is not None])
        self._timer.start(SETTLE_MS if self._changing else POLL_MS)

    def _has_settled(self, name: str, state: FileState | None) -> bool:
        """Whether a file differs from what was read, and no longer changes."""
        known = self._states.setdefault(name, state)
        if state == known:
            self._changing.pop(name, None)
            return False
        if self._changing.get(name, known) != state or name not in self._changing:
            self._changing[name] = state
            return False
        del self._changing[name]
        self._states[name] = state
        if state is not None and name not in self._system.files() and len(self._system.files()) < MOST_TOLD:
            self._system.addPath(name)  # a file that was replaced is no longer told of
        return True

    def _say_gone(self, names: Sequence[str]) -> None:
        for name in names[:SAID_ONE_BY_ONE]:
            self._session.notifications.note(
                f"{Path(name).name} is no longer there; its spectrum stays open."
            )
        if len(names) > SAID_ONE_BY_ONE:
            more = len(names) - SAID_ONE_BY_ONE
            self._session.notifications.note(f"{more} more files are gone; their spectra stay open.")

    def _offer(self, names: Sequence[str]) -> None:
        if names:
            self._session.notifications.offer("reload", names, self._offer_to_reload)

    def _offer_to_reload(self, names: tuple[str, ...]) -> Offer:
        is_one = len(names) == 1
        who = f"{Path(names[0]).name} has" if is_one else f"{len(names)} open files have"
        return Offer(
            f"{who} changed on disk.",
            hint="Your corrections are kept; Undo brings the old one back.",
            button="Reload" if is_one else "Reload all",
            on_button=functools.partial(reload_files, self._session, names),
        )


def reload_files(session: Session, names: Sequence[str]) -> None:
    """Read the open spectra of some files again, in the background."""
    items = tuple(item for item in session.state.spectra if set(item.files) & set(names))
    items = tuple(item for item in items if item.options is not None)
    if items:
        title = f"Reloading {items[0].file_name}" if len(items) == 1 else f"Reloading {len(items)} spectra"
        key = f"reload:{'|'.join(item.id for item in items)}"
        session.run(key, read_again, items, title=title, on_done=functools.partial(_on_reloaded, session))


Reloaded = tuple[OpenSpectrum, AnySpectrum | SpectraGUIError, float]


def read_again(items: tuple[OpenSpectrum, ...], progress: Progress) -> tuple[Reloaded, ...]:
    """Read spectra again and correct them as before; an error where that does not work."""
    done: list[Reloaded] = []
    for number, item in enumerate(items):
        progress(number / len(items), f"Reading {item.file_name}")
        try:
            done.append((item, *_read_one(item)))
        except SpectraGUIError as error:
            done.append((item, error, float("nan")))
    return tuple(done)


def _read_one(item: OpenSpectrum) -> tuple[AnySpectrum, float]:
    from spectragui.core.signal_to_noise import spectrum_snr
    from spectragui.io.read import read_files

    assert item.options is not None
    options = item.options.replace(spectrum=None, spectra=(item.index,))
    if len(item.files) > 1:
        options = options.replace(spectra=())
    found = read_files(item.files, options)
    if not found:
        raise ReadError(f"{item.file_name}: it no longer holds spectrum {item.index}.", "Open it again.")
    spectrum = found[0]
    for change in item.changes:
        spectrum = change(spectrum)
    return spectrum, spectrum_snr(spectrum)


def _on_reloaded(session: Session, reloaded: tuple[Reloaded, ...]) -> None:
    failed = []
    for item, result, snr in reloaded:
        now = session.state.spectrum(item.id)
        if isinstance(result, SpectraGUIError):
            failed.append((item.files[0], result))
        elif now is not None and now.spectrum is item.spectrum:  # not closed or corrected meanwhile
            replace_item(session, now.replace(spectrum=result, snr=snr), f"Reload {item.file_name}")
    if len(failed) > SAID_ONE_BY_ONE:
        say_many(session, failed, len(reloaded), functools.partial(read_otherwise, session))
        return
    for _, error in failed:
        session.notifications.failure(error)
