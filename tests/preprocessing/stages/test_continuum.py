"""Continua against known ones: stars of the emulator times a response, with noise, hits and blaze."""

import functools

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from spectragui.core.errors import StageError
from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io.read import read_spectrum
from spectragui.preprocessing.chain_files import load_preset
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, native_wavelengths, observed_flux

POWER = 60_000.0
STARS = {
    "A dwarf": {"teff": 9000.0, "logg": 4.0, "m_h": 0.0, "vmic": 2.0},
    "G dwarf": {"teff": 5700.0, "logg": 4.4, "m_h": 0.1, "vmic": 1.0},
    "K giant": {"teff": 4400.0, "logg": 1.8, "m_h": 0.0, "vmic": 1.6},
    "metal-poor giant": {"teff": 4900.0, "logg": 2.0, "m_h": -2.0, "alpha_m": 0.4, "vmic": 1.7},
}


@functools.cache
def truth(star):
    emulator = load_emulator("optical-emulator")
    wavelength = native_wavelengths(emulator, POWER)
    return wavelength, observed_flux(emulator, STARS[star], Observing(resolving_power=POWER), wavelength)


def response(wavelength, seed):
    """Return a response with a slope, a bend and waves of 1.5 % some 150 Angstrom long."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-1, 1, wavelength.size)
    waves = gaussian_filter1d(rng.normal(size=wavelength.size), 60 / np.median(np.diff(wavelength)))
    return 1000 * (1 + 0.3 * x - 0.2 * x**2) * np.exp(0.015 * waves / waves.std())


def observe(star, snr, seed=1, extra=None):
    wavelength, flux = truth(star)
    continuum = response(wavelength, seed)
    light = flux * continuum * (1 if extra is None else 1 + extra)
    sigma = np.sqrt(np.maximum(flux, 0.02)) * continuum / snr
    noisy = np.random.default_rng(seed).normal(light, sigma)
    axis = SpectralAxis(wavelength, medium="air", frame="rest")
    return Spectrum(axis, noisy, sigma, meta={"resolving_power": POWER}), continuum


def error_of(stage, spectrum, continuum):
    return stage.run(spectrum).curves[0].values / continuum - 1


@pytest.mark.parametrize("star", STARS)
@pytest.mark.parametrize(("snr", "most"), [(20, 0.04), (60, 0.015), (200, 0.012)])
def test_the_continuum_of_a_star_is_found(star, snr, most):
    error = error_of(Continuum(), *observe(star, snr))
    assert np.median(np.abs(error)) < most
    assert np.percentile(np.abs(error), 99) < 0.07


@pytest.mark.parametrize("method", ["polynomial", "chebyshev", "spline", "smooth and subtract"])
@pytest.mark.parametrize("star", STARS)
def test_the_other_ways_come_close_and_keep_their_ends(star, method):
    error = error_of(Continuum(method=method), *observe(star, 100))
    assert np.median(np.abs(error)) < 0.025
    assert np.max(np.abs(error)) < 0.12


def test_balmer_lines_are_not_followed():
    spectrum, continuum = observe("A dwarf", 100)
    near = np.abs(spectrum.wavelength_aa - 4861.3) < 25
    assert truth("A dwarf")[1][near].min() < 0.4
    assert np.max(np.abs(error_of(Continuum(), spectrum, continuum)[near])) < 0.05
    assert np.max(np.abs(error_of(Continuum(broad_lines=False), spectrum, continuum)[near])) < 0.06


@pytest.mark.parametrize("star", ["G dwarf", "metal-poor giant"])
def test_hits_and_emission_do_not_pull(star):
    wavelength, _ = truth(star)
    rng = np.random.default_rng(4)
    extra = np.zeros(wavelength.size)
    for place in rng.uniform(wavelength[0], wavelength[-1], 40):
        extra += rng.uniform(0.1, 2.0) * np.exp(-0.5 * ((wavelength - place) / 0.04) ** 2)
    for place in (4700.0, 5100.0):  # stars' emission is broader
        extra += 1.5 * np.exp(-0.5 * ((wavelength - place) / 0.6) ** 2)
    plain = error_of(Continuum(), *observe(star, 100))
    pulled = error_of(Continuum(), *observe(star, 100, extra=extra))
    assert np.median(np.abs(pulled - plain)) < 0.005
    assert np.percentile(np.abs(pulled - plain), 95) < 0.04


def orders_of_echelle(star, snr, seed=2):
    wavelength, flux = truth(star)
    rng = np.random.default_rng(seed)
    orders, continua = [], []
    for number in range(126, 107, -1):
        centre, length = 570_000 / number, 570_000 / number**2
        use = np.abs(wavelength - centre) < 0.58 * length
        x = (wavelength[use] - centre) / length
        continuum = 2000 * np.sinc((x - 0.02) / 1.06) ** 2 * (1 + 0.1 * x) * rng.uniform(0.9, 1.1)
        light, scale = flux[use] * continuum, np.median(continuum)
        sigma = np.sqrt(np.maximum(light, 0.01 * scale) * scale) / snr
        axis = SpectralAxis(wavelength[use], medium="air", frame="rest")
        orders.append(Spectrum(axis, rng.normal(light, sigma), sigma, meta={"resolving_power": POWER}))
        continua.append(continuum)
    return EchelleSpectrum(tuple(orders)), continua


@pytest.mark.parametrize(("star", "most"), [("A dwarf", 0.02), ("G dwarf", 0.015), ("K giant", 0.02)])
def test_orders_with_a_blaze_help_each_other(star, most):
    spectrum, continua = orders_of_echelle(star, 100)
    result = Continuum().run(spectrum)
    errors = [curve.values / true - 1 for curve, true in zip(result.curves, continua, strict=True)]
    assert np.median([np.median(np.abs(e)) for e in errors]) < most
    # An order that lies in H beta of an A star altogether cannot know its level.
    seen = [e for e, order in zip(errors, result.spectrum, strict=True) if np.all(order.wavelength_aa < 4830)]
    assert len(seen) >= 8
    assert max(np.percentile(np.abs(e), 95) for e in seen) < 0.06
    assert np.median([np.max(np.abs(e)) for e in errors]) < 0.06


def test_points_are_met_and_nothing_is_invented_beyond_them():
    spectrum, _ = observe("G dwarf", 100)
    points = ((4600.0, 900.0), (4800.0, 1000.0), (5200.0, 950.0))
    curve = Continuum(method="points", points=points).run(spectrum).curves[0]
    for wavelength, level in points:
        assert np.interp(wavelength, curve.wavelength_aa, curve.values) == pytest.approx(level, rel=1e-4)
    assert curve.values.max() <= 1000.0 + 1e-6
    np.testing.assert_allclose(curve.values[curve.wavelength_aa > 5201], 950.0)
    with pytest.raises(StageError, match="no points yet"):
        Continuum(method="points").run(spectrum)


def test_subtracting_leaves_the_flux_about_zero_and_its_errors():
    spectrum, continuum = observe("metal-poor giant", 100)
    result = Continuum(operation="subtract", add_uncertainty=False).run(spectrum).spectrum
    np.testing.assert_array_equal(result.uncertainty, spectrum.uncertainty)
    assert result.flux_unit == spectrum.flux_unit
    top = np.percentile(result.flux / continuum, 90)
    assert abs(top) < 0.02
    divided = Continuum().run(spectrum).spectrum
    assert divided.meta["normalised"] and divided.flux_unit == ""


def test_the_curves_own_error_is_its_scatter():
    curves, told = [], []
    for seed in range(25):
        wavelength, flux = truth("metal-poor giant")
        sigma = np.full(wavelength.size, 20.0)
        noisy = np.random.default_rng(seed).normal(1000 * flux, sigma)
        spectrum = Spectrum(SpectralAxis(wavelength, medium="air", frame="rest"), noisy, sigma)
        with_error, without = (Continuum(add_uncertainty=on).run(spectrum) for on in (True, False))
        curves.append(without.curves[0].values)
        extra = np.square(with_error.spectrum.uncertainty) - np.square(without.spectrum.uncertainty)
        told.append(np.sqrt(np.maximum(extra, 0)) * curves[-1] / np.abs(with_error.spectrum.flux))
    ratio = np.median(told) / np.median(np.std(curves, axis=0))
    assert 1.4 < ratio < 1.9  # 1.68: rather too large than too small


def test_the_observed_sun_is_normalised_as_the_computed_one(shared_data):
    sun = load_preset("generic-1d").apply(read_spectrum(shared_data / "stars" / "harps_sun_ganymede.fits"))
    labels = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 4.2}
    window = (sun.wavelength_aa > 4450) & (sun.wavelength_aa < 5300) & sun.good
    how = Observing(resolving_power=115_000.0, vmac_kms=3.8)
    wavelength = sun.wavelength_aa[window] / doppler_factor(0.25)  # the file's own zero point
    computed = observed_flux(load_emulator("optical-emulator"), labels, how, wavelength)
    off = sun.flux[window] - computed
    assert np.median(np.abs(off)) < 0.01
    assert abs(np.median(off[computed > 0.97])) < 0.005
