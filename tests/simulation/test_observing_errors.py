"""Noise, calibration errors, gaps and cosmic rays are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.simulation.continuum_error import polynomial_error, random_walk_error
from spectragui.simulation.detector_gaps import draw_coverage, echelle_blaze
from spectragui.simulation.noise import add_cosmic_rays, add_noise, noise_sigma

WAVE = np.linspace(4450.0, 5400.0, 20_000)
FLUX = 1.0 - 0.7 * np.exp(-0.5 * ((WAVE - 4861.3) / 5) ** 2)


@pytest.mark.parametrize("snr", [5.0, 80.0, 300.0])
def test_noise_has_the_requested_ratio(snr: float) -> None:
    sigma = noise_sigma(FLUX, snr)
    assert np.median(FLUX / sigma) == pytest.approx(snr, rel=1e-9)
    noisy = add_noise(FLUX, sigma, np.random.default_rng(1))
    assert np.std((noisy - FLUX) / sigma) == pytest.approx(1, abs=0.02)
    assert sigma[np.argmin(FLUX)] < sigma[0]


def test_noise_without_photons_is_read_noise() -> None:
    sigma = noise_sigma(np.concatenate([np.ones(100), np.zeros(5)]), 50.0, read_noise_part=0.1)
    assert sigma[-1] == pytest.approx(np.sqrt(0.1) * sigma[0])


def test_calibration_error_is_smooth_and_of_its_size() -> None:
    few = np.linspace(WAVE[0], WAVE[-1], 1000)
    drawn = [random_walk_error(few, 0.02, 100.0, np.random.default_rng(seed)) for seed in range(1000)]
    peaks = [np.abs(one - 1.0).max() for one in drawn]
    assert max(peaks) == pytest.approx(0.02, rel=1e-6) and min(peaks) > 0.0199
    factor = random_walk_error(WAVE, 0.02, 100.0, np.random.default_rng(2))
    np.testing.assert_allclose(np.interp(few, WAVE, factor), drawn[2], atol=2e-4)
    assert np.abs(np.diff(factor)).max() * (100.0 / (WAVE[1] - WAVE[0])) < 0.5
    again = random_walk_error(WAVE, 0.02, 100.0, np.random.default_rng(2))
    np.testing.assert_array_equal(factor, again)
    curve = polynomial_error(WAVE, 0.05, 3, np.random.default_rng(3))
    assert np.std(curve) == pytest.approx(0.05, rel=1e-6)
    fitted = np.polynomial.Polynomial.fit(WAVE, curve, 3)(WAVE)
    np.testing.assert_allclose(curve, fitted, atol=1e-9)


def test_coverage_has_gaps_bad_pixels_and_ends() -> None:
    mask = draw_coverage(WAVE, np.random.default_rng(4), n_gaps=5, gap_aa=20.0, missing_end_aa=30.0)
    assert 0.01 < mask.mean() < 0.25
    none = draw_coverage(WAVE, np.random.default_rng(4), n_gaps=0, bad_pixel_part=0.0)
    assert not none.any()


def test_blaze_falls_to_its_ends() -> None:
    blaze = echelle_blaze(1001, depth=0.7)
    assert blaze[500] == pytest.approx(1) and blaze[[0, -1]] == pytest.approx(0.3, abs=1e-3)


def test_cosmic_rays_are_high_and_listed() -> None:
    sigma = noise_sigma(FLUX, 50.0)
    hit_flux, hit = add_cosmic_rays(FLUX, sigma, 20, np.random.default_rng(5))
    assert 20 <= hit.sum() <= 60
    assert np.all(hit_flux[hit] - FLUX[hit] > 9 * sigma[hit])
    np.testing.assert_array_equal(hit_flux[~hit], FLUX[~hit])
