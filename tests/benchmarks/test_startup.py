"""From the start of the process to the empty window painted, and what was imported until then."""

import os
import statistics
import subprocess
import sys
import time

N_RUNS = 7
LATE = {
    "torch",
    "specutils",
    "scipy.signal",
    "scipy.optimize",
    "scipy.interpolate",
    "astropy.table",
    "matplotlib",
}

BARE_QT = """
import os, sys, time
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def event(self, event):
        done = super().event(event)
        if event.type() == QEvent.Type.UpdateRequest:
            print("PAINTED", time.time() - float(os.environ["STARTED"]), 0.0, flush=True)
            os._exit(0)
        return done
app = QApplication(sys.argv)
window = Window()
window.resize(1280, 720)
window.show()
app.exec()
"""

OUR_WINDOW = """
import os, resource, sys, time
import spectragui.gui.shell.main_window as module  # before Qt, as the program does
from PySide6.QtCore import QEvent
original = module.MainWindow.event
def event(self, event):
    done = original(self, event)
    if event.type() == QEvent.Type.UpdateRequest:
        used = resource.getrusage(resource.RUSAGE_SELF)
        passed = time.time() - float(os.environ["STARTED"])
        print("PAINTED", passed, used.ru_utime + used.ru_stime, *sys.modules, flush=True)
        os._exit(0)
    return done
module.MainWindow.event = event
from spectragui.cli.main import commands
commands(["--size", "1280x720"])
"""


def first_paint(program, checkout):
    """Return seconds until the window of a process is painted, those of the CPU, and what was imported."""
    environment = {**os.environ, "STARTED": repr(time.time()), "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's second start compiles nothing
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, cwd=checkout, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert "PAINTED" in done.stdout, done.stderr
    _, seconds, cpu_seconds, *modules = done.stdout.split()
    return float(seconds), float(cpu_seconds), set(modules)


def test_the_window_is_painted_early(checkout, report):
    bare = [first_paint(BARE_QT, checkout)[0] for _ in range(N_RUNS)]
    runs = [first_paint(OUR_WINDOW, checkout) for _ in range(N_RUNS)]
    ours = [run[0] for run in runs]
    assert not runs[-1][2] & LATE
    report("bare Qt window painted, warm, median", statistics.median(bare), "s")
    report("our window painted, warm, median", statistics.median(ours), "s", 0.8, 0.5)
    report("our window painted, warm, quickest", min(ours), "s")
    report("our window painted, least time of the CPU", min(run[1] for run in runs), "s")
    report("ours / bare", statistics.median(ours) / statistics.median(bare), "")
