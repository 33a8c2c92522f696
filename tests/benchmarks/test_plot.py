"""Repaints while panning: our plot, and matplotlib's QtAgg on the same curves.

CPU time of the process, which on an idle machine is the time that passes: a repaint has one thread.
"""

import statistics
import time

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum

WIDTH, HEIGHT = 1200, 700
N_REPAINTS = 60
PARTS = (1.0, 0.1, 0.01)  # of the range in view


def lines_and_noise(n_pixels, rng):
    flux = 1.0 + rng.normal(0, 0.01, n_pixels)
    for centre in rng.uniform(0, n_pixels, n_pixels // 60):
        first, last = max(int(centre) - 15, 0), int(centre) + 15
        pixels = np.arange(first, min(last, n_pixels))
        flux[pixels] -= rng.uniform(0, 0.7) * np.exp(-0.5 * ((pixels - centre) / 3) ** 2)
    return flux


@pytest.fixture(scope="module")
def echelle():
    rng = np.random.default_rng(1)
    orders = []
    for i in range(61):
        centre = 5200 * 1.0098**i
        axis = SpectralAxis(np.linspace(centre * 0.9925, centre * 1.0075, 4096))
        orders.append(Spectrum(axis, lines_and_noise(4096, rng), np.full(4096, 0.01)))
    return EchelleSpectrum(tuple(orders))


@pytest.fixture(scope="module")
def million():
    rng = np.random.default_rng(2)
    flux = lines_and_noise(1_000_000, rng)
    flux[rng.random(flux.size) < 0.02] = np.nan
    flux[400_000:420_000] = np.nan
    return Spectrum(SpectralAxis(np.linspace(4000, 7000, flux.size)), flux)


def pan_times(move, repaint):
    """Return milliseconds of repaints after moves to and fro."""
    times = []
    for i in range(N_REPAINTS):
        start = time.process_time()
        move(0.003 * (1 if i % 2 else -1) * (1 + i % 7))
        repaint()
        times.append(1e3 * (time.process_time() - start))
    return times


def our_times(qtbot, spectrum, part, marks=()):
    from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
    from spectragui.gui.theme.theme import Theme

    plot = SpectrumPlot(Theme("light"))
    qtbot.addWidget(plot)
    plot.resize(WIDTH, HEIGHT)
    plot.set_spectra([PlotSpectrum("a", spectrum, "star")])
    plot.show()
    plot.set_mark_rows(marks)
    left, right = plot.box.viewRange()[0]
    span, middle = part * (right - left), 0.5 * (left + right)
    plot.set_x_range(middle - span / 2, middle + span / 2)
    qtbot.wait(200)
    return pan_times(lambda step: plot.box.translateBy(x=step * span), plot.plot.viewport().repaint)


def matplotlib_times(qtbot, spectrum, part):
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasQTAgg(Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100))
    qtbot.addWidget(canvas)
    axes = canvas.figure.add_subplot()
    for order in spectrum.orders:
        axes.plot(order.wavelength_aa, order.flux, linewidth=0.8)
    left, right = axes.get_xlim()
    span, middle = part * (right - left), 0.5 * (left + right)
    limits = [middle - span / 2, middle + span / 2]
    canvas.resize(WIDTH, HEIGHT)
    canvas.show()
    qtbot.wait(200)

    def move(step):
        limits[:] = [limits[0] + step * span, limits[1] + step * span]
        axes.set_xlim(limits)

    def repaint():
        canvas.draw()
        canvas.repaint()

    return pan_times(move, repaint)[: N_REPAINTS // 3]


@pytest.mark.parametrize("part", PARTS)
def test_panning_61_orders(qtbot, report, echelle, part):
    ours = statistics.median(our_times(qtbot, echelle, part))
    marked = statistics.median(our_times(qtbot, echelle, part, ("star", "telluric", "sky")))
    theirs = statistics.median(matplotlib_times(qtbot, echelle, part))
    report(f"panning 61 orders x 4096, {part:.0%} in view", ours, "ms", 10, 4)
    report("  with marks of lines, tellurics and sky", marked, "ms", 10, 5)
    report("  matplotlib QtAgg takes longer by a factor of", theirs / ours, "", 10, 10)


@pytest.mark.parametrize("part", PARTS)
def test_panning_a_million_points(qtbot, report, million, part):
    ours = statistics.median(our_times(qtbot, million, part))
    report(f"panning 1M points with gaps, {part:.0%} in view", ours, "ms", 10, 5)


def test_decimating(report, million):
    from spectragui.gui.plots.decimate import decimate

    wavelength, flux = million.wavelength_aa, million.flux
    times = pan_times(lambda _: decimate(wavelength, flux, flux, 4000.0, 7000.0, WIDTH), lambda: None)
    report("decimating 1M points", statistics.median(times), "ms", 2, 0.8)


def test_moving_the_crosshair(qtbot, report, echelle):
    from PySide6.QtCore import QPointF

    from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
    from spectragui.gui.theme.theme import Theme

    plot = SpectrumPlot(Theme("light"))
    qtbot.addWidget(plot)
    plot.resize(WIDTH, HEIGHT)
    plot.set_spectra([PlotSpectrum("a", echelle, "star")])
    plot.show()
    qtbot.wait(200)
    times = []
    for i in range(N_REPAINTS):
        start = time.process_time()
        plot.pointer.move(QPointF(6000.0 + 3 * i, 0.8))
        plot.plot.viewport().repaint()
        times.append(1e3 * (time.process_time() - start))
    report("crosshair move, 61 orders", statistics.median(times), "ms", 10, 5)
