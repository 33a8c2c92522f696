"""Jobs: everything that runs, with progress, remaining time and cancel."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from spectragui.gui.actions import trigger
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.session import Session
from spectragui.gui.theme.rich_text import write_rich
from spectragui.workers.tasks import Job

KEPT_ROWS = 30
STATUS_WORDS = {
    "waiting": "waiting",
    "running": "",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


class JobRow(QFrame):
    """One job: title, what is being done, progress, time, cancel.

    Parameters
    ----------
    session : Session
    job : Job
    """

    def __init__(self, session: Session, job: Job) -> None:
        super().__init__()
        self.job = job
        self._title, self._text, self._time = QLabel(), QLabel(), QLabel()
        write_rich(self._title, job.title)
        self._title.setMinimumWidth(180)
        for label in (self._text, self._time):
            label.setProperty("role", "secondary")
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._time.setMinimumWidth(110)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        self._bar.setAccessibleName(f"Progress of {job.title}")
        self._cancel = QPushButton("Cancel")
        self._cancel.setAccessibleName(f"Cancel {job.title}")
        self._cancel.clicked.connect(lambda: session.tasks.cancel(self.job.number))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 3, 8, 3)
        layout.setSpacing(12)
        for widget, stretch in (
            (self._title, 0),
            (self._text, 1),
            (self._bar, 0),
            (self._time, 0),
            (self._cancel, 0),
        ):
            layout.addWidget(widget, stretch)
        self.show_job(job)

    def show_job(self, job: Job) -> None:
        """Show how far the job is."""
        self.job = job
        self._text.setText(job.message if job.status == "running" else STATUS_WORDS[job.status])
        busy = job.status == "running" and job.fraction == 0.0
        self._bar.setRange(0, 0 if busy else 1000)
        self._bar.setValue(round(1000 * job.fraction))
        self._bar.setVisible(job.is_active)
        self._cancel.setVisible(job.is_active)
        self.show_time()

    def show_time(self) -> None:
        """Show the remaining time, or how long it took."""
        now = time.monotonic()
        if self.job.is_active:
            left = self.job.remaining_s(now)
            self._time.setText("" if left is None else f"{format_seconds(left)} left")
        elif self.job.started_s:
            self._time.setText(format_seconds(self.job.ended_s - self.job.started_s))


@register_panel(
    "Jobs",
    area="bottom",
    icon="mdi6.progress-clock",
    priority=20,
    is_available=lambda s: bool(s.results),
)
class JobsPanel(Panel):
    """List of jobs, the newest on top."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._rows: dict[int, JobRow] = {}
        from spectragui.gui.plots.empty_place import EmptyPlace

        self._empty = EmptyPlace()
        self._empty.say(
            "Nothing is running",
            "Predictions and files being read appear here, with a way to stop them.",
            "Predict parameters",
            lambda: trigger(self.window(), "spectrum.predict"),
        )
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, 4, 0, 4)
        self._list.setSpacing(0)
        self._list.addWidget(self._empty, 1)
        self._list.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        card = QFrame()
        card.setProperty("card", "true")
        QVBoxLayout(card).addWidget(scroll)
        card.layout().setContentsMargins(1, 1, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        self._clock = QTimer(self)
        self._clock.setInterval(500)
        self._clock.timeout.connect(self._on_clock_ticked)
        session.tasks.job_changed.connect(self._on_job_changed)

    def _on_job_changed(self, job: Job) -> None:
        if not job.title:
            return
        row = self._rows.get(job.number)
        if row is None:
            row = self._rows[job.number] = JobRow(self.session, job)
            at_the_end = self._list.count() - 1
            self._list.insertWidget(at_the_end if self.underMouse() else 0, row)  # nothing moves under it
            self._forget_old_rows()
        row.show_job(job)
        self._empty.hide()
        if job.is_active and not self._clock.isActive():
            self._clock.start()

    def _forget_old_rows(self) -> None:
        ended = [number for number, row in self._rows.items() if not row.job.is_active]
        for number in ended[: max(0, len(self._rows) - KEPT_ROWS)]:
            row = self._rows.pop(number)
            self._list.removeWidget(row)
            row.deleteLater()

    def _on_clock_ticked(self) -> None:
        active = [row for row in self._rows.values() if row.job.is_active]
        for row in active:
            row.show_time()
        if not active:
            self._clock.stop()


def format_seconds(seconds: float) -> str:
    """Return a duration in words: "0.4 s", "12 s", "3 min", "2 h 10 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
