"""Simulated observations against truth: flux, velocity, width, noise, labels in the meta."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import SettingsError
from spectragui.core.numerics import pixel_edges
from spectragui.simulation.emulator import Emulator, load_emulator
from spectragui.simulation.forward_model import (
    Observing,
    native_wavelengths,
    observed_flux,
    simulate_spectrum,
)

SUN = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 2.0}


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return load_emulator("optical-emulator")


def test_noise_free_pixels_are_averages_of_the_emulator(emulator: Emulator) -> None:
    wave = np.arange(4700.0, 4800.0, 0.5)
    flux = observed_flux(emulator, {**SUN, "vsini": 0.0}, Observing(resolving_power=1e9), wave)
    fine = emulator.normalised_flux([5772, 4.44, 0, 0, 1.0])[0].astype(float)
    edges = pixel_edges(wave)
    grid = np.linspace(edges[0], edges[-1], wave.size * 200 + 1)
    values = np.interp(grid, emulator.wavelength_aa, fine)
    cells = 0.5 * (values[1:] + values[:-1])
    np.testing.assert_allclose(flux, cells.reshape(wave.size, 200).mean(axis=1), atol=3e-3)


def test_equivalent_width_survives_broadening(emulator: Emulator) -> None:
    wave = np.arange(4460.0, 5390.0, 0.05)
    sharp = observed_flux(emulator, SUN, Observing(resolving_power=100_000), wave)
    blurred = observed_flux(emulator, {**SUN, "vsini": 60.0}, Observing(resolving_power=5_000), wave)
    assert np.mean(1 - blurred) == pytest.approx(np.mean(1 - sharp), rel=3e-3)


@pytest.mark.parametrize("velocity", [-150.0, 12.3, 300.0])
def test_velocity_moves_the_lines(emulator: Emulator, velocity: float) -> None:
    factor = np.sqrt((1 + velocity / 299792.458) / (1 - velocity / 299792.458))
    rest = np.arange(4460.0, 5390.0, 0.08)
    still = observed_flux(emulator, SUN, Observing(), rest)
    moved = observed_flux(emulator, SUN, Observing(v_rad_kms=velocity), rest * factor)
    np.testing.assert_allclose(moved, still, atol=1e-4)


def test_what_was_not_computed_is_nan(emulator: Emulator) -> None:
    wave = np.arange(4430.0, 4470.0, 0.1)
    flux = observed_flux(emulator, SUN, Observing(v_rad_kms=500.0), wave)
    assert np.isnan(flux[wave < emulator.wavelength_aa[0] * (1 + 500 / 299792.458)]).all()
    assert np.isfinite(flux[wave > 4450]).all()


def test_a_simulated_spectrum_says_so(emulator: Emulator) -> None:
    spectrum = simulate_spectrum(emulator, SUN, Observing(snr=80.0, v_rad_kms=12.3, seed=7))
    assert spectrum.meta["simulated"] and spectrum.meta["labels"]["teff"] == 5772.0
    assert spectrum.spectral_axis.medium == "air" and spectrum.spectral_axis.frame == "observer"
    assert not spectrum.mask.any() and spectrum.uncertainty is not None
    assert np.median(spectrum.flux / spectrum.uncertainty) == pytest.approx(80, rel=0.02)
    again = simulate_spectrum(emulator, SUN, Observing(snr=80.0, v_rad_kms=12.3, seed=7))
    assert spectrum == again
    truth = observed_flux(emulator, SUN, Observing(v_rad_kms=12.3), spectrum.wavelength_aa)
    assert np.std((spectrum.flux - truth) / spectrum.uncertainty) == pytest.approx(1, abs=0.02)


def test_native_pixels_sample_the_line_spread(emulator: Emulator) -> None:
    wave = native_wavelengths(emulator, 50_000.0)
    step = np.median(np.diff(wave) / wave[:-1])
    assert 1 / step / 50_000.0 == pytest.approx(2.5, rel=1e-3)
    assert 4449 < wave[0] < 4452 and 5398 < wave[-1] < 5401


def test_absolute_flux_has_the_continuum(emulator: Emulator) -> None:
    wave = np.arange(4460.0, 5390.0, 0.1)
    normalised = observed_flux(emulator, SUN, Observing(), wave)
    absolute = observed_flux(emulator, SUN, Observing(is_normalised=False), wave)
    ratio = absolute / normalised
    continuum = np.interp(wave, emulator.wavelength_aa, emulator.continuum([5772, 4.44, 0, 0, 1])[0])
    np.testing.assert_allclose(ratio / ratio[0], continuum / continuum[0], rtol=2e-3)


def test_labels_out_of_range_are_refused(emulator: Emulator) -> None:
    with pytest.raises(SettingsError, match="teff"):
        simulate_spectrum(emulator, {**SUN, "teff": 20_000.0})
