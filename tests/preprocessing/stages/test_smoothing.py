"""Savitzky-Golay, smoothing, and blurring to a lower resolving power: against what must come out."""

import numpy as np
import pytest

from spectragui.core.errors import StageError
from spectragui.core.numerics import log_grid
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.stages.convolve import Convolve
from spectragui.preprocessing.stages.savitzky_golay import SavitzkyGolay
from spectragui.preprocessing.stages.smooth import Smooth


def make(flux, sigma=0.01, mask=None, wavelength=None, **meta):
    axis = SpectralAxis(5000 + 0.02 * np.arange(flux.size) if wavelength is None else wavelength)
    return Spectrum(axis, flux, np.full(flux.size, sigma), mask, meta=meta)


@pytest.mark.parametrize(("window", "degree"), [(7, 2), (21, 3), (101, 4)])
def test_a_polynomial_comes_through_savitzky_golay_unchanged_whatever_is_masked(window, degree):
    x = np.linspace(-1, 1, 600)
    flux = 2 + x - 0.5 * x**2 + (0.3 * x**3 if degree >= 3 else 0)
    mask = np.random.default_rng(1).random(600) < 0.3
    mask[200:230] = True
    result = SavitzkyGolay(by_bic=False, window=window, order=degree).run(
        make(np.where(mask, 99.0, flux), mask=mask)
    )
    np.testing.assert_allclose(result.spectrum.flux[~mask], flux[~mask], atol=1e-6)


def test_savitzky_golay_keeps_to_the_sides_of_a_gap():
    wavelength = np.concatenate([5000 + 0.02 * np.arange(100), 5010 + 0.02 * np.arange(100)])
    flux = np.repeat([1.0, 2.0], 100)
    result = SavitzkyGolay(by_bic=False, window=15).run(make(flux, wavelength=wavelength))
    np.testing.assert_allclose(result.spectrum.flux, flux, atol=1e-9)


def window_by_bic(flux, sigma):
    note = SavitzkyGolay().run(make(flux, sigma)).notes[0]
    return int(note.split()[1])


def test_the_bic_smooths_a_flat_spectrum_much_and_one_of_sharp_lines_little():
    rng = np.random.default_rng(1)
    flat = rng.normal(1.0, 0.02, 4000)
    lines = np.ones(4000)
    for centre in range(20, 4000, 25):
        lines -= 0.6 * np.exp(-0.5 * ((np.arange(4000) - centre) / 1.5) ** 2)
    assert window_by_bic(flat, 0.02) > 30
    assert window_by_bic(rng.normal(lines, 0.02), 0.02) <= 9
    assert window_by_bic(rng.normal(lines, 1.0), 1.0) > 11  # nothing of the lines is left in that noise


@pytest.mark.parametrize("length", [1, 3, 5, 9, 25])
def test_the_error_of_a_median_is_its_scatter(length):
    rng = np.random.default_rng(2)
    flux = rng.normal(1.0, 0.05, 200_000)
    result = Smooth(kind="median", width_pix=float(length)).run(make(flux, 0.05)).spectrum
    assert np.std(result.flux) / np.median(result.uncertainty) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("kind", ["Gaussian", "box"])
def test_smoothing_keeps_the_area_of_a_line_and_widens_it(kind):
    x = np.arange(400)
    line = np.exp(-0.5 * ((x - 200) / 4.0) ** 2)
    result = Smooth(kind=kind, width_pix=9.0).run(make(line)).spectrum.flux
    assert result.sum() == pytest.approx(line.sum(), rel=1e-9)
    variance = np.sum(result * (x - 200) ** 2) / result.sum()
    expected = {"Gaussian": 16 + (81 - 1) / 2.3548**2 + 1 / 12, "box": 16 + (81 - 1) / 12}
    assert variance == pytest.approx(expected[kind], rel=0.01)


@pytest.mark.parametrize("is_linear", [True, False])
def test_blurring_gives_a_sharp_line_the_width_of_the_new_resolving_power(is_linear):
    wavelength = np.arange(4500.0, 6500.0, 0.02) if is_linear else log_grid(4500.0, 6500.0, 1.2)
    flux = np.ones(wavelength.size)
    for centre in (4700.0, 5500.0, 6300.0):
        flux -= 0.5 * np.exp(-4 * np.log(2) * ((wavelength - centre) * 100_000 / centre) ** 2)
    result = Convolve(resolving_power=15_000.0).run(
        make(flux, wavelength=wavelength, resolving_power=100_000.0)
    )
    assert result.spectrum.meta["resolving_power"] == 15_000.0
    for centre in (4700.0, 5500.0, 6300.0):
        near = np.abs(wavelength - centre) < 2.0
        depth, x = 1 - result.spectrum.flux[near], wavelength[near] - centre
        width = np.sqrt(np.sum(depth * x**2) / np.sum(depth)) * 2.35482
        assert centre / width == pytest.approx(15_000, rel=0.01)
        area = np.sum(depth * np.gradient(wavelength[near]))
        true = np.sum((1 - flux[near]) * np.gradient(wavelength[near]))
        assert area == pytest.approx(true, rel=2e-3)


def test_a_resolving_power_cannot_be_raised():
    spectrum = make(np.ones(100), resolving_power=20_000.0)
    with pytest.raises(StageError, match="20,000 only"):
        Convolve(resolving_power=30_000.0).run(spectrum)
    unknown = Convolve(resolving_power=30_000.0).run(make(np.ones(100)))
    assert "not known" in unknown.notes[1]
    orders = EchelleSpectrum((spectrum,), {"resolving_power": 20_000.0})
    assert Convolve(resolving_power=10_000.0).run(orders).spectrum.meta["resolving_power"] == 10_000.0
