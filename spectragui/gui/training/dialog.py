"""Train a model: five pages from the data to the comparison of the new model with the old one."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.session.session import Session
from spectragui.gui.training.check_page import CheckPage
from spectragui.gui.training.compare_page import ComparePage
from spectragui.gui.training.data_page import DataPage
from spectragui.gui.training.run_page import RunPage
from spectragui.gui.training.settings_page import SettingsPage
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.gui.training.trainings import (
    ACCEPTED,
    DONE,
    Training,
    accept_training,
    free_name,
    has_training,
    list_trainings,
    trainings_of,
)
from spectragui.inference.parameters.model_store import DEFAULT_MODEL

DATA, CHECK, SETTINGS, RUN, COMPARE = range(5)
TITLES = ("Data", "Check", "Settings", "Run", "Compare")
_WIDTH, _HEIGHT = 980, 620


class TrainingDialog(QDialog):
    """The pages, and the buttons that lead through them; what runs goes on when it is closed.

    Parameters
    ----------
    session : Session
    parent : QWidget
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Train a model")
        self.resize(_WIDTH, _HEIGHT)
        self._session, self.trainings = session, trainings_of(session)
        self.plan = TrainingPlan(name=free_name(DEFAULT_MODEL), base=DEFAULT_MODEL)
        self.data = DataPage(session, self.plan)
        self.check = CheckPage(session)
        self.settings = SettingsPage(self.plan)
        self.run = RunPage(session, self.trainings)
        self.compare = ComparePage(session.theme)
        self.steps = QListWidget()
        self.steps.setAccessibleName("Steps")
        self.steps.setFixedWidth(110)
        for title in TITLES:
            self.steps.addItem(QListWidgetItem(title))
        self.pages = QStackedWidget()
        for page in (self.data, self.check, self.settings, self.run, self.compare):
            self.pages.addWidget(page)
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.why.setProperty("role", "secondary")
        self.back, self.next = QPushButton("Back"), QPushButton("Next")
        self.discard, self.close_button = QPushButton("Discard"), QPushButton("Close")
        self.next.setProperty("primary", "true")
        self.next.setDefault(True)
        self._lay_out()
        self._connect()
        self._show(DATA)
        self._offer_present()

    def show_training(self, training: Training) -> None:
        """Show a training that is there: how it runs, or what it gave."""
        self.plan = dataclasses.replace(self.plan, name=training.name, base=training.base)
        self.run.show_training(training)
        if training.state in (DONE, ACCEPTED):
            self.compare.show_training(training)
        self._show(COMPARE if training.state in (DONE, ACCEPTED) else RUN)

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.addWidget(self.steps)
        body.addWidget(self.pages, 1)
        row = QHBoxLayout()
        row.addWidget(self.why, 1)
        for button in (self.discard, self.close_button, self.back, self.next):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addLayout(body, 1)
        layout.addLayout(row)

    def _connect(self) -> None:
        self.back.clicked.connect(lambda: self._show(self.pages.currentIndex() - 1))
        self.next.clicked.connect(self._on_next_clicked)
        self.close_button.clicked.connect(self.close)
        self.discard.clicked.connect(self._on_discard_clicked)
        self.steps.currentRowChanged.connect(self._on_step_chosen)
        for page in (self.data, self.check, self.settings):
            page.changed.connect(self._follow)
        self.trainings.changed.connect(self._on_training_changed)
        self.run.chosen.connect(self.show_training)

    def _offer_present(self) -> None:
        """Go to a training that runs or has ended and was not looked at, the newest one."""
        there = [one for one in list_trainings() if self.trainings.is_running(one) or one.state == DONE]
        if there:
            self.show_training(there[-1])

    def _show(self, page: int) -> None:
        if page == CHECK:
            self.plan = self.data.plan_with(self.plan)
            if has_training(self.plan.name):  # whose data set would be written over
                self._take_free_name()
            self.check.begin(self.plan)
        if page == SETTINGS and self.check.check is not None:
            self.settings.show_plan(self.plan, self.check.check.n_used)
        self.pages.setCurrentIndex(page)
        self.steps.blockSignals(True)
        self.steps.setCurrentRow(page)
        self.steps.blockSignals(False)
        self._follow()

    def _follow(self) -> None:
        page = self.pages.currentIndex()
        why = self._why_not_next(page)
        self.why.setText(why)
        texts = {SETTINGS: "Train", RUN: "Compare", COMPARE: "Accept"}
        self.next.setText(texts.get(page, "Next"))
        self.next.setEnabled(not why)
        self.back.setVisible(page in (CHECK, SETTINGS))
        self.discard.setVisible(page in (RUN, COMPARE))
        for row in range(self.steps.count()):
            item = self.steps.item(row)
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags if self._is_reachable(row) else Qt.ItemFlag.NoItemFlags)

    def _is_reachable(self, page: int) -> bool:
        now = self.pages.currentIndex()
        if page in (RUN, COMPARE):
            return self.run.training is not None and (page == RUN or self._is_done())
        return page <= now or now >= RUN or (page == now + 1 and not self._why_not_next(now))

    def _why_not_next(self, page: int) -> str:
        if page == DATA:
            return self.data.missing()
        if page == CHECK:
            return "" if self.check.check is not None else "The data have to be checked first."
        if page == SETTINGS:
            return self.settings.missing()
        if page == RUN:
            return "" if self._is_done() else self._why_not_done()
        training = self.run.training
        return "Accepted: it is in the list of models." if training and training.state == ACCEPTED else ""

    def _why_not_done(self) -> str:
        training = self.run.training
        job = self.trainings.jobs.get(training.name) if training is not None else None
        if job is not None and job.is_active:
            return "The training has not ended yet. It goes on when this is closed."
        return "The training did not come to its end: resume it, or discard it."

    def _is_done(self) -> bool:
        training = self.run.training
        return training is not None and training.state in (DONE, ACCEPTED)

    def _on_next_clicked(self) -> None:
        page = self.pages.currentIndex()
        if page == SETTINGS:
            self._train()
        elif page == COMPARE:
            self._accept()
        elif page == RUN:
            assert self.run.training is not None
            self.compare.show_training(self.run.training)
            self._show(COMPARE)
        else:
            self._show(page + 1)

    def _train(self) -> None:
        checked = self.plan
        self.plan = self.settings.plan_with(self.plan)
        if (checked.name, checked.data_key) != (self.plan.name, self.plan.data_key):
            self._rename_data(checked)
        try:
            training = self.trainings.start(self.plan)
        except SpectraGUIError as error:
            self.why.setText(with_control_names(str(error)))
            return
        self.run.show_training(training)
        self._show(RUN)

    def _rename_data(self, checked: TrainingPlan) -> None:
        """Give the data set the name that the model got meanwhile."""
        old, new = (Training(one.name, one.base, "").data for one in (checked, self.plan))
        if old.is_file() and old != new:
            old.replace(new)

    def _accept(self) -> None:
        training = self.run.training
        assert training is not None
        self.next.setEnabled(False)
        self._session.run(
            "accepting a model", accept_training, training, title=f"Accepting {training.name}",
            on_done=self._on_accepted, on_failed=self._on_accept_failed,
        )  # fmt: skip

    def _on_accepted(self, _path: object) -> None:
        training = self.run.training
        assert training is not None
        self.trainings.mark(training, ACCEPTED)
        self._session.notifications.success(f"{training.name} is in the list of models.")
        self._follow()

    def _on_accept_failed(self, error: BaseException) -> None:
        self._follow()
        self.why.setText(with_control_names(str(error)))

    def _on_discard_clicked(self) -> None:
        training = self.run.training
        if training is None:
            return
        self.trainings.discard(training)
        self.run.training = None
        self._take_free_name()
        self._show(DATA)

    def _take_free_name(self) -> None:
        self.plan = dataclasses.replace(self.plan, name=free_name(self.plan.base))
        self.settings.name.setText(self.plan.name)

    def _on_step_chosen(self, row: int) -> None:
        if row >= 0 and row != self.pages.currentIndex():
            if row == COMPARE and self.run.training is not None:
                self.compare.show_training(self.run.training)
            self._show(row)

    def _on_training_changed(self, _name: str) -> None:
        self._follow()


def show_training(session: Session, parent: QWidget) -> TrainingDialog:
    """Open the dialog, or bring the open one to the front."""
    for child in parent.findChildren(TrainingDialog):
        child.raise_()
        child.activateWindow()
        return child
    dialog = TrainingDialog(session, parent)
    dialog.show()
    return dialog
