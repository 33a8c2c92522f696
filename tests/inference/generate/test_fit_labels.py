"""Fits of chosen labels from a far start: on spectra of known labels, and on real stars."""

import numpy as np
import pytest

from spectragui.core.errors import ModelError, SettingsError
from spectragui.inference.generate.fit_labels import FAR_START, FIT_LABELS, fit_labels, starting_labels
from spectragui.inference.generate.generate_spectrum import quick_flux
from spectragui.io.read import read_files
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum

STAR = {"teff": 5900.0, "logg": 4.2, "m_h": 0.1, "alpha_m": 0.05, "vmic": 1.3, "vsini": 8.0}


@pytest.fixture(scope="module")
def observed():
    return simulate_spectrum(
        load_emulator("optical-emulator"), STAR, Observing(40_000.0, snr=80.0, v_rad_kms=31.0, seed=3)
    )


@pytest.fixture(scope="module")
def fit(observed):
    return fit_labels(observed)


def test_all_labels_come_back_from_a_far_start(fit):
    assert fit.names == FIT_LABELS
    assert fit.start["teff"] == FAR_START["teff"] == 5000.0
    for name, truth in STAR.items():
        allowed = 4.0 * fit.labels.error(name) + (0.3 if name == "vsini" else 0.0)  # its pixels are wide
        assert abs(fit.labels[name] - truth) < allowed, name
    assert fit.converged
    assert fit.v_rad_kms == pytest.approx(31.0, abs=4 * fit.e_v_rad_kms + 0.05)
    assert fit.labels.error("teff") < 40.0


def test_the_covariance_holds_the_errors(fit):
    assert fit.covariance.shape == (6, 6)
    assert np.allclose(fit.covariance, fit.covariance.T)
    assert np.linalg.eigvalsh(fit.covariance).min() > -1e-9
    for i, name in enumerate(fit.names):
        assert np.sqrt(fit.covariance[i, i]) == pytest.approx(fit.labels.error(name))


def test_the_request_generates_the_fitted_spectrum(fit, observed):
    wavelength, flux = quick_flux(fit.request)
    segment = observed.in_angstrom()
    rest = segment.wavelength_aa / (1 + fit.v_rad_kms / 299_792.458)
    inside = (rest > 4460) & (rest < 5390) & segment.good
    residual = segment.flux[inside] - np.interp(rest[inside], wavelength, flux)
    assert np.std(residual / segment.uncertainty[inside]) < 1.3


def test_held_labels_stay_and_have_no_error(observed):
    held = {"logg": 4.0, "alpha_m": 0.05, "vmic": 1.3, "vsini": 8.0}
    fit = fit_labels(observed, free=("m_h", "teff"), start=held)
    assert fit.names == ("teff", "m_h")
    for name, value in held.items():
        assert fit.labels[name] == pytest.approx(value, abs=1e-6), name
        assert np.isnan(fit.labels.error(name))
    assert fit.covariance.shape == (2, 2)
    assert abs(fit.labels["teff"] - STAR["teff"]) < 120.0


@pytest.mark.parametrize(
    ("free", "start", "said"),
    [
        ((), {}, "nothing to fit"),
        (("mass",), {}, "mass"),
        (("teff",), {"teff": 20_000.0}, "3900 to 9750"),
        (("teff",), {"age": 1.0}, "age"),
    ],
)
def test_impossible_fits_are_refused(observed, free, start, said):
    with pytest.raises(SettingsError) as caught:
        fit_labels(observed, free=free, start=start)
    assert said in str(caught.value)


def test_the_start_is_complete():
    assert set(starting_labels({})) == set(FIT_LABELS)
    assert starting_labels({"m_h": -1.0})["alpha_m"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("file", "truth", "within"),
    [
        ("harps_sun_ganymede.fits", (5772, 4.44, 0.0), (40, 0.08, 0.05)),
        pytest.param("atlas_arcturus.fits", (4286, 1.64, -0.52), (40, 0.08, 0.05), marks=pytest.mark.slow),
        pytest.param("harps_hd17051.fits", (6170, 4.45, 0.15), (65, 0.12, 0.08), marks=pytest.mark.slow),
    ],
)
def test_real_stars_from_5000_kelvin(shared_data, file, truth, within):
    (spectrum,) = read_files([shared_data / "stars" / file])
    fit = fit_labels(spectrum, start={"teff": 5000.0, "logg": 3.5, "m_h": -0.5})
    for name, value, limit in zip(("teff", "logg", "m_h"), truth, within, strict=True):
        assert abs(fit.labels[name] - value) < limit, name


@pytest.mark.slow
@pytest.mark.parametrize("file", ["elodie_taucet.fits", "harps_aldebaran.fits"])
def test_stars_that_the_physics_misses_are_within_their_errors(shared_data, file):
    # tau Cet: LTE lines say 5283-5330 K, interferometry 5414 K (docs/experiments.md).
    truth = {"elodie_taucet.fits": (5414, 40), "harps_aldebaran.fits": (3927, 40)}[file]
    (spectrum,) = read_files([shared_data / "stars" / file])
    fit = fit_labels(spectrum)
    assert abs(fit.labels["teff"] - truth[0]) < 3.0 * np.hypot(fit.labels.error("teff"), truth[1])


def changed(observed, flux):
    return observed.replace(flux=np.asarray(flux, dtype=float))


@pytest.mark.parametrize("teff", [5000.0, 4200.0])
def test_negative_flux_is_no_result(observed, teff):
    with pytest.raises(ModelError):
        fit_labels(changed(observed, -observed.flux), start={"teff": teff})


def test_noise_around_zero_is_no_result(observed):
    noise = np.random.default_rng(1).normal(0.0, 1.0, len(observed))
    with pytest.raises(ModelError):
        fit_labels(changed(observed, noise))


def test_a_good_fit_has_the_verdict_of_a_prediction(fit):
    assert fit.verdict.level in ("good", "caution")
    assert not fit.verdict.flag_bad


def test_what_is_no_star_is_not_to_be_used(observed):
    wave = np.sin(observed.in_angstrom().wavelength_aa * 3.0)
    noise = np.random.default_rng(2).normal(0.0, 0.01, len(observed))
    try:
        fit = fit_labels(changed(observed, 1.0 + 0.3 * wave + noise))
    except ModelError:
        return
    assert fit.verdict.level == "bad"
    assert fit.verdict.sentence.startswith("Do not use")
