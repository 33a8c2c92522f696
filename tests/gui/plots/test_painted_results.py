"""Velocities, results, trials, losses and histograms are painted where the ticks read them."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pyqtgraph as pg
import pytest

from spectragui.core.labels import LabelSet
from spectragui.core.loss_history import LossHistory
from spectragui.gui.models.model_pages import LossPage
from spectragui.gui.parameters.robustness_dialog import trial_plot
from spectragui.gui.plots.kiel_diagram import KielDiagram, kiel_point
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import Result
from spectragui.gui.training.before_after_plot import BeforeAfterPlot
from spectragui.gui.training.check_page import HistogramPlot
from spectragui.gui.training.learning_curve_plot import LearningCurvePlot
from spectragui.gui.training.plan_data import CheckedColumn
from spectragui.gui.training.run_page import LossPlot
from spectragui.gui.velocity.ccf_plot import CcfPlot
from spectragui.inference.parameters.robustness import Robustness, Trial
from tests.gui.painted_plot import Painted
from tests.gui.predictions import make_prediction


def put_on_screen(qtbot, plot, width=800, height=500):
    qtbot.addWidget(plot)
    plot.resize(width, height)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def with_spike(x, at, value, base=0.0):
    values = np.full(x.size, base)
    values[np.argmin(np.abs(x - at))] = value
    return values


@pytest.fixture
def correlation(qtbot, theme):
    plot = put_on_screen(qtbot, CcfPlot(theme))
    x = np.linspace(-600.0, 600.0, 2401)
    alone = [SimpleNamespace(ccf_velocity_kms=x, ccf=with_spike(x, -60.0, 0.8)) for _ in range(2)]
    found = SimpleNamespace(
        velocity_kms=-20.0, second_velocity_kms=35.0, second_rise=0.5, second_peak=0.31,
        ccf_velocity_kms=x, ccf=with_spike(x, -20.0, 0.6), segments=alone,
    )  # fmt: skip
    peak = SimpleNamespace(velocity_kms=x, curve=with_spike(x, 10.0, 0.4), shape="Gaussian", fwhm_kms=20.0)
    plot.show_result(SimpleNamespace(found=found, peak=peak), "observer's frame")
    plot.box.setRange(xRange=(-100.0, 100.0), yRange=(-0.1, 1.0), padding=0)
    return plot


def test_peaks_and_lines_stand_at_their_velocities(correlation):
    for text in correlation._key.values():
        text.hide()  # written in the colours of the curves
    painted = Painted(correlation)
    painted.check_tip("observed", -20.0, 0.6)
    painted.check_tip("masked", -60.0, 0.8)
    painted.check_tip("generated", 10.0, 0.4, tolerance=6)  # dashed
    for role, velocity in (("secondary", -20.0), ("caution", 35.0)):
        dots = painted.ink(role).sum(axis=0)  # dotted lines
        assert abs(int(np.argmax(dots)) - painted.column_of(velocity)) <= 1.5


def test_the_key_of_a_correlation_names_each_curve_in_its_colour(correlation, theme):
    told = [(text.toPlainText(), text.color.name()) for text in correlation._key.values()]
    assert told == [
        ("Each of 2 orders", theme.color("residual").name()),
        ("All orders together", theme.color("observed").name()),
        ("Gaussian, FWHM 20.0 km/s", theme.color("generated").name()),
    ]
    places = {role: text.pos().y() for role, text in correlation._key.items()}
    assert places["observed"] < places["generated"] < places["masked"]
    assert correlation._second.label.textItem.toPlainText() == "second peak 0.31"


@pytest.mark.parametrize("is_bad", [False, True])
def test_a_star_stands_in_the_kiel_diagram_with_errors_of_one_sigma(qtbot, theme, is_bad):
    plot = put_on_screen(qtbot, KielDiagram(theme))
    prediction = make_prediction(teff=5000.0, bits=4 if is_bad else 0, bad=is_bad)
    row = {**prediction.row, "teff_fit": 5000.0, "logg_fit": 3.0, "e_teff_fit": 200.0, "e_logg_fit": 0.5}
    point = kiel_point(Result("r1", "s1", dataclasses.replace(prediction, row=row)), "Sun")
    assert (point.e_teff, point.e_logg) == (200.0, 0.5)
    other = dataclasses.replace(point, result_id="r2", teff=6500.0, logg=4.5)
    plot.set_points([point, other], "r1")
    plot.set_trained_range((4000.0, 7000.0), (1.0, 5.0))
    painted = Painted(plot)
    bars = painted.ink("generated")
    column, row = round(painted.column_of(5000.0)), round(painted.row_of(3.0))
    upright, across = np.flatnonzero(bars[:, column]), np.flatnonzero(bars[row])
    assert abs(upright[0] - painted.row_of(2.5)) <= 1.5 and abs(upright[-1] - painted.row_of(3.5)) <= 1.5
    assert abs(across[0] - painted.column_of(5200.0)) <= 1.5
    assert abs(across[-1] - painted.column_of(4800.0)) <= 1.5
    assert painted.column_of(5000.0) > painted.column_of(6500.0)  # hot stars on the left, giants above
    assert painted.row_of(3.0) < painted.row_of(4.5)
    colours = {spot.data().result_id: spot.brush().color().name() for spot in plot._scatter.points()}
    hollow = theme.color("surface").name()
    assert colours["r1"] == (hollow if is_bad else theme.color("generated").name())
    assert colours["r2"] == (hollow if is_bad else theme.color("residual").name())
    frame = painted.ink("secondary")
    edge = np.flatnonzero(frame[row] & ~np.roll(frame[row], 1))
    for teff in (4000.0, 7000.0):
        columns = slice(round(painted.column_of(teff)) - 2, round(painted.column_of(teff)) + 3)
        assert frame[:, columns].any(axis=1).sum() > 30, edge
    assert plot._tip(0, 0, point) == "Sun\n5000 ± 200 K, log g 3.00 ± 0.50"


def make_robustness():
    labels = LabelSet({"teff": 5800.0, "logg": 4.4}, {"teff": 50.0, "logg": 0.1})
    trials = tuple(
        Trial("resolving_power", power, f"R {power:,.0f}", LabelSet({"teff": teff}, {"teff": 30.0}), flagged)
        for power, teff, flagged in ((40_000.0, 5790.0, False), (20_000.0, 5840.0, True))
    )
    return Robustness("Sun", "optical-parameters", labels, trials)


def test_trials_stand_at_their_values_about_a_band_of_one_sigma(qtbot, theme):
    plot = put_on_screen(qtbot, trial_plot(theme, make_robustness(), "resolving_power", "teff"), 500, 400)
    plot.setYRange(5700.0, 5900.0, padding=0)
    painted = Painted(plot)
    for power, teff in ((40.0, 5790.0), (20.0, 5840.0)):
        column = round(painted.column_of(power))
        rows = np.flatnonzero(painted.ink("generated")[:, column - 1 : column + 2].any(axis=1))
        assert abs(rows[0] - painted.row_of(teff + 30.0)) <= 1.5
        assert abs(rows[-1] - painted.row_of(teff - 30.0)) <= 1.5
    band = np.flatnonzero(painted.ink("band").mean(axis=1) > 0.4)
    assert abs(band[0] - painted.row_of(5850.0)) <= 1.5 and abs(band[-1] - painted.row_of(5750.0)) <= 1.5
    (scatter,) = [item for item in plot.getPlotItem().items if isinstance(item, pg.ScatterPlotItem)]
    told = {spot.data(): spot.brush().color().name() for spot in scatter.points()}
    assert told == {
        "R 40,000: 5790": theme.color("generated").name(),
        "R 20,000: 5840": theme.color("surface").name(),  # open: do not use
    }


def test_losses_stand_at_their_batches_and_the_rate_on_its_own_axis(qtbot, theme):
    session = Session(theme)
    plot = put_on_screen(qtbot, LossPlot(session))
    steps = np.arange(10.0, 510.0, 10.0)
    loss, validation = with_spike(steps, 200.0, 3.0, base=1.0), with_spike(steps, 350.0, 2.5, base=1.5)
    rows = [
        {"step": step, "loss": a, "validation_loss": b, "learning_rate": 1e-3 if step < 300 else 1e-4}
        for step, a, b in zip(steps, loss, validation, strict=True)
    ]
    plot.show_history(rows)
    x, y = plot._curves["observed"].getData()
    assert y[x == 200.0] == [3.0] and y.max() == 3.0
    x, y = plot._curves["generated"].getData()
    assert y[x == 350.0] == [2.5] and y.max() == 2.5
    x, y = plot._curves["residual"].getData()
    assert y[x == 290.0] == pytest.approx(-3.0) and y[x == 310.0] == pytest.approx(-4.0)
    painted = Painted(plot)
    for role, step, value in (("observed", 200.0, 3.0), ("generated", 350.0, 2.5)):
        ink = painted.ink(role)
        ink[:40] = False  # the key
        rows_inked, columns = np.nonzero(ink)
        top = rows_inked.min()
        assert abs(np.mean(columns[rows_inked == top]) - painted.column_of(step)) <= 3
        assert abs(top - painted.row_of(value)) <= 8  # anti-aliased: a thin tip fades
    shown = plot._rate_box.viewRange()
    assert shown[0] == pytest.approx(plot.getViewBox().viewRange()[0], abs=1.5)
    assert shown[1][0] < -4.0 and shown[1][1] > -3.0
    session.close()


def test_losses_of_a_card_have_the_colours_that_are_told(qtbot, theme):
    step = np.arange(1.0, 101.0)
    history = LossHistory("member0", step, with_spike(step, 30.0, 0.4, 0.1), with_spike(step, 60.0, 0.3, 0.2))
    page = put_on_screen(qtbot, LossPage([history], theme))
    page.plot.setYRange(0.0, 0.5, padding=0)
    painted = Painted(page.plot)
    painted.check_tip("masked", 30.0, 0.4, tolerance=2.5)
    painted.check_tip("generated", 60.0, 0.3, tolerance=2.5)


def test_the_histogram_stacks_the_parts_of_the_split(qtbot, theme):
    plot = put_on_screen(qtbot, HistogramPlot(theme))
    values = np.array([5000.0] * 11 + [6000.0, np.nan])
    parts = np.array(["training"] * 6 + ["validation"] * 3 + ["test"] * 2 + ["training"] * 2)
    column = CheckedColumn("teff", "Teff", "K", values, (4800.0, 5900.0))
    check = SimpleNamespace(columns=(column,), parts=parts)
    plot.show_label(check, "teff")
    assert "(K)" in plot.axis_label("bottom")
    plot.getViewBox().setRange(xRange=(4700.0, 6100.0), yRange=(0.0, 12.0), padding=0)
    painted = Painted(plot)
    column = round(painted.column_of(5020.0))
    for role, low, high in (("observed", 0, 6), ("generated", 6, 9), ("residual", 9, 11)):
        rows = np.flatnonzero(painted.ink(role)[:, column])
        assert abs(rows[0] - painted.row_of(high)) <= 2.5 and abs(rows[-1] - painted.row_of(low)) <= 2.5
    ends = np.flatnonzero(painted.ink("caution").mean(axis=0) > 0.3)
    for end in (4800.0, 5900.0):
        assert min(abs(ends - painted.column_of(end))) <= 1.5


def test_old_and_new_labels_stand_at_true_and_predicted(qtbot, theme):
    plot = put_on_screen(qtbot, BeforeAfterPlot(theme), 600, 600)
    true, old, new = np.array([4000.0, 7000.0]), np.array([4500.0, 6900.0]), np.array([4100.0, 6500.0])
    plot.show_points((true, old, new), "Teff", "K")
    for role, predicted in (("residual", old), ("generated", new)):
        x, y = plot._points[role].getData()
        np.testing.assert_array_equal(x, true)
        np.testing.assert_array_equal(y, predicted)
    painted = Painted(plot)
    for role, x, y in (("residual", 4000.0, 4500.0), ("generated", 7000.0, 6500.0)):
        ink = painted.ink(role)
        ink[:30] = False
        rows, columns = np.nonzero(ink)
        away = np.hypot(rows - painted.row_of(y), columns - painted.column_of(x))
        assert away.min() <= 2.5
    assert plot.axis_label("bottom") == "True T<sub>eff</sub> (K)"
    assert plot.axis_label("left") == "Predicted T<sub>eff</sub> (K)"


def test_errors_stand_at_the_number_of_stars(qtbot, theme):
    plot = put_on_screen(qtbot, LearningCurvePlot(theme), 600, 600)
    plot.show_curve(np.array([20.0, 40.0, 80.0]), np.array([90.0, 60.0, 45.0]), 105.0, "Teff", "K")
    painted = Painted(plot)
    rows, columns = np.nonzero(painted.ink("generated"))
    for x, y in ((20.0, 90.0), (40.0, 60.0), (80.0, 45.0)):
        assert np.hypot(rows - painted.row_of(y), columns - painted.column_of(x)).min() <= 2.5
    first, last = (round(painted.column_of(x)) for x in (10.0, 80.0))
    dashes = painted.ink("secondary")[:, first:last].mean(axis=1)
    assert abs(np.argmax(dashes) - painted.row_of(105.0)) <= 1.5
    assert (
        plot.axis_label("left") == "Mean |error| of Teff (K)"
        and plot.axis_label("bottom") == "Stars trained on"
    )
    plot.show_curve(np.array([20.0, 40.0]), np.array([90.0, 60.0]), np.nan, "Teff", "K")  # no base model
    assert not plot._words["secondary"].isVisible()
