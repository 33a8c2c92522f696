"""No exception reaches the binding: what Qt calls is guarded, in every class, and ends in one message."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import types
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QRectF, QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QGraphicsView, QTableView, QWidget
from shiboken6 import Shiboken

import spectragui.gui
from spectragui.core.errors import SpectraGUIError
from spectragui.gui.session.guard import is_guarded, virtual_methods
from spectragui.gui.session.notifications import Notifications
from spectragui.gui.session.repeated_faults import BURST_S, RepeatedFaults

RAISED_IN_C = {  # kinds that ended the process
    "IndexError": lambda: [][3],
    "TypeError": lambda: len(3),
    "ValueError": lambda: int("x"),
    "OverflowError": lambda: int(float("inf")),
    "ZeroDivisionError": lambda: 1 / 0,
}


def classes_under_qt() -> Iterator[type]:
    for module in pkgutil.walk_packages(spectragui.gui.__path__, "spectragui.gui."):
        importlib.import_module(module.name)
    found = [Shiboken.Object]
    for cls in found:
        found.extend(cls.__subclasses__())
    return iter(dict.fromkeys(found))


def is_of_qt(cls: type, name: str) -> bool:
    """Whether a class of Qt has a method of this name above a class."""
    return any(
        name in vars(base) and base.__module__.startswith("PySide6") for base in cls.__mro__[1:]
    ) or name.endswith("Event")


def test_every_method_that_qt_calls_is_guarded_in_every_class():
    ours = [cls for cls in classes_under_qt() if cls.__module__.split(".")[0] == "spectragui"]
    assert len(ours) > 50
    bare = [
        f"{cls.__module__}.{cls.__name__}.{name}"
        for cls in ours
        for name, method in vars(cls).items()
        if isinstance(method, types.FunctionType)
        and not name.startswith("__")
        and is_of_qt(cls, name)
        and not is_guarded(method)
    ]
    assert not bare, "add them to VIRTUAL in gui/session/guard.py, or rename what hides a method of Qt"


def test_pyqtgraphs_classes_are_guarded_too():
    classes = [cls for cls in classes_under_qt() if cls.__module__.startswith("pyqtgraph")]
    assert len(classes) > 50
    bare = [
        f"{cls.__name__}.{name}"
        for cls in classes
        for name in virtual_methods(cls)
        if isinstance(vars(cls).get(name), types.FunctionType) and not is_guarded(vars(cls)[name])
    ]
    assert not bare


@pytest.fixture
def caught(monkeypatch) -> list[str]:
    """Return the names of the exceptions that reached the hook."""
    names: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: names.append(kind.__name__))
    return names


def widget_that_raises(method: str, raise_it):
    class Widget(QWidget):
        pass

    def override(self, *_args):
        raise_it()

    cls = type("Raising", (Widget,), {method: override})
    return cls()


@pytest.mark.parametrize("kind", RAISED_IN_C)
@pytest.mark.parametrize("method", ["showEvent", "resizeEvent", "paintEvent", "sizeHint", "moveEvent"])
def test_exception_in_a_widget_reached_from_python_is_reported(qtbot, caught, method, kind):
    widget = widget_that_raises(method, RAISED_IN_C[kind])
    qtbot.addWidget(widget)
    widget.show()
    widget.move(20, 20)
    widget.resize(300, 200)
    widget.adjustSize()
    assert isinstance(widget.grab(), QPixmap)
    assert set(caught) == {kind}


@pytest.mark.parametrize("kind", RAISED_IN_C)
def test_exception_in_filters_models_and_items_is_reported(qtbot, caught, kind):
    class Filter(QObject):
        def eventFilter(self, _watched, event):
            if event.type() == QEvent.Type.Show:
                RAISED_IN_C[kind]()
            return False

    class Model(QAbstractTableModel):
        def rowCount(self, _parent=QModelIndex()):  # noqa: B008 - Qt's signature
            return 2

        def columnCount(self, _parent=QModelIndex()):  # noqa: B008 - Qt's signature
            return 2

        def data(self, _index, _role=0):
            return RAISED_IN_C[kind]()

    class Item(QGraphicsItem):
        def boundingRect(self):
            return QRectF(0, 0, 5, 5)

        def paint(self, *_args):
            RAISED_IN_C[kind]()

    table, scene, model, filter_ = QTableView(), QGraphicsScene(), Model(), Filter()
    table.setModel(model)
    table.installEventFilter(filter_)
    scene.addItem(Item())
    view = QGraphicsView(scene)
    for widget in (table, view):
        qtbot.addWidget(widget)
        widget.show()
        widget.grab()
    assert set(caught) == {kind}
    assert len(caught) > 10


def test_guarded_methods_answer_as_before_and_keep_their_number_of_arguments(qtbot):
    class Widget(QWidget):
        def sizeHint(self):
            return QSize(31, 17)

    widget = Widget()
    qtbot.addWidget(widget)
    widget.adjustSize()
    assert widget.size() == QSize(31, 17)
    assert Widget.sizeHint.__code__.co_argcount == 1


def test_a_fault_at_every_repaint_is_one_message_and_one_dialog(qtbot, qapp):
    notifications = Notifications()
    dialogs: list[object] = []
    notifications.unexpected_raised.connect(dialogs.append)
    widget = widget_that_raises("paintEvent", RAISED_IN_C["IndexError"])
    qtbot.addWidget(widget)
    hook, sys.excepthook = sys.excepthook, notifications._on_main_exception
    try:
        widget.show()
        for _ in range(100):
            widget.repaint()
        qtbot.waitUntil(lambda: bool(notifications.messages))
        qapp.processEvents()
    finally:
        sys.excepthook = hook
    assert [message.severity for message in notifications.messages] == ["failure"]
    assert "IndexError" in notifications.messages[0].details
    assert len(dialogs) == 1


def test_an_error_of_ours_in_a_paint_method_is_its_sentence_once(qtbot, qapp):
    def raise_it():
        raise SpectraGUIError("No flux here.", "Choose another order.")

    notifications = Notifications()
    widget = widget_that_raises("paintEvent", raise_it)
    qtbot.addWidget(widget)
    hook, sys.excepthook = sys.excepthook, notifications._on_main_exception
    try:
        widget.show()
        for _ in range(20):
            widget.repaint()
        qtbot.waitUntil(lambda: bool(notifications.messages))
        qapp.processEvents()
    finally:
        sys.excepthook = hook
    assert [(m.text, m.hint) for m in notifications.messages] == [("No flux here.", "Choose another order.")]


def test_fault_that_comes_again_later_is_said_again():
    now = [0.0]
    faults = RepeatedFaults(lambda: now[0])
    said = []
    for now[0] in (0.0, 1.0, 5.5, 20.0):
        try:
            RAISED_IN_C["IndexError"]()
        except IndexError as error:
            said.append((faults.is_known(error), faults.is_burst(error)))
    assert said == [(False, False), (True, True), (True, True), (True, False)]
    assert BURST_S < 20.0 - 5.5


def test_a_window_in_a_process_of_its_own_lives_on(checkout):
    """As measured: without the guard the process ends by SIGSEGV."""
    program = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
import sys
import spectragui.gui
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget
class Page(QWidget):
    def showEvent(self, event):
        [][3]
sys.excepthook = lambda kind, *_rest: print(kind.__name__)
app = QApplication([])
tabs = QTabWidget()
tabs.addTab(QWidget(), "one")
tabs.addTab(Page(), "two")
tabs.show()
tabs.setCurrentIndex(1)
print("alive")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=checkout, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, ["IndexError", "alive"]), done.stderr
