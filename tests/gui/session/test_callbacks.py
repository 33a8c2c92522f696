"""Whatever waits for a task may be gone when it ends: every callback says whose it is (see `owner_of`)."""

from __future__ import annotations

import ast
import importlib
import threading
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject
from shiboken6 import Shiboken

import spectragui.gui
from spectragui.gui.session.live_task import LiveTask
from spectragui.gui.velocity.dialog import VelocityDialog, show_velocity
from tests.gui.velocity.test_velocity_dialog import open_star

CALLBACKS = ("on_done", "on_failed", "on_part", "on_cancelled", "on_stopped")
GUI = Path(spectragui.gui.__file__).parent


def callbacks() -> Iterator[tuple[str, str, ast.expr, ast.AST]]:
    """Yield file, class, callback and the function around it, for every task and live task."""
    for path in sorted(GUI.rglob("*.py")):
        module = "spectragui.gui." + ".".join(path.relative_to(GUI).with_suffix("").parts)
        for top in ast.parse(path.read_text(encoding="utf-8")).body:
            for call in (node for node in ast.walk(top) if isinstance(node, ast.Call)):
                named = [word.value for word in call.keywords if word.arg in CALLBACKS]
                if isinstance(call.func, ast.Name) and call.func.id == "LiveTask":
                    named += call.args[3:]
                for value in named:
                    yield module, top.name if isinstance(top, ast.ClassDef) else "", value, top


def names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def test_every_callback_tells_whose_it_is():
    """A method, bare or in `functools.partial`, of an object that Qt owns; never a function around it."""
    found = list(callbacks())
    own = [one for one in found if "self" in names(one[2])]
    assert len(found) > 30 and len(own) > 15
    for module, name, value, top in found:
        place = f"{module}:{value.lineno}"
        inner = [
            one for one in ast.walk(top) if isinstance(one, ast.FunctionDef) and one.name in names(value)
        ]
        assert not any("self" in names(one) for one in inner), f"{place}: a function in which self is hidden"
        if "self" in names(value):
            is_stopped = isinstance(value, ast.Lambda) and name == "ChainRunner"  # LiveTask: goes by on_done
            assert is_stopped or not isinstance(value, ast.Lambda), f"{place}: self is hidden in a lambda"
            kind = getattr(importlib.import_module(module), name)
            assert issubclass(kind, QObject), f"{place}: {name} is no QObject"


def wait_for_event(event, progress):
    event.wait(60.0)
    return "done"


def test_a_live_task_goes_with_its_owner(session, qtbot):
    class Owner(QObject):
        def take(self, _value):
            raise AssertionError("called though it is gone")

    owner, event = Owner(), threading.Event()
    task = LiveTask(session, "live", wait_for_event, owner.take)
    task.run(event)
    task.run(event)
    Shiboken.delete(owner)
    with qtbot.captureExceptions() as exceptions, qtbot.waitSignal(session.tasks.idled, timeout=60_000):
        event.set()
    assert not exceptions and not Shiboken.isValid(task)


def test_a_closed_velocity_dialog_does_not_measure_again(window, qtbot):
    """It is deleted a moment after it was closed: what is selected in between is not its matter."""
    session = window.session
    open_star(session)
    dialog = show_velocity(session, window)
    dialog.close()
    session.update(
        spectra=(*session.state.spectra, session.state.selected.replace(id="s2")), selected_id="s2"
    )
    keys = [job.key for job in session.tasks.active_jobs]
    assert not any("s2" in key for key in keys)
    qtbot.waitUntil(lambda: not window.findChildren(VelocityDialog), timeout=60_000)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)


def test_a_velocity_dialog_that_is_deleted_is_not_told(window, qtbot):
    session = window.session
    open_star(session)
    dialog = show_velocity(session, window)
    assert session.tasks.active_jobs
    Shiboken.delete(dialog)
    with qtbot.captureExceptions() as exceptions:
        qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)
    assert not exceptions
