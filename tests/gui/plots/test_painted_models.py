"""Fits, denoised and generated spectra are painted where the ticks read them, upright, in their colours."""

from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.core.labels import LabelSet
from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import Spectrum
from spectragui.gui.denoise.plot import DenoisePlot
from spectragui.gui.generate.plot import GeneratedPicture, GeneratePlot
from spectragui.gui.plots.comparison_plot import ComparisonPlot
from spectragui.gui.session.denoise_state import Denoising
from spectragui.inference.generate.overlay import Overlay
from spectragui.inference.prediction import Comparison
from tests.gui.conftest import settle
from tests.gui.painted_plot import Painted

WAVELENGTH = np.linspace(5000.0, 5100.0, 1001)
NOTHING = np.zeros(1001)


def with_spike(at, value, base=1.0):
    values = np.full(1001, base)
    values[np.argmin(np.abs(WAVELENGTH - at))] = value
    return values


def make_comparison():
    """Return data above the model at 5030 A, by four sigma."""
    observed, generated = with_spike(5030.0, 1.4), with_spike(5060.0, 0.5)
    residual = with_spike(5030.0, 4.0, base=0.0)
    labels = LabelSet({"teff": 5779.0, "logg": 4.4, "m_h": 0.0}, {})
    return Comparison(WAVELENGTH, observed, np.full(1001, 0.1), generated, residual, NOTHING > 0, labels)


def put_on_screen(qtbot, plot):
    qtbot.addWidget(plot)
    plot.resize(900, 620)
    plot.show()
    qtbot.waitExposed(plot)
    plot.labels.hide()
    return plot


@pytest.fixture
def comparison_plot(qtbot, theme):
    plot = put_on_screen(qtbot, ComparisonPlot(theme))
    plot.set_comparison(make_comparison())
    return plot


def test_data_model_and_residual_stand_at_their_values(comparison_plot):
    plot = comparison_plot
    plot.box.setYRange(0.0, 2.0, padding=0)
    painted, below = Painted(plot.plot), Painted(plot.residual)
    painted.lines["bottom"] = below.lines["bottom"]  # the lowest plot has the numbers
    painted.check_tip("observed", 5030.0, 1.4)
    painted.check_tip("generated", 5060.0, 0.5, is_low=True)
    below.check_tip("residual", 5030.0, 4.0)


def test_the_band_of_the_residuals_is_three_sigma(comparison_plot):
    comparison_plot.residual.box.setYRange(-6.0, 6.0, padding=0)
    painted = Painted(comparison_plot.residual)
    rows = np.flatnonzero((painted.ink("band")).mean(axis=1) > 0.5)
    assert abs(rows[0] - painted.row_of(3.0)) <= 1.5
    assert abs(rows[-1] - painted.row_of(-3.0)) <= 1.5


def test_errors_of_the_data_are_one_sigma(comparison_plot):
    comparison_plot.set_band_shown(True)
    comparison_plot.box.setYRange(0.0, 2.0, padding=0)
    painted = Painted(comparison_plot.plot)
    painted.lines["bottom"] = (8.0, -40000.0)
    column = round(0.2 * painted.n_columns)
    rows = np.flatnonzero(painted.ink("uncertainty_band")[:, column])
    assert abs(rows[0] - painted.row_of(1.1)) <= 1.5 and abs(rows[-1] - painted.row_of(0.9)) <= 1.5


def test_the_sensitivity_and_its_names_stand_at_their_wavelengths(comparison_plot):
    plot = comparison_plot
    plot.set_sensitivity(with_spike(5040.0, 0.03, base=0.0), "change", names=[(5075.0, "Fe I")])
    settle()
    painted = Painted(plot.sensitivity)
    painted.check_tip("generated", 5040.0, 0.03)
    columns = np.flatnonzero(painted.ink("denoised").sum(axis=0) >= 4)  # its tick; letters are thinner
    assert columns.size and min(abs(columns - painted.column_of(5075.0))) <= 1.5


def test_what_is_under_the_cursor_tells_the_residual(comparison_plot, qtbot):
    with qtbot.waitSignal(comparison_plot.cursor_moved) as caught:
        comparison_plot.pointer.move(comparison_plot.box.mapToView(comparison_plot.box.rect().center()))
    assert caught.args[0].endswith("residual 0.0 σ")


@pytest.fixture
def generated(qtbot, theme):
    plot = put_on_screen(qtbot, GeneratePlot(theme))
    shown = make_comparison()
    picture = GeneratedPicture(
        WAVELENGTH,
        with_spike(5060.0, 0.5),
        spread=np.full(1001, 0.1),
        samples=np.array([with_spike(5020.0, 0.7)]),
        other=with_spike(5080.0, 1.1),
        other_label="emulator",
        overlay=Overlay(shown, (np.ones(1001),), 0.01, 1.0),
        observed_label="star",
    )
    plot.set_picture(picture)
    plot.set_x_range(5000.0, 5100.0)
    plot.box.setYRange(0.0, 2.0, padding=0)
    return plot


