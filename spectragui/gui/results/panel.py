"""Results: the table of everything that was predicted, one row per spectrum and model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
)

from spectragui.core.errors import SettingsError
from spectragui.gui.actions import register_keys
from spectragui.gui.forms.filter_field import CLEAR, no_hits_text
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.parameters.earlier_results import can_predict_again
from spectragui.gui.parameters.predicting import predict_many
from spectragui.gui.results.bar import ResultsBar
from spectragui.gui.results.column_header import HtmlHeader
from spectragui.gui.results.columns import RESULT_TABLE_COLUMNS, STATE_KEY, as_tab_separated
from spectragui.gui.results.row_selection import rows_to_select
from spectragui.gui.results.table_model import DOT, ID_ROLE, SORT_ROLE, ResultsModel, ResultsProxy
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Result
from spectragui.gui.spectra.open_spectra import select_results
from spectragui.gui.theme.rich_text import RichDelegate, RichMenu

LEAST_VERDICT_WIDTH = 130
register_keys("In tables", ("Ctrl+C", "Copy the selected rows"), ("Del", "Take the selected rows out"))
VERDICT = next(i for i, column in enumerate(RESULT_TABLE_COLUMNS) if column.key == "verdict")


def _names(state: AppState) -> dict[str, str]:
    return {item.id: item.name for item in state.spectra}


def _title(state: AppState) -> str:
    return f"Results · {len(state.results)}" if state.results else "Results"


@register_panel(
    "Results",
    area="bottom",
    icon="mdi6.table",
    title=_title,
    is_available=lambda s: bool(s.results),
    priority=10,
)
class ResultsPanel(Panel):
    """Sortable, filterable table, linked with the tree and the Kiel diagram."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = ResultsModel(session.theme, self)
        self.proxy = ResultsProxy(self)
        self.proxy.setSourceModel(self.model)
        self.proxy.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self._is_following = False
        self._set_up_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.bar = self._build_bar()
        layout.addWidget(self.bar)
        from spectragui.gui.plots.empty_place import EmptyPlace

        self.empty = EmptyPlace()
        self._pages = QStackedLayout()
        layout.addLayout(self._pages, 1)
        self._pages.addWidget(self.table)  # now: the first page is shown, alone it would be a window
        self._pages.addWidget(self.empty)
        self._set_up_keys()
        self.repaint_theme()

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the results and which of them is marked."""
        names_changed = _names(old) != _names(new)
        if old.results is not new.results or names_changed:
            with self._following():
                self.model.set_results(new.results, _names(new))
            self._show_state_column(new)
            self._count()
            self._fit_verdict()
        selecting = ("selected_result_id", "selected_ids", "results")
        if names_changed or any(getattr(old, name) is not getattr(new, name) for name in selecting):
            self._mark()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the verdict the room that the numbers leave."""
        super().resizeEvent(event)
        self._fit_verdict()

    def repaint_theme(self) -> None:
        """Take the icons' colour from the theme again."""
        self.bar.repaint_theme()

    def selected_results(self) -> list[Result]:
        """Return the results whose rows are selected, in the order of the table."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._result_at(row) for row in rows]

    def shown_results(self) -> list[Result]:
        """Return the results that the filter lets through, in the order of the table."""
        return [self._result_at(row) for row in range(self.proxy.rowCount())]

    def copy(self) -> None:
        """Copy the selected rows (all, where none is) as tab-separated text."""
        columns = [c for i, c in enumerate(RESULT_TABLE_COLUMNS) if not self.table.isColumnHidden(i)]
        results = self.selected_results() or self.shown_results()
        QGuiApplication.clipboard().setText(as_tab_separated(results, columns))

    def delete(self) -> None:
        """Take the selected rows out of the table; Undo brings them back."""
        gone = {result.id for result in self.selected_results()}
        if not gone:
            return
        kept = tuple(result for result in self.session.state.results if result.id not in gone)
        text = "Delete result" if len(gone) == 1 else f"Delete {len(gone)} results"
        self.session.update(undo=text, results=kept, selected_result_id="")

    def export(self) -> None:
        """Ask which rows and for a file, and write the table."""
        from spectragui.gui.results.exporting import ask_and_export

        self.catch_up()
        ask_and_export(self.session, self.window(), self.shown_results(), self.selected_results())

    def predict_again(self) -> None:
        """Predict the spectra whose results are of an earlier state."""
        predict_many(self.session, can_predict_again(self.session.state))

    def _build_bar(self) -> ResultsBar:
        bar = ResultsBar(self.session.theme)
        bar.add("Copy", "content-copy", "Copy the selected rows as tab-separated text (Ctrl+C)", self.copy)
        bar.add("Delete", "delete-outline", "Take the selected rows out of the table (Del)", self.delete)
        bar.add_menu("Columns", "view-column-outline", "Choose the columns", self._columns_menu())
        tip = "Write the table as ECSV, CSV, FITS, VOTable or LaTeX (Ctrl+E)"
        bar.add("Export…", "export-variant", tip, self.export)
        bar.filter_field.textChanged.connect(self._on_filter_changed)
        bar.again.clicked.connect(self.predict_again)
        self.filter_field = bar.filter_field
        return bar

    def _columns_menu(self) -> QMenu:
        menu = RichMenu(self)
        for i, column in enumerate(RESULT_TABLE_COLUMNS):
            if column.key == STATE_KEY:
                continue  # shown where it says something
            action = menu.addAction(column.plain_header)
            action.setCheckable(True)
            action.setChecked(column.is_shown)
            action.setToolTip(column.tip)
            action.toggled.connect(lambda shown, i=i: self.table.setColumnHidden(i, not shown))
        self._menu = menu
        return menu

    def _set_up_table(self) -> None:
        table = self.table
        table.setAccessibleName("Results")
        table.setModel(self.proxy)
        table.setHorizontalHeader(
            HtmlHeader([c.header for c in RESULT_TABLE_COLUMNS], self.session.theme, table)
        )
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setSortingEnabled(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        header = table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(VERDICT, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(VERDICT, LEAST_VERDICT_WIDTH)
        header.sectionResized.connect(self._on_section_resized)
        table.setIconSize(QSize(DOT, DOT))
        table.setItemDelegateForColumn(VERDICT, RichDelegate(table))
        for i, column in enumerate(RESULT_TABLE_COLUMNS):
            table.setColumnHidden(i, not column.is_shown)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._on_context_menu_requested)
        table.selectionModel().selectionChanged.connect(lambda *_: self._on_selection_changed())
        table.clicked.connect(self._on_cell_clicked)

    def _set_up_keys(self) -> None:
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, slot in (
            (QKeySequence.StandardKey.Copy, self.copy),
            (QKeySequence.StandardKey.Delete, self.delete),
        ):
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(context)
            shortcut.activated.connect(slot)

    def _result_at(self, row: int) -> Result:
        return self.model.results[self.proxy.mapToSource(self.proxy.index(row, 0)).row()]

    @contextmanager
    def _following(self) -> Iterator[None]:
        """Change the table without taking it for a wish of the user."""
        before, self._is_following = self._is_following, True
        try:
            yield
        finally:
            self._is_following = before

    def _mark(self) -> None:
        """Select the rows of the selected spectra; what agrees with them stays as it is."""
        state = self.session.state
        wanted = rows_to_select(state, self.shown_results(), self.selected_results())
        if wanted is None:
            return
        rows = {self.proxy.index(row, 0).data(ID_ROLE): row for row in range(self.proxy.rowCount())}
        selection, first = QItemSelection(), self._first_column()
        for one in wanted:
            index = self.proxy.index(rows[one], first)
            selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        with self._following():
            model = self.table.selectionModel()
            model.clear()
            model.select(selection, flags.ClearAndSelect | flags.Rows)
            if wanted:
                index = self.proxy.index(rows[wanted[0]], first)
                model.setCurrentIndex(index, flags.NoUpdate)
                self.table.scrollTo(index)

    def _first_column(self) -> int:
        return next(i for i in range(self.proxy.columnCount()) if not self.table.isColumnHidden(i))

    def _show_state_column(self, state: AppState) -> None:
        """Show the column that says what is of an earlier state where there is such a row."""
        column = next(i for i, one in enumerate(RESULT_TABLE_COLUMNS) if one.key == STATE_KEY)
        self.table.setColumnHidden(column, not any(one.is_of_earlier_state for one in state.results))
        self.bar.show_again(len(can_predict_again(state)))

    def _fit_verdict(self) -> None:
        header = self.table.horizontalHeader()
        room = self.table.viewport().width() - (header.length() - header.sectionSize(VERDICT))
        header.resizeSection(VERDICT, max(room, LEAST_VERDICT_WIDTH))

    def _on_section_resized(self, section: int, _old: int, _new: int) -> None:
        """Follow the numbers' columns, which the table fits to their contents later than its rows come."""
        if section != VERDICT:
            self._fit_verdict()

    def _count(self) -> None:
        shown, total = self.proxy.rowCount(), self.model.rowCount()
        self.bar.show_count(shown, total)
        has_hits = shown > 0 or total == 0
        if not has_hits:
            text = no_hits_text("results" if total > 1 else "result", total, self.filter_field.text())
            self.empty.say("No result passes the filter", text, CLEAR, self.filter_field.clear)
        self._pages.setCurrentWidget(self.table if has_hits else self.empty)

    def _on_filter_changed(self, text: str) -> None:
        problem = ""
        with self._following():
            try:
                self.proxy.set_filter(text)
            except SettingsError as error:
                problem = f"{error.message} Nothing is left out."
        self.bar.say(problem)
        self._count()
        self._mark()

    def _on_selection_changed(self) -> None:
        """Let the tree follow what the user selects here; filter and sorting select nothing."""
        if self._is_following:
            return
        selected = self.selected_results()
        if not selected:
            self._mark()
            return
        current = self.table.currentIndex()
        ids = [result.id for result in selected]
        current_id = str(current.data(ID_ROLE)) if current.isValid() else ""
        select_results(self.session, ids, current_id if current_id in ids else ids[-1])

    def _on_cell_clicked(self, index: QModelIndex) -> None:
        result = self._result_at(index.row())
        if RESULT_TABLE_COLUMNS[index.column()].key == STATE_KEY and self.model.can_predict_again(result):
            predict_many(self.session, (result.spectrum_id,))

    def _on_context_menu_requested(self, position: QPoint) -> None:
        menu = QMenu(self)
        again = [one.spectrum_id for one in self.selected_results() if self.model.can_predict_again(one)]
        if again:
            menu.addAction("Predict again", lambda: predict_many(self.session, again))
            menu.addSeparator()
        menu.addAction("Copy", self.copy)
        menu.addAction("Delete", self.delete)
        menu.addSeparator()
        menu.addAction("Export…", self.export)
        menu.exec(self.table.viewport().mapToGlobal(position))
