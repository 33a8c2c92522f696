"""Watched folders and files that change on disk."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from spectragui.analysis.axis_conversion import BY_HAND, Correction, corrected
from spectragui.core.results import make_row
from spectragui.core.spectrum import orders_of
from spectragui.gui.files import file_changes, watching
from spectragui.gui.files.file_changes import reload_files
from spectragui.gui.files.opening import open_files
from spectragui.gui.files.watch_chip import WatchChip
from spectragui.gui.files.watch_folder import WatchFolderDialog
from spectragui.gui.files.watching import start_watching, stop_watching
from spectragui.gui.parameters import predicting
from spectragui.gui.recovery.stored_prediction import prediction_from_row
from spectragui.gui.shell.notification_bar import MessageBar
from spectragui.gui.spectra.correcting import change_spectrum
from spectragui.io import ReadOptions, arrivals
from tests.gui.conftest import make_spectrum, write_fits
from tests.gui.files.test_import_assistant import wait_idle
from tests.gui.top_windows import top_windows


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Let nobody wait for seconds."""
    monkeypatch.setattr(arrivals, "SETTLED_S", 0.15)
    monkeypatch.setattr(arrivals, "RETRY_S", 0.3)
    for module, name, value in (
        (watching, "POLL_MS", 200),
        (watching, "BUSY_POLL_MS", 60),
        (watching, "TOLD_MS", 20),
        (file_changes, "POLL_MS", 150),
        (file_changes, "SETTLE_MS", 80),
    ):
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def night(tmp_path):
    """Return an empty folder of a night."""
    folder = tmp_path / "night"
    folder.mkdir()
    return folder


def wait_for(qtbot, condition):
    qtbot.waitUntil(lambda: bool(condition()), timeout=60_000)


def names(session):
    return [item.file_name for item in session.state.spectra]


def test_new_files_open_as_they_arrive(window, qtbot, night):
    session = window.session
    write_fits(night / "old.fits")
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: window.findChild(watching.FolderWatcher)._listing is not None)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    assert not session.state.spectra
    chip = window.findChild(WatchChip)
    assert chip.isVisible()
    assert chip.text() == "Watching night: 0 new"
    write_fits(night / "a.fits")
    wait_for(qtbot, lambda: names(session) == ["a.fits"])
    write_fits(night / "b.fits", 6000.0)
    wait_for(qtbot, lambda: names(session) == ["a.fits", "b.fits"])
    assert session.state.selected.file_name == "b.fits"
    assert chip.text() == "Watching night: 2 new"
    stop_watching(session)
    assert not chip.isVisible()
    write_fits(night / "c.fits")
    qtbot.wait(500)
    assert names(session) == ["a.fits", "b.fits"]


def test_what_is_there_already_is_opened_if_wanted(window, qtbot, night):
    write_fits(night / "old.fits")
    start_watching(window.session, night, predicts=False, takes_present=True)
    wait_for(qtbot, lambda: names(window.session) == ["old.fits"])


def test_file_is_not_opened_before_it_is_complete(window, qtbot, night, tmp_path, monkeypatch):
    monkeypatch.setattr(arrivals, "SETTLED_S", 3.0)  # a busy machine pauses between the parts
    session = window.session
    content = write_fits(tmp_path / "whole.fits").read_bytes()
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    with (night / "slow.fits").open("wb") as stream:
        for part in np.array_split(np.frombuffer(content, "u1"), 6):
            stream.write(part.tobytes())
            stream.flush()
            qtbot.wait(70)
            assert not session.state.spectra
    wait_for(qtbot, lambda: names(session) == ["slow.fits"])
    assert session.state.watch.n_failed == 0


def test_file_as_long_as_its_headers_say_opens_without_the_long_wait(window, qtbot, night, monkeypatch):
    monkeypatch.setattr(arrivals, "SETTLED_S", 1000.0)
    monkeypatch.setattr(watching, "POLL_MS", 1_000_000)  # the system tells of it
    session = window.session
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    content = write_fits(night.parent / "whole.fits").read_bytes()
    with (night / "slow.fits").open("wb") as stream:
        for part in np.array_split(np.frombuffer(content, "u1"), 3):
            stream.write(part.tobytes())
            stream.flush()
            qtbot.wait(round(1500 * arrivals.WHOLE_S))  # longer than a whole file is waited for
            assert not session.state.spectra or stream.tell() == len(content)
    wait_for(qtbot, lambda: names(session) == ["slow.fits"])
    assert session.state.watch.n_failed == 0


def test_writing_that_pauses_is_waited_for(window, qtbot, night, tmp_path):
    session = window.session
    content = write_fits(tmp_path / "whole.fits").read_bytes()
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    (night / "paused.fits").write_bytes(content[:3000])
    qtbot.wait(350)  # longer than a complete file is waited for: it is truncated, and tried again
    (night / "paused.fits").write_bytes(content)
    wait_for(qtbot, lambda: names(session) == ["paused.fits"])
    assert session.state.watch.n_failed == 0


