"""Third page: the name of the new model, how it is trained, how long that takes."""

from __future__ import annotations

import dataclasses

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from spectragui.core.errors import TrainingError
from spectragui.core.wording import estimate
from spectragui.gui.forms.fitting_scroll_area import FittingScrollArea
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.training.plan_config import config_text, estimate_of, separate_plans
from spectragui.gui.training.plan_form import PlanForm
from spectragui.gui.training.start_choices import unused_settings, usual_settings
from spectragui.gui.training.training_plan import ADVANCED, TrainingPlan
from spectragui.gui.training.trainings import check_name, trainings_folder


class SettingsPage(PlanForm):
    """Name, schedule, and what is seldom changed, folded.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self._plan, self._n_spectra = plan, 0
        self.name = QLineEdit(plan.name)
        self.name.setAccessibleName("Name of the new model")
        self._place = QVBoxLayout()
        self._start: tuple[str, ...] = ()
        self.form, self.advanced = self._forms(plan)
        self.fold = QPushButton("Advanced")
        self.fold.setCheckable(True)
        self.advanced.hide()
        self.estimate, self.complaint = QLabel(), QLabel()
        for label in (self.estimate, self.complaint):
            label.setWordWrap(True)
            label.setProperty("role", "secondary")
        self.copy = QPushButton("Copy as config")
        self.copy.setToolTip("Copy the file that spectragui train takes, with all that is set here")
        self._lay_out()
        self.fold.toggled.connect(lambda is_open: self.advanced.setVisible(is_open))
        self.copy.clicked.connect(self._on_copy_clicked)
        self.name.textChanged.connect(lambda _text: self._follow())

    def _forms(self, plan: TrainingPlan) -> tuple[ParameterForm, ParameterForm]:
        """Return the forms of what applies to a plan: what is usual, and what is seldom changed."""
        self._start = (plan.kind, plan.base, plan.preset)
        unused = unused_settings(plan)
        plain = tuple(field.name for field in dataclasses.fields(plan.settings) if field.name not in ADVANCED)
        form = ParameterForm(plan.settings, leave_out=(*ADVANCED, *unused))
        advanced = ParameterForm(plan.settings, leave_out=(*plain, *unused))
        form.changed.connect(self._on_form_changed)
        advanced.changed.connect(self._on_advanced_changed)
        return form, advanced

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this page says."""
        return dataclasses.replace(plan, name=self.name.text().strip(), settings=self._plan.settings)

    def show_plan(self, plan: TrainingPlan, n_spectra: int) -> None:
        """Show how long a training of this plan takes; another start has settings of its own."""
        self._plan = dataclasses.replace(plan, settings=self._plan.settings)
        if self._start != (plan.kind, plan.base, plan.preset):
            self._plan = dataclasses.replace(self._plan, settings=usual_settings(plan))
            for old in (self.form, self.advanced):
                self._place.removeWidget(old)
                old.deleteLater()
            self.form, self.advanced = self._forms(self._plan)
            self._place.insertWidget(0, self.form)
            self._place.insertWidget(2, self.advanced)
            self.advanced.setVisible(self.fold.isChecked())
        self._n_spectra = n_spectra
        self._follow()

    def missing(self) -> str:
        """Return what is wrong with the name, in words; empty where nothing is."""
        try:
            check_name(self.name.text().strip())
        except TrainingError as error:
            return with_control_names(str(error))
        return ""

    def _lay_out(self) -> None:
        first = QFormLayout()
        first.addRow("Name", self.name)
        inside = QWidget()
        column = self._place
        inside.setLayout(column)
        column.setContentsMargins(0, 0, 12, 0)
        row = QHBoxLayout()
        row.addWidget(self.fold)
        row.addStretch(1)
        for part in (self.form, self.advanced):
            column.addWidget(part)
            if part is self.form:
                column.addLayout(row)
        column.addStretch(1)
        area = FittingScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(first)
        layout.addWidget(area, 1)
        layout.addWidget(self.estimate)
        layout.addWidget(self.complaint)
        last = QHBoxLayout()
        last.addWidget(self.copy)
        last.addStretch(1)
        layout.addLayout(last)

    def _on_form_changed(self, values: object) -> None:
        self._take(values, list(self.form.editors))

    def _on_advanced_changed(self, values: object) -> None:
        self._take(values, list(self.advanced.editors))

    def _take(self, values: object, names: list[str]) -> None:
        changes = {name: getattr(values, name) for name in names}
        settings = dataclasses.replace(self._plan.settings, **changes)
        self._plan = dataclasses.replace(self._plan, settings=settings)
        self._follow()

    def _follow(self) -> None:
        seconds, megabytes = estimate_of(self.plan_with(self._plan), self._n_spectra)
        minutes = max(seconds / 60.0, 0.1)
        what = "objects" if self._plan.kind == "photometry" else "spectra"
        text = (
            f"About {estimate(minutes)} minutes and {estimate(megabytes)} MB of memory for "
            f"{self._n_spectra:,} {what}, on one core of the CPU."
        )
        if (n := len(separate_plans(self.plan_with(self._plan)))) > 1:
            text += f" {n} networks are trained one after the other."
        self.estimate.setText(text)
        self.complaint.setText(self.missing())
        self.changed.emit()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(config_text(self.plan_with(self._plan), trainings_folder()))
