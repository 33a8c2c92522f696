"""Data that are made: simulated stars, a grid of models, simulated nights; and a catalogue of photometry."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.labels import LABELS, MAIN_LABELS, PARAMETER_LABELS
from spectragui.gui.forms.fitting_scroll_area import FittingScrollArea
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.theme.rich_text import RichCheckBox
from spectragui.gui.training.plan_form import PlanForm
from spectragui.gui.training.training_plan import AS_READ, TrainingPlan
from spectragui.preprocessing.chain_files import preset_names

_CATALOGUES = "Catalogues (*.fits *.fits.gz *.csv *.csv.gz *.ecsv *.parquet *.vot *.xml)"


def chain_box() -> QComboBox:
    """Return a list of the bundled chains, none of them chosen."""
    box = QComboBox()
    box.setAccessibleName("Chain of stages")
    box.addItem("As they are read", AS_READ)
    for name in preset_names():
        box.addItem(name, name)
    return box


def _scrolled(inside: QWidget) -> QWidget:
    area = FittingScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    return area


class LabelTicks(PlanForm):
    """Which labels are learnt, where no table says which there are."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)  # more than between a box and its own word
        row.addWidget(QLabel("Learn"))
        self.ticks: dict[str, QCheckBox] = {}
        for name in PARAMETER_LABELS:
            tick = RichCheckBox(LABELS[name].plain_symbol)
            tick.setAccessibleName(f"Learn {name}")
            tick.setChecked(name in MAIN_LABELS)
            self._follow_edits(tick.toggled)
            self.ticks[name] = tick
            row.addWidget(tick)
        row.addStretch(1)

    def labels(self) -> tuple[str, ...]:
        """Return what is ticked."""
        return tuple(name for name, tick in self.ticks.items() if tick.isChecked())


class SyntheticForm(PlanForm):
    """Which stars are simulated, and how they are observed.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self.form, self.ticks = ParameterForm(plan.stars), LabelTicks()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(_scrolled(self.form), 1)
        layout.addWidget(self.ticks)
        self._follow_edits(self.form.changed, self.ticks.changed)

    def show_kind(self, kind: str) -> None:
        """Show what suits a kind: a generator learns from exact spectra in the rest frame."""
        self.ticks.setVisible(kind == "parameters")
        if kind == "cvae":
            self.form.set_values(dataclasses.replace(self.form.values, with_noise=False, fastest_kms=0.0))

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this form says."""
        return dataclasses.replace(plan, stars=self.form.values, labels=self.ticks.labels(), columns={})

    def missing(self) -> str:
        """Return what is still to be chosen, in words; empty where nothing is."""
        stars = self.form.values
        for name, low, high in (
            ("S/N", stars.snr_low, stars.snr_high),
            ("Teff", stars.teff_low, stars.teff_high),
            ("log g", stars.logg_low, stars.logg_high),
            ("[M/H]", stars.m_h_low, stars.m_h_high),
        ):
            if low > high:
                return f"{name} goes from {low:g} to {high:g}: swap them."
        return "" if self.ticks.labels() else "Tick at least one label."


