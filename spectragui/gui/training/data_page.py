"""First page: the model to start from, and what is learnt from: only what applies to its kind is shown."""

from __future__ import annotations

import dataclasses

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QStackedWidget

from spectragui.gui.session.session import Session
from spectragui.gui.training.labelled_form import LabelledForm
from spectragui.gui.training.made_forms import (
    CatalogueForm,
    GridForm,
    NightsForm,
    NothingForm,
    SyntheticForm,
)
from spectragui.gui.training.plan_form import WIDEST_TITLE, PlanForm
from spectragui.gui.training.start_choices import StartChoice, start_choices
from spectragui.gui.training.training_plan import GRID, SYNTHETIC, TABLE, TrainingPlan
from spectragui.training.kinds import CATALOGUE, KINDS, SPECTRA

_SOURCES = (
    (TABLE, "Spectra with a table of labels"),
    (SYNTHETIC, "Simulated stars"),
    (GRID, "Grid of model files"),
)


class DataPage(PlanForm):
    """What a training is made of.

    Parameters
    ----------
    session : Session
    plan : TrainingPlan
    """

    def __init__(self, session: Session, plan: TrainingPlan) -> None:
        super().__init__()
        self.start, self.source = QComboBox(), QComboBox()
        self.start.setAccessibleName("Model to start from")
        self.start.setToolTip("The model that is fine-tuned, which stays as it is; or a new network")
        self._choices = start_choices()
        for number, choice in enumerate(self._choices):
            self.start.addItem(choice.text)
            if (choice.base, choice.preset) == (plan.base, plan.preset):
                self.start.setCurrentIndex(number)
        self.source.setAccessibleName("What is learnt from")
        for name, text in _SOURCES:
            self.source.addItem(text, name)
        self.labelled, self.synthetic, self.grid = (
            LabelledForm(session, plan),
            SyntheticForm(plan),
            GridForm(plan),
        )
        self.nights, self.catalogue, self.nothing = NightsForm(plan), CatalogueForm(plan), NothingForm(plan)
        self.forms = QStackedWidget()
        for form in (self.labelled, self.synthetic, self.grid, self.nights, self.catalogue, self.nothing):
            self.forms.addWidget(form)
            self._follow_edits(form.changed)
        self.source_title = QLabel(WIDEST_TITLE)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(8)
        layout.setColumnStretch(1, 1)
        layout.addWidget(QLabel("Start from"), 0, 0)
        layout.addWidget(self.start, 0, 1)
        layout.addWidget(self.source_title, 1, 0)
        layout.addWidget(self.source, 1, 1)
        layout.addWidget(self.forms, 2, 0, 1, 2)
        layout.setRowStretch(2, 1)
        self.start.currentIndexChanged.connect(lambda _index: self._show_form())
        self.source.currentIndexChanged.connect(lambda _index: self._show_form())
        self._show_form()

    @property
    def choice(self) -> StartChoice:
        """What the training starts from."""
        return self._choices[max(self.start.currentIndex(), 0)]

    @property
    def table(self) -> QLineEdit:
        """Where the table of labels is typed."""
        return self.labelled.table

    @property
    def folder(self) -> QLineEdit:
        """Where the folder of the spectra is typed."""
        return self.labelled.folder

    @property
    def boxes(self) -> dict[str, QComboBox]:
        """The choosers of the table's columns, by role."""
        return self.labelled.boxes

    @property
    def ticks(self) -> dict[str, QCheckBox]:
        """The labels of the table that are learnt."""
        return self.labelled.ticks

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this page says."""
        choice = self.choice
        started = dataclasses.replace(
            plan, kind=choice.kind, base=choice.base, preset=choice.preset, source=self.source.currentData()
        )
        return self._form().plan_with(started)

    def missing(self) -> str:
        """Return what is still to be chosen, in words; empty where nothing is."""
        return self._form().missing()

    def _form(self) -> LabelledForm | SyntheticForm | GridForm | NightsForm | CatalogueForm | NothingForm:
        data = KINDS.get(self.choice.kind).data
        if self.choice.preset == "paper-cvae":
            return self.nothing
        if data == SPECTRA:
            if self.source.currentData() == SYNTHETIC:
                return self.synthetic
            return self.grid if self.source.currentData() == GRID else self.labelled
        return self.catalogue if data == CATALOGUE else self.nights

    def _show_form(self) -> None:
        form, kind = self._form(), self.choice.kind
        has_source = KINDS.get(kind).data == SPECTRA and form is not self.nothing
        self.source.setVisible(has_source)
        self.source_title.setVisible(has_source)
        if isinstance(form, (SyntheticForm, GridForm)):
            form.show_kind(kind)
        self.forms.setCurrentWidget(form)
        self.changed.emit()
