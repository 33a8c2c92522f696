"""The virtual screen of the tests: where it is missing, and that it never outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.gui.x_screen import XScreen, require_screen

OWNER = """
import sys, time
from pathlib import Path
from tests.gui.x_screen import XScreen
screen = XScreen(Path(sys.argv[1]))
print(screen.display, *screen.pids, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_missing_screen_is_a_failure_in_ci_and_a_reason_elsewhere(monkeypatch, tmp_path, ci, outcome):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="Xvfb, openbox, xdotool"):
        require_screen()


def test_two_screens_have_displays_of_their_own(x_screen: XScreen, tmp_path: Path) -> None:
    other = XScreen(tmp_path)
    try:
        assert other.display != x_screen.display
    finally:
        other.close()


def test_a_screen_ends_with_the_process_that_made_it(checkout: Path, tmp_path: Path) -> None:
    require_screen()
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], cwd=checkout, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pids = [int(word) for word in owner.stdout.readline().split()[1:]]
    assert len(pids) == 2 and all(map(_is_alive, pids))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    while any(map(_is_alive, pids)):  # pytest's own limit ends the wait
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (ProcessLookupError, FileNotFoundError):
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"
