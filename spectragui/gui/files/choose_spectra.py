"""Which spectrum: a list of what a file with many spectra holds, to be filtered and chosen from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.spectrum_list import SpectraToChoose, SpectrumEntry

MANY = 200  # spectra at once; beyond, the window would be slow and the plot black
Index = QModelIndex | QPersistentModelIndex
FILTER_ROLE = Qt.ItemDataRole.UserRole + 1
Row = tuple[Path, SpectrumEntry]
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SpectraModel(QAbstractTableModel):
    """Spectra of one or several files; thousands of rows cost nothing until they are seen.

    Parameters
    ----------
    choices : sequence of SpectraToChoose
    """

    def __init__(self, choices: Sequence[SpectraToChoose]) -> None:
        super().__init__()
        self.rows: list[Row] = [(choice.path, entry) for choice in choices for entry in choice.entries]
        self.headers = ["Index", "Name", "S/N", "Range (Å)"] + (["File"] if len(choices) > 1 else [])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of spectra."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return the names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.headers[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if section in (0, 2, 3) else LEFT
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """Return what a cell shows, or what it is sorted by."""
        path, entry = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell_text(path, entry, index.column())
        if role == Qt.ItemDataRole.UserRole:
            snr = entry.snr if math.isfinite(entry.snr) else -math.inf
            return (entry.index, entry.name, snr, entry.range_aa[0], path.name)[index.column()]
        if role == FILTER_ROLE:
            return f"{entry.index} {entry.name} {path.name}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (0, 2, 3):
            return RIGHT
        return None


class ChooseSpectraDialog(QDialog):
    """List of spectra with a field that filters it.

    Parameters
    ----------
    choices : sequence of SpectraToChoose
    parent : QWidget or None
    """

    def __init__(self, choices: Sequence[SpectraToChoose], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.model = SpectraModel(choices)
        names = ", ".join(choice.path.name for choice in choices[:3])
        self.setWindowTitle("Choose spectra")
        self.resize(680, 480)
        self._heading = QLabel(f"{names} hold{'s' * (len(choices) == 1)} {len(self.model.rows):,} spectra.")
        self._heading.setWordWrap(True)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter by name or index")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter spectra by name")
        self.table = self._table()
        self.filter.textChanged.connect(self._proxy.setFilterFixedString)
        self._said = QLabel()
        self._said.setProperty("role", "secondary")
        self._primary = lay_out_dialog(self, "Open", self._heading, self.filter, self._list_and_words())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._follow())
        self.filter.textChanged.connect(lambda _text: self._follow())
        self.table.doubleClicked.connect(lambda _index: self.accept())
        self.table.selectRow(0)
        self.filter.setFocus()

    @property
    def chosen(self) -> dict[Path, tuple[int, ...]]:
        """Indices of the chosen spectra, by file."""
        rows = [self._proxy.mapToSource(i).row() for i in self.table.selectionModel().selectedRows()]
        found: dict[Path, tuple[int, ...]] = {}
        for row in sorted(rows):
            path, entry = self.model.rows[row]
            found[path] = (*found.get(path, ()), entry.index)
        return found

    def _table(self) -> QTableView:
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setFilterRole(FILTER_ROLE)
        self._proxy.setFilterKeyColumn(0)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.setSortRole(Qt.ItemDataRole.UserRole)
        table = QTableView()
        table.setModel(self._proxy)
        table.setAccessibleName("Spectra of the file")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setShowGrid(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column, width in ((0, 64), (2, 70), (3, 130)):
            header.resizeSection(column, width)
        return table

    def _list_and_words(self) -> QVBoxLayout:
        self._all = QPushButton("Select all")
        self._all.setProperty("flat", "true")
        self._all.clicked.connect(self.table.selectAll)
        box = QVBoxLayout()
        box.setSpacing(6)
        box.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.addWidget(self._said, 1)
        row.addWidget(self._all)
        box.addLayout(row)
        return box

    def _follow(self) -> None:
        # By ranges: thousands of indices would take seconds.
        n_chosen = sum(part.height() for part in self.table.selectionModel().selection())  # type: ignore[attr-defined]
        n_shown = self._proxy.rowCount()
        self._all.setVisible(0 < n_shown <= MANY)
        self._primary.setEnabled(0 < n_chosen <= MANY)
        self._primary.setText(f"Open {n_chosen}" if n_chosen > 1 else "Open")
        words = f"{n_shown:,} shown, {n_chosen:,} chosen" if n_shown else "No name holds this text."
        if n_chosen > MANY:
            words = f"{n_chosen:,} chosen; at most {MANY} are opened at once. `spectragui predict` takes all."
        self._said.setText(words)


def ask_which(
    choices: Sequence[SpectraToChoose],
    options: ReadOptions,
    on_chosen: Callable[[Sequence[Path], ReadOptions], None],
) -> None:
    """Let the user choose from files with several spectra; ``on_chosen`` is called for each file."""
    dialog = ChooseSpectraDialog(choices, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def on_accepted() -> None:
        for path, indices in dialog.chosen.items():
            on_chosen([path], options.replace(spectrum=None, spectra=indices))

    dialog.accepted.connect(on_accepted)
    dialog.open()


def _cell_text(path: Path, entry: SpectrumEntry, column: int) -> str:
    low, high = entry.range_aa
    known_range = math.isfinite(low) and math.isfinite(high)
    return (
        str(entry.index),
        entry.name,
        f"{entry.snr:.{int(entry.snr < 100)}f}" if math.isfinite(entry.snr) else "",
        f"{low:.0f}\N{EN DASH}{high:.0f}" if known_range else "",
        path.name,
    )[column]
