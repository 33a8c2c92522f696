"""Tasks: results arrive in the GUI thread, the newest of a key wins, cancel is answered quickly."""

from __future__ import annotations

import functools
import threading
from concurrent.futures import wait

import pytest
from PySide6.QtCore import QObject
from shiboken6 import Shiboken

from spectragui.core.errors import ReadError
from spectragui.workers.tasks import Job, TaskRunner


@pytest.fixture
def runner(qapp):
    runner = TaskRunner()
    yield runner
    runner.close()
    runner.deleteLater()


def double(value, progress):
    progress(0.5, "halfway")
    return 2 * value


def wait_for(event, progress):
    while not event.wait(0.005):
        progress(0.1, "waiting")
    return "waited"


def fail(error, progress):
    raise error


def thread_name(progress):
    return threading.current_thread().name


def test_result_arrives_in_the_gui_thread(qtbot, runner):
    seen = []
    with qtbot.waitSignal(runner.idled):
        runner.run("a", double, 21, on_done=lambda value: seen.append((value, threading.current_thread())))
    assert seen == [(42, threading.main_thread())]


def test_progress_and_status_are_told(qtbot, runner):
    jobs: list[Job] = []
    runner.job_changed.connect(jobs.append)
    with qtbot.waitSignal(runner.idled):
        runner.run("a", double, 1, title="Doubling")
    assert [job.status for job in jobs][0] == "waiting"
    assert jobs[-1].status == "done"
    assert jobs[-1].fraction == 1.0
    assert any(job.message == "halfway" for job in jobs)
    assert jobs[-1].ended_s >= jobs[-1].started_s > 0


def test_newest_task_of_a_key_wins_and_the_stale_result_is_dropped(qtbot, runner):
    release, seen = threading.Event(), []
    runner.run("key", wait_for, release, on_done=lambda value: seen.append(("old", value)))
    runner.run("key", double, 4, on_done=lambda value: seen.append(("new", value)))
    release.set()
    qtbot.waitUntil(lambda: not runner.active_jobs)
    assert seen == [("new", 8)]


def test_result_that_was_already_on_its_way_is_dropped_too(qtbot, runner):
    """The old task ends before it is overtaken, but its result is delivered after."""
    seen = []
    number = runner.run("key", double, 1, on_done=seen.append)
    wait([runner._tasks[number].future])  # it has ended; the event loop has not run
    runner.run("key", double, 2, on_done=seen.append)
    qtbot.waitUntil(lambda: not runner.active_jobs)
    assert seen == [4]


def test_cancel_ends_a_task_that_waits_for_ever(qtbot, runner):
    seen = []
    number = runner.run("a", wait_for, threading.Event(), on_done=seen.append)
    qtbot.waitUntil(lambda: any(job.status == "running" for job in runner.active_jobs))
    with qtbot.waitSignal(runner.idled):  # nobody sets the event: it ends since it is cancelled
        runner.cancel(number)
    assert seen == []


def test_waiting_task_can_be_cancelled(qtbot, runner):
    release, seen = threading.Event(), []
    runner.run("first", wait_for, release, pool="inference")
    number = runner.run("second", double, 1, pool="inference", on_done=seen.append)
    runner.cancel(number)
    release.set()
    qtbot.waitUntil(lambda: not runner.active_jobs)
    assert seen == []


def test_failure_reaches_its_own_handler_and_the_signal(qtbot, runner):
    seen, signalled = [], []
    runner.failed.connect(lambda job, error, handled: signalled.append((job.status, error, handled)))
    error = ReadError("star.fits: empty.", "Choose another file.")
    with qtbot.waitSignal(runner.idled):
        runner.run("a", fail, error, on_failed=seen.append)
    assert seen == [error]
    assert signalled == [("failed", error, True)]


def test_unforeseen_exception_is_told_too(qtbot, runner):
    signalled = []
    runner.failed.connect(lambda job, error, handled: signalled.append((type(error), handled)))
    with qtbot.waitSignal(runner.idled):
        runner.run("a", fail, ZeroDivisionError("x"))
    assert signalled == [(ZeroDivisionError, False)]


def test_inference_has_one_thread_of_its_own(qtbot, runner):
    names = []
    for key in "abc":
        runner.run(key, thread_name, pool="inference", on_done=names.append)
    qtbot.waitUntil(lambda: len(names) == 3)
    assert len(set(names)) == 1
    assert names[0].startswith("spectragui-inference")


def test_progress_reaches_the_window_seldom(qtbot, runner):
    jobs = []
    runner.job_changed.connect(jobs.append)
    with qtbot.waitSignal(runner.idled):
        runner.run("a", chatty)
    assert len(jobs) < 30  # of 20000 reports


def chatty(progress):
    for i in range(20000):
        progress(i / 20000)


def test_close_waits_and_refuses_what_comes_later(qapp):
    runner = TaskRunner()
    runner.run("a", wait_for, threading.Event())
    runner.close()
    assert runner.run("b", double, 1) == 0
    assert not [t for t in threading.enumerate() if t.name.startswith("spectragui")]
    runner.deleteLater()


