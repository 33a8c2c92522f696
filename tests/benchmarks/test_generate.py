"""Generate: from the move of a slider to the repainted plot, and whether the window stays awake."""

import statistics
import time

import pytest
from PySide6.QtCore import QElapsedTimer, QTimer

N_MOVES = 60


@pytest.fixture
def page(qtbot):
    from spectragui.gui.app import build_window
    from spectragui.gui.session.session import Session
    from spectragui.gui.theme.theme import Theme

    session = Session(Theme("light"))
    window = build_window(session)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.show_panel("Generate")
    centre = window.panel("Generate")
    qtbot.waitUntil(lambda: centre.is_settled, timeout=20_000)
    return session, centre, window.panel("Generate controls")


def open_example(qtbot, session, centre, controls):
    from spectragui.core.package_data import bundled_examples
    from spectragui.gui.files.opening import open_files

    open_files(session, [bundled_examples()[0].path])
    qtbot.waitUntil(lambda: bool(session.state.spectra), timeout=20_000)
    session.update(active_panel="Generate")
    controls.over.click()
    qtbot.waitUntil(lambda: centre.plot.picture.overlay is not None, timeout=20_000)
    qtbot.waitUntil(lambda: centre.is_settled, timeout=20_000)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", ["alone", "over an observed spectrum", "both models"])
def test_slider_to_repaint(qtbot, report, page, case):
    session, centre, controls = page
    if case == "over an observed spectrum":
        open_example(qtbot, session, centre, controls)
    if case == "both models":
        controls.modes.activated.emit(3)
        qtbot.waitUntil(lambda: centre.is_settled, timeout=20_000)
    viewport = centre.plot.plot.viewport()
    slider, times = controls.rows.sliders["teff"].slider, []
    for step in range(N_MOVES):
        shown = centre.plot.picture
        start = time.perf_counter()
        slider.setValue(500 + 13 * step)
        while centre.plot.picture is shown:
            qtbot.wait(1)
        viewport.repaint()
        times.append(1e3 * (time.perf_counter() - start))
    times.sort()
    report(f"slider to repaint, {case}, p50", statistics.median(times), "ms", 33, 16)
    report(f"slider to repaint, {case}, p95", times[int(0.95 * N_MOVES)], "ms", 60, 33)


@pytest.mark.timeout(300)
def test_sliders_moved_without_pause_for_10_s(qtbot, report, page):
    _, _, controls = page
    gaps, clock, timer = [], QElapsedTimer(), QTimer()
    timer.setInterval(10)
    timer.timeout.connect(lambda: gaps.append(clock.restart()))
    sliders = [controls.rows.sliders[name].slider for name in ("teff", "logg", "m_h", "vsini")]
    clock.start()
    timer.start()
    end, step = time.monotonic() + 10.0, 0
    while time.monotonic() < end:
        sliders[step // 100 % 4].setValue(600 + 7 * (step % 100))
        step += 1
        qtbot.wait(8)
    timer.stop()
    report("longest gap of a 10 ms timer, sliders moved for 10 s", max(gaps), "ms", 100, 50)
