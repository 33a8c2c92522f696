"""Run functions in threads and bring progress, results and failures back to the GUI thread."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, Signal

from spectragui.core.progress import Cancelled
from spectragui.workers.memory import give_back_memory
from spectragui.workers.owners import is_gone, owner_of

Status = Literal["waiting", "running", "done", "failed", "cancelled"]
PoolName = Literal["general", "inference", "keeping", "training"]

REPORT_INTERVAL_S = 0.05  # progress reaches the window at most this often
LONG_S = 1.0  # tasks that take longer leave much freed memory behind
POOL_SIZES: dict[PoolName, int] = {"general": 2, "inference": 1, "keeping": 1, "training": 1}


@dataclasses.dataclass(frozen=True)
class Job:
    """What is known about one task, now.

    Attributes
    ----------
    number : int
        Rises with every task; never reused.
    key : str
        What the task is for; the newest task of a key wins.
    title : str
        In words, for the list of jobs.
    status : {"waiting", "running", "done", "failed", "cancelled"}
    fraction : float
        Done so far, 0 to 1.
    message : str
        What is being done.
    started_s, ended_s : float
        `time.monotonic` at the start of the work and at its end; 0 = not yet.
    """

    number: int
    key: str
    title: str
    status: Status = "waiting"
    fraction: float = 0.0
    message: str = ""
    started_s: float = 0.0
    ended_s: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether the task waits or runs."""
        return self.status in ("waiting", "running")

    def remaining_s(self, now_s: float) -> float | None:
        """Return the time left [s] by proportion, None while nothing can be said."""
        elapsed = now_s - self.started_s
        if self.status != "running" or self.fraction < 0.05 or elapsed < 0.5:
            return None
        return elapsed * (1.0 - self.fraction) / self.fraction


@dataclasses.dataclass
class _Task:
    """The moving parts of a job; lives in the GUI thread."""

    job: Job
    reporter: _Reporter
    on_done: Callable[[Any], None] | None
    on_failed: Callable[[BaseException], None] | None
    on_part: Callable[[Any], None] | None = None
    on_cancelled: Callable[[], None] | None = None
    future: Future[Any] | None = None
    is_wanted: bool = True

    def __post_init__(self) -> None:
        callbacks = (self.on_done, self.on_failed, self.on_part, self.on_cancelled)
        self._owners = tuple(owner for owner in map(owner_of, callbacks) if owner is not None)

    @property
    def is_orphan(self) -> bool:
        """Whether the dialog or panel that waits for it is gone."""
        return is_gone(self._owners)


class _Reporter:
    """The ``progress`` that a task gets: reports seldom, raises `Cancelled` when asked to stop."""

    def __init__(self, emit: Callable[[float, str], None]) -> None:
        self._emit = emit
        self._stop = threading.Event()
        self._last_s = 0.0
        self._last_message = ""

    def stop(self) -> None:
        self._stop.set()

    def __call__(self, fraction: float, message: str = "") -> None:
        if self._stop.is_set():
            raise Cancelled
        now = time.monotonic()
        if now - self._last_s < REPORT_INTERVAL_S and message in ("", self._last_message):
            return
        self._last_s, self._last_message = now, message or self._last_message
        self._emit(min(max(float(fraction), 0.0), 1.0), message)


