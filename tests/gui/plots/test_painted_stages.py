"""Before and after a stage, orders, levels, cuts and shades are painted where the ticks read them."""

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.orders.drawn_orders import OrdersView
from spectragui.gui.orders.levels_plot import LevelsPlot
from spectragui.gui.orders.plot import OrdersPlot
from spectragui.gui.pipeline.stage_plot import StagePlot, StageView
from spectragui.preprocessing.stage import StageCurve, StageRegion, StageResult
from spectragui.preprocessing.stitching.levels_found import LevelsFound, OrderLevel
from tests.gui.conftest import settle
from tests.gui.painted_plot import Painted, pixels_of, value_of

WAVELENGTH = np.linspace(5000.0, 5100.0, 1001)
TINY = 1e-15  # of a flux that is drawn times a power of ten


def with_spike(at, value, base=1.0):
    values = np.full(1001, base)
    values[np.argmin(np.abs(WAVELENGTH - at))] = value
    return values


def spectrum(flux, stored="Angstrom", **meta):
    axis = SpectralAxis(WAVELENGTH, medium="vacuum", frame="rest")
    if stored == "cm-1":
        axis = SpectralAxis(1e8 / WAVELENGTH[::-1], unit="cm-1", medium="vacuum", frame="rest")
        flux = flux[::-1]
    return Spectrum(axis, flux, np.abs(flux) * 0.1, meta=meta)


def put_on_screen(qtbot, plot, height=700):
    qtbot.addWidget(plot)
    plot.resize(900, height)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


@pytest.fixture
def stage_plot(qtbot, theme):
    plot = put_on_screen(qtbot, StagePlot(theme))
    plot.labels.hide()
    return plot


@pytest.mark.parametrize("stored", ["Angstrom", "cm-1"])
@pytest.mark.parametrize("size", [1.0, TINY], ids=["1", "1e-15"])
def test_before_after_and_what_was_removed_stand_at_their_values(stage_plot, size, stored):
    plot = stage_plot
    before = spectrum(size * with_spike(5030.0, 3.0), stored)
    after = spectrum(size * with_spike(5030.0, 1.5), stored)
    region = StageRegion(5060.0, 5070.0, "masked")
    plot.set_view(StageView("s1", before, StageResult(after, regions=(region,))))
    plot.set_x_range(5000.0, 5100.0)
    settle()
    axis = Painted(plot.removed).lines["bottom"]
    for one, value in ((plot.plot, 3.0), (plot.after, 1.5), (plot.removed, 1.5)):
        one.getViewBox().setYRange(-1.0, 4.0, padding=0)
        painted = Painted(one)
        painted.lines["bottom"] = axis
        painted.check_tip("residual" if one is plot.removed else "observed", 5030.0, value)
    if size == TINY:
        assert "10⁻¹⁵" in plot.plot.axis_label("left") and "10⁻¹⁵" in plot.after.axis_label("left")
    painted = Painted(plot.plot)
    painted.lines["bottom"] = axis
    shaded = np.flatnonzero(painted.ink("shade").mean(axis=0) > 0.5)
    assert abs(shaded[0] - painted.column_of(5060.0)) <= 1.5
    assert abs(shaded[-1] - painted.column_of(5070.0)) <= 1.5


