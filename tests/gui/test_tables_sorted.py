"""After a sort and under a filter every table acts on the row that is seen: select, delete, copy, export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication

from spectragui.core.measurements import make_measurement
from spectragui.gui.files.choose_spectra import ChooseSpectraDialog
from spectragui.gui.measurements.panel import MeasurementsPanel
from spectragui.gui.passport.header import HeaderPanel
from spectragui.gui.photometry.catalogue_columns import as_tab_separated, table_columns
from spectragui.gui.photometry.exporting_predictions import write_in_worker
from spectragui.gui.photometry.row_order import FilterColumns, ordered, rows_that_pass
from spectragui.gui.photometry.table_view import CatalogueView
from spectragui.gui.results.columns import RESULT_TABLE_COLUMNS
from spectragui.gui.results.panel import ResultsPanel
from spectragui.gui.session.photometry_state import OpenCatalogue
from spectragui.gui.session.state import Measurement, OpenSpectrum
from spectragui.io.catalogues import read_catalogue
from tests.gui.conftest import make_spectrum
from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv
from tests.gui.predictions import make_prediction, open_with

DOWN, UP = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder


def followed(qtbot, session, kind):
    """Return a panel that follows the session as on the screen."""
    panel = kind(session)
    qtbot.addWidget(panel)
    session.changed.connect(lambda old, new: panel.catch_up())
    return panel


def select_rows(view, rows):
    model, flags = view.selectionModel(), QItemSelectionModel.SelectionFlag
    for number, row in enumerate(rows):
        how = flags.Select if number else flags.ClearAndSelect
        model.select(view.model().index(row, 0), how | flags.Rows)


def clipboard():
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.fixture
def results(qtbot, session):
    panel = followed(qtbot, session, ResultsPanel)
    stars = [("Vega", 9600.0), ("Sun", 5779.0), ("Arcturus", 4286.0), ("Procyon", 6530.0)]
    open_with(session, make_spectrum(), *(make_prediction(name, teff=teff) for name, teff in stars))
    column = next(i for i, one in enumerate(RESULT_TABLE_COLUMNS) if one.key == "teff")
    panel.table.sortByColumn(column, UP)
    return panel


def names_of(results):
    return [str(one.prediction.row["object"]) for one in results]


def test_results_act_on_the_star_that_is_seen(results, session):
    assert names_of(results.shown_results()) == ["Arcturus", "Sun", "Procyon", "Vega"]
    select_rows(results.table, [0, 2])
    assert names_of(results.selected_results()) == ["Arcturus", "Procyon"]
    assert session.state.selected_ids == ("s2", "s3")
    results.copy()
    copied = clipboard()
    assert [(row["object"], row["teff"], row["e_teff"]) for row in copied] == [
        ("Arcturus", "4286", "41"),
        ("Procyon", "6530", "41"),
    ]
    results.delete()
    assert names_of(session.state.results) == ["Vega", "Sun"]
    assert names_of(results.shown_results()) == ["Sun", "Vega"]
    session.undo()
    assert names_of(results.shown_results()) == ["Arcturus", "Sun", "Procyon", "Vega"]


def test_results_under_a_filter_act_on_the_star_that_is_seen(results, session, monkeypatch):
    results.filter_field.setText("teff > 5000")
    assert names_of(results.shown_results()) == ["Sun", "Procyon", "Vega"]
    assert results.bar.count.text() == "3 of 4"
    asked = []
    monkeypatch.setattr(
        "spectragui.gui.results.exporting.ask_and_export",
        lambda session, parent, shown, selected: asked.append((names_of(shown), names_of(selected))),
    )
    select_rows(results.table, [1])
    results.export()
    assert asked == [(["Sun", "Procyon", "Vega"], ["Procyon"])]
    select_rows(results.table, [2])
    results.delete()
    assert names_of(session.state.results) == ["Sun", "Arcturus", "Procyon"]
    select_rows(results.table, [0])
    assert session.state.selected_id == "s1"


def test_a_click_on_the_state_predicts_the_star_of_that_row_again(results, session, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "spectragui.gui.results.panel.predict_many", lambda _session, ids: asked.append(tuple(ids))
    )
    session.update(results=tuple(one.of_earlier_state() for one in session.state.results))
    column = next(i for i, one in enumerate(RESULT_TABLE_COLUMNS) if one.key == "earlier_state")
    results.table.clicked.emit(results.proxy.index(1, column))
    assert asked == [("s1",)]  # the Sun is second by temperature, and was opened second
    results.table.clicked.emit(results.proxy.index(0, column))
    assert asked[-1] == ("s2",)  # Arcturus is first, and was opened third


@pytest.fixture
def measurements(qtbot, session):
    panel = followed(qtbot, session, MeasurementsPanel)
    rows = [("Mg", 5183.6, 0.30, 0.003), ("Fe", 5270.0, 0.12, 0.002), ("Na", 5889.9, 0.75, 0.010)]
    made = tuple(
        Measurement(
            f"m{i}", f"s{i}", None,
            make_measurement(object=name, method="gaussian", centre=centre, e_centre=0.01, ew=ew, e_ew=error,
                             start=centre - 2, stop=centre + 2, medium="air", frame="rest"),
        )
        for i, (name, centre, ew, error) in enumerate(rows)
    )  # fmt: skip
    session.update(undo="Measure", measurements=made)
    panel.table.sortByColumn(4, DOWN)  # by equivalent width
    return panel


def test_measurements_act_on_the_line_that_is_seen(measurements, session, monkeypatch):
    table = measurements.table.model()
    shown = [[table.index(row, column).data() for column in (0, 3, 4)] for row in range(3)]
    assert shown == [
        ["Na", "5889.900 ± 0.010", "750 ± 10"],
        ["Mg", "5183.600 ± 0.010", "300.0 ± 3.0"],
        ["Fe", "5270.000 ± 0.010", "120.0 ± 2.0"],
    ]
    select_rows(measurements.table, [0, 2])
    assert [one.id for one in measurements.selected()] == ["m2", "m1"]
    measurements.copy()
    copied = clipboard()
    assert [(row["object"], row["ew"], row["e_ew"]) for row in copied] == [
        ("Na", "0.75", "0.01"),
        ("Fe", "0.12", "0.002"),
    ]
    gone = []
    monkeypatch.setattr(measurements, "_go_to", gone.append)
    measurements.table.doubleClicked.emit(table.index(1, 0))
    assert gone == ["m0"]
    asked = []
    monkeypatch.setattr(
        "spectragui.gui.results.exporting.ask_and_export_table",
        lambda _session, _parent, rows, _table: asked.append([row["object"] for row in rows]),
    )
    measurements.export()
    assert sorted(asked[0]) == ["Fe", "Mg", "Na"]
    select_rows(measurements.table, [2])
    measurements.delete()
    assert [one.id for one in session.state.measurements] == ["m0", "m2"]


def test_cards_of_a_header_are_copied_as_they_are_seen(qtbot, session):
    panel = followed(qtbot, session, HeaderPanel)
    cards = [("OBJECT", "HD 1", "target"), ("EXPTIME", 600.0, "seconds"), ("AIRMASS", 1.2, "")]
    spectrum = make_spectrum().with_meta(header=cards)
    session.update(spectra=(OpenSpectrum("s0", ("a.fits",), 0, spectrum),), selected_id="s0")
    panel.search.setText("s")
    panel.search.setText("seconds")
    assert panel.table.model().rowCount() == 1
    panel.table.selectRow(0)
    panel._on_copy_activated()
    assert QGuiApplication.clipboard().text() == "EXPTIME\t600.0\tseconds"
    index = panel.table.model().index(0, 1)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "EXPTIME = 600.0\nseconds"


def test_spectra_of_a_file_are_chosen_as_they_are_seen(qtbot, theme):
    from spectragui.io.reading.spectrum_list import SpectraToChoose, SpectrumEntry

    rows = [("zeta", 3.0), ("alpha", 40.0), ("beta", 5.0), ("alpha b", 1.0)]
    entries = tuple(
        SpectrumEntry(i, name, snr, (5000.0 + i, 5100.0 + i)) for i, (name, snr) in enumerate(rows)
    )
    dialog = ChooseSpectraDialog([SpectraToChoose(Path("field.fits"), entries)], None)
    qtbot.addWidget(dialog)
    dialog.table.sortByColumn(2, DOWN)
    shown = [dialog.table.model().index(row, 1).data() for row in range(4)]
    assert shown == ["alpha", "beta", "zeta", "alpha b"]
    assert dialog.table.model().index(0, 2).data() == "40.0"
    select_rows(dialog.table, [1])
    assert dialog.chosen == {Path("field.fits"): (2,)}
    dialog.filter.setText("alpha")
    select_rows(dialog.table, [1])
    assert dialog.chosen == {Path("field.fits"): (3,)}
    select_rows(dialog.table, [0, 1])
    assert dialog.chosen == {Path("field.fits"): (1, 3)} and dialog._primary.text() == "Open 2"


@pytest.fixture
def catalogue(tmp_path):
    table = read_catalogue(write_csv(tmp_path / "field.csv", 12))
    return OpenCatalogue(
        "c1", str(tmp_path / "field.csv"), table, predict_stand_in(table), seen_bands=(0, 1, 2)
    )


def test_objects_of_a_catalogue_act_as_they_are_seen(qtbot, theme, catalogue, tmp_path):
    columns, view = table_columns(catalogue), CatalogueView(theme)
    qtbot.addWidget(view)
    redshift = catalogue.result.columns["z"]
    passing = rows_that_pass(FilterColumns(catalogue), "z > 0.3")
    rows = ordered(passing, redshift, True)
    assert list(rows) == [int(i) for i in np.argsort(-redshift, kind="stable") if redshift[i] > 0.3]
    assert rows.size > 3
    view.show_catalogue(columns, np.arange(12))
    view.show_rows(rows, -1)
    select_rows(view, [0, 1, 3])
    assert list(view.selected_rows) == [rows[0], rows[1], rows[3]]
    QGuiApplication.clipboard().setText(as_tab_separated(view.shown_columns, view.selected_rows))
    ids = [str(catalogue.table.ids[row]) for row in (rows[0], rows[1], rows[3])]
    assert [line["id"] for line in clipboard()] == ids
    with qtbot.waitSignal(view.row_marked) as caught:
        view.setCurrentIndex(view.model().index(2, 1))
    assert caught.args == [int(rows[2])]
    view.mark(int(rows[4]))
    assert view.currentIndex().row() == 4 and list(view.selected_rows) == [rows[4]]
    fainter = ordered(rows, redshift, False)
    view.show_rows(fainter, int(rows[4]))
    assert list(view.selected_rows) == [rows[4]]  # the object stays selected, not the place
    every = np.argsort(redshift)
    path = tmp_path / "out.csv"
    assert write_in_worker(catalogue, path, every, lambda *_: None) == 12
    written = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    place = [name.lower() for name in written[0].split(",")].index("id")
    assert [line.split(",")[place].strip('"') for line in written[1:]] == [
        str(catalogue.table.ids[row]) for row in every
    ]


def test_what_was_not_detected_is_fainter_than_all_that_was(catalogue):
    column = next(one for one in table_columns(catalogue) if one.key == "F365W")
    order = ordered(np.arange(12), column.values, False)
    assert (
        order[-1] == 0 and column.text(0) == "> 25.10"
    )  # its limit is fainter than nothing, but seen it is not
    known = catalogue.table.magnitudes[order[:-1], 0]
    assert (np.diff(known) >= 0).all()


def test_a_range_of_a_comparison_becomes_a_filter_of_its_column(window):
    panel = window.panel("Photometry")
    for low, high, wanted in (
        (0.12345, 0.98765, "0.1235 < catalogue_z < 0.9877"),
        (0.2, 0.3, "0.2 < catalogue_z < 0.3"),
    ):
        panel._on_range_selected("z", low, high)
        assert panel.filter_field.text() == wanted
    panel._on_range_selected("log_mass", 9.0, 10.5)
    assert panel.filter_field.text() == "0.2 < catalogue_z < 0.3 and 9 < catalogue_log_mass < 10.5"
