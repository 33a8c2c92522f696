"""Levels around pixels: percentiles of all runs at once are numpy's, one by one."""

import numpy as np

from spectragui.inference.observation.ramps import LEVEL_PERCENTILE, _percentiles, find_ramps


def test_percentiles_of_runs_are_numpys():
    chance = np.random.default_rng(3)
    values = chance.normal(size=500)
    first = np.sort(chance.integers(0, 500, 60))
    last = np.minimum(first + chance.integers(0, 40, 60), 500)
    last[:2] = first[:2]  # of nothing
    found = _percentiles(values, first, last)
    runs = [values[a:b] for a, b in zip(first, last, strict=True)]
    wanted = [np.percentile(run, LEVEL_PERCENTILE) if run.size else np.nan for run in runs]
    assert np.allclose(found, wanted, rtol=1e-14, equal_nan=True)


def test_one_very_bright_pixel_hides_no_ramp():
    wave = np.arange(5000.0, 5100.0, 0.05)
    flux = np.minimum((wave - 5000.0) / 6.0, 1.0)
    mask = np.zeros(wave.size, bool)
    plain = find_ramps(wave, flux, mask, ends=(True, False))
    flux[1000] = 1e6
    assert plain[:80].all() and np.array_equal(find_ramps(wave, flux, mask, ends=(True, False)), plain)
