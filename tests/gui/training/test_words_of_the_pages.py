"""What the pages of the training dialog write, and where the focus goes."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
from PySide6.QtCore import QObject, Signal

from spectragui.gui.training.check_page import CheckPage
from spectragui.gui.training.plan_data import CheckedColumn, CheckedData
from spectragui.gui.training.run_page import LossPlot, RunPage
from spectragui.gui.training.trainings import FAILED, RUNNING


class Running(QObject):
    """Stands for the trainings of a session: one job."""

    changed = Signal(str)

    def __init__(self, job) -> None:
        super().__init__()
        self.jobs = {"one-1": job}

    def pause(self, _training, _is_paused) -> None:
        """Take the word."""


def a_training(state: str) -> SimpleNamespace:
    return SimpleNamespace(name="one-1", state=state, base="toy", history=lambda: [])


def a_job(message: str = "batch 3, loss -0.117") -> SimpleNamespace:
    return SimpleNamespace(
        is_active=True, status="running", message=message, fraction=0.25, remaining_s=lambda _now: 1003.0,
        started_s=time.monotonic(),
    )  # fmt: skip


def test_the_check_writes_minus_signs_and_offers_labels_by_their_names(qtbot, session):
    page = CheckPage(session)
    qtbot.addWidget(page)
    columns = (CheckedColumn("teff", "T<sub>eff</sub>", "K", np.array([5000.0, 6000.0])),)
    parts = np.array(["training", "test"])
    page._on_checked(CheckedData(2, ("[M/H]: 2 values, -1.97 to 0.49 dex.",), columns, parts))
    assert page.text.toPlainText() == "[M/H]: 2 values, −1.97 to 0.49 dex."
    assert page.label.currentText() == "Teff"


def test_a_run_says_what_is_left_while_it_runs_only_and_gives_the_focus_to_resume(qtbot, session):
    job = a_job()
    page = RunPage(session, Running(job))
    qtbot.addWidget(page)
    page.show()
    qtbot.waitExposed(page)
    page.training = a_training(RUNNING)
    page._follow()
    assert page.said.text() == "one-1: batch 3, loss −0.117"
    assert page.left.text() == "About 17 minutes left"
    page.pause.setFocus()
    page.pause.setChecked(True)
    assert page.said.text().endswith("Paused") and not page.left.text().strip()
    job.is_active, page.training = False, a_training(FAILED)
    page._follow()
    assert page.resume.isVisible() and page.focusWidget() is page.resume
    job.is_active = True
    page._follow()
    assert page.focusWidget() is page.pause


def test_the_learning_rate_has_true_minus_signs(qtbot, session):
    plot = LossPlot(session)
    qtbot.addWidget(plot)
    assert plot._right.tickStrings([-3.75, -3.7], 1.0, 0.05) == ["−3.75", "−3.70"]
