"""What lies in a watched folder may be no file, of any name, and change as it likes: the good ones open."""

from __future__ import annotations

import os

import pytest

from spectragui.gui.files import watching
from spectragui.gui.files.watching import start_watching
from spectragui.gui.session.settings import Settings, read_settings, write_settings
from spectragui.io import arrivals
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
