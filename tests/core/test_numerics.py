"""Resampling, interpolation and noise against truth: conservation and Monte Carlo."""

from __future__ import annotations

import time

import numpy as np
import pytest

from spectragui.core import numerics

RNG = np.random.default_rng(20)


def _uneven_grid(n: int) -> np.ndarray:
    return 4500.0 + np.cumsum(RNG.uniform(0.03, 0.07, n))


def test_flux_is_conserved_between_uneven_grids() -> None:
    wave = _uneven_grid(4000)
    flux = 1.0 + RNG.normal(0, 0.3, wave.size)
    edges_in = numerics.pixel_edges(wave)
    inner = np.linspace(wave[50], wave[-50], 700)
    result, _, mask = numerics.resample(wave, flux, None, None, inner)
    edges = numerics.pixel_edges(inner)
    total = np.interp(edges, edges_in, np.concatenate([[0], np.cumsum(flux * np.diff(edges_in))]))
    assert not mask.any()
    np.testing.assert_allclose(result * np.diff(edges), np.diff(total), rtol=1e-9, atol=1e-11)


def test_the_same_grid_changes_nothing() -> None:
    wave = _uneven_grid(500)
    flux, sigma = RNG.normal(1, 0.1, 500), RNG.uniform(0.1, 0.2, 500)
    mask = np.zeros(500, bool)
    mask[40:60] = True
    result, error, bad = numerics.resample(wave, flux, sigma, mask, wave)
    np.testing.assert_array_equal(bad, mask)
    np.testing.assert_allclose(result[~bad], flux[~bad], rtol=1e-9)
    np.testing.assert_allclose(error[~bad], sigma[~bad], rtol=1e-9)


@pytest.mark.parametrize("step", [0.03, 0.05, 0.137])
def test_reported_sigma_is_the_scatter(step: float) -> None:
    wave = _uneven_grid(1200)
    sigma = RNG.uniform(0.02, 0.1, wave.size)
    mask = RNG.uniform(size=wave.size) < 0.05
    out = np.arange(wave[3], wave[-3], step)
    draws = []
    for _ in range(1500):
        draws.append(numerics.resample(wave, 1 + sigma * RNG.normal(size=wave.size), sigma, mask, out))
    good = ~draws[0][2]
    scatter = np.std([flux for flux, _, _ in draws], axis=0)
    ratio = (scatter / draws[0][1])[good]
    assert abs(np.sqrt(np.mean(ratio**2)) - 1) < 0.02
    assert abs(np.median(ratio) - 1) < 0.02


def test_interpolated_sigma_is_the_scatter() -> None:
    wave = _uneven_grid(800)
    sigma = RNG.uniform(0.02, 0.1, wave.size)
    out = RNG.uniform(wave[1], wave[-2], 500)
    draws = [
        numerics.interpolate_linear(wave, sigma * RNG.normal(size=wave.size), sigma, None, out)
        for _ in range(1500)
    ]
    ratio = np.std([flux for flux, _, _ in draws], axis=0) / draws[0][1]
    assert abs(np.sqrt(np.mean(ratio**2)) - 1) < 0.02


def test_masked_and_nan_pixels_do_not_leak() -> None:
    wave = np.arange(4500.0, 4520.0, 0.05)
    flux = np.ones(wave.size)
    mask = np.zeros(wave.size, bool)
    flux[100], mask[100] = 1e9, True
    flux[200] = np.nan
    result, _, bad = numerics.resample(wave, flux, None, mask, np.arange(4501.0, 4519.0, 0.11))
    np.testing.assert_allclose(result[~bad], 1.0, rtol=1e-12)
    value, _, bad = numerics.interpolate_linear(wave, flux, None, mask, wave[90:210] + 0.02)
    np.testing.assert_allclose(value[~bad], 1.0, rtol=1e-12)
    assert bad.sum() == 4


def test_gaps_are_not_filled() -> None:
    wave = np.concatenate(
        [np.arange(4500, 4510, 0.05), np.arange(4530, 4540, 0.05), np.arange(4550, 4560, 0.05)]
    )
    out = np.arange(4502.0, 4558.0, 0.1)
    _, _, bad = numerics.resample(wave, np.ones(wave.size), np.ones(wave.size), None, out)
    in_gap = ((out > 4510.05) & (out < 4529.9)) | ((out > 4540.05) & (out < 4549.9))
    covered = (out < 4509.85) | ((out > 4530.1) & (out < 4539.85)) | (out > 4550.1)
    assert bad[in_gap].all() and not bad[covered].any()


