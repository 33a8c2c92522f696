"""Many spectra at once: select several, predict them as one job, close, show, rename, filter, save; undo."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from spectragui.core.errors import ReadError
from spectragui.gui.files.opening import add_readings, open_files
from spectragui.gui.files.reading import Reading
from spectragui.gui.files.watching import start_watching
from spectragui.gui.forms.filter_field import CLEAR
from spectragui.gui.parameters import predicting
from spectragui.gui.recovery.kept_files import kept_files, open_kept
from spectragui.gui.spectra.combine_dialog import CoaddDialog
from spectragui.gui.spectra.open_spectra import (
    rename_spectrum,
    select_spectra,
    select_spectrum,
    show_spectrum,
)
from spectragui.gui.spectra.tree import ids_of
from spectragui.gui.spectra.tree_menu import tree_menu
from spectragui.io.read import read_files
from tests.gui.conftest import make_spectrum, write_fits
from tests.gui.files.test_import_assistant import wait_idle
from tests.gui.predictions import make_prediction, open_with


@pytest.fixture
def five(window):
    """Return the panel of a window in which five spectra are open, only the first drawn."""
    session = window.session
    open_with(session, make_spectrum(), *(None for _ in range(5)))
    spectra = tuple(item.replace(is_visible=item.id == "s0") for item in session.state.spectra)
    session.update(spectra=spectra)
    panel = window.panel("Spectra")
    panel.catch_up()
    return panel


def row_of(panel, spectrum_id):
    return panel._items()[spectrum_id]


def click(panel, spectrum_id, key=Qt.KeyboardModifier.NoModifier, button=Qt.MouseButton.LeftButton):
    panel.tree.scrollToItem(row_of(panel, spectrum_id))
    rect = panel.tree.visualItemRect(row_of(panel, spectrum_id))
    QTest.mouseClick(panel.tree.viewport(), button, key, QPoint(rect.right() - 20, rect.center().y()))


def selected_in_tree(panel):
    return sorted({one for row in panel.tree.selectedItems() for one in ids_of(row)})


def drawn(session):
    return [item.id for item in session.state.visible_spectra]


def test_the_tree_selects_several_and_draws_a_few(five, window):
    session = window.session
    click(five, "s1")
    assert (session.state.selected_ids, drawn(session)) == (("s1",), ["s1"])
    click(five, "s3", Qt.KeyboardModifier.ControlModifier)
    assert session.state.selected_ids == ("s1", "s3")
    assert session.state.selected_id == "s3"
    assert drawn(session) == ["s1", "s3"]
    click(five, "s4", Qt.KeyboardModifier.ShiftModifier)
    assert "s4" in session.state.selected_ids
    click(five, "s2")
    assert (session.state.selected_ids, drawn(session)) == (("s2",), ["s2"])
    five.tree.selectAll()
    assert session.state.selected_ids == ("s0", "s1", "s2", "s3", "s4")
    assert session.state.selected_id == "s2"
    select_spectrum(session, "s0")
    assert selected_in_tree(five) == ["s0"]
    select_spectra(session, ("s1", "s4"), "s4")
    assert selected_in_tree(five) == ["s1", "s4"]


def test_the_selection_of_the_tree_is_never_empty(five, window):
    click(five, "s1")
    click(five, "s1", Qt.KeyboardModifier.ControlModifier)
    assert selected_in_tree(five) == ["s1"]
    assert window.session.state.selected_id == "s1"


def test_boxes_that_the_user_checked_stay_and_the_selected_is_drawn(five, window):
    session = window.session
    show_spectrum(session, "s1", True)
    assert drawn(session) == ["s0", "s1"]
    select_spectrum(session, "s3")
    assert drawn(session) == ["s0", "s1", "s3"]
    select_spectrum(session, "s4")
    assert drawn(session) == ["s0", "s1", "s4"]  # s3 was drawn only because it was selected
    show_spectrum(session, "s4", False)
    show_spectrum(session, "s4", True)
    select_spectrum(session, "s3")
    assert drawn(session) == ["s0", "s1", "s3", "s4"]


def test_a_newly_opened_spectrum_is_drawn_and_the_view_goes_to_it(five, window):
    session = window.session
    show_spectrum(session, "s1", True)
    view = window.panel("View")
    view.catch_up()
    view.plot.set_x_range(5004.0, 5006.0)
    add_readings(session, [Reading(("far.fits",), 0, make_spectrum(start_aa=8000.0, object="far"), 50.0)])
    view.catch_up()
    assert [item.name for item in session.state.visible_spectra] == ["star 0", "star 1", "far"]
    left, right = view.plot.box.viewRange()[0]
    assert left >= 7999 and right <= 8021
    add_readings(session, [Reading(("near.fits",), 0, make_spectrum(object="near"), 50.0)])
    view.catch_up()
    assert [item.name for item in session.state.visible_spectra] == ["star 0", "star 1", "near"]
    left, right = view.plot.box.viewRange()[0]
    assert left >= 4999 and right <= 5021
    view.plot.set_x_range(5004.0, 5006.0)
    add_readings(session, [Reading(("too.fits",), 0, make_spectrum(object="too"), 50.0)])
    view.catch_up()
    assert view.plot.box.viewRange()[0] == pytest.approx([5004.0, 5006.0])  # it is in view already


def test_watched_arrivals_do_not_pile_up(window, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("spectragui.gui.files.watching.POLL_MS", 100)
    monkeypatch.setattr("spectragui.io.arrivals.SETTLED_S", 0.1)
    session, night = window.session, tmp_path / "night"
    night.mkdir()
    kept = [write_fits(tmp_path / f"kept{number}.fits") for number in range(2)]
    open_files(session, kept)
    wait_idle(qtbot, session)
    assert len(session.state.visible_spectra) == 2
    start_watching(session, night, predicts=False)
    for number in range(4):
        write_fits(night / f"{number}.fits")
        qtbot.waitUntil(lambda number=number: len(session.state.spectra) == 3 + number, timeout=60000)
        names = [item.file_name for item in session.state.visible_spectra]
        assert names == ["kept0.fits", "kept1.fits", f"{number}.fits"]
    session.update(watch=None)


class Gate:
    """Predictions that wait for one another's release, so that a test can look in between."""

    def __init__(self, monkeypatch, fails=()):
        self.begun, self.go_on = [], threading.Semaphore(0)
        self._fails = fails
        monkeypatch.setattr(predicting, "run_prediction", self)

    def __call__(self, spectrum, _options, progress):
        name = str(spectrum.meta["object"])
        self.begun.append(name)
        progress(0.5, "Fitting")
        while not self.go_on.acquire(timeout=0.01):
            progress(0.5, "Fitting")
        if name in self._fails:
            raise ReadError(f"{name} is damaged.", "Copy it again.")
        return make_prediction(name, 5000.0)


