"""The word in the status bar that a folder is watched, with what can be done about it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from spectragui.gui.files.watching import stop_watching
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Watch
from spectragui.gui.theme.icons import icon

if TYPE_CHECKING:
    from spectragui.gui.files.watching import FolderWatcher


class WatchChip(QPushButton):
    """Shows the watched folder and how many files came; hidden while none is watched.

    Parameters
    ----------
    session : Session
    watcher : FolderWatcher
    parent : QWidget, optional
    """

    def __init__(self, session: Session, watcher: FolderWatcher, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._watcher = session, watcher
        self.setProperty("flat", "true")
        self.setAccessibleName("Watched folder")
        self.clicked.connect(self._on_clicked)
        session.changed.connect(self._on_session_changed)
        session.theme.changed.connect(self._repaint)
        self._repaint()
        self._show(session.state.watch)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.watch is not new.watch:
            self._show(new.watch)

    def _repaint(self) -> None:
        self.setIcon(icon("mdi6.eye-outline", self._session.theme, "accent"))

    def _show(self, watch: Watch | None) -> None:
        self.setVisible(watch is not None)
        if watch is None:
            return
        name = Path(watch.folder).name or watch.folder
        self.setText(f"Watching {name}: {watch_words(watch)}")
        predicted = " and predicted" if watch.predicts else ""
        tip = f"{watch.folder}\nNew files are opened{predicted} as they arrive. Click to stop."
        self.setToolTip(f"{tip}\n{watch.problem}".strip())

    def menu_now(self) -> QMenu:
        """Return the menu of what can be done now."""
        menu = QMenu(self)
        watch = self._session.state.watch
        if watch is not None:
            menu.addAction("Stop watching", lambda: stop_watching(self._session))
            predicts = menu.addAction("Predict what arrives")
            predicts.setCheckable(True)
            predicts.setChecked(watch.predicts)
            predicts.toggled.connect(self._on_predicts_toggled)
        if self._watcher.unreadable:
            text = f"Show the {len(self._watcher.unreadable)} that could not be read…"
            menu.addAction(text, self._show_unreadable)
        return menu

    def _on_clicked(self) -> None:
        menu = self.menu_now()
        menu.aboutToHide.connect(menu.deleteLater)
        corner = self.mapToGlobal(self.rect().topLeft())
        menu.popup(corner - QPoint(0, menu.sizeHint().height()))

    def _on_predicts_toggled(self, is_on: bool) -> None:
        watch, settings = self._session.state.watch, self._session.state.settings
        if watch is not None:
            self._session.update(
                watch=watch.replace(predicts=is_on), settings=settings.replace(watch_predicts=is_on)
            )

    def _show_unreadable(self) -> None:
        from spectragui.gui.files.opening import read_otherwise
        from spectragui.gui.files.unreadable_dialog import show_unreadable

        show_unreadable(tuple(self._watcher.unreadable), functools.partial(read_otherwise, self._session))


def watch_words(watch: Watch) -> str:
    """Return what came of a watch so far: "12 new, 3 not readable"."""
    if watch.problem:
        return "not reachable"
    words = f"{watch.n_opened} new"
    return f"{words}, {watch.n_failed} not readable" if watch.n_failed else words