def test_models_samples_and_data_stand_at_their_values(generated):
    painted = Painted(generated.plot)
    axis = Painted(generated.difference).lines["bottom"]
    painted.lines["bottom"] = axis
    painted.check_tip("generated", 5060.0, 0.5, is_low=True)
    painted.check_tip("observed", 5030.0, 1.4)
    painted.check_tip("generated_alternate", 5020.0, 0.7, is_low=True)
    column = round(painted.column_of(5080.0))
    other = np.flatnonzero(painted.ink("generated_alternate")[:, column - 1 : column + 2].any(axis=1))
    assert abs(other[0] - painted.row_of(1.1)) <= 1.5
    top, bottom = painted.rows_at("generated_band", 5045.0)
    assert abs(top - painted.row_of(1.1)) <= 1.5 and abs(bottom - painted.row_of(0.9)) <= 1.5
    residual = Painted(generated.residual)
    residual.lines["bottom"] = axis
    residual.check_tip("residual", 5030.0, 4.0)


def test_the_band_of_one_curve_hides_no_other(generated):
    painted = Painted(generated.plot)
    painted.lines["bottom"] = Painted(generated.difference).lines["bottom"]
    rows = np.flatnonzero(painted.ink("observed")[:, round(painted.column_of(5030.0))])
    assert abs(rows[-1] - painted.row_of(1.0)) <= 2.5  # down to the continuum, through the spread


def test_the_difference_of_two_models_is_in_percent_the_first_minus_the_second(generated):
    painted = Painted(generated.difference)
    painted.check_tip("generated", 5060.0, -50.0, is_low=True)
    rows = painted.rows_at("generated", 5080.0)
    assert abs(rows[1] - painted.row_of(-10.0)) <= 1.5
    assert generated.difference.axis_label("left") == "Difference (%)"


def make_denoised(flux, velocity=0.0, medium="vacuum"):
    axis = SpectralAxis(WAVELENGTH, medium=medium, frame="barycentric")
    noisy = Spectrum(axis, with_spike(5030.0, 3.0))
    region = SimpleNamespace(start_aa=5070.0, stop_aa=5090.0, kind="removed", words="Too much.", chi2=3.0)
    return SimpleNamespace(
        noisy=noisy,
        spectrum=Spectrum(axis, flux, np.full(1001, 0.1)),
        regions=(region,),
        residual_sigma=with_spike(5030.0, 4.5, base=0.0),
        row={"v_rad": velocity},
    )


@pytest.fixture
def denoised(qtbot, theme):
    return put_on_screen(qtbot, DenoisePlot(theme))


def show_denoised(plot, found, trial=None):
    plot.set_denoising(found.noisy, Denoising("s1", found.noisy, found, None, trial=trial))
    plot.set_x_range(5000.0, 5100.0)
    settle()
    return Painted(plot.residual).lines["bottom"]  # the lowest plot has the numbers


def test_noisy_and_denoised_flux_stand_at_their_values(denoised):
    axis = show_denoised(denoised, make_denoised(with_spike(5040.0, 2.0)))
    denoised.box.setYRange(0.0, 4.0, padding=0)
    denoised.apart.box.setYRange(0.0, 4.0, padding=0)
    painted, alone, below = Painted(denoised.plot), Painted(denoised.apart), Painted(denoised.residual)
    for one in (painted, alone):
        one.lines["bottom"] = axis
    painted.check_tip("observed", 5030.0, 3.0)
    alone.check_tip("denoised", 5040.0, 2.0)
    top, bottom = alone.rows_at("uncertainty_band", 5055.0)
    assert abs(top - alone.row_of(1.1)) <= 1.5 and abs(bottom - alone.row_of(0.9)) <= 1.5
    below.check_tip("residual", 5030.0, 4.5)
    shaded = np.flatnonzero(alone.ink("shade").mean(axis=0) > 0.5)
    assert abs(shaded[0] - alone.column_of(5070.0)) <= 1.5
    assert abs(shaded[-1] - alone.column_of(5090.0)) <= 1.5


@pytest.mark.parametrize("medium", ["air", "vacuum"])
def test_marks_of_a_denoised_spectrum_stand_at_the_star_and_at_the_region(denoised, medium):
    show_denoised(denoised, make_denoised(with_spike(5040.0, 2.0), velocity=300.0, medium=medium))
    axis = denoised.marks._axis
    assert axis.star_factor == pytest.approx(doppler_factor(300.0)) and axis.medium == medium
    starts, stops = axis.place(denoised.marks._rows["doubt"])
    assert (float(starts[0]), float(stops[0])) == pytest.approx((5070.0, 5090.0), abs=1e-4)


def test_what_was_made_and_what_is_shown_of_a_line_keep_their_colours(denoised):
    before, after = make_denoised(with_spike(5040.0, 2.0)), make_denoised(with_spike(5040.0, 2.1))
    trial = SimpleNamespace(
        before=before,
        after=after,
        added=with_spike(5050.0, -0.8, base=0.0),
        shown=with_spike(5052.0, -0.4, base=0.0),
    )
    axis = show_denoised(denoised, before, trial)
    painted = Painted(denoised.change)
    painted.lines["bottom"] = axis
    painted.check_tip("generated", 5050.0, -0.8, is_low=True)
    painted.check_tip("denoised", 5052.0, -0.4, is_low=True)
