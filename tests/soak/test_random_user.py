"""Ten thousand steps of a random user: no exception, no thread left, no memory that grows."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import spectragui.gui.features  # noqa: F401 - registers panels and actions
from spectragui.core.package_data import bundled_examples
from spectragui.gui.parameters.predicting import follow_opening
from spectragui.gui.recovery.recovery import Recovery
from spectragui.gui.session.closed_spectra import DELAY_MS
from spectragui.gui.session.session import Session
from spectragui.gui.shell.main_window import MainWindow
from spectragui.gui.spectra.open_spectra import close_spectra
from spectragui.gui.theme.theme import Theme
from spectragui.workers.memory import keep_memory_together
from tests.gui.random_user import RandomUser, answer_file_dialogs, resident_mib

SEED, STEPS = 20261130, 10_000
MOST_GROWTH = 0.05
REAL = (
    "formats/arces_multispec_hr5191.fits",
    "formats/apVisit-r13-5095-55844-128.fits",
    "formats/desi_coadd.fits",
    "formats/lamost_spec-55862-B6212_sp06-003.fits",
    "formats/hpf_goldilocks_a0v.fits",
    "formats/xshooter_vis.csv",
    "stars/harps_hd17051.fits",
    "stars/galah/2101150001010011.fits",
    "stars/mike_hd122563.fits",
    "stars/tres_gj699_multispec.fits",
)


@pytest.mark.timeout(6 * 3600)
@pytest.mark.no_qt_log  # the records of ten thousand steps would grow
def test_ten_thousand_steps(qtbot, tmp_path, monkeypatch, shared_data: Path, capsys):
    keep_memory_together()  # as the program does at its start
    threads = set(threading.enumerate())
    session = Session(Theme("light"))
    session.changed.connect(lambda old, new: follow_opening(session, old, new))
    Recovery(session, tmp_path / "kept")
    window = MainWindow(session)
    window.resize(1280, 720)
    window.show()
    files = [example.path for example in bundled_examples()] + [shared_data / name for name in REAL]
    user = RandomUser(window, files, tmp_path, SEED)
    answer_file_dialogs(user, monkeypatch.setattr)
    unexpected = []
    session.notifications.unexpected_raised.connect(unexpected.append)
    sizes, counts = [], []
    start = time.monotonic()
    try:
        for number in range(1, STEPS + 1):
            user.step()
            assert not unexpected, f"{unexpected[0].details} at step {number} after {user.steps[-5:]}"
            if number % (STEPS // 10) == 0:
                sizes.append(_size_with_nothing_open(user, session))
                counts.append(len(threading.enumerate()))
                with capsys.disabled():
                    done = f"{number} steps, {time.monotonic() - start:.0f} s"
                    size = f"{sizes[-1]:.0f} MiB ({_own_mib():.0f} in no file)"
                    print(f"\n  {done}: {size}, {counts[-1]} threads", end="", flush=True)
    finally:
        user.end()
        window.close()
    QApplication.processEvents()
    left = [
        thread.name for thread in set(threading.enumerate()) - threads if thread.name.startswith("spectragui")
    ]
    assert not left
    assert counts[-1] <= counts[4] + 1
    assert sizes[-1] < (1.0 + MOST_GROWTH) * sizes[4]


def _size_with_nothing_open(user: RandomUser, session: Session) -> float:
    user.wait_idle()
    close_spectra(session, [item.id for item in session.state.spectra])
    QTest.qWait(2 * DELAY_MS)  # what was closed goes then
    user.wait_idle()
    return resident_mib()


def _own_mib() -> float:
    """Return what of it no file holds: pages of libraries come and go as the system likes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024.0
