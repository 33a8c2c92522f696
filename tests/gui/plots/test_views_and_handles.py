"""Zooms and steps by their numbers, typed limits, handles that give the pixels where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.plots.axis_units import ANGSTROM
from spectragui.gui.plots.browsing_plot import BrowsingPlot
from spectragui.gui.plots.curve import make_curve
from spectragui.gui.plots.decimate import Envelope, decimate, visible_slice
from spectragui.gui.plots.handles import CutHandles, PointHandles, RangeHandles
from spectragui.gui.plots.limits_dialog import LimitsDialog
from spectragui.gui.plots.lower_plot import LowerPlot
from spectragui.gui.plots.stacked_plot import READABLE_HEIGHT, UPPER_PART, StackedPlot

MINUS = "\N{MINUS SIGN}"
X = np.linspace(5000.0, 5100.0, 1001)


def fill(qtbot, plot):
    qtbot.addWidget(plot)
    plot.resize(800, 500)
    curve = make_curve("a", Spectrum(SpectralAxis(X, medium="air"), 1.0 + 0.1 * np.sin(X)), ANGSTROM)
    plot._show_curves((curve,), (curve,))
    plot.reset()
    return plot


@pytest.fixture
def plot(qtbot, theme):
    return fill(qtbot, BrowsingPlot(theme))


def x_of(plot):
    return pytest.approx(plot.box.viewRange()[0], abs=1e-6)


def test_zooms_keep_the_middle_or_the_cursor_and_steps_are_half_a_view(plot):
    assert plot.full_x == (5000.0, 5100.0) and x_of(plot) == [5000.0, 5100.0]
    plot.zoom(0.5)
    assert x_of(plot) == [5025.0, 5075.0]
    plot.step(1)
    assert x_of(plot) == [5050.0, 5100.0]
    plot.step(1)  # there is no more
    assert x_of(plot) == [5050.0, 5100.0]
    plot.step(-1)
    assert x_of(plot) == [5025.0, 5075.0]
    assert plot.covers(5000.0, 5100.0) and not plot.covers(4999.0, 5050.0) and not plot.covers(5050.0, 5101.0)
    plot.history.back()
    assert x_of(plot) == [5050.0, 5100.0]
    plot.history.forward()
    assert x_of(plot) == [5025.0, 5075.0] and not plot.history.can_go_forward


def test_limits_that_are_typed_are_the_view_and_unsound_ones_are_said(qtbot, plot):
    plot.set_x_range(5010.0, 5030.5)
    dialog = LimitsDialog(plot, plot)
    qtbot.addWidget(dialog)
    assert [field.text() for field in dialog.fields["x"]] == ["5010.00", "5030.50"]
    for low, high, complaint in (
        ("a", "2", "The limits of x must be two numbers."),
        ("5020", "5020", "The first limit of x must be below the second."),
        ("inf", "5020", "The first limit of x must be below the second."),
    ):
        for field, text in zip(dialog.fields["x"], (low, high), strict=True):
            field.setText(text)
        dialog.accept()
        assert dialog.complaint.text() == complaint and dialog.result() == 0
    for axis, texts in (("x", ("5020.5", "5040")), ("y", (f"{MINUS}0.5", "2"))):
        for field, text in zip(dialog.fields[axis], texts, strict=True):
            field.setText(text)
    dialog.accept()
    assert x_of(plot) == [5020.5, 5040.0]
    assert plot.box.viewRange()[1] == pytest.approx([-0.5, 2.0])
    plot.set_logarithmic(True)
    dialog = LimitsDialog(plot, plot)
    qtbot.addWidget(dialog)
    for field, text in zip(dialog.fields["y"], ("0", "2"), strict=True):
        field.setText(text)
    dialog.accept()
    assert dialog.complaint.text() == "On a logarithmic axis both limits must be above 0."
    dialog.fields["y"][0].setText("0.1")
    dialog.accept()
    assert plot.box.viewRange()[1] == pytest.approx([-1.0, np.log10(2.0)])


def test_handles_give_what_they_stand_at_and_one_that_is_removed_is_the_one(plot):
    told = []
    ranges, points, cuts = RangeHandles(plot.plot), PointHandles(plot.plot), CutHandles(plot.plot)
    ranges.edited.connect(lambda *what: told.append(what))
    points.edited.connect(lambda *what: told.append(what))
    cuts.moved.connect(lambda *what: told.append(what))
    cuts.removed.connect(told.append)
    ranges.set_ranges(((5010.0, 5020.0), (5030.0, 5040.0), (5050.0, 5060.0)))
    assert ranges.ranges == ((5010.0, 5020.0), (5030.0, 5040.0), (5050.0, 5060.0))
    ranges.items[1].setRegion((5045.0, 5032.0))  # drawn over its other end
    assert told[-1][0] == ((5010.0, 5020.0), (5032.0, 5045.0), (5050.0, 5060.0))
    ranges._remove(ranges.items[1])
    assert told[-1] == (((5010.0, 5020.0), (5050.0, 5060.0)), True)
    points.set_points(((5070.0, 1.1), (5010.0, 0.9)))
    assert points.points == ((5010.0, 0.9), (5070.0, 1.1))
    points.items[0].setPos((5005.0, 1.2))
    assert points.points == ((5005.0, 1.2), (5010.0, 0.9)) and told[-1][0] == points.points
    points._remove(points.items[1])
    assert told[-1] == (((5005.0, 1.2),), True)
    cuts.set_cuts({3: 5015.0, 7: 5085.0}, {3: (5010.0, 5020.0)}, by_hand=(7,))
    assert {key: item.value() for key, item in cuts.items.items()} == {3: 5015.0, 7: 5085.0}
    cuts.items[3].setValue(5090.0)  # not beyond its limits
    assert cuts.items[3].value() == 5020.0
    cuts.items[3].sigDragged.emit(cuts.items[3])
    assert told[-1] == (3, 5020.0, False)
    cuts.items[3].sigPositionChangeFinished.emit(cuts.items[3])
    assert told[-1] == (3, 5020.0, True)
    cuts.items[7]._on_removed()
    assert told[-1] == 7
    accent, secondary = (plot.theme.color(role).name() for role in ("accent", "secondary"))
    assert [cuts.items[key].pen.color().name() for key in (3, 7)] == [secondary, accent]
    plot.set_x_range(5080.0, 5100.0)
    assert not cuts.items[3].isVisible() and cuts.items[7].isVisible()


def test_lower_plots_share_the_height_and_the_lowest_has_the_numbers(qtbot, theme):
    lower = [LowerPlot(theme, name) for name in ("one", "two")]
    plot = fill(qtbot, StackedPlot(theme, lower, "Wavelength (Å)"))
    plot.resize(800, 900)
    plot.show()
    qtbot.waitExposed(plot)
    plot._share_height()
    upper, first, second = plot._split.sizes()
    axis = lower[-1].getAxis("bottom").height()
    part = (plot._split.height() - axis) / (UPPER_PART + 2.0)
    assert part > READABLE_HEIGHT
    assert first == pytest.approx(part, abs=8) and second == pytest.approx(part + axis, abs=8)
    assert upper == pytest.approx(UPPER_PART * part, abs=16)
    assert [one.axis_label("bottom") for one in (plot.plot, *lower)] == ["", "", "Wavelength (Å)"]
    plot.show_lower(lower[1], False)
    assert [one.axis_label("bottom") for one in (plot.plot, lower[0])] == ["", "Wavelength (Å)"]
    plot.set_axis_label("v (km/s)")
    assert lower[0].axis_label("bottom") == "v (km/s)"


def test_what_is_drawn_reaches_one_point_beyond_the_view_and_keeps_extremes():
    assert visible_slice(X, 5010.0, 5020.0) == slice(99, 201)
    assert visible_slice(X, 4990.0, 5000.0) == slice(0, 1)
    flux = np.ones(1001)
    flux[[333, 777]] = 5.0, -3.0
    found = decimate(X, flux, flux, 5000.0, 5100.0, 50)
    assert found.is_decimated and found.n_points == 1001
    assert (found.upper.max(), found.lower.min()) == (5.0, -3.0)
    assert abs(found.x[np.argmax(found.upper)] - X[333]) <= 1.0  # half a column
    assert found.points_per_column == pytest.approx(1001 / found.x.size)
    x, y = Envelope(np.array([1.0, 2.0]), np.array([0.0, 10.0]), np.array([5.0, 15.0]), 4, True).polyline()
    assert x.tolist() == [1.0, 1.0, 2.0, 2.0] and y.tolist() == [0.0, 5.0, 15.0, 10.0]
    few = decimate(X, flux, flux, 5000.0, 5010.0, 50)
    assert not few.is_decimated and few.points_per_column == 1.0 and few.x.size == 101
