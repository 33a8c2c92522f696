"""The least-squares refinement against truth: spectra that the forward model made."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.labels import LabelSet
from spectragui.core.progress import Cancelled
from spectragui.inference.fit.fit_problem import Problem, noise_share, weights
from spectragui.inference.fit.refine import Refinement, refine
from spectragui.inference.fit.spectrum_model import (
    SpectrumModel,
    interpolation_matrix,
    join_pixels,
)
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import open_model
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import load_emulator

SUN_LIKE = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 4.0}
DWARF = {"teff": 5000.0, "logg": 4.6, "m_h": -0.6, "alpha_m": 0.2, "vmic": 0.8, "vsini": 3.0}
GIANT = {"teff": 4600.0, "logg": 2.3, "m_h": -0.2, "alpha_m": 0.1, "vmic": 1.5, "vsini": 5.0}
HOT = {"teff": 7800.0, "logg": 4.0, "m_h": 0.1, "alpha_m": 0.0, "vmic": 2.5, "vsini": 60.0}
FAR_START = LabelSet({"teff": 5200.0, "logg": 3.8, "m_h": -0.3})
MODEL = open_model("optical-parameters")
LIGHT_KMS = 299792.458


def observe(
    labels: dict[str, float],
    *,
    snr: float = np.inf,
    power: float = 50000.0,
    window: tuple[float, float] = (4450.0, 5400.0),
    velocity: float = 0.0,
    seed: int = 0,
) -> Observation:
    """Return an observation at 2.5 pixels per FWHM with a wavy continuum of 3 %."""
    emulator = load_emulator("optical-emulator")
    point = [labels[name] for name in emulator.label_names]
    fine = broaden(
        emulator.normalised_flux(point)[0],
        emulator.dv_kms,
        oversample=8,
        vsini_kms=labels["vsini"],
        resolving_power=power,
        velocity_kms=velocity,
    )
    step = 1.0 / power / 2.5
    n_pixels = int(np.log(window[1] / window[0]) / step)
    wavelength = window[0] * np.exp(step * np.arange(n_pixels))
    position = np.log(wavelength / emulator.wavelength_aa[0]) * LIGHT_KMS / emulator.dv_kms * 8
    flux = np.interp(position, np.arange(fine.size), fine)
    continuum = 1.0 + 0.03 * np.sin((wavelength - 4450.0) / 60.0)
    sigma = np.full(n_pixels, 1.0 / (snr if np.isfinite(snr) else 2000.0))
    noise = np.random.default_rng(seed).normal(size=n_pixels) * sigma * np.isfinite(snr)
    segment = Segment(
        wavelength, continuum * (flux + noise), continuum * sigma, np.zeros(n_pixels, dtype=bool)
    )
    coverage = (window[1] - window[0]) / 950.0
    return Observation(MODEL, (segment,), power, True, 0.0, 0.1, float(np.median(flux / sigma)), coverage)


def difference(fit: Refinement, labels: dict[str, float]) -> NDArray[np.float64]:
    """Return fitted minus true teff, logg, m_h."""
    return np.array([fit.labels[name] - labels[name] for name in ("teff", "logg", "m_h")])


@pytest.mark.parametrize("labels", [SUN_LIKE, DWARF, GIANT, HOT], ids=["sun-like", "dwarf", "giant", "hot"])
def test_a_noise_free_spectrum_gives_its_labels_back_from_a_far_start(labels: dict[str, float]) -> None:
    fit = refine(observe(labels), FAR_START)
    assert fit.converged
    assert np.all(np.abs(difference(fit, labels)) < [8.0, 0.02, 0.01])
    assert abs(fit.labels["alpha_m"] - labels["alpha_m"]) < 0.02
    assert abs(fit.labels["vmic"] - labels["vmic"]) < 0.05
    assert abs(fit.labels["vsini"] - labels["vsini"]) < 0.3
    assert fit.misfit < 0.1


def test_low_resolution_and_a_part_of_the_window_still_work() -> None:
    labels = {**SUN_LIKE, "vsini": 20.0}
    fit = refine(observe(labels, power=4000.0), FAR_START)
    assert np.all(np.abs(difference(fit, labels)) < [15.0, 0.04, 0.02])
    fit = refine(observe(SUN_LIKE, window=(5140.0, 5300.0)), FAR_START)
    assert np.all(np.abs(difference(fit, SUN_LIKE)) < [15.0, 0.04, 0.02])


@pytest.mark.parametrize("snr", [15.0, 60.0])
def test_errors_hold_for_noise_alone(snr: float) -> None:
    window = (5050.0, 5300.0)
    pulls = []
    for seed in range(10):
        fit = refine(observe(SUN_LIKE, snr=snr, window=window, power=20000.0, seed=seed), LabelSet(SUN_LIKE))
        stated = [fit.labels.error(name) for name in ("teff", "logg", "m_h")]
        pulls.append(difference(fit, SUN_LIKE) / stated)
    rms = np.sqrt(np.mean(np.square(pulls)))
    # 30 correlated numbers: their rms scatters by about 18 %.
    assert 0.6 < rms < 1.5


def test_hits_do_not_pull_the_fit() -> None:
    clean = observe(GIANT, snr=80.0, seed=3)
    segment = clean.segments[0]
    flux = segment.flux.copy()
    flux[np.random.default_rng(5).choice(flux.size, 150, replace=False)] += 3.0
    hit = dataclasses.replace(clean, segments=(dataclasses.replace(segment, flux=flux),))
    before, after = (refine(one, LabelSet(GIANT)) for one in (clean, hit))
    assert np.all(np.abs(difference(after, dict(before.labels.values))) < [10.0, 0.03, 0.02])


def test_masked_pixels_do_not_count_at_all() -> None:
    observation = observe(SUN_LIKE, snr=100.0, window=(5100.0, 5250.0))
    segment = observation.segments[0]
    mask = np.zeros(segment.flux.size, dtype=bool)
    mask[500:600] = True

    def fitted(value: float) -> LabelSet:
        flux = np.where(mask, value, segment.flux)
        one = dataclasses.replace(segment, flux=flux, mask=mask)
        return refine(dataclasses.replace(observation, segments=(one,)), FAR_START).labels

    assert dict(fitted(0.0).values) == dict(fitted(17.0).values)


def test_overlapping_orders_each_with_its_own_continuum() -> None:
    orders = []
    for number, first in enumerate((4900.0, 4960.0, 5020.0)):
        segment = observe(DWARF, snr=100.0, window=(first, first + 75.0), seed=number).segments[0]
        slope = np.linspace(0.7 + 0.2 * number, 1.2, segment.flux.size)
        orders.append(
            dataclasses.replace(segment, flux=segment.flux * slope, uncertainty=segment.uncertainty * slope)
        )
    observation = dataclasses.replace(observe(DWARF), segments=tuple(orders), coverage=0.2)
    fit = refine(observation, FAR_START)
    assert np.all(
        np.abs(difference(fit, DWARF)) < 4.0 * np.array([fit.errors[n] for n in ("teff", "logg", "m_h")])
    )
    for segment, generated, continuum in zip(orders, fit.generated, fit.continuum, strict=True):
        pull = (segment.flux - generated * continuum) / segment.uncertainty
        assert 0.9 < np.std(pull) < 1.1


def test_a_velocity_that_is_left_is_found() -> None:
    fit = refine(observe(SUN_LIKE, velocity=2.5, window=(5100.0, 5250.0)), FAR_START)
    assert fit.velocity_kms == pytest.approx(2.5, abs=0.03)


def test_lines_sharper_than_the_resolving_power_are_said() -> None:
    observation = dataclasses.replace(observe({**SUN_LIKE, "vsini": 0.0}), resolving_power=30000.0)
    fit = refine(observation, FAR_START)
    assert fit.labels["vsini"] == 0.0
    assert any("sharper" in message for message in fit.messages)


def test_what_no_spectrum_allows_is_an_error_in_words() -> None:
    observation = observe(SUN_LIKE, window=(5100.0, 5101.0))
    with pytest.raises(ModelError, match="at least 100 good pixels"):
        refine(observation, FAR_START)


def test_a_fit_can_be_cancelled() -> None:
    def cancel(fraction: float, message: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        refine(observe(SUN_LIKE, window=(5100.0, 5200.0)), FAR_START, cancel)


def test_derivatives_are_those_of_the_spectrum() -> None:
    observation = observe(GIANT, window=(5150.0, 5200.0))
    model = SpectrumModel.build(MODEL.emulator, MODEL.patterns, observation)
    point = np.array([4600.0, 2.3, -0.2, 0.1, 1.5, 25.0, 0.4, 0.6, 0.3])
    steps = np.array([10.0, 0.02, 0.02, 0.02, 0.02, 0.5, 0.01, 0.1, 0.1])
    _, derivatives = model.generate_with_derivatives(point)
    for number in range(len(point)):
        moved = steps * (np.arange(len(point)) == number)
        numeric = (model.generate(point + moved) - model.generate(point - moved)) / (2 * steps[number])
        assert np.allclose(derivatives[number], numeric, atol=0.03 * np.abs(numeric).max() + 1e-6)


def test_interpolation_is_exact_for_smooth_lines() -> None:
    grid = np.arange(400.0)
    position = np.random.default_rng(1).uniform(10, 380, 500)

    def line(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.exp(-0.5 * ((x - 200.3) / 2.0) ** 2)

    found = interpolation_matrix(position, grid.size) @ line(grid)
    assert np.allclose(found, line(position), atol=1.5e-3)


def test_joined_pixels_keep_flux_and_errors() -> None:
    rng = np.random.default_rng(2)
    wavelength = 5000.0 * np.exp(np.arange(4000) * 0.5 / LIGHT_KMS)
    sigma = rng.uniform(0.01, 0.03, wavelength.size)
    mask = rng.random(wavelength.size) < 0.1
    flux = np.where(mask, 0.0, 1.0 + rng.normal(size=wavelength.size) * sigma)
    observation = Observation(
        MODEL, (Segment(wavelength, flux, sigma, mask),), 30000.0, True, 0.0, 0.1, 50.0, 1.0
    )
    joined, number = join_pixels(observation)
    segment = joined.segments[0]
    good = ~segment.mask
    assert number == 9
    assert np.all(np.diff(segment.wavelength_aa) > 0)
    assert np.std((segment.flux - 1.0)[good] / segment.uncertainty[good]) == pytest.approx(1.0, abs=0.1)


def test_the_noise_share_is_the_scatter_from_pixel_to_pixel() -> None:
    rng = np.random.default_rng(4)
    assert noise_share(0.4 * rng.normal(size=20000)) == pytest.approx(0.4, rel=0.03)
    assert noise_share(3.0 * rng.normal(size=20000)) == 1.0
    assert noise_share(np.ones(3)) == 1.0


def test_a_pixel_far_off_does_not_count_and_bad_stretches_count_less() -> None:
    observation = observe(SUN_LIKE, snr=50.0, window=(5100.0, 5200.0))
    model = SpectrumModel.build(MODEL.emulator, MODEL.patterns, observation)
    problem = Problem.build(observation, model, 5772.0)
    point = np.array([5772.0, 4.44, 0.0, 0.0, 1.0, 16.0, 0.0, 0.0, 0.0])
    residual = np.random.default_rng(6).normal(size=problem.data.size) * problem.sigma
    residual[100] = 2.0
    is_bad = problem.wavelength_aa > 5160.0
    found = weights(problem, point, np.where(is_bad, 6.0, 1.0) * residual)
    assert found[100] == 0.0
    assert np.median(found[problem.wavelength_aa > 5175.0]) < 0.1 * np.median(found[~is_bad])
