"""State, history and messages of the session."""

from __future__ import annotations

import threading
import time

from spectragui.core.errors import ReadError
from spectragui.gui.files.opening import add_readings
from spectragui.gui.files.reading import Reading
from spectragui.gui.session.settings import Settings
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.open_spectra import close_spectra, move_spectra, select_spectrum
from spectragui.inference.prediction import PredictOptions
from tests.gui.conftest import make_spectrum


def open_three(session):
    for name in "abc":
        add_readings(session, [Reading((f"{name}.fits",), 0, make_spectrum(object=name), 100.0)])
    return [item.id for item in session.state.spectra]


def names(session):
    return "".join(item.name for item in session.state.spectra)


def test_update_emits_old_and_new(session, qtbot):
    with qtbot.waitSignal(session.changed) as caught:
        session.update(active_panel="Parameters")
    old, new = caught.args
    assert (old.active_panel, new.active_panel) == ("View", "Parameters")
    assert old.spectra is new.spectra


def test_update_to_the_present_value_says_nothing(session, qtbot):
    with qtbot.assertNotEmitted(session.changed):
        session.update(active_panel=session.state.active_panel)


def test_undo_and_redo_are_one_entry_a_gesture(session):
    ids = open_three(session)
    move_spectra(session, [ids[2]], ids[0])
    assert names(session) == "cab"
    assert session.undo_text == "Move c"
    session.undo()
    assert names(session) == "abc"
    session.redo()
    assert names(session) == "cab"
    for _ in range(4):
        session.undo()
    assert names(session) == ""
    assert session.state.selected is None
    assert not session.undo_text


def test_drag_of_a_slider_is_one_entry(session):
    for resolving_power in (10e3, 20e3, 30e3):
        options = PredictOptions(resolving_power=resolving_power)
        session.update(undo="Change R", gesture="r-slider", options=options)
    session.undo()
    assert session.state.options.resolving_power is None
    session.redo()
    assert session.state.options.resolving_power == 30e3


def test_new_gesture_ends_what_could_be_redone(session):
    open_three(session)
    session.undo()
    add_readings(session, [Reading(("d.fits",), 0, make_spectrum(object="d"), 1.0)])
    assert not session.redo_text
    assert names(session) == "abd"


def test_undo_leaves_preferences_and_tab_alone(session):
    open_three(session)
    session.update(settings=Settings(theme="dark"), active_panel="Parameters")
    session.undo()
    assert session.state.settings.theme == "dark"
    assert session.state.active_panel == "Parameters"


def test_close_selects_a_neighbour_and_undo_brings_it_back(session):
    ids = open_three(session)
    close_spectra(session, [ids[2]])
    assert session.state.selected_id == ids[1]
    assert session.state.selected.is_visible
    session.undo()
    assert names(session) == "abc"


def test_opening_again_selects_what_is_open(session):
    ids = open_three(session)
    add_readings(session, [Reading(("a.fits",), 0, make_spectrum(object="a"), 100.0)])
    assert len(session.state.spectra) == 3
    assert session.state.selected_id == ids[0]


def test_a_few_files_given_together_are_all_drawn_of_many_only_the_first(session):
    def reading(name, index=0):
        return Reading((f"{name}.fits",), index, make_spectrum(object=name), 1.0)

    add_readings(session, [reading("a"), reading("b")])
    assert [item.name for item in session.state.visible_spectra] == ["a", "b"]
    close_spectra(session, [item.id for item in session.state.spectra])
    add_readings(session, [reading(name) for name in "cdefgh"])
    assert [item.name for item in session.state.visible_spectra] == ["c"]
    close_spectra(session, [item.id for item in session.state.spectra])
    add_readings(session, [reading("many", 0), reading("many", 1)])
    assert len(session.state.visible_spectra) == 1


def test_selecting_shows_one_spectrum_at_a_time_unless_several_are_checked(session):
    ids = open_three(session)
    assert [item.id for item in session.state.visible_spectra] == [ids[2]]
    select_spectrum(session, ids[0])
    assert [item.id for item in session.state.visible_spectra] == [ids[0]]


def test_failure_of_a_task_becomes_a_message(session, qtbot):
    with qtbot.waitSignal(session.notifications.added) as caught:
        session.run("read", fail_to_read, title="Opening")
    message = caught.args[0]
    assert (message.severity, message.text, message.hint) == ("failure", "x.fits: empty.", "Choose another.")


def fail_to_read(progress):
    raise ReadError("x.fits: empty.", "Choose another.")


def test_unforeseen_failure_keeps_details_for_the_log(session, qtbot):
    with qtbot.waitSignal(session.notifications.unexpected_raised) as caught:
        session.run("work", fail_badly, title="Working")
    assert "ZeroDivisionError" in caught.args[0].details
    assert "Working" in caught.args[0].text


def fail_badly(progress):
    return 1 / 0


def test_exception_in_any_thread_is_shown(session, qtbot):
    session.notifications.install_hooks()
    try:
        with qtbot.waitSignal(session.notifications.unexpected_raised):
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
    finally:
        session.notifications.remove_hooks()


def test_closing_the_session_stops_what_runs(session):
    session.run("endless", endless)
    session.close()  # waits for it, and it ends only since it is cancelled
    assert not session.tasks.active_jobs


def endless(progress):
    while True:
        time.sleep(0.01)
        progress(0.5)


def test_undo_and_redo_bring_back_what_a_gesture_selected(session):
    for number in range(2):
        item = OpenSpectrum(f"s{number}", (f"{number}.fits",), 0, make_spectrum())
        session.update(undo="Open", spectra=(*session.state.spectra, item), selected_id=item.id)
    for _ in range(2):
        session.undo()
    assert session.state.selected_id == ""
    for expected in ("s0", "s1"):
        session.redo()
        assert session.state.selected_id == expected
    session.undo()
    assert session.state.selected_id == "s0"
