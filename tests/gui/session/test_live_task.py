"""The newest values win, nothing piles up, the last ones always get their turn."""

from __future__ import annotations

import threading

import pytest

from spectragui.core.errors import StageError
from spectragui.gui.session.live_task import LiveTask
from spectragui.gui.session.session import Session
from spectragui.gui.theme.theme import Theme

GATE = threading.Event()


def wait_and_return(value, progress):
    GATE.wait(5.0)
    progress(0.5)
    return value


def fail(_value, progress):
    raise StageError("Nothing is left.")


@pytest.fixture
def session(qapp):
    GATE.clear()
    made = Session(Theme("light"))
    yield made
    GATE.set()
    made.close()


def test_only_the_newest_values_wait(session, qtbot):
    seen = []
    task = LiveTask(session, "live", wait_and_return, seen.append)
    for value in range(10):
        task.run(value)
    GATE.set()
    qtbot.waitUntil(lambda: not task.is_busy)
    assert seen == [0, 9]


def test_a_failure_does_not_end_it(session, qtbot):
    seen, failures = [], []
    task = LiveTask(session, "live", fail, seen.append, failures.append)
    task.run(1)
    task.run(2)
    qtbot.waitUntil(lambda: not task.is_busy)
    assert len(failures) == 2 and not seen
    task.run(3)
    qtbot.waitUntil(lambda: not task.is_busy)
    assert len(failures) == 3


def test_cancelled_values_are_forgotten(session, qtbot):
    seen = []
    task = LiveTask(session, "live", wait_and_return, seen.append)
    task.run(1)
    task.run(2)
    task.cancel()
    GATE.set()
    qtbot.waitUntil(lambda: not task.is_busy)
    assert seen == []
