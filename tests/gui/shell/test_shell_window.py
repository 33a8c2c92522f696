"""The main window, through its real widgets."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)

from spectragui.analysis.axis_conversion import Correction, converted, corrected
from spectragui.core.errors import ReadError
from spectragui.core.package_data import bundled_examples
from spectragui.core.results import make_row
from spectragui.gui.actions import ACTIONS
from spectragui.gui.app import build_window, preparations
from spectragui.gui.files.import_assistant import ReadingDialog
from spectragui.gui.files.opening import add_readings
from spectragui.gui.files.reading import Reading
from spectragui.gui.files.unreadable import words_for_options
from spectragui.gui.panel import PANELS
from spectragui.gui.parameters import predicting
from spectragui.gui.passport.header import HeaderPanel
from spectragui.gui.passport.panel import PassportPanel, passport_rows
from spectragui.gui.recovery.stored_prediction import prediction_from_row
from spectragui.gui.session.state import Result
from spectragui.gui.shell.notification_bar import MessageBar
from spectragui.gui.spectra.panel import SpectraPanel
from tests.gui.conftest import drop, make_echelle, make_spectrum, settle, write_fits
from tests.gui.top_windows import top_windows


def show(session, spectrum, name="star.fits", snr=100.0):
    add_readings(session, [Reading((name,), 0, spectrum, snr)])
    return session.state.selected


def wait_idle(qtbot, session):
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=20000)


class ShownWindows(QObject):
    """Top-level windows that are shown, by their classes."""

    def __init__(self):
        super().__init__()
        self.names = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(type(watched).__name__)
        return False


def test_no_part_of_the_window_flashes_as_a_window_of_its_own(session, qtbot):
    """A page that is shown before it has its place is a window for a moment, with a title and a frame."""
    shown = ShownWindows()
    QApplication.instance().installEventFilter(shown)
    try:
        window = build_window(session)
        qtbot.addWidget(window)
        window.show()
        for step in preparations(window):
            step()
            QApplication.processEvents()
        show(session, make_echelle())
        for _, entry in PANELS.items():
            window.show_panel(entry.name)
            settle()
    finally:
        QApplication.instance().removeEventFilter(shown)
    assert shown.names == ["MainWindow"]


def test_first_screen_has_no_docks_and_no_tabs(window):
    assert window.start_page.isVisible()
    assert not window.tabs.isVisible()
    assert not [dock for dock in window.findChildren(type(window.docks)) if dock.isVisible()]


@pytest.mark.parametrize("example", bundled_examples(), ids=lambda item: item.path.stem)
def test_example_opens_with_one_click(window, qtbot, example):
    buttons = window.start_page.findChildren(QPushButton)
    button = next(b for b in buttons if b.accessibleName().endswith(example.title))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_idle(qtbot, window.session)
    assert "imulated" in f"{window.session.state.selected.name} {window.session.state.selected.file_name}"


def test_dropped_file_is_drawn_and_listed(window, qtbot, fits_file):
    assert drop(window, [fits_file])
    wait_idle(qtbot, window.session)
    state = window.session.state
    assert state.selected.name == "HD 1"
    assert not window.start_page.isVisible()
    assert window.tabs.tabText(0) == "View"
    assert "HD 1" in window.windowTitle()
    tree = window.panel("Spectra").tree
    assert tree.topLevelItem(0).text(0) == "star.fits"
    row = tree.topLevelItem(0).child(0)
    assert [row.text(column) for column in (0, 2, 3)] == ["HD 1", "5000\N{EN DASH}5020", "air"]
    assert state.settings.recent_files == (str(fits_file),)


def test_files_can_be_dropped_anywhere(window, qtbot, fits_file, tmp_path):
    drop(window, [fits_file])
    wait_idle(qtbot, window.session)
    second = write_fits(tmp_path / "second.fits", 6000.0)
    assert drop(window.panel("View"), [second]) or drop(window, [second])
    wait_idle(qtbot, window.session)
    assert [item.file_name for item in window.session.state.spectra] == ["star.fits", "second.fits"]


def test_no_widget_keeps_dropped_files_to_itself(window, qtbot, fits_file):
    """File managers offer the path as text too, which fields for text would take."""
    item = show(window.session, make_echelle())
    result = Result(
        "result-1", item.id, prediction_from_row(make_row(model="optical-parameters", teff=5777.0))
    )
    window.session.update(results=(result,), active_panel="Parameters")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(fits_file))])
    data.setText(str(fits_file))
    greedy = []
    for widget in [w for w in window.findChildren(QWidget) if w.isVisible()]:
        window.statusBar().clearMessage()
        event = QDragEnterEvent(
            widget.rect().center(),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, event)
        if window.statusBar().currentMessage() != "Drop to open":
            greedy.append(widget)
    assert not greedy


def test_dropped_folder_opens_its_files(window, qtbot, tmp_path):
    folder = tmp_path / "night"
    folder.mkdir()
    write_fits(folder / "a.fits")
    write_fits(folder / "b.fits", 6000.0)
    drop(window, [folder])
    wait_idle(qtbot, window.session)
    assert len(window.session.state.spectra) == 2


def test_damaged_file_is_said_and_the_others_open(window, qtbot, fits_file, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  =")
    drop(window, [broken, fits_file])
    wait_idle(qtbot, window.session)
    bars = [bar for bar in window.findChildren(MessageBar) if bar.isVisible()]
    assert "broken.fits" in bars[0].message.text
    assert [item.file_name for item in window.session.state.spectra] == ["star.fits"]
    bars[0].closer.click()
    assert not window.bars.isVisible()


def test_many_failures_stay_reachable(window, qtbot):
    window.resize(1280, 900)
    show(window.session, make_spectrum())
    for number in range(5):
        window.session.notifications.failure(ReadError(f"{number}.fits: empty."))
    more = next(b for b in window.bars.findChildren(QPushButton) if "earlier" in b.text())
    assert more.text() == "2 earlier messages are in the Log"
    more.click()
    assert window.panel("Log").isVisible()
    assert not more.isVisible()


def test_hints_name_the_fields_of_the_form():
    hint = words_for_options("Say it with --unit Angstrom, or name columns with --flux-column.")
    assert "--" not in hint
    assert "\N{LEFT DOUBLE QUOTATION MARK}Flux column\N{RIGHT DOUBLE QUOTATION MARK}" in hint


def test_file_that_lacks_its_unit_is_read_with_what_the_user_says(window, qtbot, tmp_path):
    path = tmp_path / "unclear.txt"
    x = np.linspace(1.0, 2.0, 50) * 7e4  # no unit in which a star is observed
    path.write_text("# wavelength flux\n" + "\n".join(f"{a:.3f} {1 + 0.1 * np.sin(a):.4f}" for a in x))
    drop(window, [path])
    wait_idle(qtbot, window.session)
    bar = window.findChild(MessageBar)
    assert "unclear.txt" in bar.message.text
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    dialog = top_windows(ReadingDialog)[0]
    wait_idle(qtbot, window.session)
    assert not dialog.primary.isEnabled()
    unit = next(box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Unit")
    unit.setCurrentIndex(unit.findData("Angstrom"))
    qtbot.waitUntil(dialog.primary.isEnabled)
    dialog.accept()
    wait_idle(qtbot, window.session)
    assert window.session.state.selected.spectrum.wavelength_aa[0] == pytest.approx(7e4)


def test_success_does_not_interrupt(window):
    window.session.notifications.success("12 results written.")
    assert not window.bars.isVisible()
    assert window.statusBar().currentMessage() == "12 results written."


def test_action_of_a_message_is_in_the_message(window, qtbot):
    done = []
    window.session.notifications.warning("Something.", button="Do it", on_button=lambda: done.append(1))
    bar = window.findChild(MessageBar)
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert done == [1]
    assert not window.bars.isVisible()


def test_check_box_shows_and_hides(window):
    item = show(window.session, make_spectrum())
    row = window.panel("Spectra").tree.topLevelItem(0).child(0)
    row.setCheckState(0, Qt.CheckState.Unchecked)
    assert not window.session.state.spectrum(item.id).is_visible
    window.trigger("edit.undo")
    assert window.session.state.spectrum(item.id).is_visible
    assert row.checkState(0) == Qt.CheckState.Checked


def test_orders_are_filled_in_when_wanted(window):
    show(window.session, make_echelle(3), "orders.fits")
    row = window.panel("Spectra").tree.topLevelItem(0).child(0)
    assert row.childCount() == 0
    row.setExpanded(True)
    assert row.childCount() == 3


def test_selection_in_the_tree_is_the_selection_of_the_session(window):
    first = show(window.session, make_spectrum(object="A"), "a.fits")
    show(window.session, make_spectrum(object="B"), "b.fits")
    tree = window.panel("Spectra").tree
    tree.setCurrentItem(tree.topLevelItem(0).child(0))
    assert window.session.state.selected_id == first.id
    window.trigger("spectrum.next")
    assert tree.currentItem().text(0) == "B"


def test_header_is_searchable(window):
    cards = [(f"KEY{i}", i, "a comment") for i in range(50)] + [("BERV", 12.3, "barycentric correction")]
    show(window.session, make_spectrum(header=cards))
    panel = window.panel("Header")
    assert isinstance(panel, HeaderPanel)
    panel.catch_up()
    panel.search.setText("barycentric")
    assert panel.table.model().rowCount() == 1
    assert panel.table.model().index(0, 1).data() == "12.3"


def test_passport_says_where_each_value_was_read(window):
    show(window.session, make_spectrum())
    rows = {
        name: (value, source) for name, value, source in passport_rows(window.session.state.selected.spectrum)
    }
    assert rows["Medium"] == ("air", "CTYPE1 = 'AWAV'")
    assert isinstance(window.panel("Axis passport"), PassportPanel)


def test_correction_keeps_the_numbers_and_can_be_undone(window, monkeypatch):
    item = show(window.session, make_spectrum())
    before = item.spectrum.spectral_axis

    def choose(dialog):
        dialog.medium.setCurrentIndex(dialog.medium.findData("vacuum"))
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr("spectragui.gui.passport.correct_dialog.CorrectDialog.exec", choose)
    buttons = {button.text(): button for button in window.panel("Axis passport").findChildren(QPushButton)}
    buttons["Correct…"].click()
    axis = window.session.state.selected.spectrum.spectral_axis
    assert axis.medium == "vacuum"
    assert axis.medium_source == "corrected by hand"
    assert np.array_equal(axis.values, before.values)
    window.trigger("edit.undo")
    assert window.session.state.selected.spectrum.spectral_axis is before


def test_corrected_unit_changes_what_the_numbers_stand_for():
    spectrum = make_spectrum()
    assert corrected(spectrum, Correction(unit="nm")).wavelength_aa[0] == pytest.approx(50000.0)


def test_conversion_moves_the_wavelengths():
    echelle = make_echelle(2)
    in_vacuum = converted(echelle, "vacuum", 30.0)
    for old, new in zip(echelle, in_vacuum, strict=True):
        shift = new.wavelength_aa / old.wavelength_aa - 1
        assert shift == pytest.approx(2.790e-4 - 30.0 / 299792.458, abs=3e-7)  # n - 1 of air at 5000 A
        assert new.spectral_axis.frame == "rest"


def test_command_palette_finds_and_triggers(window, qtbot):
    show(window.session, make_spectrum())
    window.trigger("help.search")
    window.activateWindow()
    found = window.search.completer().popup()
    assert found.isVisible() and found.geometry().right() <= window.frameGeometry().right()
    qtbot.keyClicks(window.search, "close spec")
    assert found.isVisible() and found.geometry().right() <= window.frameGeometry().right()
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not window.session.state.spectra)
    qtbot.waitUntil(lambda: window.search.text() == "")


def test_names_and_shortcuts_are_unique():
    names = [action.name for action in ACTIONS]
    keys = [key for action in ACTIONS for key in action.shortcuts]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("action", ["help.shortcuts", "help.about", "help.models"])
def test_help_opens(window, qtbot, action):
    window.trigger(action)
    dialog = next(child for child in window.findChildren(QDialog) if child.isVisible())
    dialog.close()


def test_every_control_has_an_accessible_name(window, qtbot):
    show(window.session, make_echelle())
    nameless = [
        widget
        for kind in (QAbstractButton, QLineEdit, QComboBox)
        for widget in window.findChildren(kind)
        if widget.isVisible()
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)().strip() or widget.toolTip())
        and not widget.objectName().startswith("qt_")
    ]
    assert not nameless


def test_no_scroll_bar_in_the_centre_at_1280_by_720(window, qtbot):
    window.resize(1280, 720)
    show(window.session, make_echelle())
    settle()
    assert window.width() == 1280
    assert window.height() == 720
    assert window.tabs.width() >= 640


def test_reset_layout_brings_a_closed_dock_back(window):
    show(window.session, make_spectrum())
    panel = window.panel("Spectra")
    assert isinstance(panel, SpectraPanel)
    dock = panel.parentWidget().parentWidget()
    dock.close()
    assert not panel.isVisible()
    window.trigger("view.reset_layout")
    assert panel.isVisible()


def test_layout_is_remembered(session, qtbot, tmp_path):
    add_readings(session, [Reading(("star.fits",), 0, make_spectrum(), 100.0)])
    for is_second in (False, True):
        window = build_window(session, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
        window.show()
        spectra, passport = (window.panel(name) for name in ("Spectra", "Axis passport"))
        assert spectra.isVisible() is not is_second
        assert passport.isVisible()
        if not is_second:
            spectra.parentWidget().parentWidget().close()
        window.close()
        window.deleteLater()


def test_a_remembered_layout_leaves_the_window_its_size(session, qtbot, tmp_path):
    """All docks of all tabs one below the other are higher than a small screen."""
    for _ in range(2):
        window = build_window(session, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
        window.resize(1200, 660)
        window.show()
        add_readings(session, [Reading(("star.fits",), 0, make_echelle(), 100.0)])
        settle()
        assert (window.width(), window.height()) == (1200, 660)
        window.show_panel("Pipeline")
        assert window.panel("Pipeline controls").isVisible()
        window.close()
        window.deleteLater()
        session.update(spectra=(), selected_id="")


def test_the_split_of_the_left_side_does_not_drift_from_start_to_start(session, qtbot, tmp_path):
    heights = []
    for _ in range(3):
        window = build_window(session, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
        window.resize(1280, 720)
        window.show()
        add_readings(session, [Reading(("star.fits",), 0, make_spectrum(), 100.0)])
        settle()
        heights.append([window.docks._docks[name].height() for name in ("Spectra", "Axis passport")])
        window.close()
        window.deleteLater()
        session.update(spectra=(), selected_id="")
    first, second, third = heights
    assert second == pytest.approx(first, abs=2) and third == pytest.approx(first, abs=2)


def test_log_can_be_seen_on_the_first_screen(window):
    window.session.notifications.failure(ReadError("sun.fits: empty."))
    window.show_panel("Log")
    assert window.panel("Log").isVisible()
    assert window.start_page.isVisible()
    assert not window.panel("Spectra").isVisible()
    show(window.session, make_spectrum())
    assert window.panel("Spectra").isVisible()
    assert window.panel("Log").isVisible()


def test_log_can_be_asked_for_before_there_are_results(window):
    show(window.session, make_spectrum())
    assert not window.panel("Log").isVisible()
    window.show_panel("Log")
    window.session.update(active_panel="Parameters")
    assert window.panel("Log").isVisible()


def test_undo_of_the_only_opening_returns_to_the_first_screen(window):
    show(window.session, make_spectrum())
    window.trigger("edit.undo")
    assert window.start_page.isVisible()
    window.trigger("edit.redo")
    assert not window.start_page.isVisible()


def test_unforeseen_exception_opens_a_dialog_and_the_window_goes_on(window, qtbot):
    window.session.notifications.unexpected(ZeroDivisionError("x"), doing="Testing")
    dialog = next(child for child in window.findChildren(QDialog) if child.isVisible())
    assert dialog.windowTitle() == "Something went wrong"
    dialog.close()
    show(window.session, make_spectrum())
    assert window.tabs.isVisible()


def test_a_message_moves_nothing_and_leaves_tabs_and_buttons_free(window, qtbot):
    show(window.session, make_spectrum())
    view = window.panel("View")
    qtbot.waitUntil(lambda: view.plot.isVisible() and view.bar.height() > 0, timeout=60_000)
    before = [(w.mapToGlobal(QPoint()), w.size()) for w in (window.tabs, view.bar, view.plot)]
    for number in range(3):
        window.session.notifications.failure(ReadError(f"{number}.fits: empty.", "Choose another. " * 20))
    bars = window.bars
    qtbot.waitUntil(
        lambda: bars.isVisible() and bars.height() >= bars.height_for(bars.width()), timeout=60_000
    )
    assert [(w.mapToGlobal(QPoint()), w.size()) for w in (window.tabs, view.bar, view.plot)] == before
    top = bars.mapToGlobal(QPoint()).y()
    assert top >= view.bar.mapToGlobal(QPoint(0, view.bar.height())).y()
    assert window.childAt(bars.mapTo(window, QPoint(40, bars.height() // 2))) is not view.plot
    window.resize(window.width() - 100, window.height())
    qtbot.waitUntil(lambda: bars.width() == bars.parentWidget().width(), timeout=60_000)


def test_foreseen_failure_stays_until_dismissed(window, qtbot):
    window.session.notifications.failure(ReadError("sun.fits: no wavelength found.", "Choose a column."))
    qtbot.waitUntil(window.bars.isVisible, timeout=60_000)
    window.panel("Log").show()
    assert "sun.fits" in window.panel("Log").tree.topLevelItem(0).text(1)
    window.panel("Log").hide()


def test_opened_spectrum_is_predicted_if_the_user_prefers_that(window, qtbot, monkeypatch):
    session = window.session
    row = make_row(model="optical-parameters", teff=5777.0)
    monkeypatch.setattr(
        predicting, "run_prediction", lambda _spectrum, _options, progress: prediction_from_row(row)
    )
    monkeypatch.setattr(predicting, "load_model", lambda _spectrum, _device, progress: None)
    session.changed.connect(lambda old, new: predicting.follow_opening(session, old, new))
    show(session, make_spectrum(), "a.fits")
    wait_idle(qtbot, session)
    assert not session.state.results
    session.update(settings=session.state.settings.replace(predict_on_open=True))
    item = show(session, make_spectrum(), "b.fits")
    wait_idle(qtbot, session)
    assert [result.spectrum_id for result in session.state.results] == [item.id]


def test_result_of_a_spectrum_that_was_closed_meanwhile_is_dropped(window, qtbot, monkeypatch):
    session = window.session
    row = make_row(model="optical-parameters", teff=5777.0)
    monkeypatch.setattr(
        predicting, "run_prediction", lambda _spectrum, _options, progress: prediction_from_row(row)
    )
    item = show(session, make_spectrum())
    predicting.predict(session, item.id)
    session.update(spectra=(), selected_id="")
    wait_idle(qtbot, session)
    assert not session.state.results


def test_theme_changes_live(window, qtbot):
    show(window.session, make_spectrum())
    with qtbot.waitSignal(window.session.theme.changed):
        window.trigger("view.theme.dark")
    assert window.session.state.settings.theme == "dark"
    window.trigger("view.theme.light")