class GridForm(PlanForm):
    """A folder of model files, how their labels are found, as what instrument would see them.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self.folder, self.table, self.chain = QLineEdit(plan.folder), QLineEdit(), chain_box()
        self.folder.setAccessibleName("Folder of the models")
        self.folder.setPlaceholderText("PHOENIX-ACES, BT-Settl or plain files")
        self.table.setAccessibleName("Table of the models' labels")
        self.table.setPlaceholderText("Labels by file name; empty = headers and file names")
        self.form, self.ticks = ParameterForm(plan.grid), LabelTicks()
        grid = QGridLayout()
        self._align_titles(grid)
        for row, (title, widget) in enumerate(
            (("Models", self.folder), ("Labels", self.table), ("Chain", self.chain))
        ):
            grid.addWidget(QLabel(title), row, 0)
            grid.addWidget(widget, row, 1, 1, 2 if widget is self.chain else 1)
        grid.addWidget(self._folder_button(self.folder, "models", "Folder of the models"), 0, 2)
        grid.addWidget(self._file_button(self.table, "labels", "Table of labels"), 1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)
        layout.addWidget(_scrolled(self.form), 1)
        layout.addWidget(self.ticks)
        self._follow_edits(self.folder.textChanged, self.table.textChanged, self.chain.currentIndexChanged)
        self._follow_edits(self.form.changed, self.ticks.changed)

    def show_kind(self, kind: str) -> None:
        """Show what suits a kind: a generator learns from exact spectra."""
        self.ticks.setVisible(kind == "parameters")
        if kind == "cvae":
            self.form.set_values(dataclasses.replace(self.form.values, snr=0.0))

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this form says."""
        return dataclasses.replace(
            plan, folder=self.folder.text().strip(), table=self.table.text().strip(), grid=self.form.values,
            chain=self.chain.currentData(), labels=self.ticks.labels(), columns={},
        )  # fmt: skip

    def missing(self) -> str:
        """Return what is still to be chosen, in words; empty where nothing is."""
        folder = self.folder.text().strip()
        if not folder or not Path(folder).is_dir():
            return "Choose the folder of the models."
        table = self.table.text().strip()
        if table and not Path(table).is_file():
            return f"There is no table {table}."
        return "" if self.ticks.labels() else "Tick at least one label."


class NightsForm(PlanForm):
    """Which stars and nights a denoiser is trained for.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self.form = ParameterForm(plan.nights)
        said = QLabel(
            "Noisy spectra are simulated with the forward model, whose noiseless spectra are known. Choose "
            "the stars and the instrument that the denoiser shall serve best."
        )
        said.setWordWrap(True)
        said.setProperty("role", "secondary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(said)
        layout.addWidget(_scrolled(self.form), 1)
        self._follow_edits(self.form.changed)

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this form says."""
        return dataclasses.replace(plan, nights=self.form.values)

    def missing(self) -> str:
        """Return what is wrong, in words; empty where nothing is."""
        nights: Any = self.form.values
        if nights.teff_low >= nights.teff_high:
            return f"Teff goes from {nights.teff_low:g} to {nights.teff_high:g} K: swap them."
        return ""


class CatalogueForm(PlanForm):
    """A catalogue of photometry with labels.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        self.catalogue = QLineEdit(plan.catalogue)
        self.catalogue.setAccessibleName("Catalogue")
        self.catalogue.setPlaceholderText("Magnitudes, errors and labels: FITS, CSV, ECSV, Parquet, VOTable")
        browse = self._file_button(self.catalogue, "a catalogue", "Catalogue", _CATALOGUES)
        said = QLabel(
            "Columns are known by their names, as when a catalogue is opened. Rows of one parent_id stay in "
            "one part of the split: training, calibration or test."
        )
        said.setWordWrap(True)
        said.setProperty("role", "secondary")
        row = QHBoxLayout()
        row.addWidget(QLabel("Catalogue"))
        row.addWidget(self.catalogue, 1)
        row.addWidget(browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(said)
        layout.addStretch(1)
        self._follow_edits(self.catalogue.textChanged)

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this form says."""
        return dataclasses.replace(plan, catalogue=self.catalogue.text().strip())

    def missing(self) -> str:
        """Return what is still to be chosen, in words; empty where nothing is."""
        name = self.catalogue.text().strip()
        if not name:
            return "Choose the catalogue."
        return "" if Path(name).is_file() else f"There is no catalogue {name}."


class NothingForm(PlanForm):
    """Where a configuration names all its data itself.

    Parameters
    ----------
    plan : TrainingPlan
    """

    def __init__(self, plan: TrainingPlan) -> None:
        super().__init__()
        del plan
        said = QLabel("It is trained on the computed spectra that the bundled generator was trained on.")
        said.setWordWrap(True)
        said.setProperty("role", "secondary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(said)
        layout.addStretch(1)

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return the plan as it is."""
        return plan

    def missing(self) -> str:
        """Return the empty text."""
        return ""
