"""Measure: keys, drags and the table; what is drawn over the data; undo and export."""

import csv
import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from spectragui.gui.passport.conversions import convert
from spectragui.gui.session.state import OpenSpectrum
from tests.gui.conftest import make_echelle, make_spectrum, settle

CENTRE = 5009.975  # of the line of make_spectrum: sigma 0.2, depth 0.5


@pytest.fixture
def view(window, session):
    item = OpenSpectrum("a", ("a.fits",), 0, make_spectrum())
    session.update(spectra=(item,), selected_id="a")
    return window.panel("View")


def drag(view, start, stop):
    view.plot._on_region_dragged(start, stop, True)


def test_a_key_measures_the_selected_region(window, session, view):
    drag(view, 5008.5, 5011.5)
    window.trigger("measure.gaussian")
    (found,) = session.state.measurements
    assert found.row["method"] == "gaussian" and found.row["object"] == "HD 1"
    assert found.row["centre"] == pytest.approx(CENTRE, abs=4 * found.row["e_centre"])
    assert found.row["ew"] == pytest.approx(0.5 * 0.2 * math.sqrt(2 * math.pi), abs=4 * found.row["e_ew"])
    assert found.row["fwhm"] == pytest.approx(0.471, abs=4 * found.row["e_fwhm"])
    assert session.state.tool == ""
    window.trigger("edit.undo")
    assert session.state.measurements == ()


def test_without_a_region_the_key_takes_a_tool_until_escape(window, session, view, qtbot):
    for method in ("statistics", "sum", "voigt"):
        window.trigger(f"measure.{method}")
        assert session.state.tool == method and view.plot.box.drags_regions
        assert view.bar.note.endswith("Esc ends")
        drag(view, 5008.5, 5011.5)
        assert session.state.measurements[-1].row["method"] == method
        view.plot.clear_region()
    qtbot.keyClick(view.plot.plot, Qt.Key.Key_Escape)
    assert session.state.tool == "" and not view.plot.box.drags_regions
    assert len(session.state.measurements) == 3


def test_with_a_tool_a_plain_drag_selects(window, session, view):
    window.trigger("measure.sum")
    settle()
    plot = view.plot
    viewport = plot.plot.viewport()
    scene = [plot.box.mapViewToScene(point) for point in (_point(plot, 5008.5), _point(plot, 5011.5))]
    first, last = (plot.plot.mapFromScene(place) for place in scene)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=first)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, first + (last - first) * part, delay=30)
        _move(viewport, first + (last - first) * part)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=last)
    assert session.state.measurements[0].row["start"] == pytest.approx(5008.5, abs=0.05)


def _point(plot, x):
    from PySide6.QtCore import QPointF

    low, high = plot.box.viewRange()[1]
    return QPointF(x, 0.5 * (low + high))


def _move(viewport, position):
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    where, none = QPointF(position), Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, viewport.mapToGlobal(where), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, none,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def test_the_fit_is_drawn_over_the_data_while_it_belongs_to_it(window, session, view):
    drag(view, 5008.5, 5011.5)
    window.trigger("measure.gaussian")
    overlays = view.plot.overlays.overlays
    assert [overlay.role for overlay in overlays] == ["continuum", "generated"]
    assert overlays[1].x[np.argmin(overlays[1].flux)] == pytest.approx(CENTRE, abs=0.03)
    view.plot.plot.viewport().repaint()
    convert(session, session.state.selected, {"medium": "vacuum"})
    assert view.plot.overlays.overlays == ()


def test_the_table_shows_value_and_error_and_is_copied(window, session, view):
    drag(view, 5008.5, 5011.5)
    window.trigger("measure.sum")
    window.trigger("measure.statistics")
    panel = window.panel("Measurements")
    panel.catch_up()
    titles = [panel.model.headerData(i, Qt.Orientation.Horizontal) for i in range(panel.model.columnCount())]
    width = panel.model.index(0, titles.index("W (mÅ)")).data()
    assert "±" in width and 240 < float(width.split(" ")[0]) < 260
    assert panel.model.index(1, titles.index("W (mÅ)")).data() == ""
    panel.table.clearSelection()
    panel.copy()
    rows = list(csv.DictReader(QGuiApplication.clipboard().text().splitlines(), delimiter="\t"))
    assert float(rows[0]["ew"]) == pytest.approx(0.2507, abs=0.01) and rows[1]["method"] == "statistics"
    panel.table.selectRow(0)
    panel.delete()
    assert [item.row["method"] for item in session.state.measurements] == ["statistics"]


