"""What a view shows: velocities about a line, room above the curves, labels, the curve that is pointed at."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from spectragui.gui.plots.axis import log_ticks
from spectragui.gui.plots.curve_labels import CurveLabels
from spectragui.gui.plots.go_to import ABOUT_LINE_KMS, GoToDialog
from spectragui.gui.plots.limits_dialog import LimitsDialog
from spectragui.gui.plots.mark_rows import spelt
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.view.panel import ViewPanel
from tests.gui.conftest import make_spectrum, settle


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
        settle()
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


def test_y_follows_x_where_it_is_wanted(plot, qtbot):
    plot.set_spectra(items("a"))
    plot.set_x_range(5008.0, 5012.0)
    before = plot.box.viewRange()[1]
    plot.set_x_range(5000.0, 5003.0)
    assert plot.box.viewRange()[1] == before
    plot.set_y_follows(True)
    low = plot.box.viewRange()[1][0]
    assert low > before[0] + 0.1  # no line there
    plot.set_x_range(5008.0, 5012.0)
    qtbot.waitUntil(lambda: plot.box.viewRange()[1][0] < low - 0.1)


def test_y_follows_is_kept_in_the_preferences_and_holds_for_every_plot(panel, session):
    session.update(settings=session.state.settings.replace(view_shows=("y_follows",)))
    assert panel.plot._y_follows
    session.update(settings=session.state.settings.replace(view_shows=()))
    assert not panel.plot._y_follows


def test_the_logarithm_of_the_flux(plot, theme):
    plot.set_spectra(items("a"))
    flux = plot.curves[0].lanes[0].good
    plot.set_logarithmic(True)
    bottom, top = plot.box.viewRange()[1]
    assert bottom < np.log10(np.nanmin(flux)) and top > np.log10(np.nanmax(flux))
    positions, texts = plot.plot.getAxis("left").labelled_ticks()
    for position, text in zip(positions, texts, strict=True):
        assert 10.0**position == pytest.approx(float(text))
    reading = []
    plot.pointer.read.connect(reading.append)
    plot.pointer.move(QPointF(5010.0, -0.2))
    assert reading[-1].flux == pytest.approx(flux[200])  # as in the data
    plot.set_logarithmic(False)
    assert plot.box.viewRange()[1][1] > np.nanmax(flux)


def test_flux_that_is_not_positive_lies_at_the_bottom_of_a_logarithmic_axis(plot):
    spectrum = make_spectrum(400)
    flux = spectrum.flux.copy()
    flux[100:110] = -1.0
    plot.set_spectra([PlotSpectrum("a", spectrum.replace(flux=flux), "a", "observed")])
    plot.set_logarithmic(True)
    drawn = plot.curves[0].on_screen(flux)
    assert np.all(np.isfinite(drawn))
    assert drawn[105] < plot.box.viewRange()[1][0]
    assert plot.box.viewRange()[1][0] > -1.5
    plot.grab()


@pytest.mark.parametrize(
    ("limits", "texts"),
    [
        ((-3.0, 2.0), ["0.001", "0.01", "0.1", "1", "10", "100"]),
        ((-8.0, -5.0), ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"]),
        ((-0.93, 0.06), ["0.2", "0.5", "1"]),
        ((np.log10(0.2), np.log10(1.2)), ["0.2", "0.4", "0.6", "0.8", "1.0", "1.2"]),
    ],
)
def test_ticks_of_a_logarithmic_axis(limits, texts):
    positions, found = log_ticks(*limits, 260.0, 42.0)
    assert found == texts
    assert np.all(np.diff(positions) > 0)


@pytest.mark.parametrize(
    ("text", "middle"),
    [
        ("5100", 5100.0),
        ("5090-5110", 5100.0),
        ("5090–5110", 5100.0),
        ("Mg I b2", 5172.68),
        ("mgib2", 5172.68),
    ],
)
def test_go_to_a_wavelength_a_range_or_a_line(panel, text, middle):
    dialog = GoToDialog(panel.plot, panel)
    dialog.field.setText(text)
    dialog.accept()
    left, right = panel.plot.box.viewRange()[0]
    assert 0.5 * (left + right) == pytest.approx(middle, abs=0.3)
    assert right - left < 30
    dialog.deleteLater()


@pytest.mark.parametrize(("text", "why"), [("9000", "Nothing is drawn there"), ("Xx IV", "No marked line")])
def test_a_place_that_is_not_there_is_said(panel, text, why):
    dialog = GoToDialog(panel.plot, panel)
    before = panel.plot.box.viewRange()
    dialog.field.setText(text)
    dialog.accept()
    assert why in dialog.complaint.text()
    assert panel.plot.box.viewRange() == before
    dialog.deleteLater()


@pytest.mark.parametrize("text", ["0", "-5", "0-1e400", "1e308"])
def test_numbers_that_are_no_place_are_said_in_wavenumbers_too(panel, text):
    panel.units.activated.emit(panel.units.findData("cm-1"))
    dialog = GoToDialog(panel.plot, panel)
    before = panel.plot.box.viewRange()
    dialog.field.setText(text)
    dialog.accept()
    assert "Nothing is drawn there" in dialog.complaint.text()
    assert panel.plot.box.viewRange() == before
    dialog.deleteLater()


def test_limits_that_no_screen_can_show_are_refused(panel):
    dialog = LimitsDialog(panel.plot, panel)
    before = panel.plot.box.viewRange()
    for low, high in (("-1e308", "1e308"), ("5000", "5000.0000000000001"), ("nan", "1"), ("0", "1e400")):
        for axis in ("x", "y"):
            for field, text in zip(dialog.fields[axis], (low, high), strict=True):
                field.setText(text)
        dialog.complaint.clear()
        dialog.accept()
        assert "limit" in dialog.complaint.text(), (low, high)
        assert panel.plot.box.viewRange() == before
    dialog.deleteLater()


def test_labels_of_curves_bear_a_view_without_width(plot, monkeypatch):
    plot.set_spectra(items("a", "b"))
    first = plot.full_x[0]
    monkeypatch.setattr(plot.box, "viewRange", lambda: [[first, first], [0.0, 1.0]])
    with np.errstate(all="ignore"):
        lower, upper = plot.labels._screen_extents(["a", "b"])
    assert lower.shape == upper.shape and not np.isfinite(lower).any()


def test_greek_letters_may_be_spelt(plot):
    name, place = plot.marks.place_named("H alpha")
    assert name.startswith("Hα")
    assert 6560 < place < 6566
    assert spelt("Hβ") == "H beta" and plot.marks.place_named(spelt("Hβ"))[0].startswith("Hβ")


def test_limits_are_typed(panel):
    dialog = LimitsDialog(panel.plot, panel)
    for axis, values in (("x", ("5010", "5020")), ("y", ("−0.5", "2"))):
        for field, value in zip(dialog.fields[axis], values, strict=True):
            field.setText(value)
    dialog.accept()
    x, y = panel.plot.box.viewRange()
    assert x == pytest.approx([5010, 5020]) and y == pytest.approx([-0.5, 2.0])
    dialog.deleteLater()


@pytest.mark.parametrize(("low", "high"), [("a", "5"), ("5", "5"), ("6", "5"), ("nan", "5")])
def test_limits_that_are_none_are_said(panel, low, high):
    dialog = LimitsDialog(panel.plot, panel)
    before = panel.plot.box.viewRange()
    dialog.fields["x"][0].setText(low)
    dialog.fields["x"][1].setText(high)
    dialog.accept()
    assert dialog.complaint.text().endswith(".")
    assert panel.plot.box.viewRange() == before
    dialog.deleteLater()


@pytest.mark.parametrize("limits", [(4000.0, 11424.0), (-11424.0, -4000.0), (0.0, 11424.0)])
def test_a_view_that_is_still_linear_makes_no_ticks_that_overflow(limits):
    positions, texts = log_ticks(*limits, 260.0, 42.0)
    assert len(positions) == len(texts) and all(limits[0] <= x <= limits[1] for x in positions)
