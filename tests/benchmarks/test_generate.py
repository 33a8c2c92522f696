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


def test_fit_of_five_million_pixels(tmp_path, report):
    """CPU time of this process; pixels so fine are joined first."""
    import numpy as np

    from spectragui.cli.main import commands
    from spectragui.core.spectral_axis import SpectralAxis
    from spectragui.core.spectrum import Spectrum
    from spectragui.inference.opened_model import open_model
    from spectragui.io.writers import write_spectrum
    from spectragui.simulation.broadening import broaden

    emulator = open_model("optical-parameters").emulator
    point = {"teff": 5800.0, "logg": 4.3, "m_h": -0.1, "alpha_m": 0.05, "vmic": 1.1}
    flux = np.asarray(emulator.normalised_flux([[point[name] for name in emulator.label_names]]))[0]
    flux = broaden(flux, emulator.dv_kms, vsini_kms=5.0, resolving_power=60_000.0)
    wavelength = np.linspace(4440.0, 5410.0, 5_000_000)
    flux = np.interp(wavelength, emulator.wavelength_aa, flux, left=1.0, right=1.0)
    flux += np.random.default_rng(5).normal(0.0, 0.02, flux.size)
    file = tmp_path / "fine.fits"
    axis = SpectralAxis(wavelength, medium="air", frame="barycentric")
    write_spectrum(Spectrum(axis, flux, np.full(flux.size, 0.02)), file)
    start = time.process_time()
    commands(
        ["generate", "--fit", str(file), "--teff", "5200", "--logg", "4", "--m-h", "-0.3"],
        standalone_mode=False,
    )
    report("fit of labels to 5 million pixels, CPU", time.process_time() - start, "s", 10, 5)
