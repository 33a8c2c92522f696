"""Header: the file's keywords, searchable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView, QVBoxLayout

from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.window import Window

Card = tuple[str, Any, str]
Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()
LONGEST_KEYWORD, AROUND_KEYWORD = "COMMENTS", 18  # of eight letters; pixels beside it


class HeaderModel(QAbstractTableModel):
    """Keywords, values and comments of a header."""

    TITLES = ("Keyword", "Value", "Comment")

    def __init__(self) -> None:
        super().__init__()
        self._cards: Sequence[Card] = ()

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show another header."""
        self.beginResetModel()
        self._cards = cards
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return the number of cards."""
        return 0 if parent.isValid() else len(self._cards)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text; the tooltip is the whole card."""
        card = self._cards[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return str(card[index.column()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{card[0]} = {card[1]}" + (f"\n{card[2]}" if card[2] else "")
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.TITLES[section]
        return None


@register_panel(
    "Header",
    area="left",
    icon="mdi6.text-box-search-outline",
    priority=30,
    is_available=lambda s: s.selected is not None,
)
class HeaderPanel(Panel):
    """The header of the selected spectrum with a search field."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search keyword, value or comment")
        self.search.setAccessibleName("Search the header")
        self.search.setToolTip("Show only the cards that contain this text")
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)  # files dropped here are to be opened, not searched for
        self._model = HeaderModel()
        self._filter = QSortFilterProxyModel(self)
        self._filter.setSourceModel(self._model)
        self._filter.setFilterKeyColumn(-1)
        self._filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.table = self._make_table()
        from spectragui.gui.plots.empty_place import EmptyPlace

        self._empty = EmptyPlace()
        self._n_cards = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.search, self.table, self._empty):
            layout.addWidget(widget)
        self.search.textChanged.connect(self._on_searched)
        self._show_cards(())

    def apply(self, old: AppState, new: AppState) -> None:
        """Show the header of the selected spectrum."""
        before, now = old.selected, new.selected
        if (before and before.spectrum) is not (now and now.spectrum):
            self._show_cards(now.spectrum.meta.get("header", ()) if now else ())

    def _show_cards(self, cards: Sequence[Card]) -> None:
        self._model.set_cards(cards)
        self._n_cards = len(cards)
        self.search.setVisible(bool(cards))
        self._say_what_is_missing()

    def _on_searched(self, text: str) -> None:
        self._filter.setFilterFixedString(text)
        self._say_what_is_missing()

    def _say_what_is_missing(self) -> None:
        """Show the cards, or say that there are none and what can be done."""
        has_hits = self._filter.rowCount() > 0
        self.table.setVisible(has_hits)
        self._empty.setVisible(not has_hits)
        if not self._n_cards:
            self._empty.say(
                "There is no header",
                "What is known of the spectrum stands in its passport.",
                "Show the passport",
                self._show_passport,
            )
        elif not has_hits:
            self._empty.say(
                "No card matches",
                f"Nothing in the header holds “{self.search.text()}”.",
                "Clear the search",
                self.search.clear,
            )

    def _show_passport(self) -> None:
        window = self.window()
        if isinstance(window, Window):
            window.show_panel("Axis passport")

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._filter)
        table.setAccessibleName("Header of the file")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, header.fontMetrics().horizontalAdvance(LONGEST_KEYWORD) + AROUND_KEYWORD)
        header.resizeSection(1, 104)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._on_copy_activated)
        return table

    def _on_copy_activated(self) -> None:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        lines = [
            "\t".join(str(self._filter.index(row, column).data()) for column in range(3)) for row in rows
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
