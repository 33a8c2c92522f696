"""The program as a process: pictures, scaling, crash and orderly end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from PySide6.QtGui import QImage

from tests.gui.conftest import write_fits

SPECTRAGUI = [sys.executable, "-m", "spectragui.cli.main"]


def run(arguments, checkout, **more):
    return subprocess.run(
        [*SPECTRAGUI, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=500,
        cwd=checkout,
        check=False,
        **more,
    )


@pytest.mark.parametrize(
    ("options", "size"),
    [((), (1280, 720)), (("--size", "1400x800", "--scale", "1.5", "--theme", "dark"), (2100, 1200))],
)
def test_picture_of_a_spectrum(checkout, tmp_path, fits_file, options, size):
    picture = tmp_path / "window.png"
    done = run([fits_file, "--screenshot", picture, *options], checkout)
    assert (done.returncode, done.stderr) == (0, "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == size


def test_picture_where_a_file_is_damaged_says_so(checkout, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  =")
    done = run([broken, "--screenshot", tmp_path / "window.png"], checkout)
    assert done.returncode == 1
    assert "broken.fits" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "window.png").exists()


def test_unknown_panel_is_said(checkout, tmp_path, fits_file):
    done = run([fits_file, "--panel", "Nonsense", "--screenshot", tmp_path / "window.png"], checkout)
    assert done.returncode == 1
    assert "Known: " in done.stderr


def test_picture_into_a_missing_folder_is_said(checkout, tmp_path):
    done = run(["--screenshot", tmp_path / "none" / "window.png"], checkout)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_picture_of_flux_of_no_size_is_drawn(checkout, tmp_path):
    table = tmp_path / "faint.csv"
    table.write_text("wavelength,flux\n" + "".join(f"{5000 + i / 10},{3 + i % 5}e-310\n" for i in range(80)))
    done = run([table, "--screenshot", tmp_path / "window.png"], checkout)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("method", ["paintEvent", "showEvent", "apply"])
def test_picture_with_an_exception_on_the_way_is_a_sentence_and_a_failure(
    checkout, tmp_path, fits_file, method
):
    """Whatever a panel raises while the picture is made; ``apply`` is called by a slot."""
    program = f"""
import sys
import spectragui.gui
from spectragui.gui.view.panel import ViewPanel
from spectragui.gui.session.guard import guard_class
def broken(self, *values):
    [][3]
ViewPanel.{method} = broken
guard_class(ViewPanel)
from spectragui.cli.main import main
sys.argv = ["spectragui", {str(fits_file)!r}, "--screenshot", {str(tmp_path / "window.png")!r}]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=checkout, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Something went wrong (IndexError)" in done.stderr


ENDED = """
import sys
from pathlib import Path
from shiboken6 import Shiboken
from spectragui.gui.app import StartOptions, start
assert start(StartOptions(screenshot=Path(sys.argv[1]))) == 0
from PySide6.QtWidgets import QApplication, QMainWindow
from spectragui.gui.theme.house_style import WheelGuard
print([type(w).__name__ for w in QApplication.allWidgets() if type(w).__module__.startswith("spectragui")])
print([Shiboken.ownedByPython(guard) for guard in QApplication.style().findChildren(WheelGuard)])
"""


def test_the_window_is_gone_before_the_binding_deletes_things_in_no_order(checkout, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ENDED, str(tmp_path / "window.png")],
        capture_output=True,
        text=True,
        timeout=500,
        cwd=checkout,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("[]\n[False]\n", "", 0)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_killed_window_leaves_its_session_and_an_ended_one_does_not(checkout, tmp_path, private_home):
    star = write_fits(tmp_path / "star.fits")
    sessions = private_home / "data" / "spectragui" / "sessions"
    # What the killed one left stays, to be offered until it is restored.
    killed = None
    for number, running in ((signal.SIGKILL, 1), (signal.SIGTERM, 2)):
        process = subprocess.Popen([*SPECTRAGUI, str(star)], cwd=checkout, stderr=subprocess.DEVNULL)
        try:
            wait_for_sessions(sessions, running)
            process.send_signal(number)
            process.wait(300)
        finally:
            process.kill()
        left = {folder.name for folder in sessions.glob("*")}
        killed = killed or left
        assert len(left) == 1
        assert left == killed


def wait_for_sessions(folder, number, timeout_s=300.0):
    """Wait until so many sessions are kept on disk."""
    end = time.monotonic() + timeout_s
    while len(list(folder.glob("*/files.json"))) != number:
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)
