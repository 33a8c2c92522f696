"""`LiveTask`: runs a function for the newest values only, while a slider moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from spectragui.gui.session.session import Session
from spectragui.workers.owners import owner_of

MakeValues = Callable[[], tuple[tuple[Any, ...], str] | None]


class LiveTask(QObject):
    """One task that follows a stream of values.

    The first values run at once; those that come while it runs wait, the newest in place of the
    ones before; they run as soon as the last run has ended. So nothing piles up, no result is
    older than one run, and the last values always get their turn. `ask` lets the values be made
    when their turn comes, from what is then known. It goes with the object whose method ``on_done`` is.

    Parameters
    ----------
    session : Session
    key : str
        Of the task (see `Session.run`).
    function : callable
        ``function(*values, progress=...)``, module-level.
    on_done : callable
        Called with each result.
    on_failed : callable, optional
        Called with the exception; without it a failure becomes a notification.
    on_stopped : callable, optional
        Called when the user has stopped a run, before what waits begins.
    after_result : bool
        What waits begins after ``on_done`` has been called, since it builds on the result; else at
        once, while the result is still being drawn.
    """

    def __init__(
        self,
        session: Session,
        key: str,
        function: Callable[..., Any],
        on_done: Callable[[Any], None],
        on_failed: Callable[[BaseException], None] | None = None,
        on_stopped: Callable[[], None] | None = None,
        *,
        after_result: bool = False,
    ) -> None:
        super().__init__(owner_of(on_done))
        self._session = session
        self._key = key
        self._function = function
        self._on_done = on_done
        self._on_failed = on_failed
        self._on_stopped = on_stopped
        self._after_result = after_result
        self._number = 0
        self._is_running = False
        self._waiting: MakeValues | None = None
        session.tasks.job_changed.connect(self._on_job_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a run is under way or waits."""
        return self._is_running or self._waiting is not None

    def run(self, *values: Any, title: str = "") -> None:
        """Run the function for these values, now or when the last run has ended."""
        self.ask(lambda: (values, title))

    def ask(self, make: MakeValues, *, overtakes: bool = False) -> None:
        """Run the function, now or when the last run has ended, for the values that ``make`` then returns.

        Parameters
        ----------
        make : callable
            Returns the values and the title of the job, or None: there is nothing to do any more.
        overtakes : bool
            The run under way is about something else: it is dropped, and the next begins now.
        """
        if self._is_running and not overtakes:
            self._waiting = make
        else:
            self._start(make)

    def cancel(self) -> None:
        """Forget what waits and stop what runs."""
        self._waiting = None
        self._session.tasks.cancel_key(self._key)

    def _start(self, make: MakeValues) -> None:
        self._waiting = None
        made = make()
        if made is None:
            return
        values, title = made
        self._is_running = True
        self._number = self._session.run(
            self._key,
            self._function,
            *values,
            title=title,
            on_done=self._on_run_done,
            on_failed=None if self._on_failed is None else self._on_run_failed,
        )
        self._is_running = self._number != 0  # 0: the window is closing

    def _on_run_done(self, result: Any) -> None:
        if not self._after_result:
            self._on_done(result)
            return
        self._is_running = False
        self._on_done(result)
        self._start_waiting()

    def _on_run_failed(self, error: BaseException) -> None:
        assert self._on_failed is not None
        if not self._after_result:
            self._on_failed(error)
            return
        self._is_running = False
        self._on_failed(error)
        self._start_waiting()

    def _on_job_changed(self, job: Any) -> None:
        if job.number != self._number or job.is_active:
            return
        if self._after_result and job.status == "done":
            return
        if self._after_result and job.status == "failed" and self._on_failed is not None:
            return
        self._is_running = False
        if job.status == "cancelled" and self._on_stopped is not None:
            self._on_stopped()
        self._start_waiting()

    def _start_waiting(self) -> None:
        if self._waiting is not None and not self._is_running:
            self._start(self._waiting)
