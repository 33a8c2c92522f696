"""The catalogue's table: what is copied, exported, marked and selected is the object in that row."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.table import Table
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from spectragui.core.photometry_result import PhotometryFlag
from spectragui.gui.photometry import exporting_predictions
from spectragui.gui.photometry.catalogues import add_catalogue, bands_seen, replace_catalogue
from spectragui.gui.photometry.table_view import MOST_RUNS
from spectragui.io.catalogues import read_catalogue
from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def idle(qtbot, session):
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)


def show(window, path):
    """Show a catalogue with predictions of a stand-in; return the panel."""
    table = read_catalogue(path)
    shown = add_catalogue(window.session, str(path), table, bands_seen(table))
    replace_catalogue(window.session, shown.replace(result=predict_stand_in(table)), "Predict")
    return window.panel("Photometry")


@pytest.fixture
def panel(window, tmp_path):
    return show(window, write_csv(tmp_path / "forty.csv", 40))


def sort(panel, key, order):
    view = panel.view
    view.horizontalHeader().setSortIndicator(view.catalogue_model.column_of(key), order)


def shown_ids(panel):
    model = panel.view.catalogue_model
    return [model.index(row, model.column_of("id")).data() for row in range(model.rowCount())]


def select(panel, *ids):
    """Select rows by the names that are seen in them, as clicks with Ctrl do."""
    seen, model = shown_ids(panel), panel.view.selectionModel()
    rows = QItemSelection()
    last = panel.view.catalogue_model.columnCount() - 1
    for one in ids:
        place = seen.index(one)
        index = panel.view.catalogue_model.index
        rows.merge(
            QItemSelection(index(place, 0), index(place, last)), QItemSelectionModel.SelectionFlag.Select
        )
    model.select(rows, QItemSelectionModel.SelectionFlag.ClearAndSelect)


@pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
def test_sorting_is_by_value_and_the_unknown_comes_last(panel, window, order):
    sort(panel, "cat_log_mass", order)
    masses = window.session.state.catalogue.table.reference["log_mass"][panel.shown_rows]
    known = masses[np.isfinite(masses)]
    assert np.all(np.diff(known) >= 0) if order == ASCENDING else np.all(np.diff(known) <= 0)
    assert np.isfinite(masses[: known.size]).all()


def test_a_band_without_a_detection_is_fainter_than_all_others(panel):
    sort(panel, "F365W", ASCENDING)
    assert shown_ids(panel)[-1] == "814-000000"
    model = panel.view.catalogue_model
    assert model.index(39, model.column_of("F365W")).data() == "> 25.10"


def test_copy_after_sort_and_filter_gives_the_objects_in_the_selected_rows(panel, window, qtbot):
    sort(panel, "z", DESCENDING)
    panel.filter_field.setText("cat_z > 0.3 and kind == galaxy")
    qtbot.waitUntil(lambda: 0 < panel.shown_rows.size < 40)
    chosen = [shown_ids(panel)[2], shown_ids(panel)[5]]
    select(panel, *chosen)
    panel.copy()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    names = lines[0]
    assert len(set(names)) == len(names) and {"z", "cat_z", "F814W", "dF814W"} - set(names) == {"dF814W"}
    assert [line[names.index("id")] for line in lines[1:]] == chosen
    table, result = window.session.state.catalogue.table, window.session.state.catalogue.result
    for line in lines[1:]:
        row = table.ids.tolist().index(line[names.index("id")])
        assert float(line[names.index("z")]) == pytest.approx(result["z"][row], rel=1e-5)
        assert float(line[names.index("F814W")]) == pytest.approx(table.reference_magnitude[row], rel=1e-5)


@pytest.mark.parametrize("choice", ["All", "Shown", "Selected"])
def test_export_after_sort_and_filter_writes_the_objects_in_those_rows(
    panel, window, qtbot, monkeypatch, tmp_path, choice
):
    sort(panel, "z", DESCENDING)
    panel.filter_field.setText("kind == galaxy")
    qtbot.waitUntil(lambda: panel.shown_rows.size == 32)
    shown = shown_ids(panel)
    select(panel, shown[3], shown[4])
    out = tmp_path / "out.ecsv"
    numbers = {"All": 0, "Shown": 1, "Selected": 2}

    def choose(dialog):
        dialog.buttons.button(numbers[choice]).setChecked(True)
        return dialog.DialogCode.Accepted

    monkeypatch.setattr(exporting_predictions.ExportObjectsDialog, "exec", choose)
    monkeypatch.setattr(exporting_predictions, "ask_path", lambda *_args, **_kwargs: out)
    panel.export()
    idle(qtbot, window.session)
    written = Table.read(out)
    everything = window.session.state.catalogue.table.ids.tolist()
    wanted = {"All": everything, "Shown": shown, "Selected": shown[3:5]}[choice]
    assert list(written["ID"]) == wanted
    result = window.session.state.catalogue.result
    rows = [everything.index(one) for one in wanted]
    np.testing.assert_allclose(written["z"], result["z"][rows], rtol=1e-6)
    np.testing.assert_allclose(  # the catalogue's own z stays, under another name
        written["cat_z"], window.session.state.catalogue.table.columns["z"][rows], rtol=1e-6
    )


def test_the_marked_object_stays_marked_through_sort_and_filter(panel, window, qtbot):
    place = shown_ids(panel).index("814-000012")
    panel.view.setCurrentIndex(panel.view.catalogue_model.index(place, 0))
    assert window.session.state.catalogue_row == 12
    sort(panel, "reference", DESCENDING)
    panel.filter_field.setText("814-00001")
    qtbot.waitUntil(lambda: panel.shown_rows.size == 10)
    current = panel.view.currentIndex()
    assert panel.view.catalogue_model.index(current.row(), 0).data() == "814-000012"
    assert panel.view.selected_rows.tolist() == [12]
    assert panel.sed.text_at(np.log10(panel.sed.filters._outlines[0][0].size or 1)) == ""  # no band is there
    assert window.session.state.catalogue_row == 12


def test_the_arrow_keys_go_through_the_objects_as_they_stand(panel, window):
    sort(panel, "z", ASCENDING)
    panel.view.setFocus()
    panel.view.setCurrentIndex(panel.view.catalogue_model.index(0, 0))
    for place in (1, 2, 3):
        QTest.keyClick(panel.view, Qt.Key.Key_Down)
        assert window.session.state.catalogue_row == panel.shown_rows[place]


def test_a_click_on_a_header_sorts_and_selects_nothing(panel, qtbot):
    header, model = panel.view.horizontalHeader(), panel.view.catalogue_model
    before = panel.view.selected_rows.tolist()
    section = model.column_of("z")
    x = header.sectionViewportPosition(section) + header.sectionSize(section) // 2
    viewport = header.viewport()
    centre = viewport.rect().center()
    centre.setX(x)
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=centre)
    assert panel.view.sort_key == "z"
    assert panel.view.selected_rows.tolist() == before


def test_words_and_flags_leave_rows_out_and_a_fault_leaves_none(panel, window, qtbot):
    result = window.session.state.catalogue.result
    for text, wanted in (
        ("BIMODAL", (result["flag_warn"] & PhotometryFlag.BIMODAL) > 0),
        ("second redshift", (result["flag_bad"] == 0) & (result["flag_warn"] > 0)),
        ('kind == "star"', window.session.state.catalogue.table.reference["star"] == 1),
        ("z > 0.5 and p_star < 10%", (result["z"] > 0.5) & (result["p_star"] < 0.1)),
    ):
        panel.filter_field.setText(text)
        qtbot.waitUntil(lambda text=text: window.session.state.photometry.filter == text)
        assert panel.shown_rows.tolist() == np.flatnonzero(wanted).tolist(), text
    panel.filter_field.setText("zz > 3")
    qtbot.waitUntil(lambda: window.session.state.photometry.filter == "zz > 3")
    assert panel.shown_rows.size == 40
    assert "there is no column zz" in panel.problem.text() and "Nothing is left out" in panel.problem.text()
    panel.filter_field.setText("nothing-is-called-so")
    qtbot.waitUntil(lambda: panel.shown_rows.size == 0)
    assert "40 objects" in panel.no_hits._text.text()
    panel.no_hits.button.click()
    qtbot.waitUntil(lambda: panel.shown_rows.size == 40)


def test_everything_can_be_selected_and_scattered_rows_stay_few_enough_to_draw(window, tmp_path, qtbot):
    panel = show(window, write_csv(tmp_path / "many.csv", 5000, seed=4))
    panel.view.selectAll()
    assert panel.view.selected_rows.size == 5000 and "5,000 selected" in panel.count.text()
    sort(panel, "z", ASCENDING)
    assert panel.view.selected_rows.size == 5000
    panel.filter_field.setText("kind == galaxy")
    qtbot.waitUntil(lambda: panel.shown_rows.size == 4000)
    assert panel.view.selected_rows.size == 4000
    sort(panel, "reference", DESCENDING)
    assert panel.view.selected_rows.size == 4000
    panel.filter_field.setText("")
    qtbot.waitUntil(lambda: panel.shown_rows.size == 5000)
    # 4000 rows lie between 1000 others now: more runs than can be painted; the marked one is left, and said.
    assert panel.view.selectionModel().selection().size() <= MOST_RUNS
    assert panel.view.selected_rows.tolist() == [window.session.state.catalogue_row]
    assert "selected" not in panel.count.text()


def test_a_large_catalogue_is_ordered_in_the_background(window, tmp_path, qtbot, monkeypatch):
    from spectragui.gui.photometry import panel as module

    monkeypatch.setattr(module, "AT_ONCE", 10)
    panel = show(window, write_csv(tmp_path / "forty.csv", 40))
    idle(qtbot, window.session)
    sort(panel, "z", DESCENDING)
    panel.filter_field.setText("kind == galaxy")
    qtbot.waitUntil(lambda: panel.shown_rows.size == 32, timeout=30_000)
    idle(qtbot, window.session)
    z = window.session.state.catalogue.result["z"][panel.shown_rows]
    assert np.all(np.diff(z) <= 0)
    assert panel.sample.comparison is not None and panel.sample.comparison.agreement.n == 32


def test_too_many_rows_for_the_clipboard_are_refused_in_words(panel, window, monkeypatch):
    from spectragui.gui.photometry import panel as module

    monkeypatch.setattr(module, "MOST_COPIED", 10)
    QGuiApplication.clipboard().setText("before")
    panel.view.selectAll()
    panel.copy()
    assert QGuiApplication.clipboard().text() == "before"
    assert "40 objects are too many" in window.session.notifications.messages[-1].text


def test_columns_can_be_hidden_and_stay_so(panel, window, qtbot):
    from PySide6.QtWidgets import QMenu

    menu = QMenu()
    panel.view.fill_columns_menu(menu)
    action = next(a for a in menu.actions() if a.text() == "log M")
    action.setChecked(False)
    assert "log_mass" not in [column.key for column in panel.view.shown_columns]
    shown = window.session.state.catalogue
    replace_catalogue(window.session, shown.replace(result=predict_stand_in(shown.table)), "Predict")
    assert "log_mass" not in [column.key for column in panel.view.shown_columns]
    menu.deleteLater()
