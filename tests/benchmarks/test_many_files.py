"""How long the window is deaf while 300 files are opened at once."""

import time

from tests.gui.conftest import write_fits

N_FILES, PATIENCE_MS = 300, 60_000


def test_the_window_stays_alive_while_many_files_open(qtbot, report, tmp_path):
    """Its own time counts, not what other processes take of the machine."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from spectragui.gui.app import build_window, preparations
    from spectragui.gui.files.opening import open_files
    from spectragui.gui.session.session import Session
    from spectragui.gui.theme.theme import Theme

    content = write_fits(tmp_path / "star000.fits").read_bytes()
    for number in range(1, N_FILES):
        (tmp_path / f"star{number:03}.fits").write_bytes(content)
    session = Session(Theme("light"))
    window = build_window(session)
    qtbot.addWidget(window)
    window.show()
    for step in preparations(window):
        step()
        QApplication.processEvents()
    gaps, last, timer = [], [time.thread_time()], QTimer()

    def tick():
        now = time.thread_time()
        gaps.append(now - last[0])
        last[0] = now

    timer.setInterval(10)
    timer.timeout.connect(tick)
    timer.start()
    open_files(session, [tmp_path])
    tree = window.panel("Spectra").tree
    qtbot.waitUntil(lambda: tree.topLevelItemCount() == N_FILES, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=PATIENCE_MS)
    timer.stop()
    report(f"longest gap of a 10 ms timer, {N_FILES} files opened", 1e3 * max(gaps), "ms", 100, 100)
