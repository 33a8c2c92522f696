"""Labelled spectra: a table of labels, what its columns are, the folder of the spectra, what is left out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.core.labels import LABELS, PARAMETER_LABELS
from spectragui.core.progress import Progress, no_progress
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.session.session import Session
from spectragui.gui.theme.rich_text import RichDelegate, write_rich
from spectragui.gui.training.filter_form import FilterForm
from spectragui.gui.training.made_forms import chain_box
from spectragui.gui.training.plan_form import PlanForm
from spectragui.gui.training.training_plan import TrainingPlan
from spectragui.training.data_sets.label_table import ROLES, guess_columns, read_columns

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ROW_HEIGHT = 36  # pixels: a chooser fits in
_NOT_THERE = "not in the table"
_TITLES = {
    "file": "File",
    "star": "Star's name",
    "ra": "Right ascension",
    "dec": "Declination",
    "gaia": "Gaia identifier",
    "resolving_power": "Resolving power",
}
_TASK = "columns of the training table"


class LabelledForm(PlanForm):
    """A table of labels and the spectra that it names.

    Parameters
    ----------
    session : Session
    plan : TrainingPlan
    """

    def __init__(self, session: Session, plan: TrainingPlan) -> None:
        super().__init__()
        self._session = session
        self._told: dict[str, str] = dict(plan.columns)
        self._is_reading = False
        self.chain = chain_box()
        self.folder, self.table = QLineEdit(plan.folder), QLineEdit(plan.table)
        self.folder.setAccessibleName("Folder of the spectra")
        self.table.setAccessibleName("Table of the labels")
        self.folder.setPlaceholderText("Folder of the spectra")
        self.table.setPlaceholderText("CSV, ECSV, FITS or VOTable with a row a spectrum")
        self.same_shape = QCheckBox("Leave out spectra of another size than most")
        self.filters = QPushButton("Leave out by labels")
        self.filters.setCheckable(True)
        self.filters.setToolTip("Cuts of a survey, a box of labels, the hull of a table, an isochrone")
        self.filter_form = FilterForm(plan)
        self.filter_form.hide()
        self.columns = QTableWidget(0, 3)
        self.columns.setItemDelegateForColumn(0, RichDelegate(self.columns))
        self.columns.setAccessibleName("What the columns are")
        self.columns.setHorizontalHeaderLabels(["", "Column", "Learn"])
        self.columns.horizontalHeader().setDefaultAlignment(LEFT)
        self.columns.verticalHeader().hide()
        self.columns.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.columns.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.said = QLabel("Choose a table: its columns are shown here.")
        self.said.setWordWrap(True)
        self.said.setProperty("role", "secondary")
        self.boxes: dict[str, QComboBox] = {}
        self.ticks: dict[str, QCheckBox] = {}
        self._lay_out()
        self._connect()
        if plan.table:
            self._read_table()

    def plan_with(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with what this form says."""
        columns = {role: box.currentData() for role, box in self.boxes.items() if box.currentData()}
        labels = tuple(
            name for name in PARAMETER_LABELS if name in self.ticks and self.ticks[name].isChecked()
        )
        return self.filter_form.plan_with(
            dataclasses.replace(
                plan,
                folder=self.folder.text().strip(),
                table=self.table.text().strip(),
                columns=columns,
                labels=labels,
                chain=self.chain.currentData(),
                same_shape=self.same_shape.isChecked(),
            )
        )

    def missing(self) -> str:
        """Return what is still to be chosen, in words; empty where nothing is."""
        if not self.table.text().strip():
            return "Choose the table of the labels."
        if not self.boxes:
            return "The table is being read." if self._is_reading else "The table cannot be used."
        if not self.boxes["file"].currentData():
            return "Say which column names the files."
        if not any(tick.isChecked() for tick in self.ticks.values()):
            return "Tick at least one label."
        if not Path(self.folder.text().strip() or ".").is_dir():
            return "Choose the folder of the spectra."
        return self.filter_form.missing()

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        self._align_titles(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(8)
        rows: tuple[tuple[str, QWidget, QWidget | None], ...] = (
            ("Labels", self.table, self._file_button(self.table, "labels", "Table of labels")),
            ("Spectra", self.folder, self._folder_button(self.folder, "spectra", "Folder of the spectra")),
            ("Chain", self.chain, None),
        )
        for row, (title, widget, browse) in enumerate(rows):
            grid.addWidget(QLabel(title), row, 0)
            line = QHBoxLayout()
            line.addWidget(widget, 1)
            if browse is not None:
                line.addWidget(browse)
            grid.addLayout(line, row, 1)
        last = QHBoxLayout()
        last.addWidget(self.same_shape)
        last.addStretch(1)
        last.addWidget(self.filters)
        grid.addLayout(last, len(rows), 1)
        grid.addWidget(self.filter_form, len(rows) + 3, 0, 1, 2)
        grid.addWidget(self.columns, len(rows) + 1, 0, 1, 2)
        grid.addWidget(self.said, len(rows) + 2, 0, 1, 2)
        grid.setRowStretch(len(rows) + 1, 1)
        self.chain.setToolTip("Stages that each spectrum goes through first; the model's own follow")

    def _connect(self) -> None:
        self._follow_edits(self.chain.currentIndexChanged, self.same_shape.toggled, self.folder.textChanged)
        self._follow_edits(self.filter_form.changed)
        self.filters.toggled.connect(self.filter_form.setVisible)
        self.table.editingFinished.connect(self._read_table)

    def _select(self, box: QComboBox, data: object) -> None:
        for index in range(box.count()):
            if box.itemData(index) == data:
                box.setCurrentIndex(index)

    def _on_browsed(self, edit: QLineEdit) -> None:
        if edit is self.table:
            self._read_table()

    def _read_table(self) -> None:
        path = self.table.text().strip()
        if not path:
            return
        if not self.folder.text().strip():
            self.folder.setText(str(Path(path).parent))
        self._is_reading = True
        self._session.run(
            _TASK, column_names, Path(path), on_done=self._show_columns, on_failed=self._show_failure
        )
        self.changed.emit()

    def _show_columns(self, names: list[str]) -> None:
        self._is_reading = False
        guess = guess_columns(names)
        chosen = {**guess.names, **{role: column for role, column in self._told.items() if column in names}}
        self.boxes, self.ticks = {}, {}
        self.columns.setRowCount(len(ROLES))
        for row, role in enumerate(ROLES):
            title = QTableWidgetItem(_TITLES.get(role, LABELS[role].plain_symbol if role in LABELS else role))
            title.setFlags(title.flags() & ~title.flags().ItemIsEditable)
            self.columns.setItem(row, 0, title)
            box = QComboBox()
            box.setAccessibleName(f"Column of {role}")
            box.addItem(_NOT_THERE, "")
            for name in names:
                box.addItem(name, name)
            self._select(box, chosen.get(role, ""))
            box.currentIndexChanged.connect(self._on_column_chosen)
            self.columns.setCellWidget(row, 1, box)
            self.boxes[role] = box
            if role in PARAMETER_LABELS:
                tick = QCheckBox()
                tick.setAccessibleName(f"Learn {role}")
                tick.setChecked(role in chosen)
                tick.setEnabled(role in chosen)
                self._follow_edits(tick.toggled)
                self.columns.setCellWidget(row, 2, tick)
                self.ticks[role] = tick
        self.columns.resizeColumnToContents(0)
        write_rich(self.said, " ".join((f"{len(names)} columns.", *guess.remarks)))
        self.changed.emit()

    def _on_column_chosen(self, _index: int) -> None:
        for role, tick in self.ticks.items():
            is_there = bool(self.boxes[role].currentData())
            if is_there and not tick.isEnabled():
                tick.setChecked(True)
            tick.setEnabled(is_there)
            if not is_there:
                tick.setChecked(False)
        self.changed.emit()

    def _show_failure(self, error: BaseException) -> None:
        if not isinstance(error, SpectraGUIError):
            self._session.notifications.unexpected(error, "reading the table of labels")
            return
        self._is_reading = False
        self.boxes, self.ticks = {}, {}
        self.columns.setRowCount(0)
        self.said.setText(with_control_names(str(error)))
        self.changed.emit()


def column_names(path: Path, progress: Progress = no_progress) -> list[str]:
    """Return the columns of a table; raises `TrainingError` where it cannot be read."""
    progress(0.0, f"Reading {path.name}")
    return [str(name) for name in read_columns(path).colnames]
