"""What a user says is what is used: values that differ from the defaults, the file and the last choice."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.analysis.axis_conversion import AxisConversion
from spectragui.core.labels import LabelSet
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.gui.denoise.denoising import denoising_words, told_options
from spectragui.gui.denoise.fitting import error_forecast_words
from spectragui.gui.generate import generating
from spectragui.gui.generate.controls import GenerateControlsPanel
from spectragui.gui.generate.fit_card import correlation_table
from spectragui.gui.parameters.card import summary_text, value_text, velocity_text
from spectragui.gui.parameters.parameters_options import OptionsForm, automatic_text
from spectragui.gui.parameters.predicting import options_of
from spectragui.gui.parameters.prediction_commands import prediction_words
from spectragui.gui.passport.conversions import conversions, frame_shifts
from spectragui.gui.passport.convert_dialog import ConvertDialog
from spectragui.gui.photometry.catalogues import catalogue_words
from spectragui.gui.session.denoise_state import DenoiseState, Denoising, Night
from spectragui.gui.session.generate_state import GenerateState
from spectragui.gui.session.photometry_state import OpenCatalogue, PhotometryState
from spectragui.gui.session.settings import Settings
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.command_lines import spectrum_words
from spectragui.gui.training.plan_config import config_of, estimate_of
from spectragui.gui.training.training_plan import TrainingPlan, TrainingSettings
from spectragui.gui.velocity.velocities import velocity_words
from spectragui.gui.view.measuring import line_near, measure, measurement_words
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.inference.generate.request import GenerateRequest
from spectragui.inference.prediction import PredictOptions
from spectragui.inference.velocity.star_velocity import VelocityOptions
from spectragui.io.catalogues import read_catalogue
from tests.gui.conftest import make_spectrum
from tests.gui.photometry.sample_catalogues import write_csv
from tests.gui.predictions import make_prediction, open_with

ITEM = OpenSpectrum("s0", ("/data/star.fits",), 0, make_spectrum())


def said(words, flag):
    """Return what stands behind a flag; None where it does not stand there."""
    return words[words.index(flag) + 1] if flag in words else None


@pytest.mark.parametrize(
    ("field", "flag", "value", "told"),
    [
        ("model", "--model", "mdwarf-starnet", "mdwarf-starnet"),
        ("resolving_power", "--resolving-power", 42_000.0, "42000"),
        ("v_rad", "--v-rad", -12.25, "-12.25"),
        ("device", "--device", "cpu", "cpu"),
    ],
)
def test_a_prediction_is_copied_with_each_of_its_options(field, flag, value, told):
    words = prediction_words(ITEM, PredictOptions(**{field: value}))
    assert said(words, flag) == told and [word for word in words if word.startswith("--")] == [flag]
    assert prediction_words(ITEM, PredictOptions(refine=False))[-1] == "--no-refine"
    assert "medium=vacuum" in said(prediction_words(ITEM, PredictOptions(medium="vacuum")), "--change")


def test_networks_run_where_the_preferences_say():
    state = AppState(settings=Settings(device="cpu"), options=PredictOptions(v_rad=3.0))
    assert options_of(state) == PredictOptions(v_rad=3.0, device="cpu")
    state = AppState(settings=Settings(device="cpu"), denoise=DenoiseState(DenoiseOptions(v_rad=5.5)))
    assert told_options(state) == DenoiseOptions(v_rad=5.5, device="cpu")


def test_denoising_a_velocity_and_a_catalogue_are_copied_as_they_were_told(session, tmp_path):
    session.update(
        spectra=(ITEM,), selected_id="s0", settings=Settings(device="cpu"),
        denoise=DenoiseState(DenoiseOptions(model="pfs-dae", v_rad=-7.5)),
    )  # fmt: skip
    words = denoising_words(session)
    assert (said(words, "--v-rad"), said(words, "--model"), said(words, "--device")) == (
        "-7.5",
        "pfs-dae",
        "cpu",
    )
    words = velocity_words(ITEM, VelocityOptions(template="mdwarf", range_aa=(5000.0, 5100.5)))
    assert words[words.index("--template") : words.index("--template") + 2] == ["--template", "mdwarf"]
    assert words[-3:] == ["--range", "5000", "5100.5"]
    catalogue = OpenCatalogue("c1", "/data/field.csv", read_catalogue(write_csv(tmp_path / "field.csv", 5)))
    session.update(catalogues=(catalogue,), catalogue_id="c1", photometry=PhotometryState(model="alhambra-x"))
    words = catalogue_words(session)
    assert words[:2] == ["photometry", "/data/field.csv"] and words[-1] == "field_photometry.ecsv"
    assert (said(words, "--model"), said(words, "--device")) == ("alhambra-x", "cpu")


def test_the_spectrum_of_a_file_of_many_is_named_by_its_index():
    many = OpenSpectrum("s0", ("/data/many.fits",), 3, make_spectrum(n_spectra=5, spectrum_index=3))
    assert said(spectrum_words(many), "--spectrum") == "3"
    assert "--spectrum" not in spectrum_words(ITEM)


GENERATED = {
    "model": ("--model", "emulator"),
    "v_rad": ("--v-rad", 33.5),
    "resolving_power": ("--resolving-power", 20_000.0),
    "snr": ("--snr", 50.0),
    "extra_fwhm": ("--extra-fwhm", 3.0),
    "samples": ("--samples", 4),
    "seed": ("--seed", 7),
}


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_spectrum_is_copied_with_each_value_that_was_told(name):
    flag, value = GENERATED[name]
    words = generating.generation_words(dataclasses.replace(GenerateRequest(), **{name: value}))
    assert said(words, flag) == (value if isinstance(value, str) else f"{value:g}")
    assert flag not in generating.generation_words(GenerateRequest())
    for label, shown in (("--teff", "5772"), ("--logg", "4.44"), ("--m-h", "0")):
        assert said(words, label) == shown


def test_sliders_start_where_the_prediction_is(session):
    open_with(session, make_spectrum(), make_prediction("Sun", teff=5900.0))
    assert generating.start_from_result(session)
    request = session.state.generate.request
    row = session.state.results[0].prediction.row
    assert (request.teff, request.logg) == (5912.0, 4.42)  # the fit's
    assert (request.resolving_power, request.v_rad) == (row["resolving_power"], row["v_rad"])
    assert request.extra_fwhm == 0.0


def over_a_spectrum(session, power=48_000.0):
    """Lay the sliders over an observation at R 48,000 and 21.5 km/s."""
    backdrop = SimpleNamespace(resolving_power=power, v_rad_kms=21.5, frame="barycentric")
    state = dataclasses.replace(GenerateState(), is_over_observed=True)
    state = state.with_request(resolving_power=power, v_rad=21.5)
    session.update(
        generate=state, generation=SimpleNamespace(backdrop=backdrop, extrapolated=(), overlay=None)
    )


def test_a_fit_takes_the_resolving_power_that_was_moved(session):
    over_a_spectrum(session)
    assert generating.fit_options(session.state) == session.state.options
    session.update(generate=session.state.generate.with_request(resolving_power=30_000.0))
    assert generating.fit_options(session.state).resolving_power == 30_000.0
    assert generating.shown_request(session.state).frame == "barycentric"


def test_a_reset_over_a_spectrum_keeps_what_is_the_observations(session, qtbot):
    panel = GenerateControlsPanel(session)
    qtbot.addWidget(panel)
    over_a_spectrum(session)
    session.update(generate=session.state.generate.with_request(teff=9000.0, v_rad=3.0))
    panel.reset_button.click()
    request = session.state.generate.request
    assert (request.teff, request.v_rad, request.resolving_power) == (5772.0, 21.5, 48_000.0)


def test_the_spread_of_samples_is_half_of_their_band(monkeypatch):
    made = SimpleNamespace(samples=np.ones((3, 5)), band=(np.full(5, 0.9), np.full(5, 1.1)), spectrum=None)
    module = "spectragui.inference.generate.generate_spectrum"
    monkeypatch.setattr(f"{module}.generate_spectrum", lambda request: made)
    monkeypatch.setattr(f"{module}.quick_flux", lambda request: (np.arange(5.0), np.ones(5)))
    state = GenerateState().with_request(samples=3, snr=0.0)
    found = generating.run_generation(state, None, None, True, lambda *_: None)
    assert found.spread == pytest.approx(np.full(5, 0.1))


def test_correlations_stand_in_their_rows():
    covariance = np.array([[100.0, 4.0], [4.0, 0.25]])  # 4 / (10 x 0.5)
    table = correlation_table(("teff", "logg"), covariance)
    assert "&nbsp;0.80</td>" in table and table.index("log") < table.index("0.80") < table.rindex("eff")


def test_the_error_of_a_sum_counts_the_exposures_that_are_in_it():
    items = tuple(OpenSpectrum(f"s{i}", (f"{i}.fits",), 0, make_spectrum()) for i in range(4))
    fit = SimpleNamespace(fit=SimpleNamespace(labels=LabelSet({"teff": 5000.0}, {"teff": 200.0})))
    summed = Denoising("sum", make_spectrum(), None, DenoiseOptions(), fit=fit)
    state = AppState(
        spectra=items, night=Night("star", tuple(item.id for item in items), "sum"), denoisings=(summed,),
        denoise=DenoiseState(wanted_label="teff", wanted_error=100.0),
    )  # fmt: skip
    assert error_forecast_words(state) == "12 more exposures like these for Teff to ±100 K (now ±200 K)."


def test_numbers_of_a_prediction_are_those_of_its_fit():
    row = make_prediction().row
    text = summary_text(row)
    assert text == "Reduced χ² 1.08 · coverage 100 % · S/N 212 · R 115,000"
    assert summary_text({**row, "rchi2_fit": math.nan}).startswith("Reduced χ² 1.3")
    assert velocity_text(row) == "\N{MINUS SIGN}3.21 ± 0.05"
    labels = LabelSet({"vsini": 2.1, "teff": 5779.0}, {"vsini": 0.9, "teff": 41.0})
    assert value_text("vsini", labels, {"vsini": 3.1}) == "< 3.1"
    assert value_text("vsini", labels, {"vsini": 2.0}) == "2.1 ± 0.9"
    assert value_text("teff", labels, {}) == "5779 ± 41"


def test_options_say_what_is_known_and_from_where(qtbot, theme):
    form = OptionsForm()
    qtbot.addWidget(form)
    spectrum = make_spectrum(resolving_power=48_000.0)
    assert form.summary(spectrum) == "R 48,000 (file) · air (file) · velocity measured · with fit"
    form.set_values(PredictOptions(resolving_power=20_000.0, medium="vacuum", v_rad=-3.5, refine=False))
    assert form.summary(spectrum) == "R 20,000 · vacuum · velocity -3.5 km/s · no fit"
    axis = SpectralAxis(spectrum.wavelength_aa, medium="air", medium_source="assumed: optical")
    assert automatic_text("medium", Spectrum(axis, spectrum.flux)) == "air (assumed)"
    assert (
        automatic_text("medium", Spectrum(axis.replace(medium="unknown"), spectrum.flux))
        == "unknown: air assumed"
    )
    assert automatic_text("resolving_power", make_spectrum()) == "unknown: estimated"


def test_the_last_shift_is_taken_back_with_the_other_sign():
    moved = AxisConversion(velocity_kms=12.5, frame="rest", source="measured")(make_spectrum())
    item = ITEM.replace(spectrum=moved)
    back = next(shift for shift in frame_shifts(item, AppState()) if "taken back" in shift.source)
    assert (back.frame, back.velocity_kms) == ("barycentric", -12.5)
    texts = [one.text for one in conversions(item, AppState())]
    assert "To the barycentre (v = \N{MINUS SIGN}12.500 km/s, the last shift taken back)" in texts


def test_a_velocity_that_was_typed_is_said_to_be_typed(qtbot, theme):
    spectrum = make_spectrum(v_rad_kms=25.125, v_rad_source="VRAD = 25.125")
    item = ITEM.replace(spectrum=spectrum)
    dialog = ConvertDialog(item, AppState(spectra=(item,), selected_id="s0"), None)
    qtbot.addWidget(dialog)
    dialog.frame.setCurrentIndex(dialog.frame.findText("to the rest frame"))
    assert dialog.velocity.value() == pytest.approx(25.125)
    assert dialog.arguments == {"velocity_kms": 25.125, "frame": "rest", "source": "VRAD = 25.125"}
    dialog.velocity.setValue(31.0)
    assert dialog.arguments == {"velocity_kms": 31.0, "frame": "rest", "source": "typed by hand"}
    dialog.unit.setCurrentIndex(dialog.unit.findData("nm"))
    dialog.medium.setCurrentIndex(dialog.medium.findData("vacuum"))
    assert dialog.arguments["unit"] == "nm" and dialog.arguments["medium"] == "vacuum"


def test_a_line_is_measured_from_the_continuum_that_was_chosen_with_its_own_error(session):
    wavelength = np.linspace(5000.0, 5020.0, 401)
    flux = 0.9 - 0.45 * np.exp(-0.5 * ((wavelength - 5010.0) / 0.2) ** 2)
    axis = SpectralAxis(wavelength, medium="air", frame="rest")
    item = OpenSpectrum(
        "s0", ("a.fits",), 0, Spectrum(axis, flux, np.full(401, 0.009), meta={"normalised": True})
    )
    session.update(spectra=(item,), selected_id="s0")
    measure(session, item, "sum", 5008.0, 5012.0)
    session.update(settings=session.state.settings.replace(measures_from_one=True))
    measure(session, item, "sum", 5008.0, 5012.0)
    free, fixed = (one.row for one in session.state.measurements)
    line = 0.45 * 0.2 * math.sqrt(2 * math.pi)
    assert free["ew"] == pytest.approx(line / 0.9, rel=0.02) and free["continuum"] == pytest.approx(
        0.9, abs=0.01
    )
    assert fixed["ew"] == pytest.approx(line + 0.1 * 4.0, rel=0.02) and fixed["continuum"] == pytest.approx(
        1.0
    )
    # With a fixed level, nothing but the pixels' noise: their number times step times sigma.
    assert fixed["e_ew"] == pytest.approx(0.009 * 0.05 * math.sqrt(80), rel=0.05)
    assert f"W = {1e3 * fixed['ew']:.1f} ± {1e3 * fixed['e_ew']:.1f} mÅ" in measurement_words(fixed)


def test_a_line_is_named_at_the_velocity_of_the_star(session):
    moved = make_spectrum(v_rad_kms=120.0)
    item = OpenSpectrum("s0", ("a.fits",), 0, moved)
    session.update(spectra=(item,), selected_id="s0")
    shifted = 5183.604 * (1 + 120.0 / 299_792.458)
    assert line_near(session, item, shifted, math.nan).startswith("Mg")
    assert not line_near(session, item, 5183.604, math.nan).startswith("Mg b1")


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("steps", 77, "training.steps"),
        ("batch", 33, "training.batch"),
        ("rate_e4", 3.5, "training.learning_rate"),
        ("rehearsal", 0.25, "base.rehearsal"),
        ("seed", 9, "training.seed"),
        ("device", "cpu", "training.device"),
        ("folds", 7, "base.folds"),
        ("average", 0.9, "training.average"),
        ("weight_decay", 0.02, "training.weight_decay"),
        ("validate_every", 3, "training.validate_every"),
    ],
)
def test_each_setting_of_a_training_stands_in_its_configuration(tmp_path, name, value, where):
    plan = TrainingPlan(name="mine", labels=("teff",), settings=TrainingSettings(**{name: value}))
    part, field = where.split(".")
    found = getattr(getattr(config_of(plan, tmp_path), part), field)
    assert found == (pytest.approx(1e-4 * value) if name == "rate_e4" else value)
    frozen = TrainingPlan(name="mine", settings=TrainingSettings(freeze="embedding, dense.0"))
    assert tuple(config_of(frozen, tmp_path).base.freeze) == ("embedding", "dense.0")


def test_folds_and_rehearsal_cost_time_where_they_are_done():
    few, many = TrainingPlan(base="optical-parameters"), TrainingPlan(base="")
    seconds = [estimate_of(few, n)[0] for n in (100, 499, 500)]
    a_run = 300 * 64 * 0.001
    assert seconds[1] - 399 * 0.04 * 1.3 == pytest.approx(seconds[0])
    assert seconds[1] + 0.04 * 1.3 - seconds[2] == pytest.approx(5 * a_run)
    assert estimate_of(few, 100)[0] - estimate_of(many, 100)[0] == pytest.approx(8.0)
    assert estimate_of(few, 1000)[1] - estimate_of(few, 0)[1] == pytest.approx(100.0)
