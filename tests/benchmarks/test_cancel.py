"""How soon a prediction that is cancelled has stopped."""

import time

import pytest

from spectragui.core.package_data import bundled_examples


@pytest.mark.timeout(300)
def test_cancel_is_answered_soon(qtbot, report):
    from spectragui.gui.app import build_window
    from spectragui.gui.files.opening import open_files
    from spectragui.gui.session.session import Session
    from spectragui.gui.theme.theme import Theme

    session = Session(Theme("light"))
    window = build_window(session)
    qtbot.addWidget(window)
    window.show()

    def wait_idle():
        qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)

    open_files(session, [bundled_examples()[0].path])
    wait_idle()
    window.trigger("spectrum.predict")
    wait_idle()
    seconds = []
    for delay_ms in (50, 100, 200, 400, 800, 1600):
        window.trigger("spectrum.predict")
        qtbot.wait(delay_ms)
        start = time.perf_counter()
        window.trigger("spectrum.stop")
        wait_idle()
        seconds.append(time.perf_counter() - start)
    report("cancel of a prediction answered, slowest of 6", max(seconds), "s", 1, 0.2)
