"""`RunningJob`: what a job is doing, how far it is, how long it takes yet, and Cancel."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.workers.tasks import Job


class RunningJob(QWidget):
    """Stands where the button was that started the job; hidden while none runs.

    Parameters
    ----------
    name : str
        Of the bar, for screen readers.
    cancel : callable
    """

    def __init__(self, name: str, cancel: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.text = QProgressBar(), ElidedLabel()  # must not widen the dock
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(name)
        self.text.setProperty("role", "secondary")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.clicked.connect(lambda: cancel())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self.text)
        texts.addWidget(self.bar)
        row.addLayout(texts, 1)
        row.addWidget(self.cancel_button)
        self.hide()

    def show_job(self, job: Job | None) -> None:
        """Show how far a job is; hide where there is none."""
        self.setVisible(job is not None)
        if job is not None:
            self.bar.setValue(round(1000 * job.fraction))
            remaining = job.remaining_s(time.monotonic())
            left = f" {remaining:.0f} s left" if remaining is not None and remaining >= 1 else ""
            self.text.set_full_text(f"{job.message or 'Waiting'} …{left}")
