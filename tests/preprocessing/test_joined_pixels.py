"""Pixels far finer than any line are joined, with errors and masks that stay right."""

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.joined_pixels import JOINED, join_finest_pixels

RNG = np.random.default_rng(16)
WAVELENGTH = 5000.0 * np.exp(np.arange(60_000) * 0.01 / 299_792.458)


def test_errors_are_those_of_a_monte_carlo():
    sigma = np.repeat([0.02, 0.1], WAVELENGTH.size // 2)
    flux = 1.0 + RNG.normal(size=WAVELENGTH.size) * sigma
    mask = RNG.uniform(size=WAVELENGTH.size) < 0.1
    flux[mask] = 1e6
    joined = join_finest_pixels(Spectrum(SpectralAxis(WAVELENGTH), flux, sigma, mask))
    assert joined.meta[JOINED] == 15 and len(joined) == 4000
    pull = (joined.flux - 1.0) / joined.uncertainty
    assert np.std(pull) == pytest.approx(1.0, abs=0.05) and abs(np.mean(pull)) < 0.1


def test_a_line_keeps_place_and_depth():
    flux = 1.0 - 0.5 * np.exp(-0.5 * ((WAVELENGTH - 5005.0) / 0.03) ** 2)
    joined = join_finest_pixels(Spectrum(SpectralAxis(WAVELENGTH), flux))
    assert joined.wavelength_aa[np.argmin(joined.flux)] == pytest.approx(5005.0, abs=0.003)
    assert joined.flux.min() == pytest.approx(0.5, abs=1e-3)
    assert joined.uncertainty is None


def test_a_block_without_a_good_pixel_is_masked():
    mask = np.zeros(WAVELENGTH.size, dtype=bool)
    mask[150:180] = True
    joined = join_finest_pixels(Spectrum(SpectralAxis(WAVELENGTH), np.ones(WAVELENGTH.size), None, mask))
    assert np.flatnonzero(joined.mask).tolist() == [10, 11]


def test_pixels_of_spectrographs_are_left_alone():
    order = Spectrum(SpectralAxis(WAVELENGTH[::20]), np.ones(3000))
    assert join_finest_pixels(order) is order
