"""What lies in a watched folder may be no file, of any name, and change as it likes: the good ones open."""

from __future__ import annotations

import os
import shutil

import pytest

from spectragui.gui.files import watching
from spectragui.gui.files.watching import start_watching
from spectragui.gui.session.settings import Settings, read_settings, write_settings
from spectragui.io import arrivals
from spectragui.io.reading import side_files
from tests.gui.conftest import write_fits

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")


def test_a_watched_folder_of_a_stranger(window, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(arrivals, "SETTLED_S", 0.15)
    for name, value in (("POLL_MS", 200), ("BUSY_POLL_MS", 60), ("TOLD_MS", 20)):
        monkeypatch.setattr(watching, name, value)
    session, night = window.session, tmp_path / "night"
    night.mkdir()
    start_watching(session, night, predicts=False)
    qtbot.waitUntil(lambda: window.findChild(watching.FolderWatcher)._listing is not None, timeout=60_000)
    os.mkfifo(night / "pipe.fits")
    os.symlink("loop.fits", night / "loop.fits")
    os.symlink("/dev/zero", night / "zero.fits")
    os.symlink("/proc/self/mem", night / "mem.fits")
    os.symlink(night, night / "folder.fits")
    (night / "folder2.fits").mkdir()
    content = write_fits(tmp_path / "star.fits").read_bytes()
    with (night / "sparse.fits").open("wb") as stream:
        stream.truncate(1 << 34)
    odd = [b"\x1b[2J\x07.fits", b"not utf8 \xff\xfe.fits", b"a\nb.fits", b"%n%s&<b>.fits"]
    odd.append("\u202egood.fits".encode())
    for name in odd:
        with open(os.path.join(os.fsencode(night), name), "wb") as stream:
            stream.write(content)
    with (night / "grows.fits").open("wb") as stream:
        stream.write(content[:5000])
    wanted = len(odd)
    qtbot.waitUntil(lambda: len(session.state.spectra) == wanted, timeout=60_000)
    with (night / "grows.fits").open("ab") as stream:
        stream.write(content[5000:])
    qtbot.waitUntil(lambda: len(session.state.spectra) == wanted + 1, timeout=60_000)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)
    assert not [m.text for m in session.notifications.messages if "fault of SpectraGUI" in m.text]
    assert not any("\x1b" in m.text or "\u202e" in m.text for m in session.notifications.messages)
    window.panel("Spectra").grab()


def test_a_name_that_is_no_utf_8_can_stand_in_the_settings(tmp_path):
    name = os.fsdecode(b"/data/not utf8 \xff\xfe.fits")
    write_settings(tmp_path / "settings.toml", Settings().replace(recent_files=(name, "/data/a.fits")))
    settings, complaint = read_settings(tmp_path / "settings.toml")
    assert not complaint and settings.recent_files[-1] == "/data/a.fits"


def test_a_folder_that_goes_and_comes_back_otherwise(window, qtbot, tmp_path, monkeypatch):
    """Renamed, deleted, replaced by a file, a pipe, a loop; files turned into folders: said, and gone on."""
    monkeypatch.setattr(arrivals, "SETTLED_S", 0.15)
    monkeypatch.setattr(arrivals, "RETRY_S", 0.2)
    for name, value in (("POLL_MS", 120), ("BUSY_POLL_MS", 60), ("TOLD_MS", 20)):
        monkeypatch.setattr(watching, name, value)
    session, night, away = window.session, tmp_path / "night", tmp_path / "away"
    night.mkdir()

    def wait(condition):
        qtbot.waitUntil(lambda: bool(condition()), timeout=60_000)

    def opened():
        return [item.file_name for item in session.state.spectra]

    start_watching(session, night, predicts=False)
    wait(lambda: window.findChild(watching.FolderWatcher)._listing is not None)
    write_fits(night / "a.fits")
    wait(lambda: opened() == ["a.fits"])
    night.rename(away)
    wait(lambda: "cannot be looked into" in session.state.watch.problem)
    write_fits(away / "b.fits")
    away.rename(night)
    wait(lambda: opened() == ["a.fits", "b.fits"] and not session.state.watch.problem)
    shutil.rmtree(night)
    for put, reason in (
        (lambda: night.write_text("a file"), "Not a directory"),
        (lambda: os.mkfifo(night), "Not a directory"),
        (lambda: night.symlink_to(night), "symbolic links"),
        (lambda: night.symlink_to("/dev/zero"), "Not a directory"),
    ):
        put()
        wait(lambda reason=reason: reason in session.state.watch.problem)
        night.unlink()
        wait(lambda: "No such file" in session.state.watch.problem)
    night.mkdir()
    wait(lambda: not session.state.watch.problem)
    (night / "a.fits").mkdir()  # which was a file
    (night / "b.fits").symlink_to("a.fits")
    write_fits(night / "c.fits")
    wait(lambda: opened() == ["a.fits", "b.fits", "c.fits"])
    (night / "c.fits").rename(night / "d.fits")  # the same, under another name
    wait(lambda: opened()[-1] == "d.fits")
    real = side_files.find_side_files

    def gone(paths):  # deleted between the listing and the reading
        paths = list(paths)
        for path in paths:
            if path.name == "e.fits":
                path.unlink()
        return real(paths)

    monkeypatch.setattr(side_files, "find_side_files", gone)
    write_fits(night / "e.fits")
    wait(lambda: not (night / "e.fits").exists())
    write_fits(night / "f.fits")
    wait(lambda: opened()[-1] == "f.fits")
    wait(lambda: not session.tasks.active_jobs)
    assert "e.fits" not in opened()
    said = [message.text for message in session.notifications.messages]
    assert not [text for text in said if "fault of SpectraGUI" in text or "went wrong" in text]
    assert (
        sum("cannot be looked into" in text for text in said) <= 6
    )  # once for each time, not with each look