def test_uneven_sampling_is_no_gap() -> None:
    wide_log = np.geomspace(1150.0, 25_000.0, 20_000)
    wide_linear = np.linspace(1150.0, 25_000.0, 20_000)
    for wave in (wide_log, wide_linear, wide_linear**0.5 * 50):
        assert numerics.find_gaps(wave).size == 0
    lonely = np.concatenate([np.arange(4500, 4510, 0.05), [4515.0], np.arange(4520, 4530, 0.05)])
    np.testing.assert_array_equal(np.diff(numerics.find_gaps(lonely)), [1])
    two_samplings = np.concatenate([np.arange(4500, 4510, 0.05), np.arange(4510, 4600, 1.0)])
    _, _, bad = numerics.resample(two_samplings, two_samplings, None, None, np.arange(4515.0, 4590.0, 1.5))
    assert not bad.any()


def test_outside_is_masked() -> None:
    wave = np.arange(4500.0, 4510.0, 0.05)
    _, sigma, bad = numerics.resample(wave, wave, wave, None, np.arange(4490.0, 4520.0, 0.2))
    assert bad[:49].all() and bad[-49:].all() and np.isinf(sigma[bad]).all() and not bad[55:95].any()


def test_resampling_is_quick() -> None:
    wave = np.linspace(4450.0, 5400.0, 50_000)
    out = np.linspace(4460.0, 5390.0, 20_000)
    flux = np.ones(wave.size)
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        numerics.resample(wave, flux, flux, None, out)
        best = min(best, time.perf_counter() - start)
    assert best < 0.03  # 10 ms on a free core


def test_cubic_interpolation_is_exact_for_cubics_and_close_for_lines() -> None:
    x = np.arange(200.0)
    place = RNG.uniform(0, 199, 300)
    rows = np.stack([x**3 - 3 * x**2, 2.0 - x])
    np.testing.assert_allclose(
        numerics.interpolate_cubic(rows, place), [place**3 - 3 * place**2, 2 - place], rtol=1e-9, atol=1e-6
    )
    line = np.exp(-0.5 * ((x - 100.3) / 2.5) ** 2)
    found = numerics.interpolate_cubic(line, np.array([99.75, 101.6]))
    np.testing.assert_allclose(found, np.exp(-0.5 * (np.array([-0.55, 1.3]) / 2.5) ** 2), atol=2e-3)


def test_gaussian_kernel_has_its_width() -> None:
    for sigma in (1.0, 4.0):
        kernel = numerics.gaussian_kernel(sigma)
        x = np.arange(kernel.size) - kernel.size // 2
        assert kernel.sum() == pytest.approx(1)
        assert np.sqrt((kernel * x**2).sum()) == pytest.approx(np.sqrt(sigma**2 + 1 / 12), rel=2e-3)
    np.testing.assert_array_equal(numerics.gaussian_kernel(0.0), [1.0])


@pytest.mark.parametrize("snr", [5.0, 50.0, 400.0])
def test_der_snr_finds_the_noise(snr: float) -> None:
    x = np.arange(20_000)
    shape = 1 + 0.2 * np.sin(x / 300) - 0.5 * np.exp(-0.5 * ((x - 7000) / 40) ** 2)
    flux = shape * (1 + RNG.normal(size=x.size) / snr)
    mask = np.zeros(x.size, bool)
    mask[::50] = True
    flux[::50] = -1e6
    assert numerics.der_snr(flux, mask) == pytest.approx(snr, rel=0.05)
    assert numerics.median_snr(flux, shape / snr, mask) == pytest.approx(snr, rel=0.05)


def test_log_grid_has_the_step() -> None:
    grid = numerics.log_grid(4450.0, 5400.0, 1.2)
    np.testing.assert_allclose(np.diff(np.log(grid)) * 299792.458, 1.2, rtol=1e-6)
    assert grid[0] == 4450.0 and 5399.9 < grid[-1] <= 5400.0