def test_predict_works_on_the_selection_as_one_job(five, window, qtbot, monkeypatch):
    session, gate, jobs = window.session, Gate(monkeypatch), []
    session.tasks.job_changed.connect(lambda job: jobs.append(job) if job.title else None)
    select_spectra(session, ("s0", "s2", "s4"), "s2")
    window.trigger("spectrum.predict")
    controls = window.panel("Parameters controls")
    controls.catch_up()
    for number in (1, 2):
        gate.go_on.release()
        qtbot.waitUntil(lambda number=number: len(session.state.results) == number, timeout=60000)
    assert {job.title for job in jobs} == {"Predicting 3 spectra"}
    assert len({job.number for job in jobs}) == 1
    gate.go_on.release()
    wait_idle(qtbot, session)
    assert [result.spectrum_id for result in session.state.results] == ["s0", "s2", "s4"]
    assert jobs[-1].status == "done"
    assert any(job.fraction >= 1 / 3 and job.message == "2 of 3, star 2: Fitting" for job in jobs)
    assert session.undo_text == "Predict 3 spectra"
    session.undo()
    assert session.state.results == ()


def test_cancel_keeps_what_is_done(five, window, qtbot, monkeypatch):
    session, gate = window.session, Gate(monkeypatch)
    five.tree.selectAll()
    window.trigger("spectrum.predict")
    for number in (1, 2):
        gate.go_on.release()
        qtbot.waitUntil(lambda number=number: len(session.state.results) == number, timeout=60000)
    window.panel("Parameters controls").cancel_button.click()
    wait_idle(qtbot, session)
    assert len(session.state.results) == 2
    assert len(gate.begun) <= 3
    messages = [message.text for message in session.notifications.messages]
    assert "Stopped: 2 of 5 spectra are predicted, and kept." in messages


