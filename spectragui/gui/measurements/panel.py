"""Measurements: the table of regions and lines that were measured in the View."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout

from spectragui.gui.actions import trigger
from spectragui.gui.forms.table_buttons import TableButtons
from spectragui.gui.measurements.table_model import MEASUREMENT_TABLE, MeasurementsModel, as_tab_separated
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.results.column_header import HtmlHeader
from spectragui.gui.results.table_model import ID_ROLE, SORT_ROLE, ResultsProxy
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, Measurement
from spectragui.gui.view.measuring import delete_measurements


def _title(state: AppState) -> str:
    return f"Measurements · {len(state.measurements)}" if state.measurements else "Measurements"


@register_panel(
    "Measurements",
    area="bottom",
    icon="mdi6.ruler",
    title=_title,
    is_available=lambda s: bool(s.measurements),
    bars=(("View.measure", 2),),
    priority=15,
)
class MeasurementsPanel(Panel):
    """Sortable table; a double click goes to the region in the View."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.model = MeasurementsModel(self)
        self.proxy = ResultsProxy(self)
        self.proxy.setSourceModel(self.model)
        self.proxy.setSortRole(SORT_ROLE)
        self.table = QTableView()
        from spectragui.gui.plots.empty_place import EmptyPlace

        self.hint = QLabel("Double click: go to the region")
        self.hint.setProperty("role", "secondary")
        self.empty = EmptyPlace()
        self.empty.say(
            "Nothing is measured yet",
            "Press $ (statistics), E (equivalent width) or G (Gaussian) in the View, and drag over a line.",
            "Measure an equivalent width",
            lambda: trigger(self.window(), "measure.sum"),
        )
        self.buttons = TableButtons(
            session.theme,
            (
                ("Copy", "mdi6.content-copy", "Copy the selected rows as text (Ctrl+C)", self.copy),
                ("Delete", "mdi6.delete-outline", "Take the selected rows out (Del)", self.delete),
                ("Export…", "mdi6.export-variant", "ECSV, CSV, FITS, VOTable or LaTeX", self.export),
            ),
        )  # fmt: skip
        self._set_up_table()
        bar = QHBoxLayout()
        bar.addWidget(self.hint, 1)
        bar.addWidget(self.buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        self._show_table(False)

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the measurements."""
        if old.measurements is new.measurements:
            return
        grew = len(new.measurements) > len(old.measurements)
        self.model.set_measurements(new.measurements)
        self._show_table(bool(new.measurements))
        if grew:
            self.table.scrollToBottom()
            row = self.proxy.mapFromSource(self.model.index(len(new.measurements) - 1, 0)).row()
            self.table.selectRow(row)

    def _show_table(self, shown: bool) -> None:
        for widget in (self.table, self.hint, self.buttons):
            widget.setVisible(shown)
        self.empty.setVisible(not shown)

    def repaint_theme(self) -> None:
        """Take the icons' colour from the theme again."""
        self.buttons.repaint_icons()

    def selected(self) -> list[Measurement]:
        """Return the measurements whose rows are selected, in the order of the table."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self._at(row) for row in rows]

    def copy(self) -> None:
        """Copy the selected rows (all, where none is) as tab-separated text."""
        chosen = self.selected() or [self._at(row) for row in range(self.proxy.rowCount())]
        QGuiApplication.clipboard().setText(as_tab_separated([item.row for item in chosen]))

    def delete(self) -> None:
        """Take the selected rows out of the table; Undo brings them back."""
        delete_measurements(self.session, {item.id for item in self.selected()})

    def export(self) -> None:
        """Ask for a file and write the table."""
        from spectragui.gui.results.exporting import ask_and_export_table
        from spectragui.io.tables.tables import MEASUREMENTS_TABLE

        rows = [item.row for item in self.session.state.measurements]
        ask_and_export_table(self.session, self.window(), rows, MEASUREMENTS_TABLE)

    def _at(self, row: int) -> Measurement:
        return self.model.measurements[self.proxy.mapToSource(self.proxy.index(row, 0)).row()]

    def _set_up_table(self) -> None:
        table = self.table
        table.setAccessibleName("Measurements")
        titles = [column.title for column in MEASUREMENT_TABLE]
        table.setHorizontalHeader(HtmlHeader(titles, self.session.theme, table))  # has room for its arrow
        table.setModel(self.proxy)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
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
        header.setStretchLastSection(True)
        table.doubleClicked.connect(lambda index: self._go_to(str(index.data(ID_ROLE))))
        for keys, slot in (
            (QKeySequence.StandardKey.Copy, self.copy),
            (QKeySequence.StandardKey.Delete, self.delete),
        ):
            shortcut = QShortcut(QKeySequence(keys), table)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _go_to(self, measurement_id: str) -> None:
        """Show the region of a measurement in the View."""
        state = self.session.state
        item = next(m for m in state.measurements if m.id == measurement_id)
        measured = state.spectrum(item.spectrum_id) or next(
            (s for s in state.spectra if " + ".join(s.files) == item.row["file"] != ""), None
        )
        if measured is None:
            self.session.notifications.info(
                f"The measured spectrum is closed: {item.row['file'] or item.row['object']}."
            )
            return
        self.session.update(active_panel="View", selected_id=measured.id)
        panel = getattr(self.window(), "panel", lambda _name: None)("View")
        if panel is not None:
            panel.go_to(item.row["start"], item.row["stop"], item.row["medium"])
