"""The coarse continuum against known responses: smooth ones, blazes, broad lines, noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spectragui.preprocessing.envelope.coarse_continuum import estimate_coarse_continuum, is_normalised


def absorption(wave: NDArray, seed: int = 0, per_aa: float = 0.8) -> NDArray:
    rng = np.random.default_rng(seed)
    depth = np.zeros(wave.size)
    for centre in rng.uniform(wave[0], wave[-1], int(per_aa * (wave[-1] - wave[0]))):
        depth += rng.beta(1, 3) * np.exp(-0.5 * ((wave - centre) / 0.08) ** 2)
    return np.exp(-depth)


def estimate(wave: NDArray, flux: NDArray, snr: float) -> NDArray:
    sigma = np.full(flux.size, float(np.median(flux)) / snr)
    return estimate_coarse_continuum(wave, flux, sigma, np.zeros(flux.size, dtype=bool))


def test_a_blaze_is_taken_out() -> None:
    wave = np.linspace(4578.0, 4652.0, 4600)
    blaze = 2e4 * np.sinc((wave - 4618.0) / 45.0) ** 2 + 800.0
    flux = blaze * absorption(wave)
    ratio = estimate(wave, flux, 100.0) / blaze
    assert np.all(np.abs(ratio[200:-200] - 1.0) < 0.12)
    assert np.all(np.abs(ratio - 1.0) < 0.35)


def test_a_response_over_the_whole_window() -> None:
    wave = np.linspace(4450.0, 5400.0, 20000)
    response = 50.0 * (1.0 + 0.5 * np.sin(wave / 200.0))
    flux = response * absorption(wave)
    ratio = estimate(wave, flux, 100.0) / response
    assert np.std(ratio) < 0.02
    assert np.median(ratio) == pytest.approx(1.0, abs=0.03)


def test_a_broad_line_stays() -> None:
    wave = np.linspace(4700.0, 5000.0, 6000)
    line = 1.0 - 0.6 / (1.0 + ((wave - 4861.0) / 4.0) ** 2)
    ratio = line / estimate(wave, line, 200.0)
    assert ratio.min() == pytest.approx(0.4, abs=0.05) and abs(wave[np.argmin(ratio)] - 4861.0) < 0.5
    assert np.abs(ratio[np.abs(wave - 4861.0) > 60.0] - 1.0).max() < 0.1


def test_noise_does_not_lift_it() -> None:
    wave = np.linspace(4600.0, 4700.0, 4000)
    flux = 1.0 + np.random.default_rng(3).normal(size=wave.size) / 10.0
    assert np.median(estimate(wave, flux, 10.0)) == pytest.approx(1.0, abs=0.05)


def test_masked_pixels_do_not_count() -> None:
    wave = np.linspace(4600.0, 4700.0, 3000)
    flux = np.ones(wave.size)
    mask = np.zeros(wave.size, dtype=bool)
    flux[1000:1100], mask[1000:1100] = 50.0, True
    level = estimate_coarse_continuum(wave, flux, np.full(wave.size, 0.01), mask)
    assert np.all(np.abs(level - 1.0) < 0.02)


def test_too_few_pixels_give_a_constant() -> None:
    wave = np.linspace(4600.0, 4601.0, 6)
    assert np.all(estimate(wave, np.full(6, 3.0), 10.0) == 3.0)


@pytest.mark.parametrize(("scale", "expected"), [(1.0, True), (1.2, False), (2e4, False)])
def test_normalised_spectra_are_known(scale: float, expected: bool) -> None:
    wave = np.linspace(4450.0, 5400.0, 15000)
    assert is_normalised(scale * absorption(wave), np.zeros(wave.size, dtype=bool)) is expected
