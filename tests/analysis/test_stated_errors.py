"""Errors that measurements state are the scatter of noisy copies: each profile, with errors and without."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.analysis.coadd import CoaddOptions, coadd
from spectragui.analysis.cross_correlation import curvature_error
from spectragui.analysis.exposure_forecast import exposures_for_error
from spectragui.analysis.line_measurement import fit_line, measure_by_sums
from spectragui.analysis.photometry_statistics import agreement
from spectragui.analysis.radial_velocity import _scatter_error, measure_velocity
from spectragui.analysis.region_pixels import region_pixels
from spectragui.analysis.region_statistics import region_statistics
from spectragui.analysis.spectrum_arithmetic import divide_by_standard
from spectragui.core.numerics import der_noise, interpolate_linear, pixel_edges
from spectragui.core.spectral_axis import SpectralAxis, add_velocities
from spectragui.core.spectrum import Spectrum

CENTRE, SIGMA, WIDTH = 5000.03, 0.12, 0.15
X = np.arange(4998.0, 5002.0, 0.03)
N_COPIES = 120
#: 120 copies tell a scatter to 6.5 %; three times that, and no factor of the faults that were found.
TOLERANCE = 0.2
SUMS = ("equivalent_width_aa", "centroid_aa")
FIT = ("equivalent_width_aa", "centre_aa", "fwhm_aa", "depth")


def line(lorentz: float, sign: float) -> np.ndarray:
    from scipy.special import voigt_profile

    edges = pixel_edges(X)
    fine = edges[:-1, None] + np.diff(edges)[:, None] * (np.arange(9) + 0.5) / 9
    profile = voigt_profile(fine - CENTRE, SIGMA, 0.5 * lorentz).mean(axis=1)
    return 3.0 * (1.0 + 0.004 * (X - 5000.0)) * (1.0 - sign * WIDTH * profile)


def copies(flux: np.ndarray, noise: float = 0.02, *, told: bool = True):
    for seed in range(N_COPIES):
        errors = 3.0 * noise * np.linspace(0.8, 1.2, X.size)
        noisy = flux + np.random.default_rng(seed).normal(0.0, errors)
        yield region_pixels(
            Spectrum(SpectralAxis(X, medium="air"), noisy, errors if told else None), X[0], X[-1]
        )


def stated(results: list, names: tuple[str, ...]) -> dict[str, float]:
    """Return the median of the stated error over the scatter, for each quantity."""
    found = {}
    for name in names:
        values = np.array([getattr(one, name) for one in results])
        errors = np.array([getattr(one, f"e_{name}") for one in results])
        found[name] = float(np.median(errors) / values.std())
    return found


@pytest.mark.parametrize("profile", ["gaussian", "voigt"])
@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["absorption", "emission"])
@pytest.mark.parametrize("told", [True, False], ids=["with errors", "without"])
def test_a_fitted_line(profile: str, sign: float, told: bool) -> None:
    flux = line(0.15 if profile == "voigt" else 0.0, sign)
    results = [fit_line(pixels, profile) for pixels in copies(flux, told=told)]
    for name, ratio in stated(results, FIT).items():
        assert ratio == pytest.approx(1.0, abs=TOLERANCE), (name, ratio)
    if told:
        assert np.mean([one.reduced_chi2 for one in results]) == pytest.approx(1.0, abs=0.05)
    else:
        assert all(math.isnan(one.reduced_chi2) for one in results)


def test_a_line_on_a_level_that_is_given() -> None:
    results = [fit_line(pixels, "gaussian", level=3.0) for pixels in copies(line(0.0, 1.0))]
    for name, ratio in stated(results, FIT).items():
        assert ratio == pytest.approx(1.0, abs=TOLERANCE), (name, ratio)


@pytest.mark.parametrize("told", [True, False], ids=["with errors", "without"])
def test_a_line_by_sums(told: bool) -> None:
    results = [measure_by_sums(pixels) for pixels in copies(line(0.0, 1.0), told=told)]
    for name, ratio in stated(results, SUMS).items():
        assert ratio == pytest.approx(1.0, abs=TOLERANCE), (name, ratio)


@pytest.mark.parametrize("told", [True, False], ids=["with errors", "without"])
def test_a_mean(told: bool) -> None:
    results = [region_statistics(pixels) for pixels in copies(np.full(X.size, 3.0), told=told)]
    assert stated(results, ("mean",))["mean"] == pytest.approx(1.0, abs=TOLERANCE)
    assert np.median([one.standard_deviation for one in results]) == pytest.approx(0.06, rel=0.05)
    if told:
        assert np.median([one.snr for one in results]) == pytest.approx(50.0, rel=0.05)


@pytest.mark.parametrize("n", [2, 5])
def test_coadding_without_errors_states_the_scatter(n: int) -> None:
    wave = np.linspace(5000.0, 5040.0, 800)
    axis = SpectralAxis(wave, medium="air", frame="barycentric")
    rng = np.random.default_rng(3)
    options = CoaddOptions(rejection_sigma=0.0, matches_levels=False)
    results = [
        coadd([Spectrum(axis, 10.0 + rng.normal(0.0, 0.3, wave.size)) for _ in range(n)], options).spectrum
        for _ in range(25)
    ]
    scatter = np.std([one.flux for one in results])
    assert scatter == pytest.approx(0.3 / np.sqrt(n), rel=0.03)
    assert np.median([one.uncertainty for one in results]) == pytest.approx(scatter, rel=0.06)


@pytest.mark.parametrize("exponent", [0.5, 2.0])
def test_a_transmission_to_a_power_states_the_scatter(
    exponent: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The standard's level is 1 already.
    monkeypatch.setattr("spectragui.analysis.spectrum_arithmetic._flattened", lambda spectrum: spectrum)
    wave = np.linspace(6280.0, 6300.0, 500)
    axis = SpectralAxis(wave, medium="air", frame="observer")
    seen = np.full(wave.size, 0.5)
    flux = 5.0 * seen**exponent
    rng = np.random.default_rng(4)
    results = []
    for _ in range(80):
        star = Spectrum(axis, flux + rng.normal(0.0, 0.02, wave.size), np.full(wave.size, 0.02))
        standard = Spectrum(
            axis, seen + rng.normal(0.0, 0.02, wave.size), np.full(wave.size, 0.02), meta={"normalised": True}
        )
        results.append(divide_by_standard(star, standard, exponent))
    scatter = np.std([one.flux for one in results], axis=0)
    told = np.median([one.uncertainty for one in results], axis=0)
    assert np.median(told / scatter) == pytest.approx(1.0, abs=0.06)


def test_interpolated_errors_and_noise_from_the_pixels() -> None:
    x = np.arange(300.0)
    rng = np.random.default_rng(1)
    sigma = np.linspace(0.5, 1.5, 300)
    found = np.array(
        [interpolate_linear(x, rng.normal(0.0, sigma), sigma, None, x[:-1] + 0.5)[:2] for _ in range(200)]
    )
    assert np.median(found[:, 1].mean(axis=0) / found[:, 0].std(axis=0)) == pytest.approx(1.0, abs=0.03)
    noise = [der_noise(10.0 + rng.normal(0.0, 0.7, 2000)) for _ in range(40)]
    assert np.mean(noise) == pytest.approx(0.7, rel=0.02)


def test_the_error_of_a_peak_is_zuckers() -> None:
    # 1 / sigma^2 = -N (C'' / C) C^2 / (1 - C^2), Zucker 2003, MNRAS 342, 1291.
    for height, curvature, n, step in ((0.6, -0.01, 2000, 1.5), (0.95, -0.002, 300, 0.5)):
        information = n * (-curvature / step**2 / height) * height**2 / (1.0 - height**2)
        assert curvature_error(height, curvature, n, step) == pytest.approx(information**-0.5)
    assert math.isinf(curvature_error(0.5, 0.01, 100, 1.0))


def test_velocities_of_orders_that_disagree_have_the_error_of_their_mean() -> None:
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(60):
        alone = [SimpleNamespace(velocity_kms=v, error_kms=0.01) for v in rng.normal(20.0, 0.5, 25)]
        ratios.append(_scatter_error(alone))
    assert np.median(ratios) == pytest.approx(0.5 / np.sqrt(25), rel=0.1)
    assert _scatter_error(alone[:2]) == 0.0


def test_the_error_of_a_velocity_holds_what_orders_disagree_by() -> None:
    from spectragui.analysis.cross_correlation import VelocityTemplates

    step, rng = 1.0, np.random.default_rng(8)
    places = rng.uniform(0.0, 9000.0, 150)
    fine = np.arange(9000.0)
    depth = sum(0.5 * np.exp(-0.5 * ((fine - place) / 4.0) ** 2) for place in places)
    templates = VelocityTemplates(5000.0, step, depth[None])
    offsets = rng.normal(0.0, 0.6, 9)
    segments = []
    for number, offset in enumerate(offsets):
        inside = np.arange(number * 1000.0, number * 1000.0 + 999.0)
        wave = 5000.0 * np.exp(inside * step / 299792.458)
        shifted = np.interp(inside - offset, fine, depth)
        noise = rng.normal(0.0, 0.002, inside.size)
        segments.append(Spectrum(SpectralAxis(wave), 1.0 - shifted + noise, np.full(inside.size, 0.002)))
    found = measure_velocity(segments, templates, limit_kms=50.0)
    expected = np.std(offsets, ddof=1) / np.sqrt(9)
    assert found.error_kms == pytest.approx(expected, rel=0.35)
    assert found.velocity_kms == pytest.approx(offsets.mean(), abs=0.2)
    alone = measure_velocity(segments[:1], templates, limit_kms=50.0)
    assert alone.error_kms < 0.3 * expected


def test_velocities_add_up_as_relativity_says() -> None:
    c = 299792.458
    beta = [0.3, 0.5]
    rapidity = math.tanh(math.atanh(beta[0]) + math.atanh(beta[1]))
    assert add_velocities(beta[0] * c, beta[1] * c) == pytest.approx(rapidity * c, rel=1e-12)
    assert add_velocities(900.0, -900.0) == pytest.approx(0.0, abs=1e-9)


def test_errors_fall_to_their_floor_and_outliers_lie_on_both_sides() -> None:
    # sigma^2 = floor^2 + noise^2 / n: 0.5 after 4, floor 0.3; 0.4 wants 4 * (0.16 / 0.07) exposures in all.
    assert exposures_for_error(4, 0.5, 0.4, 0.3) == math.ceil(4 * (0.16 / 0.07) - 4)
    residuals = np.array([0.0] * 6 + [0.149, -0.149, 0.151, -0.151])
    assert agreement(residuals).outliers == pytest.approx(0.2)


@pytest.mark.parametrize("profile", ["gaussian", "voigt"])
def test_errors_of_a_line_whose_pixels_have_none_follow_from_its_own_misfit(profile: str) -> None:
    """As those of pixels with equal errors, but for the square root of their reduced chi2."""
    flux = line(0.0, 1.0) + 0.05 * np.random.default_rng(3).normal(size=X.size)
    flux += 0.3 * np.exp(-0.5 * np.square((X - CENTRE - 0.25) / 0.05))  # what no profile follows
    axis = SpectralAxis(X, medium="air")
    without = fit_line(region_pixels(Spectrum(axis, flux, None), X[0], X[-1]), profile)
    told = fit_line(region_pixels(Spectrum(axis, flux, np.full(X.size, 0.05)), X[0], X[-1]), profile)
    assert told.reduced_chi2 > 1.5
    for name in FIT:
        ratio = getattr(without, f"e_{name}") / getattr(told, f"e_{name}")
        assert ratio == pytest.approx(math.sqrt(told.reduced_chi2), rel=0.02), name
