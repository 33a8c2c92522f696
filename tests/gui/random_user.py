"""A user who does anything, in an order that a seed decides, to the real window."""

from __future__ import annotations

import gc
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDesktopServices, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QGraphicsView,
    QLineEdit,
    QMenu,
    QSlider,
    QTabBar,
    QWidget,
)
from shiboken6 import Shiboken

from spectragui.gui.files.opening import open_files
from spectragui.gui.shell.main_window import MainWindow
from spectragui.gui.spectra.open_spectra import close_spectra
from tests.gui.top_windows import top_windows

LEFT, RIGHT, NO_KEY = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
# They end the program, leave it, or would work for minutes on what no user asks for twice.
LEFT_OUT = ("file.quit", "help.tutorial", "help.online", "help.website", "help.report", "file.watch")
KEYS = [
    "BracketLeft",
    "BracketRight",
    "Plus",
    "Minus",
    "R",
    "G",
    "E",
    "B",
    "Dollar",
    "Question",
    "Escape",
    "Return",
    "Space",
    "Tab",
    "Left",
    "Right",
    "Up",
    "Down",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Delete",
    "N",
    "P",
    "V",
    "M",
    "Backspace",
    "F5",
    "F6",
]
TEXTS = ("5000", "-3", "1e400", "nan", "teff > 5500", "", "5,5", "0", "H alpha", "v sin i")
MOST_OPEN = 8
MODAL_MS = 30

LONG_JOBS = ("Training ", "Reproducing ")  # how their titles begin