def test_a_double_click_goes_to_the_region(window, session, view):
    drag(view, 5008.5, 5011.5)
    window.trigger("measure.sum")
    view.plot.clear_region()
    view.plot.reset()
    session.update(active_panel="Parameters")
    panel = window.panel("Measurements")
    panel.catch_up()
    panel.table.doubleClicked.emit(panel.proxy.index(0, 0))
    assert session.state.active_panel == "View"
    left, right = view.plot.box.viewRange()[0]
    assert (left, right) == pytest.approx((5005.5, 5014.5), abs=0.01)
    assert view.plot.region_aa == pytest.approx((5008.5, 5011.5))


def test_what_cannot_be_measured_gets_a_sentence(window, session, view):
    drag(view, 5008.50, 5008.62)
    window.trigger("measure.gaussian")
    assert session.state.measurements == ()
    message = session.notifications.messages[-1]
    assert message.severity == "failure" and "pixels" in message.text and message.hint


def test_the_continuum_may_be_one(window, session, view):
    drag(view, 5008.5, 5011.5)
    window.trigger("measure.from_one")
    window.trigger("measure.gaussian")
    row = session.state.measurements[0].row
    assert row["continuum"] == 1.0 and row["continuum_from"] == "given: 1"


def test_the_line_is_named(window, session):
    spectrum = make_spectrum(start_aa=5183.604 - 9.975, v_rad_kms=0.0)
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, spectrum),), selected_id="a")
    drag(window.panel("View"), 5182.5, 5184.7)
    window.trigger("measure.sum")
    assert session.state.measurements[0].row["line"] == "Mg I b1 5183.60"


def test_orders_are_measured_too(window, session):
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, make_echelle()),), selected_id="a")
    drag(window.panel("View"), 5005.0, 5007.5)
    window.trigger("measure.sum")
    assert session.state.measurements[0].row["order"] == 1


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot", ".tex"])
def test_the_table_is_exported(window, session, view, qtbot, tmp_path, suffix):
    from spectragui.gui.results.exporting import export_table
    from spectragui.io.tables.tables import MEASUREMENTS_TABLE

    drag(view, 5008.5, 5011.5)
    window.trigger("measure.gaussian")
    window.trigger("measure.statistics")
    path = tmp_path / f"lines{suffix}"
    with qtbot.waitSignal(session.tasks.idled):
        export_table(session, path, [item.row for item in session.state.measurements], MEASUREMENTS_TABLE)
    if suffix == ".tex":
        assert r"HD 1 &  & gaussian & $5009.9" in path.read_text()
        return
    from astropy.table import Table

    formats = {".ecsv": "ascii.ecsv", ".csv": "ascii.csv", ".fits": "fits", ".vot": "votable"}
    table = Table.read(path, format=formats[suffix])
    assert len(table) == 2 and float(table["ew"][0]) == session.state.measurements[0].row["ew"]
    if suffix != ".csv":
        assert table["fwhm"].unit.to("Angstrom") == pytest.approx(1.0)
    assert session.notifications.messages[-1].text.startswith("2 measurements written")


def test_measurements_survive_a_crash(window, session, view, qtbot, tmp_path, theme):
    from spectragui.gui.recovery.recovery import Recovery
    from spectragui.gui.session.session import Session

    recovery = Recovery(session, tmp_path)
    drag(view, 5008.5, 5011.5)
    window.trigger("measure.gaussian")
    qtbot.waitUntil(lambda: (recovery._folder / "measurements.json").exists(), timeout=5000)
    row = session.state.measurements[0].row
    recovery._lock.unlock()  # as the end of a process does
    later = Session(theme)
    second = Recovery(later, tmp_path)
    second.offer_last_session()
    message = later.notifications.messages[-1]
    assert "1 measurement" in message.hint
    message.on_button()
    (restored,) = later.state.measurements
    for name, value in row.items():
        assert restored.row[name] == value or (value != value and restored.row[name] != restored.row[name])
    for one in (second, recovery):
        one.end()
    qtbot.waitUntil(lambda: not later.tasks.active_jobs and not session.tasks.active_jobs)
    later.close()
    later.deleteLater()


def test_the_sort_arrow_covers_no_title(session, qtbot):
    from PySide6.QtCore import QRect, Qt

    from spectragui.gui.measurements.panel import MeasurementsPanel

    panel = MeasurementsPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    header = panel.table.horizontalHeader()
    for column in range(header.count()):
        header.setSortIndicator(column, Qt.SortOrder.AscendingOrder)
        size = header.sectionSizeFromContents(column)
        room = header._room(QRect(0, 0, size.width(), size.height()), column)
        assert room.width() >= header._document(column).idealWidth()
        assert header.sectionSize(column) >= size.width()