class TaskRunner(QObject):
    """Runs tasks in thread pools; all signals and callbacks arrive in the GUI thread.

    Signals
    -------
    job_changed : Job
        A task was started, moved on, or ended.
    failed : Job, BaseException, bool
        A task raised; the flag says whether its own ``on_failed`` was called.
    idled
        The last active task ended.
    """

    job_changed = Signal(object)
    failed = Signal(object, object, bool)
    idled = Signal()
    _reported = Signal(int, float, str)
    _began = Signal(int)
    _ended = Signal(int)
    _handed_over = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._tasks: dict[int, _Task] = {}
        self._pools: dict[PoolName, ThreadPoolExecutor] = {}
        self._is_closed = False
        queued = Qt.ConnectionType.QueuedConnection
        self._reported.connect(self._on_task_reported, queued)
        self._began.connect(self._on_task_began, queued)
        self._ended.connect(self._on_task_ended, queued)
        self._handed_over.connect(self._on_part_handed_over, queued)

    @property
    def active_jobs(self) -> tuple[Job, ...]:
        """Tasks that wait or run, oldest first."""
        return tuple(task.job for task in self._tasks.values())

    def run(
        self,
        key: str,
        function: Callable[..., Any],
        *values: Any,
        title: str = "",
        pool: PoolName = "general",
        on_done: Callable[[Any], None] | None = None,
        on_failed: Callable[[BaseException], None] | None = None,
        on_part: Callable[[Any], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> int:
        """Start ``function(*values, progress=...)``; an older task of ``key`` is cancelled.

        Parameters
        ----------
        key : str
            What the task is for.
        function : callable
            Module-level, of plain values; its last parameter is called ``progress``.
        *values
            Its positional arguments; never changed by it.
        title : str
            For the list of jobs; empty = not worth a line there.
        pool : {"general", "inference", "keeping", "training"}
            Inference has one thread of its own, so has what is kept against a crash, and so have trainings,
            which wait for one another.
        on_done, on_failed : callable, optional
            Called with the result, or with the exception, unless the task was overtaken. Methods of a
            QObject are no longer called once Qt has deleted it, and the task is stopped then.
        on_part : callable, optional
            The function then gets ``hand_over`` too, to be called with each part that is done; ``on_part``
            is called with it soon after. Parts that were done before the task was cancelled count.
        on_cancelled : callable, optional
            Called without a value once the task was stopped, unless it was overtaken.

        Returns
        -------
        int
            Number of the task.
        """
        if self._is_closed:
            return 0
        self.cancel_key(key, overtaken=True)
        number = next(self._numbers)
        reporter = _Reporter(lambda fraction, message: self._reported.emit(number, fraction, message))
        task = _Task(Job(number, key, title), reporter, on_done, on_failed, on_part, on_cancelled)
        more = {} if on_part is None else {"hand_over": lambda part: self._handed_over.emit(number, part)}
        self._tasks[number] = task
        self.job_changed.emit(task.job)
        task.future = self._pool(pool).submit(self._work, number, function, values, reporter, more)
        task.future.add_done_callback(lambda _future: self._ended.emit(number))
        return number

    def cancel(self, number: int) -> None:
        """Ask a task to stop; it ends at its next report of progress."""
        task = self._tasks.get(number)
        if task is None:
            return
        task.is_wanted = False
        task.reporter.stop()
        if task.future is not None:
            task.future.cancel()

    def cancel_key(self, key: str, *, overtaken: bool = False) -> None:
        """Cancel every task of a key; ``overtaken`` ones vanish without a word."""
        for number, task in list(self._tasks.items()):
            if task.job.key == key:
                self.cancel(number)
                if overtaken:
                    task.on_done = task.on_failed = task.on_part = task.on_cancelled = None

    def cancel_all(self) -> None:
        """Ask every task to stop."""
        for number in list(self._tasks):
            self.cancel(number)

    def close(self) -> None:
        """Cancel everything, wait until the threads have ended; nothing can be run afterwards."""
        self._is_closed = True
        self.cancel_all()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._pools.clear()
        self._tasks.clear()

    def _pool(self, name: PoolName) -> ThreadPoolExecutor:
        if name not in self._pools:
            self._pools[name] = ThreadPoolExecutor(POOL_SIZES[name], thread_name_prefix=f"spectragui-{name}")
        return self._pools[name]

    def _work(
        self,
        number: int,
        function: Callable[..., Any],
        values: tuple[Any, ...],
        reporter: _Reporter,
        more: dict[str, Any],
    ) -> Any:
        self._began.emit(number)
        reporter(0.0)  # raises where it was cancelled while it waited
        start_s = time.monotonic()
        result = function(*values, progress=reporter, **more)
        if time.monotonic() - start_s > LONG_S:
            give_back_memory()
        reporter(1.0)
        return result

    def _on_task_began(self, number: int) -> None:
        self._change(number, status="running", started_s=time.monotonic())

    def _on_task_reported(self, number: int, fraction: float, message: str) -> None:
        changes: dict[str, Any] = {"fraction": fraction}
        if message:
            changes["message"] = message
        self._change(number, **changes)

    def _on_part_handed_over(self, number: int, part: Any) -> None:
        task = self._tasks.get(number)
        if task is not None and task.on_part is not None and not task.is_orphan:
            task.on_part(part)

    def _change(self, number: int, **changes: Any) -> None:
        task = self._tasks.get(number)
        if task is None:
            return
        if task.is_orphan:
            self.cancel(number)
        task.job = dataclasses.replace(task.job, **changes)
        self.job_changed.emit(task.job)

    def _on_task_ended(self, number: int) -> None:
        task = self._tasks.pop(number, None)
        if task is None or task.future is None:
            return
        if task.is_orphan:
            task.is_wanted, task.on_cancelled = False, None
        error = None if task.future.cancelled() else task.future.exception()
        if not task.is_wanted or task.future.cancelled() or isinstance(error, Cancelled):
            self._finish(task, "cancelled")
            if task.on_cancelled is not None:
                task.on_cancelled()
        elif error is not None:
            self._finish(task, "failed")
            if task.on_failed is not None:
                task.on_failed(error)
            self.failed.emit(task.job, error, task.on_failed is not None)
        else:
            self._finish(task, "done", fraction=1.0)
            if task.on_done is not None:
                task.on_done(task.future.result())
        if not self._tasks:
            self.idled.emit()

    def _finish(self, task: _Task, status: Status, **changes: Any) -> None:
        task.job = dataclasses.replace(task.job, status=status, ended_s=time.monotonic(), **changes)
        self.job_changed.emit(task.job)
