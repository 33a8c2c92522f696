"""Which stars of a table are left out: cuts of a survey, a box of labels, a hull, an isochrone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from spectragui.core.labels import PARAMETER_LABELS
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.training.data_sets.cuts import cut_presets
from spectragui.training.data_sets.label_filters import LabelFilters

_TABLES = "Tables (*.csv *.ecsv *.fits *.fit *.vot *.xml)"


class FilterForm(QWidget):
    """Four ways to leave out stars; an empty one leaves out none.

    Parameters
    ----------
    plan : TrainingPlan

    Signals
    -------
    changed
    """

    changed = Signal()

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
        rows: tuple[tuple[str, QWidget, Callable[[], None] | None], ...] = (
            ("Cuts", self.cuts, None),
            ("Box", self.box, None),
            ("Hull", self.hull, lambda: self._browse(self.hull)),
            ("Isochrone", self.isochrone, lambda: self._browse(self.isochrone)),
        )
        for row, (title, widget, browse) in enumerate(rows):
            grid.addWidget(QLabel(title), row, 0)
            grid.addWidget(widget, row, 1)
            widget.setAccessibleName(f"{title} of the labels")
            if browse is not None:
                button = QPushButton("Browse…")
                button.setAccessibleName(f"Browse for {title.lower()}")
                button.clicked.connect(browse)
                grid.addWidget(button, row, 2)
        for edit in (self.box, self.hull, self.isochrone):
            edit.textChanged.connect(lambda _text: self.changed.emit())
        self.cuts.currentIndexChanged.connect(lambda _index: self.changed.emit())

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

    def _browse(self, edit: QLineEdit) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Table", edit.text(), _TABLES)
        if name:
            edit.setText(name)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _ends(part: str) -> tuple[str, tuple[float, float]]:
    name, _, ends = part.partition("=")
    low, _, high = ends.partition(":")
    return name.strip(), (float(low), float(high))
