"""Preferences and the session kept against a crash."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from spectragui.core.errors import SettingsError, WriteError
from spectragui.core.results import make_row
from spectragui.gui.recovery.kept_session import FILES, RESULTS, read_session
from spectragui.gui.recovery.recovery import Recovery
from spectragui.gui.recovery.stored_prediction import prediction_from_row
from spectragui.gui.session.settings import RECENT_FILES, Settings, read_settings, write_settings
from spectragui.gui.session.settings_keeper import SettingsKeeper
from spectragui.io.tables.results_store import ResultsStore


def test_round_trip_keeps_values_and_the_users_comments(tmp_path):
    path = tmp_path / "settings.toml"
    write_settings(path, Settings(theme="dark", recent_files=("a b.fits", "ü.fits")))
    path.write_text("# mine\n" + path.read_text())
    settings, complaint = read_settings(path)
    assert settings == Settings(theme="dark", recent_files=("a b.fits", "ü.fits"))
    assert not complaint
    write_settings(path, settings.replace(theme="light"))
    assert path.read_text().startswith("# mine")
    assert read_settings(path)[0].theme == "light"


def test_missing_file_gives_defaults(tmp_path):
    assert read_settings(tmp_path / "none.toml") == (Settings(), "")


def test_corrupt_file_is_kept_aside_and_said(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_bytes(b"theme = \xff\x00[[[")
    settings, complaint = read_settings(path)
    assert settings == Settings()
    assert "settings.toml.corrupt" in complaint
    assert (tmp_path / "settings.toml.corrupt").read_bytes().startswith(b"theme = \xff")


@pytest.mark.parametrize("line", ['theme = "purple"', "theme = 3", 'restore_session = "yes"'])
def test_value_that_is_not_allowed_is_said_and_the_rest_is_used(tmp_path, line):
    path = tmp_path / "settings.toml"
    path.write_text(line + "\npredict_on_open = true\n")
    settings, complaint = read_settings(path)
    assert settings == Settings(predict_on_open=True)
    assert line.split()[0] in complaint


def test_replace_checks():
    with pytest.raises(SettingsError):
        Settings().replace(theme="purple")


def test_recent_files_are_few_and_each_is_there_once():
    settings = Settings()
    for number in (*range(20), 5):
        settings = settings.with_recent_file(f"{number}.fits")
    assert len(settings.recent_files) == RECENT_FILES
    assert settings.recent_files[:2] == ("5.fits", "19.fits")


def test_read_only_folder_is_said(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(WriteError):
        write_settings(tmp_path / "settings.toml", Settings())


def test_two_windows_do_not_overwrite_one_another(session, tmp_path):
    path = tmp_path / "settings.toml"
    keeper = SettingsKeeper(path)
    keeper.follow(session)
    write_settings(path, Settings(predict_on_open=True))  # the other window
    session.update(settings=session.state.settings.replace(theme="dark"))
    assert read_settings(path)[0] == Settings(predict_on_open=True, theme="dark")


def test_session_of_a_killed_process_is_offered(session, qtbot, tmp_path):
    star = tmp_path / "star.fits"
    star.write_bytes(b"")
    folder = tmp_path / "sessions" / "dead"
    folder.mkdir(parents=True)
    code = (
        "import os, sys; from PySide6.QtCore import QLockFile; lock = QLockFile(sys.argv[1]);"
        "lock.setStaleLockTime(0); assert lock.tryLock(0); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder / "lock")], check=False).returncode == 9
    (folder / FILES).write_text(json.dumps([]))
    keep_row(folder, model="optical-parameters", teff=5777.0, e_teff=41.0)
    recovery = Recovery(session, tmp_path)
    with qtbot.waitSignal(session.notifications.added) as caught:
        recovery.offer_last_session()
    assert caught.args[0].hint == "1 result was kept."
    caught.args[0].on_button()
    assert session.state.results[0].prediction.network["teff"] == 5777.0
    assert not folder.exists()
    recovery.end()


def keep_row(folder, **values):
    """Write a row as a window that was killed left it."""
    store = ResultsStore(folder / RESULTS)
    store.add(make_row(**values))
    store.close()


def test_all_windows_of_a_power_cut_are_offered_until_they_are_restored(session, qtbot, tmp_path):
    for number in range(2):
        folder = tmp_path / "sessions" / f"dead{number}"
        folder.mkdir(parents=True)
        (folder / FILES).write_text(json.dumps([]))
        keep_row(folder, model="optical-parameters", teff=5000.0 + number)
    first = Recovery(session, tmp_path)
    first.offer_last_session()
    first.end()  # the offer was not taken
    second = Recovery(session, tmp_path)
    with qtbot.waitSignal(session.notifications.added) as caught:
        second.offer_last_session()
    assert caught.args[0].hint == "2 results were kept."
    caught.args[0].on_button()
    assert sorted(r.prediction.network["teff"] for r in session.state.results) == [5000.0, 5001.0]
    second.end()
    assert not list((tmp_path / "sessions").iterdir())


def test_session_of_a_living_window_is_left_alone(session, tmp_path, qtbot):
    other = Recovery(session, tmp_path)
    ours = Recovery(session, tmp_path)
    with qtbot.assertNotEmitted(session.notifications.added):
        ours.offer_last_session()
    ours.end()
    assert len(list((tmp_path / "sessions").iterdir())) == 1
    other.end()
    assert not list((tmp_path / "sessions").iterdir())


def test_results_are_on_disk_soon_after_they_came(session, qtbot, tmp_path):
    from spectragui.gui.session.state import Result

    recovery = Recovery(session, tmp_path)
    row = make_row(model="optical-parameters", object="Sun", teff=5777.0)
    session.update(results=(Result("result-1", "", prediction_from_row(row)),))
    folder = next((tmp_path / "sessions").iterdir())
    qtbot.waitUntil(lambda: (folder / RESULTS).exists(), timeout=3000)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs)
    assert read_session(folder).rows[0]["object"] == "Sun"
    recovery.end()