@pytest.mark.parametrize("size", [1.0, TINY], ids=["1", "1e-15"])
def test_curves_that_a_stage_found_lie_over_the_flux_in_their_colours(stage_plot, size):
    plot = stage_plot
    before = spectrum(size * with_spike(5030.0, 3.0))
    curves = (
        StageCurve("continuum", "continuum", 0, WAVELENGTH, size * with_spike(5050.0, 2.5)),
        StageCurve("smooth", "smooth", 0, WAVELENGTH, size * with_spike(5070.0, 2.0)),
        StageCurve("residual", "residual", 0, WAVELENGTH, with_spike(5050.0, -4.0, base=0.0)),
        StageCurve("weight", "weight", 0, WAVELENGTH, with_spike(5050.0, 0.25)),
    )
    plot.set_view(StageView("s1", before, StageResult(spectrum(size * np.ones(1001)), curves)))
    plot.set_x_range(5000.0, 5100.0)
    plot.box.setYRange(0.0, 4.0, padding=0)
    settle()
    axis = Painted(plot.weights).lines["bottom"]
    painted, residual, weights = Painted(plot.plot), Painted(plot.residual), Painted(plot.weights)
    for one in (painted, residual):
        one.lines["bottom"] = axis
    painted.check_tip("continuum", 5050.0, 2.5)
    painted.check_tip("denoised", 5070.0, 2.0)
    residual.check_tip("residual", 5050.0, -4.0, is_low=True)
    weights.check_tip("observed", 5050.0, 0.25, is_low=True)


