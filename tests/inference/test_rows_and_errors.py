"""Every column of a row against what it came from, and how the parts of an error are put together."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.analysis.barycentric_correction import BarycentricCorrection
from spectragui.core.labels import PARAMETER_LABELS, LabelSet
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.inference.fit.compare import Misfit
from spectragui.inference.fit.refine import _labels
from spectragui.inference.fit.residual_features import ResidualFeature
from spectragui.inference.fit.spectrum_model import FitParameters
from spectragui.inference.generate import fit_labels
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.reported_velocity import report_velocity
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters import predict_spectrum
from spectragui.inference.parameters.result_row import failed_row, result_row, unread_row, with_limits
from spectragui.inference.parameters.uncertainty import misfit_fraction, with_fraction, with_systematics
from spectragui.inference.prediction import Verdict
from spectragui.inference.velocity import velocity_candidates
from spectragui.inference.velocity.star_velocity import StarVelocity
from spectragui.inference.velocity.velocity_row import failed_velocity_row, velocity_row

MISFIT = Misfit(1.5, 1.2, 0.03, 0.01, 0.15, 0.99, 400.0, 5000, ResidualFeature(0.0, 4900.0))
VERDICT = Verdict("bad", "No", ("Why.",), 8, 1024)


def spectrum() -> Spectrum:
    meta = {
        "file": "night/a.fits", "object": "HD 1", "spectrum_index": 3, "file_sha256": "ab" * 32,
        "resolving_power": 48_000.0,
    }  # fmt: skip
    axis = SpectralAxis(np.linspace(4500.0, 5300.0, 50), medium="air", frame="observer")
    return Spectrum(axis, np.ones(50), np.full(50, 0.1), meta=meta)


def observation(**changes) -> Observation:
    values = {
        "resolving_power": 48_000.0, "is_resolving_power_known": True, "v_rad_kms": -12.5,
        "e_v_rad_kms": 0.37, "snr": 81.0, "coverage": 0.83,
    } | changes  # fmt: skip
    return Observation(open_model("optical-parameters"), (), **values)


def label_set(offset: float) -> LabelSet:
    """Return labels of which no two numbers are alike."""
    numbers = {name: offset + 10.0 * place for place, name in enumerate(PARAMETER_LABELS, start=1)}
    return LabelSet(numbers, {name: 0.1 * value + 0.01 * offset for name, value in numbers.items()})


def test_a_row_of_parameters_is_made_of_its_prediction() -> None:
    network, fit = label_set(1000.0), label_set(2000.0)
    seen = observation()
    refinement = SimpleNamespace(labels=fit)
    misfits = (dataclasses.replace(MISFIT, rchi2=2.25), dataclasses.replace(MISFIT, rchi2=1.125))
    row = result_row(spectrum(), seen.model, seen, network, refinement, misfits, VERDICT)
    for labels, suffix in ((network, ""), (fit, "_fit")):
        for name in PARAMETER_LABELS:
            assert row[f"{name}{suffix}"] == labels[name]
            assert row[f"e_{name}{suffix}"] == labels.error(name)
    card = seen.model.card
    expected = {
        "file": "a.fits", "object": "HD 1", "spectrum": 3, "file_sha256": "ab" * 32, "model": card.name,
        "model_version": card.version, "citation": card.citation, "resolving_power": 48_000.0, "v_rad": -12.5,
        "e_v_rad": 0.37, "snr": 81.0, "coverage": 0.83, "rchi2": 2.25, "rchi2_fit": 1.125, "flag_warn": 8,
        "flag_bad": 1024, "flags": "LOW_SNR,LTE", "earlier_state": 0, "reason": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert math.isnan(row["vsini_limit"])
    alone = result_row(spectrum(), seen.model, seen, network, None, misfits, VERDICT)
    assert with_limits(alone, {"vsini": 2.75}) == {**alone, "vsini_limit": 2.75}
    assert all(math.isnan(alone[f"{name}_fit"]) for name in (*PARAMETER_LABELS, "rchi2", "teff"))
    failed = failed_row(spectrum(), seen.model, VERDICT, "too red", "coverage")
    assert (failed["reason"], failed["follow_up"], failed["flag_bad"]) == ("too red", "coverage", 1024)
    unread = unread_row([Path("x/b.fits"), Path("c.fits")], None, "cut")
    assert (unread["file"], unread["reason"], unread["flags"]) == ("b.fits + c.fits", "cut", "NOT_SERVED")
    assert unread["flag_bad"] == 256 and math.isnan(unread["teff"])


def test_a_row_of_velocities_is_made_of_its_measurement() -> None:
    found = SimpleNamespace(
        error_kms=0.11, correlation=0.77, second_peak=0.22, second_velocity_kms=-88.0, template=1,
        segments=(
            SimpleNamespace(velocity_kms=10.0), None, SimpleNamespace(velocity_kms=11.0),
            SimpleNamespace(velocity_kms=14.0),
        ),
    )  # fmt: skip
    templates = SimpleNamespace(name="red", names=("a", "b"))
    best = velocity_candidates.SetVelocity(templates, found, SimpleNamespace(fwhm_kms=23.0), 0.45, True)
    correction = BarycentricCorrection(17.5, "computed", True)
    one = StarVelocity(33.0, 0.45, "barycentric", 15.5, "observer", correction, True, best, (), ())
    row = velocity_row(spectrum(), one)
    expected = {
        "file": "a.fits", "object": "HD 1", "spectrum": 3, "v_rad": 33.0, "e_v_rad": 0.45,
        "frame": "barycentric", "v_axis": 15.5, "e_ccf": 0.11, "berv": 17.5, "berv_source": "computed",
        "berv_added": 1, "method": "red: b",
        "n_orders": 3, "correlation": 0.77, "second_peak": 0.22, "second_velocity": -88.0, "fwhm": 23.0,
        "flag_warn": 0, "flag_bad": 0, "flags": "", "reason": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["scatter"] == pytest.approx(1.4826)  # median of |10, 11, 14 - 11|: 1
    plain = dataclasses.replace(one, correction=None, is_corrected=False)
    assert math.isnan(velocity_row(spectrum(), plain)["berv"])
    assert velocity_row(spectrum(), plain)["berv_added"] == 0
    failed = failed_velocity_row((), spectrum(), "no lines")
    assert (failed["reason"], failed["flag_bad"], failed["flags"]) == ("no lines", 256, "NOT_SERVED")


# Systematic parts


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.45])
def test_what_the_physics_is_wrong_by_is_added_in_quadrature(fraction: float) -> None:
    labels = LabelSet({"teff": 5000.0, "logg": 4.0}, {"teff": 30.0, "logg": 0.05})
    found = with_fraction(labels, fraction, {"teff": 40.0})
    assert found.error("teff") == pytest.approx(math.sqrt(30.0**2 + (fraction * 400.0) ** 2))
    assert found.error("logg") == 0.05 and found.values == labels.values


def test_the_unexplained_part_of_the_lines() -> None:
    clean = dataclasses.replace(MISFIT, unexplained=0.0)
    assert misfit_fraction(clean) == 0.0
    # rms 0.03 beyond a noise of 0.01, whose own share scatters by 0.01^2 sqrt(2 / 5000).
    noise = 3.0 * 0.01**2 * math.sqrt(2.0 / 5000)
    assert misfit_fraction(MISFIT) == pytest.approx(math.sqrt(0.03**2 - noise) / 0.15)
    assert misfit_fraction(dataclasses.replace(MISFIT, unexplained=0.5)) == 1.0
    labels = LabelSet({"teff": 5000.0}, {"teff": 30.0})
    for unseen, fraction in ((0.0, misfit_fraction(MISFIT)), (0.3, 0.3)):
        found = with_systematics(labels, MISFIT, {"teff": 20.0}, 0.0625, unseen)
        assert found.error("teff") == pytest.approx(math.hypot(30.0, fraction / 0.5 * 200.0))


def test_errors_of_a_fits_labels() -> None:
    parameters = FitParameters(("teff", "logg"), 1)
    matrix = np.diag([15.0**2, 0.04**2, 60.0**2, 0.2**2, 1.0])
    problem = SimpleNamespace(parameters=parameters)
    errors = {"emulator": {"teff": 10.0, "vsini": 0.5}, "physics": {"teff": 50.0, "logg": 0.1}}
    card = SimpleNamespace(errors=errors)

    def found(teff: float, coverage: float, amount: float, broadening: float = 64.0) -> LabelSet:
        seen = SimpleNamespace(coverage=coverage, model=SimpleNamespace(card=card))
        return _labels(problem, np.array([teff, 4.2, broadening, 0.1, 0.0]), matrix, amount, seen)

    whole = found(5000.0, 1.0, 0.8)
    assert whole.error("teff") == pytest.approx(math.sqrt(15.0**2 + 10.0**2 + 40.0**2))
    assert whole.error("logg") == pytest.approx(math.hypot(0.04, 0.08))
    # v sin i = 8, of whose square 60 is the error: up to sqrt(64 + 60).
    assert whole.error("vsini") == pytest.approx(math.hypot(math.sqrt(124.0) - 8.0, 0.5))
    still = found(5000.0, 1.0, 0.8, 0.0)
    assert still.error("vsini") == pytest.approx(math.hypot(math.sqrt(60.0), 0.5))  # finite where it rests
    part = found(5000.0, 0.0625, 0.8)  # a sixteenth of the window: the physics counts twice
    assert part.error("teff") == pytest.approx(math.sqrt(15.0**2 + 10.0**2 + 80.0**2))
    hot = found(7250.0, 1.0, 0.0)  # half way from 6500 to 8000 K: the emulator counts 3.5 times
    assert hot.error("teff") == pytest.approx(math.hypot(15.0, 35.0))
    assert found(9000.0, 1.0, 0.0).error("teff") == pytest.approx(math.hypot(15.0, 60.0))


def test_errors_of_a_fits_velocity() -> None:
    fit = SimpleNamespace(
        velocity_kms=0.6, e_velocity_kms=0.3, misfit=0.5, converged=True, labels=LabelSet({"vsini": 5.0})
    )
    moved = predict_spectrum._with_fitted_velocity(observation(), fit)
    assert moved.v_rad_kms == pytest.approx(-11.9)
    assert moved.e_v_rad_kms == pytest.approx(math.hypot(0.3, 0.5 * 0.2))
    fit.misfit = 4.0
    assert predict_spectrum._with_fitted_velocity(observation(), fit).e_v_rad_kms == pytest.approx(
        math.hypot(0.3, 0.2)
    )
    allowed = 4.0 * 0.37 + 0.1 * math.hypot(SPEED_OF_LIGHT_KMS / 48_000.0, 10.0)
    for velocity, is_taken in ((allowed - 0.01, True), (allowed + 0.01, False), (-allowed - 0.01, False)):
        fit.velocity_kms = velocity
        found = predict_spectrum._with_fitted_velocity(observation(), fit)
        assert (found.v_rad_kms != -12.5) == is_taken
    fit.velocity_kms, fit.converged = 0.6, False
    assert predict_spectrum._with_fitted_velocity(observation(), fit).e_v_rad_kms == 0.37


@pytest.mark.parametrize(("has_errors", "unseen"), [(True, 0.0), (False, 0.08)])
def test_noise_that_hides_the_physics_is_made_up_for(
    has_errors: bool, unseen: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = dataclasses.replace(MISFIT, unexplained=0.0)
    monkeypatch.setattr(predict_spectrum, "compare", lambda *_: (None, clean))
    caught = {}

    def row(spectrum, model, observation, network, fit, misfits, verdict):
        caught.update(network=network, fit=fit.labels)
        return {"v_rad_frame": ""}

    monkeypatch.setattr(predict_spectrum, "result_row", row)
    seen = observation(coverage=1.0)
    card = dataclasses.replace(seen.model.card, errors={"misfit": {"teff": 30.0}})
    model = dataclasses.replace(seen.model, card=card)
    given = spectrum() if has_errors else spectrum().replace(uncertainty=None)
    labels = LabelSet({"teff": 5700.0, "logg": 4.0, "m_h": 0.0, "vsini": 50.0}, {"teff": 20.0})

    @dataclasses.dataclass(frozen=True)
    class Fit:
        labels: LabelSet
        misfit: float
        messages: tuple = ()

    prepared = SimpleNamespace(observation=seen, remarks=(), notes=(), v_rad_frame="")
    predict_spectrum._finish(given, model, prepared, labels, Fit(labels, 0.25), seen)
    assert caught["network"].error("teff") == pytest.approx(math.hypot(20.0, unseen * 300.0))
    # The fit saw a quarter of it.
    assert caught["fit"].error("teff") == pytest.approx(math.hypot(20.0, 0.75 * unseen * 300.0))


def test_the_error_of_a_velocity_has_three_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(
        error_kms=0.3, broadening_kms=6.0, correlation=0.6, ccf_velocity_kms=None, ccf=None, velocity_kms=5.0
    )
    monkeypatch.setattr(velocity_candidates, "measure_velocity", lambda *_a, **_k: found)
    monkeypatch.setattr(velocity_candidates, "is_ambiguous", lambda *_: False)
    templates = SimpleNamespace(resolving_power=math.inf, zero_point_kms=0.25, templates=None)
    for peak, width in ((SimpleNamespace(fwhm_kms=40.0), 40.0), (None, 6.0)):
        monkeypatch.setattr(velocity_candidates, "fit_peak", lambda *_, peak=peak: peak)
        one = velocity_candidates._with_set([], templates, 50_000.0, 1000.0)
        mismatch = 0.02 * width * 0.4
        assert one.error_kms == pytest.approx(math.sqrt(0.3**2 + mismatch**2 + 0.25**2))


def test_reported_velocities_add_as_relativity_says() -> None:
    axis = SpectralAxis(np.linspace(4500.0, 5300.0, 50), medium="air", frame="observer")
    for velocity, berv in ((900.0, 30.0), (-700.0, -25.0)):
        exact = (velocity + berv) / (1.0 + velocity * berv / SPEED_OF_LIGHT_KMS**2)
        found = report_velocity(axis, velocity, BarycentricCorrection(berv, "said"))
        assert found.velocity_kms == pytest.approx(exact, rel=1e-10)
        assert (found.frame, found.is_corrected) == ("barycentric", True)
    shifted = axis.shifted(250.0, "barycentric", "x").shifted(40.0, "rest", "y")
    exact = (3.0 + 40.0) / (1.0 + 120.0 / SPEED_OF_LIGHT_KMS**2)
    assert report_velocity(shifted, 3.0, None).velocity_kms == pytest.approx(exact, rel=1e-12)


def test_a_fit_of_labels_states_its_velocity_and_covariance(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = FitParameters(("teff", "logg", "m_h", "alpha_m", "vmic"), 0)
    rng = np.random.default_rng(1)
    root = rng.normal(size=(7, 7)) * np.array([30.0, 0.1, 0.05, 0.03, 0.1, 40.0, 0.2])[:, None]
    errors = {name: 1.0 + place for place, name in enumerate(PARAMETER_LABELS)}
    fit = SimpleNamespace(
        parameters=parameters, covariance=root @ root.T, labels=LabelSet(dict.fromkeys(errors, 1.0), errors),
        velocity_kms=0.5, e_velocity_kms=0.4, converged=True,
    )  # fmt: skip
    names = ("vsini", "teff", "m_h")
    matrix = fit_labels.label_covariance(fit, names)
    assert np.sqrt(np.diag(matrix)) == pytest.approx([errors[name] for name in names])
    places = [5, 0, 2]
    given = fit.covariance[np.ix_(places, places)]
    expected = given / np.sqrt(np.outer(np.diag(given), np.diag(given)))
    sizes = np.sqrt(np.diag(matrix))
    assert matrix / np.outer(sizes, sizes) == pytest.approx(expected)
    monkeypatch.setattr(fit_labels, "compare", lambda *_: (None, MISFIT))
    found = fit_labels._label_fit(fit, observation(), names, {}, (), ())
    assert found.e_v_rad_kms == pytest.approx(math.hypot(0.37, 0.4))
    assert found.v_rad_kms == pytest.approx(-12.0)
    assert {name: found.labels.error(name) for name in names} == {name: errors[name] for name in names}
    assert math.isnan(found.labels.error("logg"))  # it was held


def test_an_ensembles_error_holds_what_its_members_disagree_by(monkeypatch: pytest.MonkeyPatch) -> None:
    from spectragui.networks import parameter_network
    from spectragui.networks.conditions import LabelScaling
    from spectragui.networks.error_calibration import ErrorCalibration, no_calibration

    means = np.array([[[1.0, 2.0]], [[1.4, 2.0]], [[0.6, 2.6]]])
    sigmas = np.array([[[0.1, 0.2]], [[0.2, 0.2]], [[0.3, 0.2]]])
    monkeypatch.setattr(parameter_network, "apply_members", lambda *_: (means, sigmas))
    scaling = LabelScaling(("logg", "m_h"), (4.0, 0.0), (2.0, 0.5))
    network = SimpleNamespace(scaling=scaling, label_names=scaling.names, calibration=no_calibration(2))
    used = np.ones((1, 8), bool)
    inputs = SimpleNamespace(conditions=np.zeros((1, 4), np.float32), is_used=used)
    labels, errors = parameter_network.apply_network(network, inputs)
    assert labels[0] == pytest.approx([6.0, 1.1])
    variance = np.array([(0.01 + 0.04 + 0.09) / 3 + 0.16, 0.04 + 0.12])
    assert errors[0] == pytest.approx(np.sqrt(variance) * [2.0, 0.5])
    # Factors of a calibration by S/N: 2 at S/N 10, 4 at 1000.
    log_snr = np.array([1.0, 3.0])
    one = np.zeros(1)
    factors = np.array([2.0, 4.0]).reshape(1, 1, 1, 2, 1) * np.ones(2)
    network.calibration = ErrorCalibration(one, one, one, log_snr, factors)
    from spectragui.networks.conditions import encode_conditions

    pixel = SPEED_OF_LIGHT_KMS / 50_000.0 / 2.5
    for snr, factor in ((10.0, 2.0), (100.0, 3.0), (1000.0, 4.0)):
        told = encode_conditions(
            np.array([5e4]), np.array([True]), np.array([snr / np.sqrt(pixel)]), np.array([0.0])
        )
        _, found = parameter_network.apply_network(network, SimpleNamespace(conditions=told, is_used=used))
        assert found[0] / errors[0] == pytest.approx([factor, factor], rel=1e-3)


def test_errors_against_a_truth_by_hand() -> None:
    from spectragui.inference.denoise.against_truth import errors_against

    axis = SpectralAxis(np.arange(7000.0, 7004.0))
    truth = np.array([1.0, 2.0, 4.0, 5.0])
    own = Spectrum(axis, np.array([1.1, 1.8, 4.0, 7.0]), np.array([0.2, 0.1, 0.1, 0.1]))
    noisy = Spectrum(axis, truth, np.ones(4), np.array([False, False, False, True]))
    found = errors_against(SimpleNamespace(spectrum=own, noisy=noisy), truth)
    assert found["mean_absolute"] == pytest.approx(0.1)
    assert found["mean_relative"] == pytest.approx(0.2 / 3) and found["max_relative"] == pytest.approx(0.1)
    assert found["bias"] == pytest.approx(0.0, abs=1e-12) and found["within_1_sigma"] == pytest.approx(2 / 3)


def test_a_velocity_that_is_told_has_no_error_but_widens_the_flux() -> None:
    from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
    from spectragui.inference.denoise.denoising_result import DenoiseOptions
    from tests.inference.test_denoise import GIANT, observed

    noisy, _ = observed(GIANT, 15.0, 60.0)
    free = denoise_spectrum(noisy)
    told = denoise_spectrum(noisy, DenoiseOptions(v_rad=60.0))
    assert told.row["v_rad"] == pytest.approx(60.0, abs=1e-6) and told.row["e_v_rad"] == 0.0
    assert (
        free.row["v_rad"] == pytest.approx(60.0, abs=4.0 * free.row["e_v_rad"]) and free.row["e_v_rad"] > 0.3
    )
    # A velocity that is told is not for that reason certain: the flux of no line is surer than before.
    surer = (told.spectrum.uncertainty / free.spectrum.uncertainty)[noisy.good]
    assert np.percentile(surer, 1.0) > 0.975
    for found in (free, told):
        row, denoised = found.row, found.spectrum
        assert row["snr_before"] == found.snr_before and row["snr_after"] == found.snr_after
        assert row["whiteness_p"] == found.whiteness_p and row["n_regions"] == len(found.regions)
        good = noisy.good & denoised.good
        after = np.median((denoised.flux / denoised.uncertainty)[good])
        assert row["snr_after"] == pytest.approx(after, rel=0.02)
        assert row["snr_before"] == pytest.approx(
            np.median((noisy.flux / noisy.uncertainty)[noisy.good]), rel=1e-6
        )
        largest = max(found.lines, key=lambda one: abs(one.change_sigma))
        assert row["ew_change"] == largest.change_sigma and largest.name in row["ew_change_line"]
        assert row["rchi2"] == pytest.approx(np.nanmean(found.residual_sigma**2), rel=1e-6)
        assert (row["flag_warn"], row["flag_bad"]) == (found.verdict.flag_warn, found.verdict.flag_bad)


def test_generated_noise_is_what_was_asked_for() -> None:
    from spectragui.inference.generate.generate_spectrum import GenerateRequest, generate_spectrum

    star = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0}
    plain = generate_spectrum(GenerateRequest(**star))
    for snr in (12.0, 150.0):
        noisy = generate_spectrum(GenerateRequest(**star, snr=snr, seed=3)).spectrum
        good = noisy.good
        assert np.median((plain.flux / noisy.uncertainty)[good]) == pytest.approx(snr, rel=1e-3)
        pulls = (noisy.flux - plain.flux)[good] / noisy.uncertainty[good]
        assert pulls.std() == pytest.approx(1.0, rel=0.03)
        assert noisy.meta["snr"] == snr
    fields = {"m_h": 0.0, "alpha_m": 0.11, "vsini": 7.0, "vmic": 1.3, "v_rad": 25.0}
    meta = generate_spectrum(GenerateRequest(**{**star, **fields}, resolving_power=31_000.0)).spectrum.meta
    assert meta["labels"] == {**star, **fields} and meta["resolving_power"] == 31_000.0
