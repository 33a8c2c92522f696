"""Bad pixels found, good ones left: zeros, fill values, plateaus, spikes; gaps; noise."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.preprocessing.gaps import find_stretches
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.stages.bad_pixels import find_empty, find_plateaus, find_spikes


def test_empty_pixels() -> None:
    flux = np.linspace(1.0, 2.0, 200)
    flux[3], flux[10], flux[20] = 0.0, np.nan, -0.2
    assert list(np.flatnonzero(find_empty(flux, 100.0))) == [3, 10, 20]
    assert list(np.flatnonzero(find_empty(flux, 5.0))) == [3, 10]


def test_fill_values_but_not_a_noise_free_continuum() -> None:
    flux = np.random.default_rng(1).normal(1000.0, 10.0, 500)
    flux[:60] = 4.0
    assert np.count_nonzero(find_empty(flux, 100.0)) == 60
    quiet = np.ones(500)
    quiet[200:210] = 0.4
    assert not find_empty(quiet, 1e4).any()


def test_a_clipped_top_is_masked() -> None:
    flux = np.random.default_rng(2).normal(1.0, 0.05, 2000)
    clipped = np.minimum(flux, 1.1)
    found = find_plateaus(clipped, np.zeros(2000, dtype=bool))
    assert np.array_equal(found, flux >= 1.1)
    assert not find_plateaus(flux, np.zeros(2000, dtype=bool)).any()
    assert not find_plateaus(np.minimum(flux, 1.0), np.zeros(2000, dtype=bool)).any()


def test_spikes_are_masked_but_not_emission_lines() -> None:
    sigma = np.full(3000, 0.01)
    flux = 1.0 + sigma * np.random.default_rng(3).normal(size=3000)
    flux[500:503] += 3.0
    found = find_spikes(flux, sigma, np.zeros(3000, dtype=bool))
    assert found[500:503].all()
    assert np.count_nonzero(found) <= 7
    flux[1000:1060] += 3.0
    assert not find_spikes(flux, sigma, np.zeros(3000, dtype=bool))[1005:1055].any()


def test_stretches_end_at_long_gaps() -> None:
    wave = np.concatenate([np.arange(4500.0, 4520.0, 0.1), np.arange(4540.0, 4560.0, 0.1)])
    mask = np.zeros(wave.size, dtype=bool)
    mask[:5] = True
    stretches = find_stretches(wave, mask)
    assert [s.start for s in stretches] == [5, 200]
    assert stretches[-1].stop == wave.size
    assert find_stretches(wave, np.ones(wave.size, dtype=bool)) == []


@pytest.mark.parametrize("sigma", [0.1, 0.005])
def test_noise_is_measured(sigma: float) -> None:
    rng = np.random.default_rng(4)
    wave = np.linspace(4600.0, 4650.0, 5000)
    flux = 1.0 - 0.5 * np.exp(-0.5 * ((wave - 4620.0) / 0.1) ** 2) + rng.normal(0.0, sigma, wave.size)
    found = estimate_noise(flux, np.zeros(wave.size, dtype=bool))
    assert np.median(found) == pytest.approx(sigma, rel=0.1)


def test_noise_follows_the_signal() -> None:
    rng = np.random.default_rng(5)
    level = np.linspace(100.0, 10000.0, 8000)
    found = estimate_noise(level + np.sqrt(level) * rng.normal(size=8000), np.zeros(8000, dtype=bool))
    assert found[-500] / found[500] == pytest.approx(np.sqrt(level[-500] / level[500]), rel=0.2)
