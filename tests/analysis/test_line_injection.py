"""Lines that are put into spectra: as deep as they were told, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.analysis.line_injection import LineInjection, deepened, injected
from spectragui.analysis.line_measurement import fit_line, measure_by_sums
from spectragui.analysis.region_pixels import region_pixels
from spectragui.core.errors import MeasurementError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum


def flat(noise: float = 0.0, dip: float = 0.0) -> Spectrum:
    wavelength = np.linspace(8500.0, 8600.0, 400)
    flux = 40.0 + 0.1 * (wavelength - 8550.0)
    flux *= 1.0 - dip * np.exp(-0.5 * np.square((wavelength - 8550.0) / 1.2))
    flux += noise * np.random.default_rng(1).normal(size=400)
    return Spectrum(SpectralAxis(wavelength, medium="vacuum", frame="rest"), flux, np.full(400, 2.0))


@pytest.mark.parametrize("wings", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("width", [0.3, 2.5])
def test_injected_line_has_the_equivalent_width_and_the_width_it_was_told(wings, width):
    line = LineInjection(8551.3, 0.2, width, wings)
    spectrum = injected(flat(), flat(), line)
    reach = 48.0
    found = measure_by_sums(region_pixels(spectrum, 8551.3 - reach, 8551.3 + reach), None)
    lost_in_wings = wings * width / np.pi / reach  # of a Lorentzian, beyond the region
    assert found.equivalent_width_aa == pytest.approx(0.2, abs=0.2 * (0.01 + 3 * lost_in_wings))
    if width > 1.0:
        fitted = fit_line(region_pixels(spectrum, 8535.0, 8567.0), "voigt")
        assert fitted.fwhm_aa == pytest.approx(width, rel=0.02)
        assert fitted.centre_aa == pytest.approx(8551.3, abs=0.02)


def test_noise_and_errors_stay_and_the_input_is_not_changed():
    noisy, light = flat(noise=2.0), flat()
    before = noisy.flux.copy()
    changed = injected(noisy, light, LineInjection(8550.0, 1.0, 2.5))
    assert np.array_equal(noisy.flux, before)
    assert np.array_equal(changed.uncertainty, noisy.uncertainty)
    assert np.allclose(
        changed.flux - noisy.flux, injected(light, light, LineInjection(8550.0, 1.0, 2.5)).flux - light.flux
    )


def test_deepened_line_is_deeper_by_the_factor_and_only_there():
    light = flat(dip=0.3)
    deeper = deepened(light, light, 8540.0, 8560.0, 1.5)
    before = measure_by_sums(region_pixels(light, 8540.0, 8560.0))
    after = measure_by_sums(region_pixels(deeper, 8540.0, 8560.0))
    assert after.equivalent_width_aa == pytest.approx(1.5 * before.equivalent_width_aa, rel=0.01)
    outside = np.abs(light.wavelength_aa - 8550.0) > 10.0
    assert np.array_equal(deeper.flux[outside], light.flux[outside])
    gone = deepened(light, light, 8540.0, 8560.0, 0.0)
    assert measure_by_sums(region_pixels(gone, 8540.0, 8560.0)).equivalent_width_aa == pytest.approx(
        0.0, abs=0.01
    )


def test_what_cannot_be_is_said():
    with pytest.raises(MeasurementError, match="more light than there is"):
        injected(flat(), flat(), LineInjection(8550.0, 5.0, 1.0))
    with pytest.raises(MeasurementError, match="more light than there is"):
        deepened(flat(dip=0.6), flat(dip=0.6), 8540.0, 8560.0, 2.0)
    with pytest.raises(MeasurementError, match="no denoised spectrum around 9000.0"):
        injected(flat(), flat(), LineInjection(9000.0))
    with pytest.raises(MeasurementError, match="fewer than 5 pixels"):
        injected(flat(), flat(), LineInjection(8550.0, 0.01, 0.05))
    with pytest.raises(MeasurementError, match="no denoised spectrum"):
        deepened(flat(), flat(), 8700.0, 8710.0, 2.0)