class RandomUser:
    """Clicks, drags, turns, types and chooses at random; answers every dialog somehow.

    Parameters
    ----------
    window : MainWindow
    files : sequence of path-like
        What is opened.
    folder : path-like
        Where it saves.
    seed : int
    """

    def __init__(self, window: MainWindow, files: Sequence[Path], folder: Path, seed: int) -> None:
        self.window = window
        self.files = list(files)
        self.folder = folder
        self.steps: list[str] = []
        self._random = random.Random(seed)
        self._is_here = True
        self._look_again()
        self._gestures: list[tuple[int, Callable[[], str]]] = [
            (4, self._open),
            (3, self._close),
            (10, self._trigger),
            (14, self._use_plot),
            (14, self._use_control),
            (8, self._press_key),
            (6, self._show_tab),
            (5, self._use_list),
            (3, self._undo_redo),
            (1, self._resize),
        ]

    def step(self) -> str:
        """Do one thing and let the window answer; returns what was done."""
        gesture = self._random.choices([g for _, g in self._gestures], [n for n, _ in self._gestures])[0]
        self.steps.append(gesture.__name__)
        self.steps[-1] = f"{gesture.__name__.strip('_')}: {gesture()}"
        QApplication.processEvents()
        if len(self.window.session.state.spectra) > MOST_OPEN:
            close_spectra(self.window.session, [self.window.session.state.spectra[0].id])
        return self.steps[-1]

    def end(self) -> None:
        """Answer what is still asked, and go."""
        self._is_here = False
        for widget in top_windows(is_shown=True):
            if widget is not self.window and Shiboken.isValid(widget):
                widget.close()

    def wait_idle(self, timeout_s: float = 600.0) -> None:
        """Stop what takes hours, as trainings and papers do, and wait until nothing runs."""
        end = time.monotonic() + timeout_s
        for job in self.window.session.tasks.active_jobs:
            if job.title.startswith(LONG_JOBS):
                self.window.session.tasks.cancel(job.number)
        while self.window.session.tasks.active_jobs:
            assert time.monotonic() < end, "a job does not end"
            QTest.qWait(20)
        QTest.qWait(50)

    def _open(self) -> str:
        chosen = self._random.sample(self.files, min(self._random.choice((1, 1, 1, 2, 4)), len(self.files)))
        open_files(self.window.session, chosen, asks=self._random.random() < 0.3)
        return ", ".join(path.name for path in chosen)

    def _close(self) -> str:
        items = self.window.session.state.spectra
        gone = self._random.sample(items, min(len(items), self._random.choice((1, 1, 2, 99))))
        close_spectra(self.window.session, [item.id for item in gone])
        return f"{len(gone)}"

    def _trigger(self) -> str:
        names = [
            name
            for name, action in self.window.actions_bar.qactions.items()
            if action.isEnabled() and name not in LEFT_OUT
        ]
        name = self._random.choice(names)
        self.window.trigger(name)
        return name

    def _show_tab(self) -> str:
        bars = [bar for bar in self.window.findChildren(QTabBar) if bar.isVisible() and bar.count() > 1]
        if not bars:
            return "none"
        bar = self._random.choice(bars)
        index = self._random.randrange(bar.count())
        QTest.mouseClick(bar, LEFT, NO_KEY, bar.tabRect(index).center())
        return bar.tabText(index)

    def _undo_redo(self) -> str:
        name = self._random.choice(("edit.undo", "edit.undo", "edit.redo"))
        self.window.trigger(name)
        return name

    def _resize(self) -> str:
        size = self._random.choice(((1280, 720), (1024, 700), (1600, 1000), (1280, 720)))
        self.window.resize(*size)
        return f"{size}"

    def _press_key(self) -> str:
        name = self._random.choice(KEYS)
        modifier = self._random.choice((NO_KEY, NO_KEY, NO_KEY, SHIFT, CONTROL))
        target = QApplication.focusWidget() or self.window
        QTest.keyClick(target, getattr(Qt.Key, f"Key_{name}"), modifier)
        return name

    def _visible(self, kinds: type | tuple[type, ...], root: QWidget | None = None) -> list[QWidget]:
        found = (root or self.window).findChildren(QWidget)
        return [w for w in found if isinstance(w, kinds) and w.isVisible() and w.isEnabled()]

    def _place(self, widget: QWidget) -> QPoint:
        width, height = max(widget.width(), 1), max(widget.height(), 1)
        return QPoint(self._random.randrange(width), self._random.randrange(height))

    def _use_plot(self) -> str:
        plots = self._visible(QGraphicsView)
        if not plots:
            return "none"
        plot = self._random.choice(plots)
        way = self._random.choice(("move", "wheel", "wheel", "drag", "drag", "double", "click", "right"))
        target, place = plot.viewport(), self._place(plot.viewport())
        modifier = self._random.choice((NO_KEY, NO_KEY, SHIFT, CONTROL))
        if way == "move":
            QTest.mouseMove(target, place)
        elif way == "wheel":
            self._turn_wheel(target, place, modifier)
        elif way == "drag":
            self._drag(target, place, modifier)
        elif way == "double":
            QTest.mouseDClick(target, LEFT, NO_KEY, place)
        elif way == "right":
            QTest.mouseClick(target, RIGHT, NO_KEY, place)
        else:
            QTest.mouseClick(target, LEFT, modifier, place)
        return f"{way} in {type(plot.parent()).__name__}"

    def _turn_wheel(self, target: QWidget, place: QPoint, modifier: Qt.KeyboardModifier) -> None:
        turn = QPoint(0, self._random.choice((-240, -120, 120, 120, 240)))
        event = QWheelEvent(
            QPointF(place),
            QPointF(target.mapToGlobal(place)),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)

    def _drag(self, target: QWidget, place: QPoint, modifier: Qt.KeyboardModifier) -> None:
        stop = self._place(target)
        QTest.mousePress(target, LEFT, modifier, place)
        for part in (0.2, 0.5, 0.8, 1.0):
            QTest.mouseMove(target, place + (stop - place) * part)
        QTest.mouseRelease(target, LEFT, modifier, stop)

    def _use_control(self, root: QWidget | None = None) -> str:
        kinds = (QAbstractButton, QComboBox, QSlider, QAbstractSpinBox, QLineEdit)
        controls = self._visible(kinds, root)
        if not controls:
            return "none"
        control = self._random.choice(controls)
        name = f"{type(control).__name__} {control.accessibleName() or control.toolTip()[:30]}"
        if isinstance(control, QComboBox):
            if control.count():
                control.setCurrentIndex(self._random.randrange(control.count()))
                control.activated.emit(control.currentIndex())
        elif isinstance(control, QSlider):
            control.setValue(self._random.randint(control.minimum(), control.maximum()))
        elif isinstance(control, QAbstractSpinBox | QLineEdit):
            control.selectAll()
            QTest.keyClicks(control, self._random.choice(TEXTS))
            QTest.keyClick(control, self._random.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))
        else:
            QTest.mouseClick(control, LEFT)
        return name

    def _use_list(self) -> str:
        lists = self._visible(QAbstractItemView)
        if not lists:
            return "none"
        view = self._random.choice(lists)
        button = self._random.choice((LEFT, LEFT, LEFT, RIGHT))
        QTest.mouseClick(view.viewport(), button, NO_KEY, self._place(view.viewport()))
        if button == RIGHT:
            view.customContextMenuRequested.emit(QPoint(5, 5))
        return type(view).__name__

    def _look_again(self) -> None:
        # A timer of its own each time: one whose slot waits in a dialog does not fire there.
        QTimer.singleShot(MODAL_MS, self.window, self._answer_modal)

    def _answer_modal(self) -> None:
        """Answer the dialog or menu that waits, also one that waits within this very call."""
        if not self._is_here:
            return
        self._look_again()
        popup = QApplication.activePopupWidget()
        dialog = QApplication.activeModalWidget()
        if isinstance(popup, QMenu):
            self._answer_menu(popup)
        elif popup is not None:
            popup.close()
        elif isinstance(dialog, QDialog) and self._random.random() < 0.4:
            dialog.reject() if self._random.random() < 0.5 else dialog.accept()
        elif dialog is not None:
            self._use_control(dialog)
        else:
            self._close_a_window()

    def _answer_menu(self, menu: QMenu) -> None:
        actions = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator() and not a.menu()]
        if actions and self._random.random() < 0.5:
            action = self._random.choice(actions)
            menu.close()
            if action.objectName() not in LEFT_OUT and "Quit" not in action.text():
                action.trigger()
        else:
            menu.close()

    def _close_a_window(self) -> None:
        """Close windows beside the main one now and then, that they do not pile up."""
        others = top_windows(QDialog, is_shown=True)
        if len(others) > 2 or (others and self._random.random() < 0.1):
            self._random.choice(others).close()


def answer_file_dialogs(user: RandomUser, patch: Callable[[object, str, object], None]) -> None:
    """Let the dialogs of the system answer at once: a file, a new one, or none."""
    chance = random.Random(0)

    def one_of(*_values: object, **_more: object) -> tuple[str, str]:
        return str(chance.choice([*user.files, ""])), ""

    def several(*_values: object, **_more: object) -> tuple[list[str], str]:
        return [str(path) for path in chance.sample(user.files, 1)], ""

    def new(_parent: object, _title: str, first: str = "", *_values: object) -> tuple[str, str]:
        name = Path(first).name or "new"
        return chance.choice(["", str(user.folder / name)]), ""

    patch(QFileDialog, "getOpenFileName", one_of)
    patch(QFileDialog, "getOpenFileNames", several)
    patch(QFileDialog, "getSaveFileName", new)
    patch(QFileDialog, "getExistingDirectory", lambda *_values: chance.choice(["", str(user.folder)]))
    patch(QDesktopServices, "openUrl", lambda *_values: True)


def resident_mib() -> float:
    """Return the memory of this process that lies in RAM, in MiB, when all garbage is gone."""
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