def test_unreadable_and_calibration_files_do_not_interrupt(window, qtbot, night, shared_data, monkeypatch):
    monkeypatch.setattr(arrivals, "PAUSE_FACTOR", 4.0)  # nobody is writing any of them
    session = window.session
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    (night / "broken.fits").write_bytes(b"SIMPLE  = T nonsense")
    (night / "notes.pdf").write_bytes(b"no spectrum")
    (night / "half.fits.part").write_bytes(b"SIMPLE")
    for path in (shared_data / "stars").glob("HARPS.2003*_[wb]*_A.fits"):
        shutil.copy(path, night)
    wait_for(qtbot, lambda: session.state.watch.n_failed == 1)
    qtbot.wait(300)
    assert session.state.watch.n_failed == 1
    assert not session.state.spectra
    assert not [bar for bar in window.findChildren(MessageBar) if bar.isVisible()]
    chip = window.findChild(WatchChip)
    assert chip.text() == "Watching night: 0 new, 1 not readable"
    menu = chip.menu_now()
    assert [action.text() for action in menu.actions()] == [
        "Stop watching",
        "Predict what arrives",
        "Show the 1 that could not be read…",
    ]
    menu.actions()[0].trigger()
    menu.deleteLater()
    assert session.state.watch is None


def test_folder_that_goes_away_and_comes_back(window, qtbot, night):
    session = window.session
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    night.rename(night.with_name("away"))
    wait_for(qtbot, lambda: session.state.watch.problem)
    assert window.findChild(WatchChip).text() == "Watching night: not reachable"
    assert sum(m.severity == "warning" for m in session.notifications.messages) == 1
    night.with_name("away").rename(night)
    wait_for(qtbot, lambda: not session.state.watch.problem)
    write_fits(night / "a.fits")
    wait_for(qtbot, lambda: names(session) == ["a.fits"])


def test_what_arrives_is_predicted_if_wanted(window, qtbot, night, monkeypatch):
    session = window.session
    row = make_row(model="optical-parameters", teff=5777.0)
    monkeypatch.setattr(
        predicting, "run_prediction", lambda _spectrum, _options, progress: prediction_from_row(row)
    )
    dialog = WatchFolderDialog(session, None)
    dialog.folder.setText(str(night))
    dialog.predicts.setChecked(True)
    dialog.accept()
    dialog.deleteLater()
    assert (session.state.settings.watch_folder, session.state.settings.watch_predicts) == (str(night), True)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    write_fits(night / "a.fits")
    wait_for(qtbot, lambda: len(session.state.results) == 1)
    assert session.state.results[0].spectrum_id == session.state.selected_id


def test_watching_a_missing_folder_is_refused_in_place(session, qtbot, tmp_path):
    dialog = WatchFolderDialog(session, None)
    qtbot.addWidget(dialog)
    dialog.folder.setText(str(tmp_path / "missing"))
    dialog.show()
    dialog.accept()
    assert dialog.isVisible()
    assert "There is no folder" in dialog.said.text()
    assert session.state.watch is None


def test_very_many_spectra_of_an_arriving_file_are_not_opened_unasked(write_coadd, window, qtbot, night):
    session = window.session
    start_watching(session, night, predicts=False)
    wait_for(qtbot, lambda: not session.tasks.active_jobs)
    write_coadd(night / "coadd.fits", 60)
    wait_for(qtbot, lambda: [m for m in session.notifications.messages if m.button == "Choose spectra…"])
    assert not session.state.spectra


def wait_for_states(qtbot, session):
    """Wait until it is known how every open file lies on disk."""
    window = next(one for one in top_windows() if getattr(one, "session", None) is session)
    states = window.findChild(file_changes.FileChanges)._states
    wait_for(qtbot, lambda: all(name in states for item in session.state.spectra for name in item.files))


def open_one(qtbot, session, path):
    open_files(session, [path])
    wait_for(qtbot, lambda: session.state.spectra)
    wait_for_states(qtbot, session)
    return session.state.selected


def change_on_disk(path, start_aa):
    path.unlink()
    write_fits(path, start_aa)
    os.utime(path, (1, 1))


def reload_bars(window):
    return [bar for bar in window.findChildren(MessageBar) if bar.isVisible() and bar.message.button]


def test_changed_file_offers_to_reload(window, qtbot, tmp_path):
    session = window.session
    path = write_fits(tmp_path / "star.fits")
    before = open_one(qtbot, session, path)
    change_spectrum(session, before.id, lambda s: corrected(s, Correction(medium="vacuum")), "Correct star")
    change_on_disk(path, 6000.0)
    wait_for(qtbot, lambda: reload_bars(window))
    (bar,) = reload_bars(window)
    assert bar.message.text == "star.fits has changed on disk."
    assert session.state.selected.spectrum.wavelength_aa[0] == pytest.approx(5000.0)
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: session.state.selected.spectrum.wavelength_aa[0] > 5999)
    item = session.state.selected
    assert item.id == before.id
    assert item.spectrum.spectral_axis.medium == "vacuum"
    assert item.spectrum.spectral_axis.medium_source == BY_HAND
    assert session.undo_text == "Reload star.fits"
    session.undo()
    assert session.state.selected.spectrum.wavelength_aa[0] == pytest.approx(5000.0)
    qtbot.wait(400)
    assert not reload_bars(window)


