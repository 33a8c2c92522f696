"""Cosmic rays: hits are found; stars' lines, emission and absorption, sharp or blended, are not."""

import functools

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.stages.cosmic_rays import CosmicRays
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, native_wavelengths, observed_flux

STARS = {
    "Sun": {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "vmic": 1.0},
    "K giant": {"teff": 4400.0, "logg": 1.8, "m_h": 0.1, "vmic": 1.6},
}
POWER = 80_000.0


@functools.cache
def truth(star):
    emulator = load_emulator("optical-emulator")
    wavelength = native_wavelengths(emulator, POWER)
    return wavelength, observed_flux(emulator, STARS[star], Observing(resolving_power=POWER), wavelength)


def observe(star, snr, seed=1, extra=0.0):
    wavelength, flux = truth(star)
    sigma = np.sqrt(np.maximum(flux, 0.02)) / snr
    flux = np.random.default_rng(seed).normal(flux, sigma) + extra * sigma
    axis = SpectralAxis(wavelength, medium="air", frame="rest")
    return Spectrum(axis, flux, sigma, meta={"resolving_power": POWER})


def hits(n_pixels, height, shape, seed=2):
    places = np.random.default_rng(seed).permutation(np.arange(30, n_pixels - 30, 60))[:150]
    extra = np.zeros(n_pixels)
    for shift, part in enumerate(shape):
        extra[places + shift] = height * part
    return places, extra


@pytest.mark.parametrize("star", STARS)
@pytest.mark.parametrize("snr", [15, 60, 200, 1000])
def test_no_pixel_of_a_star_is_taken_for_a_hit(star, snr):
    assert np.count_nonzero(CosmicRays().run(observe(star, snr)).spectrum.mask) <= 3


@pytest.mark.parametrize("star", STARS)
@pytest.mark.parametrize(
    ("height", "shape", "least"), [(100, (1.0,), 0.85), (100, (1.0, 0.6), 0.85), (30, (1.0,), 0.4)]
)
def test_hits_are_found(star, height, shape, least):
    places, extra = hits(truth(star)[0].size, height, shape)
    result = CosmicRays().run(observe(star, 60.0, extra=extra))
    assert np.mean(result.spectrum.mask[places]) > least
    beside = np.ones(extra.size, dtype=bool)
    beside[(places[:, None] + np.arange(-3, 5)).ravel()] = False
    assert np.count_nonzero(result.spectrum.mask & beside) <= 3


@pytest.mark.parametrize("height", [5, 20, 100, 1000])
def test_emission_lines_as_sharp_as_the_spectrograph_allows_stay(height):
    wavelength, _ = truth("Sun")
    pixels = np.arange(wavelength.size)
    fwhm = 1.0 / (POWER * np.median(np.diff(np.log(wavelength))))
    rng = np.random.default_rng(3)
    extra = np.zeros(pixels.size)
    places = rng.permutation(np.arange(30, pixels.size - 30, 60))[:200]
    for place in places:
        near = slice(place - 15, place + 16)
        centre = place + rng.uniform(-0.5, 0.5)
        extra[near] += height * np.exp(-4 * np.log(2) * ((pixels[near] - centre) / fwhm) ** 2)
    result = CosmicRays().run(observe("Sun", 60.0, extra=extra))
    assert np.count_nonzero(result.spectrum.mask) <= 3


def test_a_filled_hit_is_close_to_the_truth_and_its_error_says_how_close():
    wavelength, flux = truth("Sun")
    places, extra = hits(wavelength.size, 100, (1.0,))
    spectrum = observe("Sun", 60.0, extra=extra)
    result = CosmicRays(treatment="interpolate").run(spectrum).spectrum
    filled = places[result.flux[places] != spectrum.flux[places]]
    assert filled.size > 0.85 * places.size
    pulls = ((result.flux - flux) / result.uncertainty)[filled]
    assert 0.6 < np.sqrt(np.mean(np.square(pulls))) < 1.4


@pytest.mark.parametrize("star", STARS)
def test_dead_pixels_are_found_too(star):
    wavelength, flux = truth(star)
    spectrum = observe(star, 60.0)
    places = np.arange(40, wavelength.size - 40, 97)
    dead = spectrum.flux.copy()
    dead[places] *= 0.05
    found = CosmicRays().run(spectrum.replace(flux=dead)).spectrum.mask
    assert np.mean(found[places[flux[places] > 0.9]]) > 0.7
    assert not CosmicRays(dead=False).run(spectrum.replace(flux=dead)).spectrum.mask.any()
