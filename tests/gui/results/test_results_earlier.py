"""Results of a spectrum that was changed stay, marked; filter, selection and export of the table."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from spectragui.analysis.axis_conversion import converted
from spectragui.core.progress import no_progress
from spectragui.gui.forms.filter_field import CLEAR
from spectragui.gui.parameters import predicting
from spectragui.gui.recovery.kept_session import read_session
from spectragui.gui.recovery.kept_spectra import SpectrumKeeper
from spectragui.gui.recovery.recovery import ToKeep, write_kept
from spectragui.gui.recovery.stored_prediction import prediction_from_row
from spectragui.gui.results import export_rows
from spectragui.gui.results.columns import EARLIER_WORDS, RESULT_TABLE_COLUMNS, STATE_KEY
from spectragui.gui.results.export_rows import ExportRowsDialog
from spectragui.gui.shell.notification_bar import MessageBar
from spectragui.gui.spectra.correcting import change_spectrum
from spectragui.gui.spectra.open_spectra import select_spectrum
from spectragui.io.tables.tables import read_results
from tests.gui.conftest import make_spectrum
from tests.gui.files.test_import_assistant import wait_idle
from tests.gui.predictions import make_prediction, open_with

KEYS = [column.key for column in RESULT_TABLE_COLUMNS]


def masked_far_outside(spectrum):
    mask = np.zeros(len(spectrum), bool) if spectrum.mask is None else spectrum.mask.copy()
    mask[-1] = True
    return spectrum.replace(mask=mask)


def to_rest_frame(spectrum):
    return converted(spectrum, velocity_kms=12.0, frame="rest")


@pytest.fixture
def panel(window):
    open_with(
        window.session,
        make_spectrum(),
        make_prediction("Sun", 5779.0),
        make_prediction("alf Tau", 3968.0),
        make_prediction("tau Cet", 5392.0),
    )
    window.show_panel("Results")
    return window.panel("Results")


@pytest.fixture
def quick_prediction(monkeypatch):
    def run(spectrum, _options, progress):
        return make_prediction(str(spectrum.meta["object"]), 6000.0)

    monkeypatch.setattr(predicting, "run_prediction", run)


def state_texts(panel):
    column = KEYS.index(STATE_KEY)
    return [panel.proxy.index(row, column).data() for row in range(panel.proxy.rowCount())]


def selected_spectra(panel):
    return {result.spectrum_id for result in panel.selected_results()}


@pytest.mark.parametrize("change", [masked_far_outside, to_rest_frame])
def test_a_change_marks_the_row_and_undo_unmarks_it(panel, window, change):
    session = window.session
    column = KEYS.index(STATE_KEY)
    assert panel.table.isColumnHidden(column)
    change_spectrum(session, "s1", change, "Change alf Tau")
    assert [result.id for result in session.state.results] == ["r0", "r1", "r2"]
    assert state_texts(panel) == ["", EARLIER_WORDS, ""]
    assert not panel.table.isColumnHidden(column)
    tip = panel.proxy.index(1, column).data(Qt.ItemDataRole.ToolTipRole)
    assert "changed after" in tip and "Click" in tip
    assert session.state.prediction("s1") is None  # nothing that is computed now may use it
    assert session.state.result_of("s1") is not None
    session.undo()
    assert state_texts(panel) == ["", "", ""]
    assert panel.table.isColumnHidden(column)
    session.redo()
    assert session.state.results[1].is_of_earlier_state


def test_one_click_in_the_row_predicts_again(panel, window, qtbot, quick_prediction):
    change_spectrum(window.session, "s1", masked_far_outside, "Mask")
    index = panel.proxy.index(1, KEYS.index(STATE_KEY))
    panel.table.scrollTo(index)
    centre = panel.table.visualRect(index).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    qtbot.waitUntil(lambda: window.session.state.results[1].prediction.row["teff"] == 6000.0, timeout=30000)
    wait_idle(qtbot, window.session)
    assert len(window.session.state.results) == 3
    assert state_texts(panel) == ["", "", ""]
    assert panel.bar.again.isHidden()
    window.session.undo()
    assert state_texts(panel)[1] == EARLIER_WORDS


def test_offers_to_predict_again_are_one_and_vanish_when_done(panel, window, qtbot, quick_prediction):
    session = window.session
    for spectrum_id in ("s0", "s2"):
        change_spectrum(session, spectrum_id, masked_far_outside, "Mask")
    (bar,) = [bar for bar in window.findChildren(MessageBar) if not bar.isHidden()]
    assert bar.message.text == "2 spectra were changed: their results are of an earlier state."
    assert panel.bar.again.text() == "Predict 2 again"
    panel.bar.again.click()
    wait_idle(qtbot, session)
    assert not any(result.is_of_earlier_state for result in session.state.results)
    assert not [bar for bar in window.findChildren(MessageBar) if not bar.isHidden()]


def test_the_offer_of_one_change_predicts_again(panel, window, qtbot, quick_prediction):
    change_spectrum(window.session, "s2", masked_far_outside, "Mask")
    (bar,) = [bar for bar in window.findChildren(MessageBar) if not bar.isHidden()]
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window.session)
    assert window.session.state.results[2].prediction.row["teff"] == 6000.0


def test_a_crash_keeps_the_mark_and_what_is_exported_says_it(panel, window, qtbot, tmp_path):
    session = window.session
    change_spectrum(session, "s1", masked_far_outside, "Mask")
    rows = tuple(dict(result.prediction.row) for result in session.state.results)
    write_kept(tmp_path, ToKeep(rows=rows), SpectrumKeeper(tmp_path), no_progress)
    kept = read_session(tmp_path).rows
    assert [prediction_from_row(row).is_of_earlier_state for row in kept] == [False, True, False]
    assert prediction_from_row(kept[0]).v_rad_frame == "barycentric"
    from spectragui.gui.results.exporting import export_results

    export_results(session, tmp_path / "r.ecsv")
    wait_idle(qtbot, session)
    assert [row["earlier_state"] for row in read_results(tmp_path / "r.ecsv")] == [0, 1, 0]


def test_parameters_say_that_the_numbers_are_of_an_earlier_state(panel, window):
    window.show_panel("Parameters")
    controls, centre = window.panel("Parameters controls"), window.panel("Parameters")
    assert controls.card.earlier.isHidden()
    change_spectrum(window.session, "s0", to_rest_frame, "To rest")
    assert not controls.card.earlier.isHidden()
    assert controls.predict_button.text() == "Predict again"
    assert "earlier state" in centre.caution.text()
    assert centre.plot.comparison is not None


def test_expressions_filter_the_table_and_a_wrong_one_is_said(panel):
    field = panel.filter_field
    field.setText("teff > 5000 and snr > 50 and not LABEL_RANGE")
    assert [result.id for result in panel.shown_results()] == ["r0", "r2"]
    assert panel.bar.count.text() == "2 of 3"
    field.setText("tef > 5000")
    assert len(panel.shown_results()) == 3
    assert "there is no column tef" in panel.bar.problem.full_text
    field.setText("verdict == inside")
    assert panel.bar.problem.full_text == ""
    assert len(panel.shown_results()) == 3


def test_a_filter_without_hits_says_how_to_clear_it(panel, qtbot):
    QTest.keyClicks(panel.filter_field, "nothing")
    assert panel.empty.isVisible()
    assert panel.empty.button.text() == CLEAR
    qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
    assert panel.filter_field.text() == ""
    assert panel.table.isVisible()
    QTest.keyClicks(panel.filter_field, "nothing")
    QTest.keyClick(panel.filter_field, Qt.Key.Key_Escape)
    assert len(panel.shown_results()) == 3


def test_typing_in_the_filter_selects_nothing(panel, window):
    session = window.session
    session.update(selected_result_id="r1")
    assert session.state.selected_id == "s1"
    before = session.state
    for text in ("t", "ta", "tau", "tau c", "tau ce", "tau cet", "sun", "teff > 5000", ""):
        panel.filter_field.setText(text)
        assert session.state is before
    assert [result.id for result in panel.selected_results()] == ["r1"]


def test_row_and_tree_agree_whoever_selects_after_sort_and_filter_too(panel, window):
    session = window.session
    panel.table.sortByColumn(KEYS.index("teff"), Qt.SortOrder.AscendingOrder)
    tree = window.panel("Spectra").tree
    for name, chosen in (("tau Cet", "s2"), ("Sun", "s0"), ("alf Tau", "s1")):
        row = next(i for i in range(3) if panel.proxy.index(i, 0).data() == name)
        rect = panel.table.visualRect(panel.proxy.index(row, 0))
        QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        assert session.state.selected_id == chosen
        assert tree.currentItem().text(0) == name
    panel.filter_field.setText("tau")
    select_spectrum(session, "s2")
    assert selected_spectra(panel) == {"s2"}
    select_spectrum(session, "s0")  # its row is left out
    assert selected_spectra(panel) == set()
    panel.filter_field.setText("")
    assert selected_spectra(panel) == {"s0"}
    session.update(results=session.state.results[1:])
    assert session.state.selected_result_id == ""
    assert selected_spectra(panel) == set()
    select_spectrum(session, "s1")
    assert selected_spectra(panel) == {"s1"}


def test_several_rows_are_several_spectra_of_the_tree(panel, window):
    session = window.session
    for row, key in ((0, Qt.KeyboardModifier.NoModifier), (2, Qt.KeyboardModifier.ControlModifier)):
        rect = panel.table.visualRect(panel.proxy.index(row, 0))
        QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, key, rect.center())
    assert session.state.selected_ids == ("s0", "s2")
    assert session.state.selected_id == "s2"
    session.update(selected_ids=("s1", "s2"))
    assert selected_spectra(panel) == {"s1", "s2"}


@pytest.mark.parametrize(("choice", "names"), [(0, "s0 s1 s2"), (1, "s1 s2"), (2, "s2")])
def test_export_asks_for_all_shown_or_selected(panel, window, qtbot, monkeypatch, tmp_path, choice, names):
    path = tmp_path / "results.csv"
    said = []

    def answer(dialog):
        said.extend(button.text() for button in dialog.buttons.buttons())
        assert dialog.buttons.checkedId() == 1  # what the filter shows
        dialog.buttons.button(choice).setChecked(True)
        return ExportRowsDialog.DialogCode.Accepted

    monkeypatch.setattr(ExportRowsDialog, "exec", answer)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    session = window.session
    session.update(selected_result_id="r2")
    panel.filter_field.setText("tau")
    window.trigger("file.export")
    wait_idle(qtbot, session)
    assert said == ["All: 3 results", "Shown: 2 results", "Selected: 1 result"]
    known = {"Sun": "s0", "alf Tau": "s1", "tau Cet": "s2"}
    assert " ".join(known[str(row["object"])] for row in read_results(path)) == names


def test_one_row_is_exported_without_a_question(monkeypatch, qtbot):
    monkeypatch.setattr(export_rows.ExportRowsDialog, "exec", lambda _self: pytest.fail("asked"))
    from spectragui.gui.session.state import Result

    one = Result("r", "s", make_prediction())
    assert export_rows.ask_rows((one,), (one,), (one,), None) == (one,)


def test_the_fits_labels_and_the_frame_of_the_velocity_are_columns(panel):
    for key in ("alpha_m_fit", "vsini_fit", "vmic_fit", "v_rad_frame"):
        assert key in KEYS
    assert panel.proxy.index(0, KEYS.index("v_rad_frame")).data() == "barycentric"
