"""The results table: what it shows, how it sorts and filters, what it copies and deletes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from spectragui.core.flags import Flag
from spectragui.gui.results.columns import RESULT_TABLE_COLUMNS
from spectragui.gui.results.panel import ResultsPanel
from tests.gui.conftest import make_spectrum
from tests.gui.predictions import make_prediction, not_served, open_with

KEYS = [column.key for column in RESULT_TABLE_COLUMNS]


@pytest.fixture
def panel(qtbot, session):
    panel = ResultsPanel(session)
    qtbot.addWidget(panel)
    panel.resize(1000, 300)
    panel.show()
    open_with(
        session,
        make_spectrum(),
        make_prediction("Sun", 5779.0),
        make_prediction("alf Tau", 3968.0, bits=int(Flag.LABEL_RANGE)),
        make_prediction("tau Cet", 5392.0, fit=False, limit=0.0),
        not_served("Vega"),
    )
    return panel


def texts(panel, key):
    column = KEYS.index(key)
    return [panel.proxy.index(row, column).data() for row in range(panel.proxy.rowCount())]


def test_values_stand_with_their_errors(panel):
    assert texts(panel, "teff") == ["5779 ± 41", "3968 ± 41", "5392 ± 41", ""]
    assert texts(panel, "logg")[0] == "4.42 ± 0.07"
    assert texts(panel, "m_h")[0] == "−0.01 ± 0.03"
    assert texts(panel, "vsini")[:3] == ["< 3.1", "< 3.1", "2.1 ± 0.9"]
    assert texts(panel, "teff_fit") == ["5791 ± 18", "3980 ± 18", "", ""]
    assert texts(panel, "resolving_power")[0] == "115,000"
    assert texts(panel, "coverage")[0] == "100"


def test_the_verdict_is_said_in_words_and_coloured(panel, theme):
    words = texts(panel, "verdict")
    assert words[0] == "inside"
    assert words[1] == "with care: near the edge in Teff"
    assert words[3].startswith("not served: only 3 %")
    index = panel.proxy.index(1, KEYS.index("verdict"))
    assert index.data(Qt.ItemDataRole.ForegroundRole) == theme.color("caution")
    assert not index.data(Qt.ItemDataRole.DecorationRole).isNull()


def test_numbers_are_aligned_right_and_units_stand_in_the_header(panel):
    index = panel.proxy.index(0, KEYS.index("teff"))
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & int(Qt.AlignmentFlag.AlignRight)
    header = panel.model.headerData(
        KEYS.index("teff"), Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole
    )
    assert header == "Teff (K)"


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (Qt.SortOrder.AscendingOrder, ["alf Tau", "tau Cet", "Sun", "Vega"]),
        (Qt.SortOrder.DescendingOrder, ["Sun", "tau Cet", "alf Tau", "Vega"]),
    ],
)
def test_sorting_is_by_value_and_the_unknown_comes_last(panel, order, names):
    panel.table.sortByColumn(KEYS.index("teff"), order)
    assert texts(panel, "object") == names


def test_the_filter_keeps_rows_that_hold_all_words(panel):
    panel.filter_field.setText("tau")
    assert texts(panel, "object") == ["alf Tau", "tau Cet"]
    panel.filter_field.setText("tau edge")
    assert texts(panel, "object") == ["alf Tau"]
    panel.filter_field.setText("")
    assert len(texts(panel, "object")) == 4


def test_a_click_selects_result_and_spectrum(panel, session):
    panel.table.sortByColumn(KEYS.index("teff"), Qt.SortOrder.AscendingOrder)
    rect = panel.table.visualRect(panel.proxy.index(0, KEYS.index("teff")))
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert (session.state.selected_result_id, session.state.selected_id) == ("r1", "s1")


def test_the_row_follows_the_state(panel, session):
    session.update(selected_result_id="r2")
    assert [result.id for result in panel.selected_results()] == ["r2"]


def test_deleting_can_be_undone(panel, session):
    session.update(selected_result_id="r1")
    panel.activateWindow()
    panel.table.setFocus()
    assert QTest.qWaitForWindowActive(panel)
    QTest.keyClick(panel.table, Qt.Key.Key_Delete)
    assert [result.id for result in session.state.results] == ["r0", "r2", "r3"]
    assert session.undo_text == "Delete result"
    session.undo()
    assert texts(panel, "object") == ["Sun", "alf Tau", "tau Cet", "Vega"]


def test_copying_gives_plain_numbers_under_the_names_of_the_file(panel, session):
    session.update(selected_result_id="r0")
    panel.copy()
    header, row = QGuiApplication.clipboard().text().splitlines()
    values = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert values["object"] == "Sun"
    assert values["teff"] == "5779"
    assert values["e_teff_fit"] == "18"
    assert values["m_h"] == "-0.012"


def test_a_new_result_is_added_without_losing_the_place(panel, session):
    from spectragui.gui.session.state import Result

    session.update(selected_result_id="r2")
    session.update(
        results=(*session.state.results, Result("r9", "s0", make_prediction("Sun", 5800.0, model="other")))
    )
    assert panel.model.rowCount() == 5
    assert [result.id for result in panel.selected_results()] == ["r2"]


def test_a_changed_result_is_shown(panel, session):
    from spectragui.gui.session.state import Result

    first = Result("r0", "s0", make_prediction("Sun", 5800.0))
    session.update(results=(first, *session.state.results[1:]))
    assert texts(panel, "teff")[0] == "5800 ± 41"


def test_columns_can_be_chosen(panel):
    assert panel.table.isColumnHidden(KEYS.index("vmic"))
    action = next(a for a in panel._menu.actions() if a.text().startswith("ξ"))
    action.trigger()
    assert not panel.table.isColumnHidden(KEYS.index("vmic"))


def test_all_rows_of_a_thousand_are_there_quickly(panel, session):
    from spectragui.gui.session.state import Result

    prediction = make_prediction()
    session.update(results=tuple(Result(f"x{i}", "", prediction) for i in range(1000)))
    assert panel.proxy.rowCount() == 1000
    panel.filter_field.setText("sun inside")
    assert panel.proxy.rowCount() == 1000


def test_restored_results_without_an_open_spectrum_can_be_selected(panel, session):
    from spectragui.gui.session.state import Result

    session.update(results=(Result("old", "", make_prediction("Arcturus")),))
    rect = panel.table.visualRect(panel.proxy.index(0, 0))
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert session.state.selected_result_id == "old"
    assert session.state.selected_id == "s0"
