"""Velocities against truth: the scatter of many realisations is the stated error; speed; bent scales."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.analysis.line_broadening import measure_broadening
from spectragui.analysis.radial_velocity import RadialVelocity, measure_velocity
from spectragui.analysis.wavelength_distortion import measure_distortion
from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis, doppler_factor
from spectragui.core.spectrum import Spectrum

START, STOP = 4440.0, 5410.0


def line_spectrum(seed: int, width_aa: float = 0.08, n_lines: int = 900) -> tuple[NDArray, NDArray]:
    """Return wavelengths and a normalised spectrum of random absorption lines."""
    rng = np.random.default_rng(seed)
    wave = np.arange(START, STOP, 0.02)
    depth = np.zeros(wave.size)
    for centre, strength in zip(rng.uniform(START, STOP, n_lines), rng.beta(1, 3, n_lines), strict=True):
        near = slice(*np.searchsorted(wave, (centre - 0.6, centre + 0.6)))
        depth[near] += strength * np.exp(-0.5 * ((wave[near] - centre) / width_aa) ** 2)
    return wave, np.exp(-depth)


@pytest.fixture(scope="module")
def templates() -> VelocityTemplates:
    wave, first = line_spectrum(1)
    _, second = line_spectrum(2)
    return VelocityTemplates.on_grid(wave, np.stack([second, first]), 1.5)


def observed(
    velocity: float, snr: float, seed: int, *, step: float = 0.03, low: float = 4460.0, high: float = 5390.0
) -> Spectrum:
    wave, flux = line_spectrum(1)
    pixels = np.arange(low, high, step)
    rng = np.random.default_rng(seed)
    data = np.interp(pixels / doppler_factor(velocity), wave, flux) + rng.normal(size=pixels.size) / snr
    return Spectrum(SpectralAxis(pixels, medium="air"), data, np.full(pixels.size, 1.0 / snr))


@pytest.mark.parametrize("velocity", [-583.0, -84.3, 0.0, 12.34, 590.0])
def test_a_shift_is_found_again(templates: VelocityTemplates, velocity: float) -> None:
    found = measure_velocity([observed(velocity, 100.0, 3)], templates)
    assert found.velocity_kms == pytest.approx(velocity, abs=0.05)
    assert found.template == 1
    assert found.correlation > 0.97
    assert found.second_peak < 0.3


def test_scatter_is_the_stated_error(templates: VelocityTemplates) -> None:
    results = [
        measure_velocity([observed(20.0, 8.0, seed, low=5000, high=5060)], templates) for seed in range(60)
    ]
    scatter = np.std([r.velocity_kms - 20.0 for r in results])
    stated = np.median([r.error_kms for r in results])
    assert stated == pytest.approx(scatter, rel=0.35)


def test_orders_are_measured_one_by_one(templates: VelocityTemplates) -> None:
    orders = [observed(30.0, 80.0, 4, low=4500, high=4570), observed(36.0, 80.0, 5, low=4700, high=4770)]
    found = measure_velocity(orders, templates)
    velocities = [one.velocity_kms for one in found.segments if one is not None]
    assert velocities == pytest.approx([30.0, 36.0], abs=0.1)


def test_wide_pixels_need_no_interpolation(templates: VelocityTemplates) -> None:
    coarse = observed(55.0, 300.0, 6, step=0.5)
    assert measure_velocity([coarse], templates, broadenings_kms=(0.0, 30.0)).velocity_kms == pytest.approx(
        55.0, abs=1.5
    )


def test_masked_pixels_do_not_count(templates: VelocityTemplates) -> None:
    clean = observed(10.0, 100.0, 7)
    flux = np.array(clean.flux)
    flux[::7] = 40.0
    mask = np.zeros(flux.size, dtype=bool)
    mask[::7] = True
    hit = clean.replace(flux=flux, mask=mask)
    assert measure_velocity([hit], templates).velocity_kms == pytest.approx(10.0, abs=0.05)


def test_nothing_in_the_range_is_said(templates: VelocityTemplates) -> None:
    with pytest.raises(UnitError, match="no pixels"):
        measure_velocity([observed(0.0, 50.0, 8, low=6000, high=6100)], templates)


def test_broadening_is_measured(templates: VelocityTemplates) -> None:
    wave, flux = line_spectrum(1)
    from scipy.ndimage import gaussian_filter1d

    fwhm = 20.0
    sigma_pixels = fwhm / 2.3548 / SPEED_OF_LIGHT_KMS * 4900.0 / 0.02
    pixels = np.arange(4460.0, 5390.0, 0.05)
    data = np.interp(pixels, wave, gaussian_filter1d(flux, sigma_pixels))
    segment = Spectrum(SpectralAxis(pixels, medium="air"), data, np.full(data.size, 0.01))
    width, correlation = measure_broadening([segment], templates, 1)
    assert width == pytest.approx(fwhm, rel=0.1)
    assert correlation > 0.99


def bent(amplitude: float) -> Spectrum:
    straight = observed(5.0, 200.0, 9, low=4600, high=4700)
    x = np.linspace(-1.0, 1.0, len(straight))
    shift = amplitude * (x**3 - 0.3 * x)
    axis = straight.spectral_axis
    return straight.replace(
        spectral_axis=axis.replace(values=axis.values * (1.0 + shift / SPEED_OF_LIGHT_KMS))
    )


def test_a_bent_wavelength_scale_is_seen(templates: VelocityTemplates) -> None:
    segment = bent(4.0)
    found: RadialVelocity = measure_velocity([segment], templates)
    curve = measure_distortion(segment, templates, found)
    assert curve is not None
    x = np.linspace(-1.0, 1.0, len(segment))
    assert np.std(curve - (5.0 + 4.0 * (x**3 - 0.3 * x))) < 0.25


def test_a_straight_scale_is_left_alone(templates: VelocityTemplates) -> None:
    segment = bent(0.0)
    assert measure_distortion(segment, templates, measure_velocity([segment], templates)) is None


def test_it_is_quick(templates: VelocityTemplates) -> None:
    spectrum = observed(5.0, 100.0, 10)
    measure_velocity([spectrum], templates)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        measure_velocity([spectrum], templates)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.3


def test_a_spectrum_without_a_good_pixel_is_no_template():
    from spectragui.analysis.template_set import template_set_of
    from spectragui.core.errors import ModelError

    wavelength = np.linspace(5000.0, 5100.0, 500)
    whole = Spectrum(SpectralAxis(wavelength), np.ones(500), mask=np.zeros(500, dtype=bool))
    lost = whole.replace(mask=np.ones(500, dtype=bool))
    assert template_set_of([whole, lost], "star.fits").templates.depths.shape[0] == 1
    with pytest.raises(ModelError, match="nothing that could be a velocity template"):
        template_set_of([lost], "star.fits")