def test_one_that_cannot_be_predicted_does_not_stop_the_others(five, window, qtbot, monkeypatch):
    session, gate = window.session, Gate(monkeypatch, fails=("star 1",))
    gate.go_on.release(5)
    five.tree.selectAll()
    window.trigger("spectrum.predict")
    wait_idle(qtbot, session)
    assert [result.spectrum_id for result in session.state.results] == ["s0", "s2", "s3", "s4"]
    (warning,) = [message for message in session.notifications.messages if message.severity == "warning"]
    assert warning.text == "1 of 5 spectra could not be predicted."
    assert "star 1: star 1 is damaged." in warning.hint


def test_what_is_closed_meanwhile_is_dropped_and_the_others_go_on(five, window, qtbot, monkeypatch):
    session, gate = window.session, Gate(monkeypatch)
    select_spectra(session, ("s0", "s1"), "s0")
    window.trigger("spectrum.predict")
    qtbot.waitUntil(lambda: bool(gate.begun), timeout=60000)
    select_spectrum(session, "s0")
    window.trigger("file.close")
    gate.go_on.release(2)
    wait_idle(qtbot, session)
    assert [result.spectrum_id for result in session.state.results] == ["s1"]


def test_options_about_the_selected_hold_for_no_other(five, window, qtbot, monkeypatch):
    session, seen = window.session, {}

    def run(spectrum, options, progress):
        seen[str(spectrum.meta["object"])] = options.resolving_power
        return make_prediction(str(spectrum.meta["object"]))

    monkeypatch.setattr(predicting, "run_prediction", run)
    select_spectra(session, ("s0", "s1"), "s0")
    options = predicting.PredictOptions(resolving_power=48000.0)
    session.update(options=options)
    predicting.predict_many(session, ("s0", "s1", "s2"))
    wait_idle(qtbot, session)
    assert seen == {"star 0": 48000.0, "star 1": 48000.0, "star 2": None}


def test_close_works_on_the_selection_and_close_all_can_be_undone(five, window):
    session = window.session
    select_spectra(session, ("s1", "s3"), "s3")
    window.trigger("file.close")
    assert [item.id for item in session.state.spectra] == ["s0", "s2", "s4"]
    assert session.state.selected_ids == (session.state.selected_id,) == ("s4",)
    assert "s4" in drawn(session)
    window.trigger("file.close_all")
    assert session.state.spectra == ()
    assert session.state.selected_ids == ()
    session.undo()
    assert [item.id for item in session.state.spectra] == ["s0", "s2", "s4"]
    session.undo()
    assert len(session.state.spectra) == 5
    assert session.state.selected_ids == ("s1", "s3")
    assert selected_in_tree(five) == ["s1", "s3"]


def test_delete_in_the_tree_closes_the_selected(five, window, qtbot):
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    select_spectra(window.session, ("s1", "s3"), "s3")
    five.tree.setFocus()
    QTest.keyClick(five.tree, Qt.Key.Key_Delete)
    assert [item.id for item in window.session.state.spectra] == ["s0", "s2", "s4"]


def test_show_only_can_be_undone(five, window):
    session = window.session
    show_spectrum(session, "s1", True)
    before = drawn(session)
    select_spectra(session, ("s2", "s3", "s4", "s0", "s1"), "s2")
    select_spectra(session, ("s2", "s3"), "s3")
    window.trigger("spectrum.show_only")
    assert drawn(session) == ["s2", "s3"]
    session.undo()
    assert set(before) <= set(drawn(session))


def test_the_context_menu_acts_on_the_selection(five, window):
    session = window.session
    select_spectra(session, ("s0", "s2"), "s0")
    menu = tree_menu(session, five)
    texts = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    assert texts[0] == "2 spectra"
    wanted = (
        "Predict",
        "Predict together",
        "Denoise",
        "Show only",
        "Co-add",
        "Chain",
        "Save",
        "Export",
        "Rename",
        "Close spec",
        "Close all",
    )
    assert len(texts) == 1 + len(wanted)
    assert all(text.startswith(word) for text, word in zip(texts[1:], wanted, strict=True)), texts
    chains = next(action.menu() for action in menu.actions() if action.text() == "Chain")
    next(action for action in chains.actions() if action.text() == "The one that suits each").trigger()
    assert set(session.state.chains) == {"s0", "s2"}
    assert session.undo_text == "Use suggested chains"
    session.undo()
    assert session.state.chains == {}
    next(action for action in chains.actions() if action.text() == "None").trigger()
    assert [chain.title for chain in session.state.chains.values()] == ["None", "None"]
    menu.deleteLater()


