"""From a move of a stage's slider to the repainted plot; and panning the Orders plot.

CPU time of the process, all threads together: on an idle machine no more than the time that passes.
"""

import statistics
import time

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.stage import STAGES

from .test_plot import HEIGHT, WIDTH, echelle, lines_and_noise, pan_times  # noqa: F401

N_PIXELS, N_ORDERS = 50_000, 12
N_MOVES = 15


def one_spectrum():
    rng = np.random.default_rng(3)
    axis = SpectralAxis(np.geomspace(4500.0, 6800.0, N_PIXELS), medium="air", frame="barycentric")
    return Spectrum(axis, lines_and_noise(N_PIXELS, rng), np.full(N_PIXELS, 0.01), meta={"object": "star"})


def some_orders():
    rng = np.random.default_rng(4)
    orders, n_pixels = [], N_PIXELS // N_ORDERS
    for i in range(N_ORDERS):
        centre = 5000.0 * 1.0128**i
        axis = SpectralAxis(np.linspace(centre * 0.9925, centre * 1.0075, n_pixels), medium="air")
        orders.append(Spectrum(axis, lines_and_noise(n_pixels, rng), np.full(n_pixels, 0.01)))
    return EchelleSpectrum(tuple(orders), {"object": "star"})


@pytest.fixture
def window(qtbot):
    from spectragui.gui.app import build_window
    from spectragui.gui.session.session import Session
    from spectragui.gui.theme.theme import Theme

    session = Session(Theme("light"))
    window = build_window(session)
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    return window


def open_with(qtbot, window, spectrum, stage):
    from spectragui.gui.pipeline import edits
    from spectragui.gui.session.state import OpenSpectrum
    from spectragui.preprocessing.chain import Chain

    session = window.session
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, spectrum),), selected_id="a")
    window.show_panel("Pipeline")
    edits.set_chain(session, Chain.of(stage), "Use")
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)


def sliders_of(window):
    form = window.panel("Pipeline controls").form
    return [e.control.slider for e in form.editors.values() if hasattr(e.control, "slider")]


@pytest.mark.parametrize("name", STAGES.names())
def test_slider_to_repaint(qtbot, report, window, name):
    from spectragui.gui.pipeline.shown import is_settled, shown_chain, shown_run

    session = window.session
    open_with(qtbot, window, some_orders() if name == "stitch" else one_spectrum(), STAGES.get(name)())
    sliders = sliders_of(window)
    if not sliders:
        pytest.skip(f"the stage {name} has no slider")
    plot = window.panel("Pipeline").plot
    cpu, wall = [], []
    for i in range(N_MOVES):
        start = time.process_time(), time.perf_counter()
        sliders[0].setValue(400 + 83 * i % 1200)
        state = session.state
        while not is_settled(shown_chain(state), shown_run(state)):
            qtbot.wait(1)
            state = session.state
        for part in (plot.plot, plot.after, plot.removed, plot.residual, plot.weights):
            if part.isVisible():
                part.viewport().repaint()
        cpu.append(1e3 * (time.process_time() - start[0]))
        wall.append(1e3 * (time.perf_counter() - start[1]))
    report(f"{name}: slider to repaint, {N_PIXELS} pixels, median", statistics.median(cpu), "ms", 100, 33)
    report("  as time passed on this machine", statistics.median(wall), "ms")


def matplotlib_panels(qtbot, spectrum, result, part):
    """Return milliseconds of repaints of the same curves in four linked axes of matplotlib."""
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasQTAgg(Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100))
    qtbot.addWidget(canvas)
    axes = canvas.figure.subplots(4, 1, sharex=True)
    for order in spectrum.orders:
        axes[0].plot(order.wavelength_aa, order.flux, linewidth=0.8)
    axes[1].plot(result.spectrum.wavelength_aa, result.spectrum.flux, linewidth=0.8)
    for curve in result.curves:
        panel = axes[2 if curve.role == "weight" else 3]
        panel.plot(curve.wavelength_aa, curve.values, linewidth=0.8)
    left, right = axes[0].get_xlim()
    span, middle = part * (right - left), 0.5 * (left + right)
    limits = [middle - span / 2, middle + span / 2]
    canvas.resize(WIDTH, HEIGHT)
    canvas.show()
    qtbot.wait(200)

    def move(step):
        limits[:] = [limits[0] + step * span, limits[1] + step * span]
        axes[0].set_xlim(limits)

    def repaint():
        canvas.draw()
        canvas.repaint()

    return pan_times(move, repaint)[:20]


@pytest.mark.parametrize("part", [1.0, 0.1])
def test_panning_the_orders(qtbot, report, echelle, part):  # noqa: F811
    from spectragui.gui.orders.drawn_orders import OrdersView
    from spectragui.gui.orders.plot import OrdersPlot
    from spectragui.gui.theme.theme import Theme

    result = STAGES.get("stitch")().run(echelle)
    plot = OrdersPlot(Theme("light"))
    qtbot.addWidget(plot)
    plot.resize(WIDTH, HEIGHT)
    plot.show()
    plot.set_view(OrdersView("a", echelle, result, is_editable=True))
    left, right = plot.box.viewRange()[0]
    span, middle = part * (right - left), 0.5 * (left + right)
    plot.set_x_range(middle - span / 2, middle + span / 2)
    qtbot.wait(300)
    shown = [p for p in (plot.plot, plot.stitched, plot.weights, plot.residual) if p.isVisible()]

    def repaint():
        for one in shown:
            one.viewport().repaint()

    ours = statistics.median(pan_times(lambda step: plot.box.translateBy(x=step * span), repaint))
    first = pan_times(lambda step: plot.box.translateBy(x=step * span), plot.plot.viewport().repaint)
    theirs = statistics.median(matplotlib_panels(qtbot, echelle, result, part))
    report(f"panning the orders alone, {part:.0%} in view", statistics.median(first), "ms", 10, 4)
    report(f"panning orders, stitched, weights, residual, {part:.0%} in view", ours, "ms", 10, 4)
    report("  matplotlib QtAgg, the same four plots: longer by a factor of", theirs / ours, "", 10, 10)


@pytest.mark.parametrize("n_seconds", [3.0])
def test_the_window_stays_alive_under_a_slider(qtbot, report, window, n_seconds):
    from PySide6.QtCore import QElapsedTimer, QTimer

    open_with(qtbot, window, some_orders(), STAGES.get("continuum")())
    slider = sliders_of(window)[0]
    gaps, clock, timer = [], QElapsedTimer(), QTimer()
    timer.setInterval(10)
    timer.timeout.connect(lambda: gaps.append(clock.restart()))
    clock.start()
    timer.start()
    stop, values = time.perf_counter() + n_seconds, 0
    while time.perf_counter() < stop:
        slider.setValue(400 + 37 * values % 1200)
        values += 1
        qtbot.wait(10)
    timer.stop()
    qtbot.waitUntil(lambda: not window.session.tasks.active_jobs, timeout=60_000)
    report(f"longest gap of a 10 ms timer while a slider moves for {n_seconds:g} s", max(gaps), "ms", 100, 50)
