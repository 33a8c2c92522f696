"""Rotation, macroturbulence, line spread and shift against direct convolution and truth."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.simulation.broadening import broaden
from spectragui.simulation.doppler_shift import log_shift_kms
from spectragui.simulation.line_spread import blur_to_varying_resolution, line_spread_sigma_kms
from spectragui.simulation.macroturbulence import macroturbulence_profile, rotation_in_total, total_broadening
from spectragui.simulation.rotation import rotation_profile, rotation_transfer, tabulated_rotation_transfer

DV = 1.2
VELOCITY = (np.arange(4001) - 2000) * DV


def _line(centre: float = 0.0, sigma: float = 2.0) -> np.ndarray:
    return 1.0 - 0.6 * np.exp(-0.5 * ((VELOCITY - centre) / sigma) ** 2)


def _width(flux: np.ndarray) -> float:
    depth = 1.0 - flux
    centre = (depth * VELOCITY).sum() / depth.sum()
    return float(np.sqrt((depth * (VELOCITY - centre) ** 2).sum() / depth.sum()))


def _convolved(profile: np.ndarray, fine_step: float = 0.05) -> np.ndarray:
    fine = np.arange(-400, 400 + fine_step / 2, fine_step)
    depth = 0.6 * np.exp(-0.5 * (fine / 2.0) ** 2)
    return 1.0 - np.interp(VELOCITY, fine, np.convolve(depth, profile, mode="same") * fine_step)


@pytest.mark.parametrize("vsini", [1.5, 8.0, 60.0, 250.0])
def test_rotation_is_the_convolution_with_its_profile(vsini: float) -> None:
    fine = np.arange(-400, 400.025, 0.05)
    truth = _convolved(rotation_profile(fine, vsini))
    np.testing.assert_allclose(broaden(_line(), DV, vsini_kms=vsini), truth, atol=8e-4)


@pytest.mark.parametrize("vsini", [0.01, 3.0, 30.0, 300.0])
def test_the_table_of_rotation_is_the_formula(vsini: float) -> None:
    frequencies = np.linspace(0.0, 0.42, 20_001)
    found = tabulated_rotation_transfer(frequencies, vsini)
    np.testing.assert_allclose(found, rotation_transfer(frequencies, vsini), atol=1e-8)


@pytest.mark.parametrize("vmac", [1.0, 4.0, 8.0])
def test_macroturbulence_is_the_convolution_with_its_profile(vmac: float) -> None:
    fine = np.arange(-400, 400.025, 0.05)
    truth = _convolved(macroturbulence_profile(fine, vmac))
    np.testing.assert_allclose(broaden(_line(), DV, vmac_kms=vmac), truth, atol=3e-3)
    profile = macroturbulence_profile(np.arange(-100, 100, 0.001), vmac)
    assert profile.sum() * 0.001 == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("resolving_power", [1_000.0, 20_000.0, 115_000.0])
def test_line_spread_adds_its_variance_and_keeps_the_equivalent_width(resolving_power: float) -> None:
    flux = broaden(_line(), DV, resolving_power=resolving_power)
    sigma = float(line_spread_sigma_kms(resolving_power))
    assert _width(flux) == pytest.approx(np.hypot(2.0, sigma), rel=1e-3)
    assert (1 - flux).sum() == pytest.approx((1 - _line()).sum(), rel=1e-6)
    assert 299792.458 / resolving_power == pytest.approx(2.3548 * sigma, rel=1e-4)


@pytest.mark.parametrize("velocity", [-600.0, -3.21, 0.5, 83.7, 600.0])
def test_a_shift_is_a_shift(velocity: float) -> None:
    expected = _line(float(log_shift_kms(velocity)))
    np.testing.assert_allclose(broaden(_line(), DV, velocity_kms=velocity), expected, atol=1e-4)


def test_shift_is_relativistic() -> None:
    beta = 500.0 / 299792.458
    expected = 299792.458 * 0.5 * np.log((1 + beta) / (1 - beta))
    assert float(log_shift_kms(500.0)) == pytest.approx(expected, rel=1e-12)


def test_oversampling_keeps_the_old_pixels() -> None:
    once = broaden(_line(), DV, vsini_kms=10.0, resolving_power=50_000.0)
    twice = broaden(_line(), DV, vsini_kms=10.0, resolving_power=50_000.0, oversample=2)
    np.testing.assert_allclose(twice[::2], once, atol=1e-10)


def test_total_broadening_has_the_width_of_both() -> None:
    total = float(total_broadening(6.0, 4.0))
    both = broaden(_line(), DV, vsini_kms=6.0, vmac_kms=4.0)
    one = broaden(_line(), DV, vsini_kms=total)
    assert _width(one) == pytest.approx(_width(both), rel=1e-3)
    assert float(rotation_in_total(total, 4.0)) == pytest.approx(6.0)
    assert float(rotation_in_total(2.0, 4.0)) == 0.0


def test_varying_resolution_is_the_local_one() -> None:
    lines = np.ones(VELOCITY.size)
    for centre in (-1500.0, 0.0, 1500.0):
        lines -= 0.6 * np.exp(-0.5 * ((VELOCITY - centre) / 2.0) ** 2)
    resolving_power = np.linspace(20_000, 60_000, VELOCITY.size)
    flux = blur_to_varying_resolution(lines, DV, resolving_power)
    for centre in (-1500.0, 0.0, 1500.0):
        near = np.abs(VELOCITY - centre) < 100
        local = np.interp(centre, VELOCITY, resolving_power)
        truth = broaden(_line(centre), DV, resolving_power=local)
        np.testing.assert_allclose(flux[near], truth[near], atol=2.5e-3)


def test_float32_stays_float32() -> None:
    line = _line().astype(np.float32)
    flux = broaden(line, DV, vsini_kms=12.0, resolving_power=30_000.0, velocity_kms=15.0)
    assert flux.dtype == np.float32
    truth = broaden(_line(), DV, vsini_kms=12.0, resolving_power=30_000.0, velocity_kms=15.0)
    np.testing.assert_allclose(flux, truth, atol=2e-6)
