"""A catalogue as a Qt table model: only the cells on the screen are ever made into text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spectragui.gui.photometry.catalogue_columns import CatalogueColumn
from spectragui.gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()
_LEVELS = ("good", "caution", "bad")


class CatalogueModel(QAbstractTableModel):
    """Rows are objects of a catalogue, those that are shown in the order in which they are shown.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.columns: tuple[CatalogueColumn, ...] = ()
        self._rows: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        theme.changed.connect(self._on_theme_changed)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Places in the file of the objects that are shown, shape (n_shown,)."""
        return self._rows

    def show(self, columns: tuple[CatalogueColumn, ...], rows: NDArray[np.int64]) -> None:
        """Show other columns and rows."""
        self.beginResetModel()
        self.columns, self._rows = columns, rows
        self.endResetModel()

    def set_rows(self, rows: NDArray[np.int64]) -> None:
        """Show other rows, or the same in another order."""
        if rows.size == self._rows.size:
            self.layoutAboutToBeChanged.emit()
            self._rows = rows
            self.layoutChanged.emit()
        else:
            self.show(self.columns, rows)

    def place_of(self, row: int) -> int:
        """Return where in the table an object stands; -1 = it is not shown."""
        found = np.flatnonzero(self._rows == row)
        return int(found[0]) if found.size else -1

    def column_of(self, key: str) -> int:
        """Return the place of a column by its key; -1 = there is none."""
        return next((place for place, column in enumerate(self.columns) if column.key == key), -1)

    def rowCount(self, parent: Index = _NONE) -> int:  # noqa: N802, D102
        return 0 if parent.isValid() else int(self._rows.size)

    def columnCount(self, parent: Index = _NONE) -> int:  # noqa: N802, D102
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802, D102
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.header
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(int(self._rows[index.row()]))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if column.key == "verdict":
            row = int(self._rows[index.row()])
            if role == Qt.ItemDataRole.ForegroundRole:
                return self._theme.color(_LEVELS[int(column.values[row])])
            if role == Qt.ItemDataRole.ToolTipRole:
                return column.text(row)
        return None

    def _on_theme_changed(self) -> None:
        if self._rows.size and self.columns:
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def _alignment(column: CatalogueColumn) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
