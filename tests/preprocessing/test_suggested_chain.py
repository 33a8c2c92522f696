"""The chain that a spectrum is suggested, by what its reader says of it."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io.reading.flux_units import is_calibrated
from spectragui.preprocessing.chain_files import load_preset, suggested_preset
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.preprocessing.stages.deblaze import Deblaze
from spectragui.preprocessing.stages.stitch_orders import has_blaze


def arms(snr: float, **meta: object) -> EchelleSpectrum:
    """Return three overlapping arms of a flat spectrum at a signal-to-noise ratio per pixel."""
    rng = np.random.default_rng(7)
    orders = []
    for start in (3600.0, 5760.0, 7520.0):
        axis = SpectralAxis(start + 0.8 * np.arange(2700), medium="vacuum", frame="barycentric")
        flux = 1.0 + rng.normal(0.0, 1.0 / snr, 2700)
        orders.append(Spectrum(axis, flux, np.full(2700, 1.0 / snr), meta=dict(meta)))
    return EchelleSpectrum(tuple(orders), dict(meta))


@pytest.mark.parametrize(
    ("snr", "meta", "name"),
    [
        (30.0, {}, "generic-echelle"),
        (30.0, {"has_blaze": True}, "generic-echelle"),
        (30.0, {"has_blaze": False}, "calibrated-orders"),
        (0.8, {"has_blaze": False}, "faint"),
        (0.8, {"has_blaze": True}, "generic-echelle"),
    ],
)
def test_suggestion_follows_what_the_reader_says(snr, meta, name):
    assert suggested_preset(arms(snr, **meta)) == name


def test_arms_without_blaze_are_not_deblazed():
    for name in ("calibrated-orders", "faint"):
        assert "deblaze" not in [step.stage.name for step in load_preset(name).steps]
    run = load_preset("calibrated-orders").run(arms(30.0, has_blaze=False))
    assert run.error is None
    flux = run.output.flux[run.output.good]
    assert abs(np.median(flux) - 1.0) < 0.01


def test_reader_is_believed_rather_than_the_overlaps():
    assert has_blaze(arms(30.0, has_blaze=True))
    assert not has_blaze(arms(30.0, has_blaze=False))
    deblazed = Deblaze().run(arms(30.0, has_blaze=True)).spectrum
    assert not has_blaze(deblazed)


@pytest.mark.parametrize(
    ("bend", "snr", "expected"), [(0.6, 60.0, True), (0.0, 60.0, False), (0.0, 1.5, False)]
)
def test_what_a_lamp_leaves_of_a_blaze_is_one_too(bend, snr, expected):
    # Orders divided by a lamp's: no blaze that falls off at both ends, but a saddle in all of them.
    rng, place, orders = np.random.default_rng(3), np.linspace(-1.0, 1.0, 900), []
    for number in range(20):
        wavelength = 5000.0 + 40.0 * number + 30.0 * place
        flux = 1.0 + bend * place**3 + rng.normal(0.0, 1.0 / snr, 900)
        axis = SpectralAxis(wavelength, medium="air", frame="rest")
        orders.append(Spectrum(axis, flux, np.full(900, 1.0 / snr)))
    assert has_blaze(EchelleSpectrum(tuple(orders))) is expected


def test_continuum_says_where_it_is_not_positive():
    axis = SpectralAxis(5000.0 + 0.05 * np.arange(2000), medium="air", frame="rest")
    spectrum = Spectrum(axis, np.full(2000, 0.5), np.full(2000, 0.02))
    stage = Continuum(method="points", points=((5000.0, 1.0), (5100.0, -1.0)))
    result = stage.run(spectrum)
    lost = np.count_nonzero(result.spectrum.mask)
    assert lost > 900
    assert f"{lost} pixels masked: their continuum is not positive." in result.notes


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("1e-17 erg / (Angstrom s cm2)", True),
        ("Jy", True),
        ("W / (m2 um)", True),
        ("adu", False),
        ("electron", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_units_of_flux_density_are_calibrated(unit, expected):
    assert is_calibrated(unit) is expected