def test_file_that_is_gone_is_said_quietly_and_its_spectrum_stays(window, qtbot, tmp_path):
    session = window.session
    path = write_fits(tmp_path / "star.fits")
    open_one(qtbot, session, path)
    path.unlink()
    wait_for(qtbot, lambda: any("no longer there" in m.text for m in session.notifications.messages))
    assert names(session) == ["star.fits"]
    assert not window.bars.isVisible()


def test_reload_of_a_file_that_became_unreadable_loses_nothing(window, qtbot, tmp_path):
    session = window.session
    path = write_fits(tmp_path / "star.fits")
    before = open_one(qtbot, session, path)
    path.write_bytes(b"SIMPLE  = T nonsense")
    reload_files(session, [str(path)])
    wait_for(qtbot, lambda: any(m.severity == "failure" for m in session.notifications.messages))
    assert session.state.selected.spectrum is before.spectrum


def test_many_changed_files_are_one_offer(window, qtbot, tmp_path):
    session = window.session
    paths = [write_fits(tmp_path / f"{number}.fits") for number in range(6)]
    open_files(session, paths)
    wait_for(qtbot, lambda: len(session.state.spectra) == 6)
    wait_for_states(qtbot, session)
    for path in paths:
        change_on_disk(path, 6000.0)
    all_said = "6 open files have changed on disk."
    wait_for(qtbot, lambda: [m for m in session.notifications.messages if m.text == all_said])
    assert len([m for m in session.notifications.messages if m.button]) == 1
    (bar,) = reload_bars(window)
    assert bar.message.text == all_said
    qtbot.mouseClick(bar.findChild(QPushButton), Qt.MouseButton.LeftButton)
    wait_for(qtbot, lambda: all(s.spectrum.wavelength_aa[0] > 5999 for s in session.state.spectra))
    assert not reload_bars(window)


def test_files_that_change_one_after_another_are_one_offer_too(window, qtbot, tmp_path):
    session = window.session
    paths = [write_fits(tmp_path / f"{number}.fits") for number in range(3)]
    open_files(session, paths)
    wait_for(qtbot, lambda: len(session.state.spectra) == 3)
    said = ["0.fits has", "2 open files have", "3 open files have"]
    for path, words in zip(paths, said, strict=True):
        wait_for_states(qtbot, session)
        change_on_disk(path, 6000.0)
        wait_for(qtbot, lambda words=words: [b for b in reload_bars(window) if words in b.message.text])
        assert len(reload_bars(window)) == 1
    log = window.panel("Log")
    assert [log.tree.topLevelItem(i).text(1)[:17] for i in range(log.tree.topLevelItemCount())] == [said[-1]]
    reload_bars(window)[0].closer.click()
    assert not reload_bars(window)
    change_on_disk(paths[1], 7000.0)  # that offer was answered: this is another one
    os.utime(paths[1], (2, 2))
    wait_for(qtbot, lambda: reload_bars(window))
    assert reload_bars(window)[0].message.text == "1.fits has changed on disk."


def test_one_of_many_and_joined_arms_are_reloaded_as_they_were(
    write_coadd, session, qtbot, tmp_path, shared_data
):
    coadd = write_coadd(tmp_path / "coadd.fits", 6)
    arms = [shared_data / "stars" / "galah" / f"210115000101001{arm}.fits" for arm in (1, 3)]
    open_files(session, [coadd], ReadOptions(spectra=(3,)))
    open_files(session, arms)
    wait_for(qtbot, lambda: len(session.state.spectra) == 2)
    before = {item.id: item for item in session.state.spectra}
    reload_files(session, [str(coadd), str(arms[0])])
    wait_idle(qtbot, session)
    for item in session.state.spectra:
        old = before[item.id]
        assert item.spectrum is not old.spectrum
        assert item.spectrum.name == old.spectrum.name
        for new_order, old_order in zip(orders_of(item.spectrum), orders_of(old.spectrum), strict=True):
            assert np.array_equal(new_order.flux, old_order.flux, equal_nan=True)


def test_spectra_of_no_file_are_left_alone(session, qtbot):
    from spectragui.gui.session.state import OpenSpectrum

    item = OpenSpectrum("derived", ("derived",), 0, make_spectrum())
    session.update(spectra=(item,), selected_id="derived")
    reload_files(session, ["derived"])
    wait_idle(qtbot, session)
    assert session.state.selected is item


def test_stop_all_jobs_does_not_end_the_watch(window, qtbot, night, tmp_path):
    session = window.session
    path = write_fits(tmp_path / "open.fits")
    open_one(qtbot, session, path)
    start_watching(session, night, predicts=False)
    for _ in range(20):
        session.tasks.cancel_all()
        qtbot.wait(10)
    write_fits(night / "a.fits")
    wait_for(qtbot, lambda: "a.fits" in names(session))
    change_on_disk(path, 6000.0)
    wait_for(qtbot, lambda: reload_bars(window))
