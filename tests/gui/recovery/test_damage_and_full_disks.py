"""Autosave waits for no job, damage in one kept session concerns no other, no home keeps the window shut."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading

import pytest

from spectragui.core.progress import Cancelled
from spectragui.core.results import make_row
from spectragui.gui.recovery.kept_session import FILES, RESULTS, read_session
from spectragui.gui.recovery.recovery import Recovery
from spectragui.gui.session.settings import Settings, read_settings, write_settings
from spectragui.gui.session.settings_keeper import SettingsKeeper
from spectragui.io.tables.results_store import ResultsStore
from tests.gui.conftest import make_spectrum

PATIENCE_MS = 60_000


def wait_for(event, progress):
    """Work until the event is set, as a long job that reports now and then."""
    while not event.wait(0.01):
        progress(0.5)
    raise Cancelled


def test_autosave_does_not_wait_for_long_jobs(session, qtbot, tmp_path):
    recovery = Recovery(session, tmp_path)
    ends = threading.Event()
    try:
        for key in ("one", "two", "three"):
            session.run(key, wait_for, ends)
        folder = next((tmp_path / "sessions").iterdir())
        session.update(results=(result_of(teff=5777.0),))
        qtbot.waitUntil(
            lambda: (folder / RESULTS).exists() and bool(read_session(folder).rows), timeout=PATIENCE_MS
        )
        assert {"one", "two", "three"} <= {job.key for job in session.tasks.active_jobs}
    finally:
        ends.set()
        recovery.end()


def result_of(**values):
    from spectragui.gui.recovery.stored_prediction import prediction_from_row
    from spectragui.gui.session.state import Result

    return Result("result-1", "", prediction_from_row(make_row(model="optical-parameters", **values)))


def left_session(home, name, *rows):
    """Make the folder of a session that a crash left."""
    folder = home / "sessions" / name
    folder.mkdir(parents=True)
    (folder / FILES).write_text("[]")
    store = ResultsStore(folder / RESULTS)
    for row in rows:
        store.add(make_row(model="optical-parameters", **row))
    store.close()
    return folder


def damage_row(folder, content):
    connection = sqlite3.connect(folder / RESULTS)
    with connection:
        connection.execute("INSERT INTO results (row) VALUES (?)", (content,))
    connection.close()


DAMAGED_ROWS = [
    "{", "[]", "5", '"text"', "null", b"\xff\xfe", '{"teff": "hot", "model": "m"}', '{"spectrum": [1]}',
    '{"flag_bad": Infinity}', "[" * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED_ROWS, ids=range(len(DAMAGED_ROWS)))
def test_a_damaged_row_hides_nothing_else(session, qtbot, tmp_path, content):
    damage_row(left_session(tmp_path, "a", {"teff": 5001.0}), content)
    left_session(tmp_path, "b", {"teff": 5002.0})
    assert offered_temperatures(session, qtbot, tmp_path) == [5001.0, 5002.0]
    assert not list((tmp_path / "sessions").glob("[ab]"))


def offered_temperatures(session, qtbot, home):
    recovery = Recovery(session, home)
    with qtbot.waitSignal(session.notifications.added) as caught:
        recovery.offer_last_session()
    caught.args[0].on_button()
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=PATIENCE_MS)
    recovery.end()
    return sorted(result.prediction.network["teff"] for result in session.state.results)


ODD_FILE = '[{"file": "x", "labels": [1], "options": 3, "spectra": "all"}]'
DAMAGED_FILES = {
    "files.json": ["{", "[5, null, {}]", ODD_FILE, "[" * 20_000],
    "chains.json": ['[{"files": 3, "index": "x", "chain": 1}]', "{}", "[1]"],
    "spectra.json": ['[{"kept": "../../../etc/passwd", "files": []}]', '[{"kept": "x", "files": 1}]', "\x00"],
    "measurements.json": ['[{"line": [], "ew": {}}]', "nonsense"],
    "results.sqlite": ["no database at all", ""],
}


@pytest.mark.parametrize(
    ("name", "content"), [(name, content) for name, contents in DAMAGED_FILES.items() for content in contents]
)
def test_a_damaged_file_of_one_session_hides_no_other(session, qtbot, tmp_path, name, content):
    damaged = left_session(tmp_path, "a")
    for beside in damaged.glob("results.sqlite-*"):
        beside.unlink()
    (damaged / name).write_text(content)
    left_session(tmp_path, "b", {"teff": 5002.0})
    assert offered_temperatures(session, qtbot, tmp_path) == [5002.0]


def test_what_could_not_be_read_is_not_thrown_away(session, qtbot, tmp_path):
    damaged = left_session(tmp_path, "a", {"teff": 5001.0})
    damage_row(damaged, "{")
    assert offered_temperatures(session, qtbot, tmp_path) == [5001.0]
    assert (tmp_path / "damaged" / "a" / RESULTS).exists()
    assert "damaged" in session.notifications.messages[-1].text


@pytest.fixture
def star(tmp_path):
    """Return a file with a small spectrum."""
    return write_star(tmp_path / "star.fits")


@pytest.fixture
def no_home(star, tmp_path, monkeypatch):
    """Let every folder that is kept in lie below a file: nothing can be written, not even by root."""
    stopper = tmp_path / "file"
    stopper.write_text("")
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(stopper / "home"))
    return stopper / "home"


def test_a_home_that_cannot_be_written_is_a_message(window, qtbot, star, no_home):
    from spectragui.gui.app import StartOptions, _begin

    session = window.session
    keeper = SettingsKeeper(no_home / "settings.toml")
    keeper.follow(session)
    _begin(window, StartOptions(files=(star,)))
    qtbot.waitUntil(lambda: bool(session.state.spectra), timeout=PATIENCE_MS)
    texts = [message.text for message in session.notifications.messages]
    assert sum("could not be survived" in text for text in texts) == 1
    session.update(settings=session.state.settings.replace(theme="dark"))
    session.update(settings=session.state.settings.replace(theme="light"))
    texts = [message.text for message in session.notifications.messages]
    assert sum("preferences are not kept" in text for text in texts) == 1
    assert not [
        message for message in session.notifications.messages if "Something went wrong" in message.text
    ]


def write_star(path):
    from spectragui.io.writers import write_spectrum

    write_spectrum(make_spectrum(file=""), path)
    return path


def test_damaged_settings_in_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    path = tmp_path / "settings.toml"
    path.write_text("theme = [[[")
    monkeypatch.setattr("pathlib.Path.replace", refuse)
    settings, complaint = read_settings(path)
    assert settings == Settings()
    assert "could not be put aside" in complaint


def refuse(*_arguments, **_keywords):
    raise PermissionError(13, "Permission denied")


def test_settings_below_a_file_are_said(tmp_path):
    from spectragui.core.errors import WriteError

    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError):
        write_settings(tmp_path / "file" / "settings.toml", Settings())


FULL_DISK = """
import json, resource, signal, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from PySide6.QtCore import QTimer
from spectragui.gui import app
begin = app._begin
def begin_and_look(window, options):
    begin(window, options)
    def look():
        if window.session.state.spectra:
            texts = [message.text for message in window.session.notifications.messages]
            print(json.dumps(texts), flush=True)
            window.close()
            app_instance().quit()
    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(50)
def app_instance():
    from PySide6.QtWidgets import QApplication
    return QApplication.instance()
app._begin = begin_and_look
from spectragui.cli.main import main
sys.argv = ["spectragui", sys.argv[1]]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
@pytest.mark.parametrize("settings", ["", "theme = ["])
def test_a_full_disk_opens_the_window_with_its_files(checkout, tmp_path, private_home, settings):
    star = write_star(tmp_path / "star.fits")
    if settings:
        (private_home / "config" / "spectragui").mkdir()
        (private_home / "config" / "spectragui" / "settings.toml").write_text(settings)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(star)],
        capture_output=True,
        text=True,
        cwd=checkout,
        timeout=300,
        check=False,
    )
    assert done.stdout, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert not [text for text in json.loads(done.stdout) if "Something went wrong" in text]
