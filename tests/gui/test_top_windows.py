"""Qt's list of windows is read while windows wait to be collected as garbage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from tests.gui.top_windows import top_windows

app = QApplication(["-platform", "offscreen"])
gc.disable()
for _ in range(60):
    made = []
    for _ in range(30):
        box, window = QComboBox(), QWidget()
        box.view()  # has a window of its own, which Python does not know yet
        box.itself, window.itself = box, window
        made += [box, window]
    gc.collect(0)  # counts from 0: the next collection comes in the middle of the list
    del box, window, made
    gc.set_threshold(15, 0, 0)
    gc.enable()
    top_windows()
    gc.disable()
print("alive")
"""


def test_garbage_among_windows_does_not_kill_the_process(tmp_path):
    program = tmp_path / "windows.py"
    program.write_text(PROGRAM)
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, env=here)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr
