"""Results: the table of everything that was predicted, one row per spectrum and model."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
)

from spectragui.gui.actions import register_keys
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.parameters.controls import select_result
from spectragui.gui.results.column_header import HtmlHeader
from spectragui.gui.results.columns import RESULT_TABLE_COLUMNS, as_tab_separated
from spectragui.gui.results.table_model import DOT, ID_ROLE, SORT_ROLE, ResultsModel, ResultsProxy
from spectragui.gui.rich_text import RichDelegate, RichMenu
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Result
from spectragui.gui.theme.icons import icon

LEAST_VERDICT_WIDTH = 130
register_keys("In tables", ("Ctrl+C", "Copy the selected rows"), ("Del", "Take the selected rows out"))
VERDICT = next(i for i, column in enumerate(RESULT_TABLE_COLUMNS) if column.key == "verdict")


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
        layout.addLayout(self._build_bar())
        layout.addWidget(self.table, 1)
        self._set_up_keys()
        self.repaint_theme()

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the results and which of them is marked."""
        if old.results is not new.results:
            self._is_following = True
            self.model.set_results(new.results, {item.id: item.name for item in new.spectra})
            self._is_following = False
            self._count()
            self._fit_verdict()
        if old.results is not new.results or old.selected_result_id != new.selected_result_id:
            self._mark(new.selected_result_id)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the verdict the room that the numbers leave."""
        super().resizeEvent(event)
        self._fit_verdict()

    def repaint_theme(self) -> None:
        """Take the icons' colour from the theme again."""
        for button, name in self._buttons:
            button.setIcon(icon(name, self.session.theme))

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
        """Ask for a file and write the table."""
        from spectragui.gui.results.exporting import ask_and_export

        ask_and_export(self.session, self.window())

    def _build_bar(self) -> QHBoxLayout:
        self.filter_field = QLineEdit()
        self.filter_field.setAcceptDrops(False)  # files dropped here are to be opened
        self.filter_field.setPlaceholderText("Filter")
        self.filter_field.setAccessibleName("Filter the results")
        self.filter_field.setToolTip("Keep the rows in which these words occur, in any column")
        self.filter_field.setClearButtonEnabled(True)
        self.filter_field.setMaximumWidth(260)
        self.filter_field.textChanged.connect(self._on_filter_changed)
        self._count_label = QLabel()
        self._count_label.setProperty("role", "secondary")
        self._buttons: list[tuple[QToolButton, str]] = []
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.filter_field, 1)
        row.addWidget(self._count_label)
        row.addStretch(1)
        for text, name, tip, slot in (
            ("Copy", "mdi6.content-copy", "Copy the selected rows as tab-separated text (Ctrl+C)", self.copy),
            ("Delete", "mdi6.delete-outline", "Take the selected rows out of the table (Del)", self.delete),
            ("Columns", "mdi6.view-column-outline", "Choose the columns", None),
            (
                "Export…",
                "mdi6.export-variant",
                "Write the table as ECSV, CSV, FITS, VOTable or LaTeX (Ctrl+E)",
                self.export,
            ),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(text)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            if slot is None:
                button.setMenu(self._columns_menu())
                button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            else:
                button.clicked.connect(lambda _checked=False, slot=slot: slot())
            self._buttons.append((button, name))
            row.addWidget(button)
        return row

    def _columns_menu(self) -> QMenu:
        menu = RichMenu(self)
        for i, column in enumerate(RESULT_TABLE_COLUMNS):
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
        table.selectionModel().currentRowChanged.connect(self._on_current_row_changed)

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

    def _mark(self, result_id: str) -> None:
        table = self.table
        selection = table.selectionModel()
        current = selection.currentIndex()
        if (
            current.isValid()
            and current.data(ID_ROLE) == result_id
            and selection.isRowSelected(current.row())
        ):
            return
        self._is_following = True
        row = next(
            (i for i in range(self.proxy.rowCount()) if self.proxy.index(i, 0).data(ID_ROLE) == result_id), -1
        )
        if row < 0:
            selection.clear()
        else:
            first = next(i for i in range(self.proxy.columnCount()) if not table.isColumnHidden(i))
            index = self.proxy.index(row, first)
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            table.scrollTo(index)
        self._is_following = False

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
        self._count_label.setText(f"{shown} of {total}" if shown != total else "")

    def _on_filter_changed(self, text: str) -> None:
        self.proxy.set_filter(text)
        self._count()

    def _on_current_row_changed(self, current: object, _previous: object) -> None:
        if self._is_following or not current.isValid():  # type: ignore[attr-defined]
            return
        select_result(self.session, str(current.data(ID_ROLE)))  # type: ignore[attr-defined]

    def _on_context_menu_requested(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction("Copy", self.copy)
        menu.addAction("Delete", self.delete)
        menu.addSeparator()
        menu.addAction("Export…", self.export)
        menu.exec(self.table.viewport().mapToGlobal(position))