@pytest.mark.parametrize("is_logarithmic", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("size", [1.0, TINY], ids=["1", "1e-15"])
def test_points_of_a_continuum_are_told_in_the_units_of_the_flux(stage_plot, qtbot, size, is_logarithmic):
    plot = stage_plot
    points = ((5020.0, 2.0 * size), (5080.0, 1.5 * size))
    plot.set_view(StageView("s1", spectrum(size * with_spike(5030.0, 3.0)), points=points))
    plot.set_logarithmic(is_logarithmic)
    places = [(item.pos().x(), item.pos().y()) for item in plot.points.items]
    for (x, y), (wavelength, flux) in zip(places, points, strict=True):
        drawn = plot.curves[0].on_screen(np.array([flux]))[0]
        assert (x, y) == pytest.approx((wavelength, float(drawn)))
    with qtbot.waitSignal(plot.points_edited) as caught:
        plot.box.point_requested.emit(5050.0, places[0][1])
    np.testing.assert_allclose(caught.args[0], sorted([*points, (5050.0, points[0][1])]))
    with qtbot.waitSignal(plot.points_edited) as caught:
        plot.points.items[1].setPos(5085.0, places[1][1])
    np.testing.assert_allclose(caught.args[0], [points[0], (5085.0, points[1][1])])
    with qtbot.waitSignal(plot.points_edited) as caught:
        plot.points._remove(plot.points.items[0])
    (left,) = caught.args[0]
    assert left[0] == pytest.approx(5085.0)


def test_only_the_range_that_is_clicked_is_taken_out(stage_plot, qtbot):
    plot = stage_plot
    plot.set_view(StageView("s1", spectrum(np.ones(1001)), ranges=((5010.0, 5020.0), (5030.0, 5040.0))))
    with qtbot.waitSignal(plot.ranges_edited) as caught:
        plot.ranges._remove(plot.ranges.items[1])
    assert caught.args[0] == ((5010.0, 5020.0),)
    with qtbot.waitSignal(plot.ranges_edited) as caught:
        plot.box.region_dragged.emit(5050.0, 5060.0, True)
    assert caught.args[0] == ((5010.0, 5020.0), (5030.0, 5040.0), (5050.0, 5060.0))


def test_shades_tell_loss_and_use_apart_and_say_what_is_there(stage_plot):
    plot = stage_plot
    regions = (
        StageRegion(5010.0, 5020.0, "overlap"),
        StageRegion(5040.0, 5055.0, "masked", text="bad pixels"),
        StageRegion(5080.0, 5080.05, "cosmic ray"),
    )
    plot.set_view(
        StageView("s1", spectrum(np.ones(1001)), StageResult(spectrum(np.ones(1001)), regions=regions))
    )
    plot.set_x_range(5000.0, 5100.0)
    settle()
    painted = Painted(plot.plot)
    painted.lines["bottom"] = (painted.n_columns / 100.0, -50.0 * painted.n_columns)
    for role, low, high in (("band", 5010.0, 5020.0), ("shade", 5040.0, 5055.0)):
        columns = np.flatnonzero(painted.ink(role).mean(axis=0) > 0.5)
        assert abs(columns[0] - painted.column_of(low)) <= 1.5
        assert abs(columns[-1] - painted.column_of(high)) <= 1.5
    top = painted.ink("denoised")[:6]  # narrow ones are ticks at the top
    assert min(abs(np.flatnonzero(top.any(axis=0)) - painted.column_of(5080.025))) <= 1.5
    place = plot.plot.mapFromScene(plot.box.mapViewToScene(plot.box.viewRect().center()))
    place.setX(round(painted.box.left() + painted.column_of(5045.0)))
    assert plot.shades.text_at(place) == "masked 5040.00–5055.00 Å: bad pixels"
    place.setX(round(painted.box.left() + painted.column_of(5030.0)))
    assert plot.shades.text_at(place) == ""


def make_orders(size=1.0):
    orders = []
    for number, start in enumerate((5000.0, 5040.0, 5080.0)):
        wavelength = np.linspace(start, start + 50.0, 501)
        flux = np.full(501, 1.0 + number)
        flux[100] = 4.0 + number  # 10 A from its beginning
        axis = SpectralAxis(wavelength, medium="vacuum", frame="rest")
        meta = {"order": 98 - number}
        orders.append(Spectrum(axis, size * flux, np.full(501, 0.05 * size), meta=meta))
    return EchelleSpectrum(tuple(orders))


@pytest.fixture
def orders_plot(qtbot, theme):
    return put_on_screen(qtbot, OrdersPlot(theme), height=900)


@pytest.mark.parametrize("size", [1.0, TINY], ids=["1", "1e-15"])
def test_orders_and_the_stitched_spectrum_over_them_stand_at_their_values(orders_plot, size):
    plot, whole = orders_plot, np.linspace(5000.0, 5130.0, 1301)
    flux = np.full(1301, 2.0)
    flux[650] = 7.0  # 5065 A
    stitched = Spectrum(SpectralAxis(whole, medium="vacuum", frame="rest"), size * flux)
    plot.set_view(OrdersView("s1", make_orders(size), StageResult(stitched)))
    plot.set_stitched_over(True)
    plot.set_x_range(5000.0, 5130.0)
    plot.box.setYRange(0.0, 8.0, padding=0)
    plot.stitched.box.setYRange(0.0, 8.0, padding=0)
    settle()
    painted, below = Painted(plot.plot), Painted(plot.stitched)
    painted.lines["bottom"] = below.lines["bottom"]
    painted.check_tip("second", 5065.0, 7.0)
    below.check_tip("observed", 5065.0, 7.0)
    for number, role in ((0, "observed"), (1, "observed_alternate"), (2, "observed")):
        column = round(painted.column_of(5010.0 + 40 * number))
        rows = np.flatnonzero(painted.ink(role)[:, column - 1 : column + 2].any(axis=1))
        assert abs(rows[0] - painted.row_of(4.0 + number)) <= 1.5


def test_orders_are_named_at_their_middles_and_told_with_their_range(orders_plot):
    plot = orders_plot
    plot.set_view(OrdersView("s1", make_orders(), excluded=(2,)))
    plot.set_x_range(5000.0, 5130.0)
    settle()
    assert plot.describe_order(1) == "order 97: 5040.0–5090.0 Å, S/N 40"
    assert plot.describe_order(2) == "order 96: 5080.0–5130.0 Å, S/N 60, left out"
    painted = Painted(plot.plot)
    painted.lines["bottom"] = (painted.n_columns / 130.0, -5000.0 * painted.n_columns / 130.0)
    letters = np.flatnonzero((pixels_of(plot.plot) != value_of(plot.theme.palette.surface))[
        round(painted.box.top()) + 5 : round(painted.box.top()) + 13, round(painted.box.left()) :
    ].any(axis=0))  # fmt: skip
    groups = np.split(letters, np.flatnonzero(np.diff(letters) > 12) + 1)
    middles = [0.5 * (group[0] + group[-1]) for group in groups if 3 < group[-1] - group[0] < 40]
    for wavelength in (5025.0, 5065.0, 5105.0):
        assert min(abs(np.array(middles) - painted.column_of(wavelength))) <= 3
    masked = painted.ink("masked")
    assert masked[:, round(painted.column_of(5120.0))].any()  # the order that is left out is faint


def test_a_cut_stands_at_its_wavelength_and_is_told_there(orders_plot, qtbot):
    plot = orders_plot
    regions = (
        StageRegion(5040.0, 5050.0, "overlap", order=0),
        StageRegion(5044.0, 5044.0, "cut", order=0),
        StageRegion(5080.0, 5090.0, "overlap", order=1),
        StageRegion(5085.0, 5085.0, "cut", order=1),
    )
    result = StageResult(spectrum(np.ones(1001)), regions=regions)
    plot.set_view(OrdersView("s1", make_orders(), result, cuts={1: 5082.0}, is_editable=True))
    plot.set_x_range(5000.0, 5130.0)
    settle()
    assert {key: item.value() for key, item in plot.cuts.items.items()} == {0: 5044.0, 1: 5082.0}
    painted = Painted(plot.plot)
    painted.lines["bottom"] = Painted(plot.stitched).lines["bottom"]
    drawn = np.flatnonzero(painted.ink("accent").mean(axis=0) > 0.5)  # moved by hand: whole
    assert drawn.size and min(abs(drawn - painted.column_of(5082.0))) <= 1.5
    with qtbot.waitSignal(plot.cut_moved) as caught:
        plot.cuts.items[0].setPos(5047.0)
        plot.cuts.items[0].sigPositionChangeFinished.emit(plot.cuts.items[0])
    assert caught.args == [0, pytest.approx(5047.0), True]


def test_levels_stand_at_their_values_with_errors_of_one_sigma(qtbot, theme):
    plot = LevelsPlot(theme)
    qtbot.addWidget(plot)
    plot.setFixedHeight(300)  # enough for several ticks
    rows = [
        OrderLevel(0, 5000.0, 5050.0, 1.0, 0.10, True, 1.0, "order 98"),
        OrderLevel(1, 5040.0, 5090.0, 1.2, 0.05, True, 1.2, "order 97"),
        OrderLevel(2, 5080.0, 5130.0, 0.9, 0.05, False, 0.9, "order 96"),
    ]
    plot.set_levels(LevelsFound(tuple(rows), 0.1, 0.1))
    plot.show()
    qtbot.waitExposed(plot)
    assert plot._errors.opts["height"] == pytest.approx(2 * np.array([0.10, 0.06, 0.045]))
    assert plot._tip(0, 0, rows[1]) == "order 97, 5040–5090 Å\nlevel 1.2000 ± 0.0500"
    assert plot._tip(0, 0, rows[2]).endswith("touches no other order: the error is the prior's")
    spots = plot._scatter.points()
    assert [(spot.pos().x(), spot.pos().y()) for spot in spots] == [(0, 1.0), (1, 1.2), (2, 0.9)]
    ink, hollow = theme.color("observed").name(), theme.color("surface").name()
    assert [spot.brush().color().name() for spot in spots] == [ink, ink, hollow]
    painted = Painted(plot)
    bars = painted.ink("residual")[:, round(painted.column_of(0.0))]
    rows_inked = np.flatnonzero(bars)
    assert abs(rows_inked[0] - painted.row_of(1.1)) <= 1.5
    assert abs(rows_inked[-1] - painted.row_of(0.9)) <= 1.5
    band = np.flatnonzero(painted.ink("band").mean(axis=1) > 0.5)
    low, high = plot.found.band
    assert abs(band[0] - painted.row_of(high)) <= 2 and abs(band[-1] - painted.row_of(low)) <= 2
