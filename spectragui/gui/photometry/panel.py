"""Photometry: the catalogue's table, the marked object's magnitudes, and how predictions agree."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QLabel,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import SettingsError
from spectragui.gui.actions import trigger
from spectragui.gui.forms.filter_field import CLEAR, FilterField, no_hits_text
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.photometry.catalogues import PANEL, mark_object
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

LEAST_FILTER_WIDTH, FILTER_WIDTH = 84, 240
FILTER_MS = 180  # after the last key
AT_ONCE = 20_000  # objects that are ordered and compared without a worker
MOST_COPIED = 2000  # rows; more would hold up the window
NARROW = 660  # pixels; below, either the object or the comparison is shown
Rows = NDArray[np.int64]


@register_panel(
    PANEL,
    area="centre",
    icon="mdi6.chart-scatter-plot",
    is_available=lambda s: bool(s.catalogues) or s.active_panel == PANEL,
    priority=50,
)
class PhotometryPanel(Panel):
    """Table over plots; filter and selection are theirs together."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from spectragui.gui.photometry.row_order import FILTER_HINT, FilterColumns
        from spectragui.gui.photometry.sample_plots import SamplePlots
        from spectragui.gui.photometry.sed_plot import SedPlot
        from spectragui.gui.photometry.table_view import CatalogueView
        from spectragui.gui.plots.empty_place import EmptyPlace

        self._columns: FilterColumns | None = None
        self.view = CatalogueView(session.theme)
        self.sed = SedPlot(session.theme)
        self.sample = SamplePlots(session.theme)
        self.empty, self.no_hits = EmptyPlace(), EmptyPlace()
        self.filter_field = FilterField("Filter the catalogue", FILTER_HINT)
        self._timer = QTimer(self, singleShot=True, interval=FILTER_MS)
        self._build()
        self._connect()
        self._show_page(session.state)

    @property
    def shown_rows(self) -> Rows:
        """Places in the file of the objects that the filter lets through, in the order of the table."""
        return self.view.catalogue_model.rows

    def apply(self, old: AppState, new: AppState) -> None:
        """Follow the catalogue, the filter, the marked object and the choice of the plot."""
        if old.catalogue is not new.catalogue:
            self._show_catalogue(new)
        elif old.photometry.filter != new.photometry.filter:
            self._find_rows()
        if (
            old.photometry.filter != new.photometry.filter
            and self.filter_field.text() != new.photometry.filter
        ):
            self.filter_field.setText(new.photometry.filter)
        if old.catalogue is not new.catalogue or old.catalogue_row != new.catalogue_row:
            self._mark(new)
        if old.photometry.plot != new.photometry.plot:
            self.sample.choose(new.photometry.plot)
            self._compare()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Show the object and the comparison side by side where there is room."""
        super().resizeEvent(event)
        self._fit_plots()

    def copy(self) -> None:
        """Copy the selected objects (all shown ones, where none is) as tab-separated text."""
        from spectragui.gui.photometry.catalogue_columns import as_tab_separated

        selected = self.view.selected_rows
        rows = selected if selected.size else self.shown_rows
        if rows.size > MOST_COPIED:
            self.session.notifications.warning(
                f"{rows.size:,} objects are too many for the clipboard.",
                hint=f"Select {MOST_COPIED:,} or fewer, or export them.",
            )
            return
        QGuiApplication.clipboard().setText(as_tab_separated(self.view.shown_columns, rows))

    def export(self) -> None:
        """Ask which objects and for a file, and write them with their predictions."""
        from spectragui.gui.photometry.exporting_predictions import ask_and_export

        self.catch_up()
        ask_and_export(self.session, self.window(), self.shown_rows, self.view.selected_rows)

    def _build(self) -> None:
        from spectragui.gui.plots.plot_bar import PlotBar

        self.count = QLabel()
        self.count.setProperty("role", "secondary")
        self.count.setAccessibleName("Number of objects")
        self.problem = QLabel()
        self.problem.setProperty("role", "remark")
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName("What is wrong with the filter")
        self.problem.hide()
        self.filter_field.setMinimumWidth(LEAST_FILTER_WIDTH)
        self.filter_field.setMaximumWidth(FILTER_WIDTH)
        bar = self.bar = PlotBar(self.session.theme)
        bar.add_widget(self.filter_field)
        bar.add_widget(self.count)
        bar.add_line()
        self._object_button = bar.add_toggle(
            "Object", "mdi6.chart-bell-curve", "The marked object's magnitudes", self._on_object_toggled, True
        )
        self._sample_button = bar.add_toggle(
            "Compare",
            "mdi6.chart-scatter-plot",
            "Predictions against the catalogue's own values",
            self._on_sample_toggled,
            True,
        )
        bar.add_line()
        bar.add_menu(
            "Columns",
            "mdi6.view-column-outline",
            "Choose the columns of the table",
            self.view.fill_columns_menu,
        )
        bar.add_button(
            "Copy", "mdi6.content-copy", "Copy the selected rows as tab-separated text (Ctrl+C)", self.copy
        )
        self._export_button = bar.add_button(
            "Export…", "mdi6.export-variant", "Write the catalogue with its predictions", self.export
        )
        self._lay_out()

    def _lay_out(self) -> None:
        top = QWidget()
        self._table_pages = QStackedLayout(top)
        self._table_pages.addWidget(self.view)
        self._table_pages.addWidget(self.no_hits)
        self._plots = QSplitter(Qt.Orientation.Horizontal)
        self._plots.addWidget(self.sed)
        self._plots.addWidget(self.sample)
        self._plots.setSizes([500, 500])
        self._plots.setChildrenCollapsible(False)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(top)
        split.addWidget(self._plots)
        split.setSizes([420, 580])
        split.setChildrenCollapsible(False)
        top.setMinimumHeight(90)
        self._plots.setMinimumHeight(150)
        for part in (self.sed, self.sample):
            part.setMinimumWidth(180)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.bar)
        column.addWidget(self.problem)
        column.addWidget(split, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(page)
        self._pages.addWidget(self.empty)
        self._page = page

    def _connect(self) -> None:
        session = self.session
        self.filter_field.textChanged.connect(lambda _text: self._timer.start())
        self._timer.timeout.connect(self._on_filter_typed)
        self.session.destroyed.connect(self._timer.stop)
        self.view.row_marked.connect(lambda row: mark_object(session, row))
        self.view.order_wanted.connect(self._find_rows)
        self.view.selection_changed.connect(self._count)
        self.sed.cursor_moved.connect(session.pointer_moved)
        self.sample.row_clicked.connect(lambda row: mark_object(session, row))
        self.sample.plot_chosen.connect(self._on_plot_chosen)
        self.sample.range_selected.connect(self._on_range_selected)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.view)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.copy)

    def _show_page(self, state: AppState) -> None:
        is_empty = state.catalogue is None
        self._pages.setCurrentWidget(self.empty if is_empty else self._page)
        if is_empty:
            self.empty.say(
                "No catalogue is open",
                "Open or drop a table of magnitudes and errors in the bands of ALHAMBRA (CSV, FITS, ECSV, "
                "VOTable, Parquet), or type a single object (Photometry > Type an object): redshift, star or "
                "galaxy, stellar mass and type are predicted.",
                "Open…",
                lambda: trigger(self.window(), "file.open"),
            )

    def _show_catalogue(self, state: AppState) -> None:
        """Show another catalogue, or the same with predictions."""
        from spectragui.gui.photometry.catalogue_columns import table_columns
        from spectragui.gui.photometry.row_order import FilterColumns

        catalogue = state.catalogue
        self._show_page(state)
        self._export_button.setEnabled(catalogue is not None and catalogue.result is not None)
        if catalogue is None:
            self._columns = None
            self.view.show_catalogue((), np.empty(0, dtype=np.int64))
            return
        self._columns = FilterColumns(catalogue)
        marked = state.catalogue_row
        self.view.show_catalogue(table_columns(catalogue), np.arange(len(catalogue.table)))
        if state.photometry.filter or self.view.sort_key:
            self._find_rows()
        else:
            self._show_rows(self.shown_rows)
        self.view.mark(marked)

    def _find_rows(self) -> None:
        """Filter and order the rows; those of a large catalogue in the background."""
        from spectragui.gui.photometry.row_order import catalogue_filter, find_rows, ordered, rows_that_pass

        columns, text = self._columns, self.session.state.photometry.filter
        if columns is None:
            return
        problem = ""
        try:
            catalogue_filter(columns, text)
        except SettingsError as error:
            problem, text = f"{error.message} Nothing is left out.", ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        place = self.view.catalogue_model.column_of(self.view.sort_key)
        values = self.view.catalogue_model.columns[place].values if place >= 0 else None
        is_descending = self.view.is_descending
        if columns.n_rows <= AT_ONCE:
            self._show_rows(ordered(rows_that_pass(columns, text), values, is_descending))
            return
        self.session.run(
            "photometry-rows", find_rows, columns, text, values, is_descending, on_done=self._on_rows_found
        )

    def _on_rows_found(self, rows: Rows) -> None:
        if self._columns is not None and (not rows.size or rows.max() < self._columns.n_rows):
            self._show_rows(rows)

    def _show_rows(self, rows: Rows) -> None:
        state = self.session.state
        self.view.show_rows(rows, state.catalogue_row)
        if not rows.size and state.catalogue is not None:
            text = no_hits_text("objects", len(state.catalogue.table), state.photometry.filter)
            self.no_hits.say("No object passes the filter", text, CLEAR, self.filter_field.clear)
        self._table_pages.setCurrentWidget(self.view if rows.size else self.no_hits)
        self._count()
        self._compare()

    def _compare(self) -> None:
        """Compare the shown objects with their catalogue; many in the background."""
        from spectragui.gui.photometry.comparisons import compare, compare_in_worker

        state, rows = self.session.state, self.shown_rows
        if state.catalogue is None:
            return
        if rows.size <= AT_ONCE:
            self._show_comparison(compare(state.catalogue, state.photometry.plot, rows))
            return
        self.session.run(
            "photometry-compare",
            compare_in_worker,
            state.catalogue,
            state.photometry.plot,
            rows,
            on_done=self._show_comparison,
        )

    def _show_comparison(self, found: object) -> None:
        from spectragui.gui.photometry.comparisons import Comparison

        state = self.session.state
        if state.catalogue is None or not isinstance(found, Comparison):
            return
        action = None
        if found.why_empty and state.catalogue.result is None:
            action = ("Predict", lambda: trigger(self.window(), "photometry.predict"))
        elif found.why_empty and state.catalogue.path:
            action = ("Columns…", lambda: trigger(self.window(), "photometry.columns"))
        band = state.catalogue.table.band_set.reference
        self.sample.show_comparison(found, state.catalogue_row, band, action)

    def _mark(self, state: AppState) -> None:
        catalogue = state.catalogue
        self.sed.show_object(None if catalogue is None else catalogue.table, state.catalogue_row)
        if catalogue is not None:
            self.view.mark(state.catalogue_row)
            self.sample.mark(state.catalogue_row)

    def _count(self) -> None:
        total = 0 if self._columns is None else self._columns.n_rows
        shown, selected = self.shown_rows.size, self.view.selected_rows.size
        words = f"{shown:,} of {total:,}" if shown != total else f"{total:,}"
        self.count.setText(f"{words} · {selected:,} selected" if selected > 1 else words)

    def _on_filter_typed(self) -> None:
        photometry = self.session.state.photometry
        if photometry.filter != self.filter_field.text():
            self.session.update(photometry=photometry.replace(filter=self.filter_field.text()))

    def _on_plot_chosen(self, key: str) -> None:
        self.session.update(photometry=self.session.state.photometry.replace(plot=key))

    def _on_range_selected(self, name: str, low: float, high: float) -> None:
        """Let only objects of this range through, beside what the filter says already."""
        from spectragui.gui.photometry.row_order import REFERENCE_PREFIX

        column = f"{REFERENCE_PREFIX}{name}"
        fresh = f"{low:.4g} < {column} < {high:.4g}"
        text = self.filter_field.text().strip()
        old = re.compile(rf"\S+ < {column} < \S+")
        text = old.sub(fresh, text) if old.search(text) else f"{text} and {fresh}" if text else fresh
        self.filter_field.setText(text)

    def _on_object_toggled(self, shown: bool) -> None:
        self._keep_one(self._sample_button, shown)

    def _on_sample_toggled(self, shown: bool) -> None:
        self._keep_one(self._object_button, shown)

    def _keep_one(self, other: QToolButton, shown: bool) -> None:
        """Show at least one of the plots; where the window is narrow, at most one."""
        if not shown and not other.isChecked():
            other.setChecked(True)
        elif shown and self.width() < NARROW and other.isChecked():
            other.setChecked(False)
        self._fit_plots()

    def _fit_plots(self) -> None:
        if self.width() < NARROW and self._object_button.isChecked() and self._sample_button.isChecked():
            self._sample_button.setChecked(False)
        self.sed.setVisible(self._object_button.isChecked())
        self.sample.setVisible(self._sample_button.isChecked())