def test_remaining_time_follows_the_fraction():
    job = Job(1, "a", "A", "running", fraction=0.25, started_s=100.0)
    assert job.remaining_s(110.0) == pytest.approx(30.0)
    assert Job(1, "a", "A", "running", fraction=0.01, started_s=100.0).remaining_s(110.0) is None


def count(n_parts, stop_at, gate, progress, hand_over):
    for number in range(n_parts):
        if number == stop_at:
            wait_for(gate, progress)
        progress(number / n_parts)
        hand_over(number)
    return "all"


def test_parts_arrive_one_by_one_in_the_gui_thread_before_the_result(qtbot, runner):
    seen = []
    with qtbot.waitSignal(runner.idled, timeout=30000):
        runner.run(
            "a", count, 3, 9, threading.Event(), on_part=seen.append, on_done=lambda value: seen.append(value)
        )
    assert seen == [0, 1, 2, "all"]


def test_parts_that_were_done_before_a_cancel_are_kept(qtbot, runner):
    seen = []
    number = runner.run(
        "a", count, 5, 2, threading.Event(), on_part=seen.append, on_cancelled=lambda: seen.append("stopped")
    )
    qtbot.waitUntil(lambda: seen == [0, 1], timeout=30000)
    with qtbot.waitSignal(runner.idled, timeout=30000):
        runner.cancel(number)
    assert seen == [0, 1, "stopped"]


def test_parts_of_an_overtaken_task_are_dropped(qtbot, runner):
    seen = []
    runner.run(
        "a", count, 5, 0, threading.Event(), on_part=seen.append, on_cancelled=lambda: seen.append("x")
    )
    with qtbot.waitSignal(runner.idled, timeout=30000):
        runner.run("a", double, 4, on_done=seen.append)
    assert seen == [8]


class Waiting(QObject):
    """Stands for a dialog that waits for a task; what reaches it after its end is a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[object] = []

    def take(self, *values: object) -> None:
        self.objectName()  # raises where Qt has deleted it
        self.seen.append(values)


def part_and_wait(event, progress, hand_over):
    hand_over("part")
    event.wait(60.0)
    return "done"


@pytest.mark.parametrize("ending", ["done", "failed", "cancelled"])
def test_nothing_is_called_that_belongs_to_what_is_gone(qtbot, runner, ending):
    owner, event, raised = Waiting(), threading.Event(), []
    calls = {
        "on_done": functools.partial(functools.partial(owner.take, 1), 2),
        "on_failed": owner.take,
        "on_part": functools.partial(owner.take, 3),
        "on_cancelled": owner.take,
    }
    runner.failed.connect(lambda *what: raised.append(what))
    number = runner.run("a", part_and_wait, event, **calls)
    Shiboken.delete(owner)
    if ending == "cancelled":
        runner.cancel(number)
    elif ending == "failed":
        runner.run("b", fail, ReadError("No."), on_failed=calls["on_failed"])
    with qtbot.captureExceptions() as exceptions, qtbot.waitSignal(runner.idled, timeout=60_000):
        event.set()
    assert owner.seen == [] and not exceptions and not raised


def test_a_task_of_what_is_gone_is_stopped(qtbot, runner):
    owner = Waiting()
    with qtbot.waitSignal(runner.idled, timeout=60_000):  # it would wait for ever
        runner.run("a", wait_for, threading.Event(), on_done=owner.take)
        Shiboken.delete(owner)


def test_what_is_there_is_called(qtbot, runner):
    owner = Waiting()
    with qtbot.waitSignal(runner.idled, timeout=60_000):
        runner.run("a", double, 1, on_done=functools.partial(owner.take, "doubled"))
    assert owner.seen == [("doubled", 2)]


def test_the_time_that_is_left_is_in_proportion():
    job = Job(1, "k", "t", "running", fraction=0.25, started_s=100.0)
    assert job.remaining_s(110.0) == 30.0  # a quarter in 10 s
    assert Job(1, "k", "t", "running", fraction=0.049, started_s=100.0).remaining_s(110.0) is None
    assert Job(1, "k", "t", "running", fraction=0.25, started_s=100.0).remaining_s(100.4) is None
    assert Job(1, "k", "t", "waiting", fraction=0.25, started_s=100.0).remaining_s(110.0) is None


def test_what_is_reported_lies_between_nothing_and_all():
    from spectragui.workers.tasks import _Reporter

    told = []
    report = _Reporter(lambda fraction, message: told.append((fraction, message)))
    for number, fraction in enumerate((-0.5, 0.3, 1.7)):
        report(fraction, f"message {number}")
    assert told == [(0.0, "message 0"), (0.3, "message 1"), (1.0, "message 2")]


def test_a_childs_own_words_come_with_their_hint():
    from spectragui.workers.child_process import _failure

    found = _failure(1, {"error": "No label.", "hint": "Name one."}, "trace", "training")
    assert (found.message, found.hint, found.details) == ("No label.", "Name one.", "trace")
    killed = _failure(-9, {}, "", "training")
    assert "SIGKILL" in killed.message and "checkpoint" in killed.hint
    assert "fault of SpectraGUI" in _failure(3, {}, "", "training").message
