"""Spectra: the tree of what is open (file, spectrum, orders); check to show, drag to order."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QStackedLayout, QTreeWidgetItem, QVBoxLayout

from spectragui.core.errors import SettingsError
from spectragui.core.spectrum import orders_of
from spectragui.gui.actions import register_keys
from spectragui.gui.forms.filter_field import CLEAR, FilterField, no_hits_text
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.spectra.open_spectra import close_spectra, rename_spectrum, select_spectra, show_spectrum
from spectragui.gui.spectra.tree import (
    ID_ROLE,
    SpectraTree,
    check_state,
    file_item,
    ids_below,
    ids_of,
    name_file,
    order_item,
    spectrum_item,
    tooltip_of,
)
from spectragui.gui.spectra.tree_filter import FILTER_TIP, make_tree_filter, passing_ids
from spectragui.gui.spectra.tree_menu import tree_menu

register_keys("In the tree", ("Del", "Close the selected spectra"), ("Ctrl+A", "Select all"))


ROWS_AT_ONCE = 60  # the window answers between them


@register_panel(
    "Spectra", area="left", icon="mdi6.file-tree-outline", priority=10, is_available=lambda s: bool(s.spectra)
)
class SpectraPanel(Panel):
    """Tree of the open spectra."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tree = SpectraTree(session)
        self.filter_field = FilterField("Filter the spectra", FILTER_TIP)
        self.problem, self._filter = QLabel(), make_tree_filter("")
        self.problem.setProperty("role", "assumed")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What is wrong with the filter")
        self._last_files: tuple[str, ...] = ()
        self._n_rows = 0  # of the shown state's spectra, in the tree so far
        self._open_ids: set[str] = set()
        self._filling = QTimer(self)
        self._filling.setSingleShot(True)
        self._filling.setInterval(0)
        self._filling.timeout.connect(self._on_filling)
        self._lay_out()
        self.setFocusProxy(self.tree)
        self.filter_field.textChanged.connect(self._on_filter_changed)
        self.tree.itemSelectionChanged.connect(self._on_tree_selection_changed)
        self.tree.itemChanged.connect(self._on_tree_item_changed)
        self.tree.itemExpanded.connect(self._on_tree_item_expanded)
        self.tree.customContextMenuRequested.connect(self._on_context_menu_requested)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.tree)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: close_spectra(session, session.state.selected_ids))

    def _lay_out(self) -> None:
        from spectragui.gui.plots.empty_place import EmptyPlace

        self.empty = EmptyPlace()
        self._pages = QStackedLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.filter_field)
        layout.addWidget(self.problem)
        layout.addLayout(self._pages, 1)
        self._pages.addWidget(self.tree)  # now: the first page is shown, alone it would be a window
        self._pages.addWidget(self.empty)
        self.problem.hide()

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the list of spectra and the selection."""
        blocker = QSignalBlocker(self.tree)
        if old.spectra is not new.spectra:
            before = _rows(old)
            if _rows(new)[: len(before)] == before:
                self._update_rows(old, new)
                self._add_rows(new)
            else:
                self._rebuild(new)
            self._leave_out(new)
        self._mark(new)
        blocker.unblock()
        item = self._items().get(new.selected_id)
        if old.selected_id != new.selected_id and item is not None and item.isHidden():
            self.filter_field.clear()  # what is looked at is never left out in silence

    def edit_name(self) -> None:
        """Let the user call the selected spectrum otherwise."""
        item = self._items().get(self.session.state.selected_id)
        if item is not None:
            self.tree.setFocus()
            self.tree.editItem(item, 0)

    def repaint_theme(self) -> None:
        """Draw the names of files in the secondary colour."""
        colour = self.session.theme.color("secondary")
        for row in range(self.tree.topLevelItemCount()):
            self.tree.topLevelItem(row).setForeground(0, colour)

    def _items(self) -> dict[str, QTreeWidgetItem]:
        tops = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        children = (top.child(i) for top in tops if top is not None for i in range(top.childCount()))
        return {item.data(0, ID_ROLE): item for item in children if item is not None}

    def _rebuild(self, state: AppState) -> None:
        self._open_ids = {item_id for item_id, item in self._items().items() if item.isExpanded()}
        self.tree.clear()
        self._n_rows, self._last_files = 0, ()
        self._add_rows(state)

    def _add_rows(self, state: AppState, at_most: int = ROWS_AT_ONCE) -> None:
        """Add the next rows of the state; those that are left follow when the window has answered."""
        batch = state.spectra[self._n_rows : self._n_rows + at_most]
        last = self.tree.topLevelItem(self.tree.topLevelItemCount() - 1)
        tops: list[QTreeWidgetItem] = []
        for item in batch:
            if last is None or item.files != self._last_files:
                last = file_item(item)
                tops.append(last)
                self._last_files = item.files
            last.addChild(spectrum_item(item))
        self._n_rows += len(batch)
        # All at once: each call below lays the whole tree out again where something was added before.
        self.tree.addTopLevelItems(tops)
        colour = self.session.theme.color("secondary")
        for top in tops:
            top.setFirstColumnSpanned(True)
            top.setForeground(0, colour)
        self.tree.scheduleDelayedItemsLayout()  # else each expanded row lays the tree out
        for top in tops:
            top.setExpanded(True)
        items = self._items() if self._open_ids else {}
        for one in batch:
            if one.id in self._open_ids:
                self._on_tree_item_expanded(items[one.id])
                items[one.id].setExpanded(True)
        if self._n_rows < len(state.spectra):
            self._filling.start()

    def _on_filling(self, at_most: int = ROWS_AT_ONCE) -> None:
        state = self._shown
        if self._n_rows < len(state.spectra):
            blocker = QSignalBlocker(self.tree)
            self._add_rows(state, at_most)
            self._leave_out(state)
            self._mark(state)
            blocker.unblock()

    def _update_rows(self, old: AppState, new: AppState) -> None:
        both = zip(new.spectra[: self._n_rows], old.spectra, strict=False)
        changed = [(item, before) for item, before in both if item is not before]
        items = self._items() if changed else {}
        for item, before in changed:
            row = items[item.id]
            if item.files != before.files and (top := row.parent()) is not None:
                name_file(top, item)  # it was written to a file
            row.setCheckState(0, check_state(item.is_visible))
            row.setText(0, item.name)
            row.setToolTip(0, tooltip_of(item, orders_of(item.spectrum)[0].spectral_axis))

    def _mark(self, state: AppState) -> None:
        """Select the rows of the selected spectra; what agrees with them stays as it is."""
        tree = self.tree
        chosen = {one for row in tree.selectedItems() for one in ids_of(row)}
        items = self._items()
        current = items.get(state.selected_id)
        if chosen != set(state.selected_ids):
            tree.clearSelection()
            for one in state.selected_ids:
                if one in items:
                    items[one].setSelected(True)
        now = tree.currentItem()
        if current is not None and (now is None or state.selected_id not in ids_of(now)):
            tree.setCurrentItem(current, 0, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _leave_out(self, state: AppState) -> None:
        """Hide the rows that do not pass the filter, and files without any that does."""
        passing = passing_ids(state.spectra, self._filter)
        for number in range(self.tree.topLevelItemCount()):
            top = self.tree.topLevelItem(number)
            assert top is not None
            for i in range(top.childCount()):
                top.child(i).setHidden(top.child(i).data(0, ID_ROLE) not in passing)
            top.setHidden(not passing.intersection(ids_below(top)))
        has_hits = bool(passing) or not state.spectra
        if not has_hits:
            total = len(state.spectra)
            text = no_hits_text("spectra" if total > 1 else "spectrum", total, self.filter_field.text())
            self.empty.say("No spectrum passes the filter", text, CLEAR, self.filter_field.clear)
        self._pages.setCurrentWidget(self.tree if has_hits else self.empty)

    def _on_filter_changed(self, text: str) -> None:
        """Leave rows out; what is no longer seen is no longer selected, but for the one looked at."""
        problem = ""
        try:
            self._filter = make_tree_filter(text)
        except SettingsError as error:
            self._filter = make_tree_filter("")
            problem = f"{error.message} Nothing is left out."
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        state = self.session.state
        self._on_filling(len(state.spectra))
        blocker = QSignalBlocker(self.tree)
        self._leave_out(state)
        blocker.unblock()
        items = self._items()
        kept = tuple(
            one for one in state.selected_ids if one == state.selected_id or not items[one].isHidden()
        )
        if kept != state.selected_ids:
            self.session.update(selected_ids=kept)

    def _on_tree_selection_changed(self) -> None:
        state = self.session.state
        rows = [row for row in self.tree.selectedItems() if not row.isHidden()]
        hidden = {one for one, row in self._items().items() if row.isHidden()}
        ids = [one for row in rows for one in ids_of(row) if one not in hidden]
        if not ids:
            blocker = QSignalBlocker(self.tree)
            self._mark(state)
            blocker.unblock()
            return
        current = self.tree.currentItem()
        under = [one for one in (ids_of(current) if current is not None else ()) if one in ids]
        stays = state.selected_id in ids and not under
        select_spectra(self.session, ids, state.selected_id if stays else (under or ids)[0])

    def _on_tree_item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        opened = self.session.state.spectrum(item.data(0, ID_ROLE) or "")
        if column != 0 or opened is None:
            return
        show_spectrum(self.session, opened.id, item.checkState(0) == Qt.CheckState.Checked)
        if item.text(0) != opened.name:
            rename_spectrum(self.session, opened.id, item.text(0))
            now = self.session.state.spectrum(opened.id)
            if now is not None:  # an empty name is that of its object again
                item.setText(0, now.name)

    def _on_context_menu_requested(self, position: QPoint) -> None:
        menu = tree_menu(self.session, self)
        menu.exec(self.tree.viewport().mapToGlobal(position))
        menu.deleteLater()

    def _on_tree_item_expanded(self, item: QTreeWidgetItem) -> None:
        """Fill in the orders when somebody wants to see them."""
        opened = self.session.state.spectrum(item.data(0, ID_ROLE) or "")
        if opened is None or item.childCount():
            return
        blocker = QSignalBlocker(self.tree)
        for number, order in enumerate(orders_of(opened.spectrum)):
            item.addChild(order_item(number, order))
        blocker.unblock()


def _rows(state: AppState) -> list[tuple[str, int]]:
    return [(item.id, id(item.spectrum)) for item in state.spectra]
