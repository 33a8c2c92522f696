"""The results as a Qt table model, and the proxy that sorts and filters it."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap

from spectragui.core.errors import SettingsError
from spectragui.core.results import RESULT_COLUMNS
from spectragui.core.row_filter import RowFilter
from spectragui.gui.results.columns import (
    EARLIER_TIP,
    RESULT_TABLE_COLUMNS,
    STATE_KEY,
    ResultColumn,
    verdict_words,
)
from spectragui.gui.session.state import Result
from spectragui.gui.theme.rich_text import rich
from spectragui.gui.theme.theme import Theme

SORT_ROLE = Qt.ItemDataRole.UserRole
ID_ROLE = Qt.ItemDataRole.UserRole + 1
DOT = 8
Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


class ResultsModel(QAbstractTableModel):
    """Rows are results, columns `RESULT_TABLE_COLUMNS`."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._results: tuple[Result, ...] = ()
        self._names: dict[str, str] = {}
        self._dots: dict[str, QIcon] = {}
        theme.changed.connect(self._on_theme_changed)

    @property
    def results(self) -> tuple[Result, ...]:
        """The results, in the order in which they came."""
        return self._results

    def set_results(self, results: tuple[Result, ...], names: dict[str, str] | None = None) -> None:
        """Show these results; ``names`` are those of open spectra by id, for files without an object."""
        old, self._names = self._results, names or {}
        if len(results) >= len(old) > 0 and all(a.id == b.id for a, b in zip(old, results, strict=False)):
            self._append(results)
            return
        self.beginResetModel()
        self._results = results
        self.endResetModel()

    def _append(self, results: tuple[Result, ...]) -> None:
        first, last = len(self._results), len(results) - 1
        if last >= first:
            self.beginInsertRows(QModelIndex(), first, last)
            self._results = results
            self.endInsertRows()
        self._results = results
        self.dataChanged.emit(self.index(0, 0), self.index(first - 1, self.columnCount() - 1))

    def rowCount(self, parent: Index = _NONE) -> int:  # noqa: N802, D102
        return 0 if parent.isValid() else len(self._results)

    def columnCount(self, parent: Index = _NONE) -> int:  # noqa: N802, D102
        return 0 if parent.isValid() else len(RESULT_TABLE_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802, D102
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(RESULT_TABLE_COLUMNS):
            return None
        column = RESULT_TABLE_COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.plain_header
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: D102
        if not index.isValid():
            return None
        result, column = self._results[index.row()], RESULT_TABLE_COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(result, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == SORT_ROLE:
            return column.sort_key(result)
        if role == ID_ROLE:
            return result.id
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(result, column, self.can_predict_again(result))
        if column.key == STATE_KEY:
            return self._state_data(result, role)
        if column.key == "verdict":
            return self._verdict_data(result, role)
        return None

    def _text(self, result: Result, column: ResultColumn) -> str:
        text = column.text(result)
        if column.key == "object" and not text:
            return self._names.get(result.spectrum_id, "") or str(result.prediction.row["file"])
        return text

    def can_predict_again(self, result: Result) -> bool:
        """Whether a result is of an earlier state of a spectrum that is open."""
        return result.is_of_earlier_state and result.spectrum_id in self._names

    def _state_data(self, result: Result, role: int) -> Any:
        """Return how a cell looks that is clicked to predict again: like a link."""
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.color("accent" if self.can_predict_again(result) else "caution")
        if role == Qt.ItemDataRole.FontRole and self.can_predict_again(result):
            font = QFont()
            font.setUnderline(True)
            return font
        return None

    def _verdict_data(self, result: Result, role: int) -> Any:
        level = result.prediction.verdict.level
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.color(level)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._dots.setdefault(level, _dot(self._theme.color(level)))
        return None

    def _on_theme_changed(self) -> None:
        self._dots.clear()
        if self._results:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))


class ResultsProxy(QSortFilterProxyModel):
    """Sorts by value (what is not known last) and filters by words in any column, or by expressions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._filter = _results_filter("")

    def set_filter(self, text: str) -> None:
        """Keep the rows that pass a `RowFilter` of the results' columns.

        Raises
        ------
        SettingsError
            If an expression cannot be understood; then no row is left out.
        """
        self.beginFilterChange()
        try:
            self._filter = _results_filter(text)
        except SettingsError:
            self._filter = _results_filter("")
            raise
        finally:
            self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:  # noqa: N802, D102
        if not self._filter.text:
            return True
        model = self.sourceModel()
        assert isinstance(model, ResultsModel)
        texts = (str(model.index(row, column).data() or "") for column in range(model.columnCount()))
        result = model.results[row]
        return self._filter({**result.prediction.row, "verdict": verdict_words(result)}, " ".join(texts))

    def lessThan(self, left: Index, right: Index) -> bool:  # noqa: N802, D102
        a, b = left.data(SORT_ROLE), right.data(SORT_ROLE)
        if isinstance(a, float) and isinstance(b, float):
            if math.isnan(a) or math.isnan(b):
                is_ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
                return (not math.isnan(a)) if is_ascending else math.isnan(a)
            return a < b
        return bool(a < b)


def _results_filter(text: str) -> RowFilter:
    columns = {column.name: column.kind for column in RESULT_COLUMNS}
    return RowFilter(text, {**columns, "verdict": "text"}, ("coverage",))


def _alignment(column: ResultColumn) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _tip(result: Result, column: ResultColumn, can_predict_again: bool) -> str | None:
    if column.key == STATE_KEY and result.is_of_earlier_state:
        return f"{EARLIER_TIP}.\n{'Click to predict it again.' if can_predict_again else 'It is not open.'}"
    if column.key == "verdict":
        verdict = result.prediction.verdict
        return rich("\n".join((verdict.sentence, *verdict.reasons)))
    if column.key in ("object", "file"):
        return str(result.prediction.row["file"])
    return None


def _dot(colour: QColor) -> QIcon:
    ratio = 2
    picture = QPixmap(DOT * ratio, DOT * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(colour)
    painter.setPen(colour)
    painter.drawEllipse(1, 1, DOT - 2, DOT - 2)
    painter.end()
    dot = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # Qt would tint the dot of a selected row
        dot.addPixmap(picture, mode)
    return dot
