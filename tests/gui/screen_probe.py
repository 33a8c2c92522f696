"""Run as a script: the real program, with an ear on standard input for what a test on an `XScreen` asks.

It answers where things are on the screen, when nothing moves any more, and whether the screen is true:
the picture of the screen against that after a full repaint. Events never come from here.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractEventDispatcher,
    QEventLoop,
    QObject,
    QSocketNotifier,
    QTimer,
)
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QDialog, QGraphicsView, QWidget

import spectragui.gui.app as program
from spectragui.gui.shell.main_window import MainWindow
from tests.gui.screen_places import Place, named_places, place_of, places, visible_windows, widgets_at

POLL_MS = 5
SHORT_MS = 300  # whatever is painted late is painted by a timer up to this long; longer ones are clocks
MOST_ROUNDS = 200


class Probe(QObject):
    """Answers questions that come as lines of JSON, each with a line of JSON.

    Parameters
    ----------
    window : MainWindow
    answers : int
        File descriptor.
    """

    def __init__(self, window: MainWindow, answers: int) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._answers = os.fdopen(answers, "w", encoding="utf-8")
        self._waiting_since: float | None = None
        self._is_looking = False
        self._quiet = 0
        self._unread = b""
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_readable)
        self._poll = QTimer(self, interval=POLL_MS)
        self._poll.timeout.connect(self._on_poll)
        QApplication.setCursorFlashTime(0)  # a text cursor that stands still

    def _on_readable(self) -> None:
        more = os.read(0, 65536)
        if not more:
            self._notifier.setEnabled(False)
            os._exit(3)  # the test is gone
        *lines, self._unread = (self._unread + more).split(b"\n")
        for line in lines:
            question = json.loads(line)
            what = question.pop("ask")
            if what == "idle":
                self._waiting_since, self._quiet = time.monotonic(), 0
                self._poll.start()
            else:
                self._answer(getattr(self, f"ask_{what}")(**question))

    def _answer(self, answer: Any) -> None:
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()

    def _on_poll(self) -> None:
        if self._is_looking or self._waiting_since is None:
            return
        self._is_looking = True
        QGuiApplication.sync()  # events that the server has sent are handled
        self._quiet = 0 if self.what_moves() else self._quiet + 1
        self._is_looking = False
        if self._quiet >= 2 and self._waiting_since is not None:
            waited, self._waiting_since = time.monotonic() - self._waiting_since, None
            self._poll.stop()
            self._answer({"waited_s": waited})

    def what_moves(self) -> list[str]:
        """Return what is under way: jobs, short timers, windows that are not yet on the screen."""
        moving = [f"job {job.title or job.key}" for job in self._session.tasks.active_jobs]
        for root in (self._window, self._session):
            for timer in root.findChildren(QTimer):
                if timer.isActive() and timer.isSingleShot() and timer.interval() <= SHORT_MS:
                    moving.append(f"timer of {type(timer.parent()).__name__}")
        for top in visible_windows():
            if top.windowHandle() is None or not top.windowHandle().isExposed():
                moving.append(f"window {type(top).__name__}")
        modal, focus = QApplication.activeModalWidget(), QGuiApplication.focusWindow()
        if focus is None or (modal is not None and focus is not modal.windowHandle()):
            moving.append("focus")
        return moving

    def ask_moving(self) -> list[str]:
        """Say what is under way."""
        return self.what_moves()

    def ask_state(self) -> Place:
        """Say what the window shows."""
        state = self._session.state
        return {
            "panel": state.active_panel,
            "spectra": [item.name for item in state.spectra],
            "selected": state.selected.name if state.selected else "",
            "results": len(state.results),
            "measurements": len(state.measurements),
            "is_dark": self._session.theme.is_dark,
            "undo": self._session.undo_text,
            "built": sorted(self._window._panels),
            "failures": [
                message.text
                for message in self._session.notifications.messages
                if message.severity == "failure"
            ],
        }

    def ask_panels(self) -> list[str]:
        """Say which panels, plots and dialogs can be seen now."""
        panels = [panel for name, panel in self._window._panels.items() if panel.isVisible()]
        plots = [plot for top in visible_windows() for plot in top.findChildren(QGraphicsView)]
        dialogs = [top.windowTitle() for top in visible_windows() if isinstance(top, QDialog)]
        shown = [w for w in (*panels, *plots) if w.isVisible() and place_of("", w, w.rect())["is_on_top"]]
        return [*(widget.accessibleName() for widget in shown), *dialogs]

    def ask_where(self, name: str, kind: str = "", within: str = "") -> list[Place]:
        """Say where on the screen what is called so can be clicked; several places, the best first."""
        return [place for place in places(name, kind) if not within or within in place["inside"]]

    def ask_names(self) -> list[str]:
        """Say what can be found by name now."""
        return sorted({f"{kind}: {text}" for text, kind, _, _ in named_places()})

    def ask_compare(self, folder: str, name: str) -> Place:
        """Compare the screen with a full repaint; save both pictures where they differ."""
        rounds = _drain()
        before = _picture()
        _repaint_everything()
        after = _picture()
        one, two = _pixels(before), _pixels(after)
        different = one != two
        answer: Place = {"pixels": int(one.size), "different": int(different.sum()), "rounds": rounds}
        if different.any():
            rows, columns = np.flatnonzero(different.any(1)), np.flatnonzero(different.any(0))
            answer["rect"] = [
                int(columns[0]),
                int(rows[0]),
                int(columns[-1] - columns[0] + 1),
                int(rows[-1] - rows[0] + 1),
            ]
            answer["widgets"] = widgets_at(different)
            for picture, word in ((before, "screen"), (after, "repainted")):
                picture.save(str(Path(folder) / f"{name}-{word}.png"))
        return answer

    def ask_shot(self, path: str) -> bool:
        """Save a picture of the screen as it is."""
        _drain()
        return _picture().save(path)


def _drain() -> int:
    """Handle what waits in the queues, painting included; return in how many rounds."""
    dispatcher = QAbstractEventDispatcher.instance()
    for number in range(MOST_ROUNDS):
        QGuiApplication.sync()
        if not dispatcher.processEvents(QEventLoop.ProcessEventsFlag.AllEvents):
            return number
    return MOST_ROUNDS


def _picture() -> QImage:
    image = QGuiApplication.primaryScreen().grabWindow(0).toImage()
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _pixels(image: QImage) -> np.ndarray:
    rows = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), -1)
    return rows[:, : image.width()] & 0xFFFFFF


def _repaint_everything() -> None:
    for top in visible_windows():
        for widget in (top, *top.findChildren(QWidget)):
            if widget.isVisible():
                widget.update()
        top.repaint()


def main(arguments: list[str]) -> int:
    """Start the window with the files that are named; more arguments are those of `StartOptions`."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what the program prints is no answer
    options = json.loads(arguments[0])
    begin = program._begin

    def begin_with_probe(window: MainWindow, start_options: program.StartOptions) -> None:
        begin(window, start_options)
        window.probe = Probe(window, answers)  # type: ignore[attr-defined]

    program._begin = begin_with_probe
    size = tuple(options["size"])
    files = tuple(map(Path, options["files"]))
    return program.start(program.StartOptions(files=files, theme=options["theme"], size=size))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