def test_co_adding_proposes_the_selection(five, window):
    select_spectra(window.session, ("s1", "s3", "s4"), "s1")
    dialog = CoaddDialog(window.session.state, None)
    assert [item.id for item in dialog.items] == ["s1", "s3", "s4"]
    dialog.deleteLater()


def test_several_are_saved_into_a_folder_and_nothing_is_written_over(
    five, window, qtbot, monkeypatch, tmp_path
):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    (tmp_path / "star_1.fits").write_bytes(b"mine")
    select_spectra(window.session, ("s0", "s1"), "s0")
    window.trigger("file.save_spectrum")
    wait_idle(qtbot, window.session)
    assert sorted(path.name for path in tmp_path.glob("*.fits")) == [
        "star_0.fits",
        "star_1.fits",
        "star_1_2.fits",
    ]
    assert (tmp_path / "star_1.fits").read_bytes() == b"mine"
    (again,) = read_files([tmp_path / "star_1_2.fits"])
    assert np.array_equal(again.flux, window.session.state.spectrum("s1").spectrum.flux)


def test_a_spectrum_is_renamed_in_the_tree_undone_and_kept(five, window, qtbot, tmp_path):
    session = window.session
    path = write_fits(tmp_path / "star.fits")
    open_files(session, [path])
    wait_idle(qtbot, session)
    item = session.state.selected
    window.trigger("spectrum.rename")
    editor = five.tree.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "my star")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.state.selected.name == "my star", timeout=30000)
    assert row_of(five, item.id).text(0) == "my star"
    assert session.state.selected.spectrum is item.spectrum
    assert session.undo_text == "Rename HD 1"
    session.undo()
    assert row_of(five, item.id).text(0) == "HD 1"
    session.redo()
    kept = kept_files([session.state.selected])
    session.update(spectra=(), selected_id="")
    open_kept(session, kept)
    wait_idle(qtbot, session)
    assert session.state.selected.name == "my star"
    rename_spectrum(session, session.state.selected_id, "  ")
    assert session.state.selected.name == "HD 1"


def test_the_filter_of_the_tree_takes_words_and_expressions(five, window, qtbot):
    session = window.session
    spectra = tuple(item.replace(snr=10.0 * number) for number, item in enumerate(session.state.spectra))
    session.update(spectra=spectra)

    def shown():
        return [one for one, row in five._items().items() if not row.isHidden()]

    five.filter_field.setText("star 3")
    assert shown() == ["s3"]
    five.filter_field.setText("snr >= 20 and not name == 'star 3'")
    assert shown() == ["s2", "s4"]
    five.filter_field.setText("snrr > 3")
    assert len(shown()) == 5
    assert "there is no column snrr; snr is one" in five.problem.text()
    five.filter_field.setText("nothing")
    assert five.empty.button.text() == CLEAR
    qtbot.mouseClick(five.empty.button, Qt.MouseButton.LeftButton)
    assert len(shown()) == 5 and five.problem.isHidden()


def test_typing_in_the_filter_of_the_tree_selects_nothing_and_hides_from_the_selection(five, window):
    session = window.session
    select_spectra(session, ("s0", "s1", "s2"), "s1")
    QTest.keyClicks(five.filter_field, "star 2")
    assert session.state.selected_id == "s1"
    assert session.state.selected_ids == ("s1", "s2")  # s0 is out of sight
    five.tree.selectAll()
    assert "s0" not in session.state.selected_ids
    select_spectrum(session, "s4")  # from the table, say: it is not left out in silence
    assert five.filter_field.text() == ""
    assert selected_in_tree(five) == ["s4"]


def test_a_file_of_several_spectra_selects_all_of_them(window):
    session = window.session
    readings = [Reading(("many.fits",), i, make_spectrum(object=f"m{i}"), 1.0) for i in range(3)]
    ids = add_readings(session, readings)
    panel = window.panel("Spectra")
    panel.catch_up()
    top = panel.tree.topLevelItem(0)
    panel.tree.setCurrentItem(top, 0, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    assert session.state.selected_ids == ids
