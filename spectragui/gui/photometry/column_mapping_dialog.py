"""Which column of a catalogue is what: shown as it was guessed, changed by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QFormLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from spectragui.core.photometry import CATALOGUE_ROLES, band_set, band_sets
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.forms.filter_field import FilterField

if TYPE_CHECKING:
    from spectragui.io.catalogues import CatalogueMapping

NONE = "—"
MOST_REMARKS = 4
KINDS = (("AB magnitudes", "magnitudes"), ("Fluxes", "fluxes"))
MASSES = (("told by its values", ""), ("log10 of solar masses", "log10"), ("solar masses", "linear"))


class ColumnMappingDialog(QDialog):
    """Role by role, the column that plays it.

    Parameters
    ----------
    name : str
        Of the file.
    columns : sequence of str
        All its columns.
    mapping : CatalogueMapping
        As it was guessed or told.
    guess : callable
        ``guess(band_set)`` returns the mapping that the names of the columns suggest.
    samples : mapping of str to str
        A few values of each column, in words; may be empty.
    remarks : sequence of str
        What was assumed.
    parent : QWidget or None
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        mapping: CatalogueMapping,
        guess: Callable[[str], CatalogueMapping],
        samples: Mapping[str, str],
        remarks: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        from spectragui.io.catalogues.catalogue_mapping import FLUX_UNITS

        self.setWindowTitle(f"Columns of {name}")
        self.resize(640, 620)
        self._columns, self._samples, self._guess = tuple(columns), samples, guess
        self._mapping = mapping
        words = QLabel("What each column of the catalogue is, as its name suggests. Change what is wrong.")
        words.setWordWrap(True)
        words.setProperty("role", "secondary")
        self.remarks = QLabel()
        self.remarks.setWordWrap(True)
        self.remarks.setProperty("role", "remark")
        self.remarks.setAccessibleName("What was assumed")
        shown = list(remarks)[:MOST_REMARKS]
        more = len(remarks) - len(shown)
        self.remarks.setText("\n".join([*shown, *([f"… and {more} more."] if more > 0 else [])]))
        self.remarks.setVisible(bool(remarks))
        sets = [(band_set(one).title, one) for one in band_sets()]
        if mapping.band_set not in band_sets():
            sets.append((mapping.bands.title, mapping.band_set))
        self.bands = _choice("Bands", sets, mapping.band_set)
        self.kind = _choice("Values", KINDS, mapping.kind)
        units = [("not known", ""), *((unit, unit) for unit in FLUX_UNITS)]
        self.flux_unit = _choice("Unit of the fluxes", units, mapping.flux_unit)
        self.mass_scale = _choice("Stellar mass", MASSES, mapping.mass_scale)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        for title, box in (
            ("Bands", self.bands), ("Values", self.kind),
            ("Unit of the fluxes", self.flux_unit), ("Stellar mass", self.mass_scale),
        ):  # fmt: skip
            form.addRow(title, box)
        self.filter_field = FilterField(
            "Filter the roles", "Words that occur in a role, a column or a meaning"
        )
        self.table = self._build_table()
        self._accept = lay_out_dialog(self, "Read", words, self.remarks, form, self.filter_field, self.table)
        self.problem = QLabel()
        self.problem.setProperty("role", "complaint")
        self.problem.setWordWrap(True)
        self.layout().insertWidget(self.layout().count() - 1, self.problem)  # type: ignore[union-attr]
        self.bands.activated.connect(self._on_bands_chosen)
        self.kind.activated.connect(lambda _index: self._follow())
        self.flux_unit.activated.connect(lambda _index: self._follow())
        self.filter_field.textChanged.connect(self._on_filter_changed)
        self._fill()

    @property
    def mapping(self) -> CatalogueMapping:
        """What is said now; assumptions are none any more."""
        columns = {}
        for row in range(self.table.rowCount()):
            box = self._box(row)
            if box.currentData():
                columns[self._role(row)] = str(box.currentData())
        kind = self.kind.currentData()
        return dataclasses.replace(
            self._mapping,
            band_set=str(self.bands.currentData()),
            columns=columns,
            kind=kind,
            flux_unit=str(self.flux_unit.currentData()) if kind == "fluxes" else "",
            mass_scale=self.mass_scale.currentData(),
            remarks=(),
        )

    def box_of(self, role: str) -> QComboBox:
        """Return the list from which the column of a role is chosen."""
        row = next(row for row in range(self.table.rowCount()) if self._role(row) == role)
        return self._box(row)

    def _build_table(self) -> QTableWidget:
        table = QTableWidget(0, 3)
        table.setAccessibleName("Roles and their columns")
        table.setHorizontalHeaderLabels(["What", "Column", "Values"])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, 190)
        header.resizeSection(1, 190)
        header.setStretchLastSection(True)
        table.setMinimumHeight(180)
        return table

    def _fill(self) -> None:
        """Write a row for every role, those of the bands last."""
        table, mapping = self.table, self._mapping
        table.setRowCount(0)
        table.setRowCount(len(mapping.roles))
        for row, role in enumerate(mapping.roles):
            known = CATALOGUE_ROLES.get(role)
            item = QTableWidgetItem(_role_words(role))
            item.setData(Qt.ItemDataRole.UserRole, role)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(known.description if known is not None else _role_words(role))
            table.setItem(row, 0, item)
            box = QComboBox()
            box.setAccessibleName(f"Column of {role}")
            box.addItem(NONE, "")
            for column in self._columns:
                box.addItem(column, column)
            box.setCurrentIndex(max(box.findData(mapping.columns.get(role, "")), 0))
            box.currentIndexChanged.connect(lambda _index, row=row: self._on_column_chosen(row))
            table.setCellWidget(row, 1, box)
            self._show_sample(row)
        table.resizeRowsToContents()
        self._follow()

    def _show_sample(self, row: int) -> None:
        item = QTableWidgetItem(self._samples.get(str(self._box(row).currentData() or ""), ""))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.table.setItem(row, 2, item)

    def _follow(self) -> None:
        """Say what is missing; let nothing be read that cannot be."""
        from spectragui.io.catalogues.catalogue_mapping import FEWEST_BANDS

        mapping = self.mapping
        without = [band for band in mapping.present_bands if f"e_{band}" not in mapping.columns]
        problem = ""
        if len(mapping.present_bands) < FEWEST_BANDS:
            problem = f"Say which columns hold the magnitudes of at least {FEWEST_BANDS} bands."
        elif len(mapping.present_bands) - len(without) < FEWEST_BANDS:
            problem = f"Say which columns hold their errors: {', '.join(without[:4])} have none."
        elif mapping.kind == "fluxes" and not mapping.flux_unit:
            problem = "Say in which unit the fluxes are."
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._accept.setEnabled(not problem)
        self.flux_unit.setEnabled(mapping.kind == "fluxes")

    def _on_column_chosen(self, row: int) -> None:
        self._show_sample(row)
        self._follow()

    def _on_bands_chosen(self, _index: int) -> None:
        """Guess again, for the bands of another survey."""
        self._mapping = self._guess(str(self.bands.currentData()))
        self.kind.setCurrentIndex(max(self.kind.findData(self._mapping.kind), 0))
        self._fill()

    def _on_filter_changed(self, text: str) -> None:
        words = text.casefold().split()
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            said = (
                f"{item.text()} {item.toolTip()} {self._role(row)} {self._box(row).currentText()}".casefold()
            )
            self.table.setRowHidden(row, not all(word in said for word in words))

    def _role(self, row: int) -> str:
        return str(self.table.item(row, 0).data(Qt.ItemDataRole.UserRole))

    def _box(self, row: int) -> QComboBox:
        box = self.table.cellWidget(row, 1)
        assert isinstance(box, QComboBox)
        return box


def ask_columns(
    name: str,
    columns: Sequence[str],
    mapping: CatalogueMapping,
    guess: Callable[[str], CatalogueMapping],
    samples: Mapping[str, str],
    remarks: Sequence[str],
    on_chosen: Callable[[CatalogueMapping], None],
) -> None:
    """Show the dialog; ``on_chosen(mapping)`` is called with what the user says."""
    dialog = ColumnMappingDialog(name, columns, mapping, guess, samples, remarks, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: on_chosen(dialog.mapping))
    dialog.open()


def _role_words(role: str) -> str:
    """Return what a role is called: "F365W", "F365W, error", "redshift that the catalogue gives"."""
    if role in CATALOGUE_ROLES:
        return f"{role} · {CATALOGUE_ROLES[role].description}"
    if role.startswith("e_"):
        return f"{role[2:]}, error"
    if role.startswith("l_"):
        return f"{role[2:]}, limit flag"
    return role


def _choice(name: str, items: Sequence[tuple[str, str]], value: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for text, data in items:
        box.addItem(text, data)
    box.setCurrentIndex(max(box.findData(value), 0))
    return box
