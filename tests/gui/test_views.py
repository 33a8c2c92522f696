"""What a view shows: velocities about a line, room above the curves, labels, the curve that is pointed at."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from spectragui.gui.plots.curve_labels import CurveLabels
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.view.panel import ABOUT_LINE_KMS, ViewPanel
from tests.gui.conftest import make_spectrum


@pytest.fixture
def plot(qtbot, theme):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(900, 500)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


@pytest.fixture
def panel(qtbot, session):
    panel = ViewPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    spectrum = make_spectrum(6000, 5000.0)
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, spectrum),), selected_id="a")
    return panel


def items(*names):
    roles = ("observed", "second", "denoised", "residual")
    first = make_spectrum(400)
    spectra = [first.replace(flux=first.flux * (1.0 + 0.3 * i)) for i in range(len(names))]
    return [PlotSpectrum(n, s, n, r) for n, s, r in zip(names, spectra, roles, strict=False)]


def test_a_click_on_a_lines_name_shows_the_line(panel):
    panel.plot.marks.mark_clicked.emit("Mg I b1", 5185.048)
    left, right = panel.plot.box.viewRange()[0]
    assert (left, right) == pytest.approx((-ABOUT_LINE_KMS, ABOUT_LINE_KMS))
    assert panel.plot.unit.name == "velocity"
    panel.units.activated.emit(panel.units.findData("Angstrom"))
    left, right = panel.plot.box.viewRange()[0]
    assert 5170 < left < right < 5200


def test_there_is_no_more_room_above_a_curve_than_a_label_needs(plot, qtbot):
    plot.set_spectra(items("a"))
    for height in (300, 500, 900):
        plot.resize(900, height)
        qtbot.waitUntil(lambda height=height: plot.height() == height)
        qtbot.wait(1)
        bottom, top = plot.box.viewRange()[1]
        flux = plot.curves[0].lanes[0].good
        pixels = (top - np.nanmax(flux)) / (top - bottom) * plot.box.height()
        assert 20 < pixels < 0.05 * plot.box.height() + 30


def test_hover_marks_the_curve_and_leaves_its_colour(plot, theme):
    plot.set_spectra(items("a", "b"))
    key, role = plot.curves[-1].key, plot.curves[-1].role
    plot.pointer.move(QPointF(5010.0, float(plot.curves[-1].lanes[0].good[200])))
    assert plot.curves_item._highlight is None
    assert plot.pointer._dot.isVisible()
    assert plot.pointer._dot.brush().color() == theme.color(role)
    assert plot.labels._emphasis == key
    plot.pointer.move(None)
    assert not plot.pointer._dot.isVisible() and plot.labels._emphasis == ""


def test_labels_never_collide(plot, qtbot):
    plot.set_spectra(items("first", "second", "third", "fourth"))
    for limits in ((5000, 5020), (5009.9, 5010.1), (5000, 5001)):
        plot.set_x_range(*limits)
        plot.labels.arrange()
        rects = [label.rect for label in plot.labels.placed]
        assert not any(a.intersects(b) for a, b in itertools.combinations(rects, 2))


def test_labels_vanish_with_their_curve(plot):
    plot.set_spectra(items("first", "second"))
    plot.labels.arrange()
    assert {label.text for label in plot.labels.placed} == {"first", "second"}
    plot.set_spectra(items("first"))
    assert {label.text for label in plot.labels.placed} == {"first"}
    bottom, top = plot.box.viewRange()[1]
    plot.box.setYRange(top + 10 * (top - bottom), top + 20 * (top - bottom), padding=0.0)
    plot.labels.arrange()
    assert plot.labels.placed == []


def test_labels_without_a_free_place_stand_below_those_that_have_one():
    taken = [QRectF(700, 0, 190, 40)]
    labels = CurveLabels.__new__(CurveLabels)

    class Box:
        def width(self):
            return 900.0

    labels._box = Box()
    rect = CurveLabels._below(labels, (60.0, 15.0), taken)
    assert not rect.intersects(QRectF(700, 0, 190, 40))
