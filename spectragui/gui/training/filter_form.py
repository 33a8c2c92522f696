"""Which stars of a table are left out: cuts of a survey, a box of labels, a hull, an isochrone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from spectragui.core.labels import PARAMETER_LABELS
from spectragui.gui.training.plan_form import PlanForm
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.training.data_sets.cuts import cut_presets
from spectragui.training.data_sets.label_filters import LabelFilters


class FilterForm(PlanForm):
    """Four ways to leave out stars; an empty one leaves out none.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self.cuts = QComboBox()
        self.cuts.setAccessibleName("Cuts of a survey")
        self.cuts.addItem("None", "")
        for name in cut_presets():
            self.cuts.addItem(name, name)
        self.box, self.hull, self.isochrone = QLineEdit(), QLineEdit(), QLineEdit()
        self.box.setPlaceholderText("teff=4000:6000, logg=3:5")
        self.hull.setPlaceholderText("Table whose labels' convex hull holds the stars")
        self.isochrone.setPlaceholderText("Table of an isochrone with columns for Teff and log g")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Cuts", self.cuts), ("Box", self.box), ("Hull", self.hull), ("Isochrone", self.isochrone),
        )  # fmt: skip
        for row, (title, widget) in enumerate(rows):
            grid.addWidget(QLabel(title), row, 0)
            grid.addWidget(widget, row, 1)
            widget.setAccessibleName(f"{title} of the labels")
        grid.addWidget(self._file_button(self.hull, "hull", "Table"), 2, 2)
        grid.addWidget(self._file_button(self.isochrone, "isochrone", "Table"), 3, 2)
        self._follow_edits(self.box.textChanged, self.hull.textChanged, self.isochrone.textChanged)
        self._follow_edits(self.cuts.currentIndexChanged)

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this form says."""
        box = {} if self._wrong_box() else dict(_ends(part) for part in _parts(self.box.text()))
        filters = LabelFilters(box, self.hull.text().strip(), self.isochrone.text().strip())
        return dataclasses.replace(plan, cuts=self.cuts.currentData(), filters=filters)

    def missing(self) -> str:
        """Return what is wrong, in words; empty where nothing is."""
        if self._wrong_box():
            return f"The box {self._wrong_box()!r} is none: write teff=4000:6000, commas between."
        for edit in (self.hull, self.isochrone):
            name = edit.text().strip()
            if name and not Path(name).is_file():
                return f"There is no table {name}."
        return ""

    def _wrong_box(self) -> str:
        for part in _parts(self.box.text()):
            try:
                name, (low, high) = _ends(part)
            except ValueError:
                return part
            if name not in PARAMETER_LABELS or low > high:
                return part
        return ""


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _ends(part: str) -> tuple[str, tuple[float, float]]:
    name, _, ends = part.partition("=")
    low, _, high = ends.partition(":")
    return name.strip(), (float(low), float(high))
