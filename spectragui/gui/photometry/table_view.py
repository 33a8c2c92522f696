"""The catalogue's table: sorted by the headers, its selection told as places in the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from spectragui.gui.photometry.catalogue_columns import CatalogueColumn
from spectragui.gui.photometry.table_model import CatalogueModel
from spectragui.gui.theme.theme import Theme

ROW_HEIGHT = 26
SAMPLED = 40  # rows that say how wide a column is
PADDING = 26
LEAST_WIDTH, MOST_WIDTH = 56, 260
MOST_RUNS = 500  # of selected rows: Qt asks each of them for every cell that it paints
Rows = NDArray[np.int64]


class CatalogueView(QTableView):
    """Table of a catalogue.

    Parameters
    ----------
    theme : Theme

    Signals
    -------
    row_marked : int
        Place in the file of the object that the user chose.
    order_wanted
        Another column was clicked, or the same again.
    selection_changed
    """

    row_marked = Signal(int)
    order_wanted = Signal()
    selection_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.catalogue_model = CatalogueModel(theme, self)
        self._is_following = False
        self._hidden: set[str] = set()  # keys of columns that the user closed
        self._opened: set[str] = set()
        self.setAccessibleName("Catalogue")
        self.setModel(self.catalogue_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        # Of its own, always empty: Qt's headers ask every row of a selection, also of one of all rows.
        header.setSelectionModel(QItemSelectionModel(self.catalogue_model, header))
        header.sortIndicatorChanged.connect(self._on_sort_indicator_changed)
        self.selectionModel().currentRowChanged.connect(lambda *_: self._on_current_row_changed())
        self.selectionModel().selectionChanged.connect(lambda *_: self._on_selection_changed())

    @property
    def sort_key(self) -> str:
        """Key of the column that orders the rows; empty = they stand as in the file."""
        section = self.horizontalHeader().sortIndicatorSection()
        columns = self.catalogue_model.columns
        return columns[section].key if 0 <= section < len(columns) else ""

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.horizontalHeader().sortIndicatorOrder() == Qt.SortOrder.DescendingOrder

    @property
    def selected_rows(self) -> Rows:
        """Places in the file of the selected objects, in the order of the table."""
        rows = self.catalogue_model.rows
        chosen = np.zeros(rows.size, dtype=bool)
        for part in self.selectionModel().selection().toList():
            chosen[part.top() : part.bottom() + 1] = True
        return rows[chosen]

    @property
    def shown_columns(self) -> list[CatalogueColumn]:
        """The columns that are not hidden, in their order on the screen."""
        header = self.horizontalHeader()
        places = (header.logicalIndex(place) for place in range(header.count()))
        return [self.catalogue_model.columns[i] for i in places if not self.isColumnHidden(i)]

    def show_catalogue(self, columns: tuple[CatalogueColumn, ...], rows: Rows) -> None:
        """Show a catalogue, or the same with other columns; the order by a column that stays is kept."""
        key, is_descending = self.sort_key, self.is_descending
        with self._following():
            self.catalogue_model.show(columns, rows)
            place = self.catalogue_model.column_of(key) if key else -1
            order = Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
            self.horizontalHeader().setSortIndicator(place, order)
            for number, column in enumerate(columns):
                self.setColumnHidden(number, not self._is_shown(column))
                self.setColumnWidth(number, self._width(number))

    def show_rows(self, rows: Rows, marked: int) -> None:
        """Show other rows of the same catalogue, or the same in another order; the selected stay selected."""
        selected = self.selected_rows
        scroll = self.horizontalScrollBar().value()
        with self._following():
            self.catalogue_model.set_rows(rows)
            self._select(selected, marked)
        self.horizontalScrollBar().setValue(scroll)
        self.selection_changed.emit()

    def mark(self, row: int) -> None:
        """Select one object by its place in the file, unless it is marked already."""
        current = self.currentIndex()
        rows = self.catalogue_model.rows
        is_current = current.isValid() and current.row() < rows.size and rows[current.row()] == row
        if is_current and self.selectionModel().isRowSelected(current.row()):
            return
        with self._following():
            self._select(np.array([row], dtype=np.int64) if row >= 0 else np.empty(0, np.int64), row)
        self.selection_changed.emit()

    def fill_columns_menu(self, menu: QMenu) -> None:
        """Offer to show and hide each column."""
        for number, column in enumerate(self.catalogue_model.columns):
            action = menu.addAction(column.header)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setToolTip(column.tip)
            action.toggled.connect(lambda shown, number=number: self._show_column(number, shown))

    def _show_column(self, number: int, shown: bool) -> None:
        key = self.catalogue_model.columns[number].key
        (self._opened if shown else self._hidden).add(key)
        (self._hidden if shown else self._opened).discard(key)
        self.setColumnHidden(number, not shown)

    def _is_shown(self, column: CatalogueColumn) -> bool:
        return column.key not in self._hidden and (column.is_shown or column.key in self._opened)

    def _select(self, rows: Rows, marked: int) -> None:
        """Select objects by their places in the file, as far as they are shown.

        Scattered over very many runs they cannot be drawn in time: then the marked one alone is selected.
        """
        shown = self.catalogue_model.rows
        flags = QItemSelectionModel.SelectionFlag
        model = self.selectionModel()
        places = np.flatnonzero(np.isin(shown, rows)) if rows.size else np.empty(0, np.int64)
        starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
        if starts.size > MOST_RUNS:
            places = np.flatnonzero(shown == marked)
            starts = np.arange(places.size)
        ends = np.append(starts[1:], places.size)[: starts.size] - 1
        selection = QItemSelection()
        last = max(self.catalogue_model.columnCount() - 1, 0)
        for first, end in zip(places[starts].tolist(), places[ends].tolist(), strict=True):
            index = self.catalogue_model.index
            selection.select(index(first, 0), index(end, last))
        model.select(selection, flags.ClearAndSelect)
        place = self.catalogue_model.place_of(marked)
        if place >= 0:
            current = self.catalogue_model.index(place, self._first_column())
            model.setCurrentIndex(current, flags.NoUpdate)
            self.scrollTo(current)
        else:
            model.clearCurrentIndex()

    def _first_column(self) -> int:
        count = self.catalogue_model.columnCount()
        return next((i for i in range(count) if not self.isColumnHidden(i)), 0)

    def _width(self, number: int) -> int:
        """Return the width for the header and a sample of the cells."""
        model, metrics = self.catalogue_model, self.fontMetrics()
        column, n_rows = model.columns[number], model.rows.size
        sample = model.rows[np.linspace(0, n_rows - 1, min(n_rows, SAMPLED)).astype(int)] if n_rows else []
        texts = [column.text(int(row)) for row in sample]
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
        header = self.horizontalHeader().fontMetrics().horizontalAdvance(column.header)
        return min(max(widest + PADDING, round(1.1 * header) + PADDING, LEAST_WIDTH), MOST_WIDTH)

    @contextmanager
    def _following(self) -> Iterator[None]:
        """Change the table without taking it for a wish of the user."""
        before, self._is_following = self._is_following, True
        try:
            yield
        finally:
            self._is_following = before

    def _on_sort_indicator_changed(self, _section: int, _order: Qt.SortOrder) -> None:
        if not self._is_following:
            self.order_wanted.emit()

    def _on_current_row_changed(self) -> None:
        current = self.currentIndex()
        if not self._is_following and current.isValid():
            self.row_marked.emit(int(self.catalogue_model.rows[current.row()]))

    def _on_selection_changed(self) -> None:
        if not self._is_following:
            self.selection_changed.emit()
