"""`LiveTask`: runs a function for the newest values only, while a slider moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spectragui.gui.session.session import Session


class LiveTask:
    """One task that follows a stream of values.

    The first values run at once; those that come while it runs wait, the newest in place of the
    ones before; they run as soon as the last run has ended. So nothing piles up, no result is
    older than one run, and the last values always get their turn.

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
    """

    def __init__(
        self,
        session: Session,
        key: str,
        function: Callable[..., Any],
        on_done: Callable[[Any], None],
        on_failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        self._session = session
        self._key = key
        self._function = function
        self._on_done = on_done
        self._on_failed = on_failed
        self._number = 0
        self._is_running = False
        self._waiting: tuple[tuple[Any, ...], str] | None = None
        session.tasks.job_changed.connect(self._on_job_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a run is under way or waits."""
        return self._is_running or self._waiting is not None

    def run(self, *values: Any, title: str = "") -> None:
        """Run the function for these values, now or when the last run has ended."""
        if self._is_running:
            self._waiting = values, title
        else:
            self._start(values, title)

    def cancel(self) -> None:
        """Forget what waits and stop what runs."""
        self._waiting = None
        self._session.tasks.cancel_key(self._key)

    def _start(self, values: tuple[Any, ...], title: str) -> None:
        self._is_running = True
        self._number = self._session.run(
            self._key,
            self._function,
            *values,
            title=title,
            on_done=self._on_done,
            on_failed=self._on_failed,
        )
        self._is_running = self._number != 0  # 0: the window is closing

    def _on_job_changed(self, job: Any) -> None:
        if job.number != self._number or job.is_active:
            return
        self._is_running = False
        if self._waiting is not None:
            (values, title), self._waiting = self._waiting, None
            self._start(values, title)
