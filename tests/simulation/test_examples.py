"""The bundled examples: opened by the program's own readers, and what their headers say is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.package_data import resource
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.io.read import read_spectrum
from spectragui.simulation import examples
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import observed_flux

NAMES = ("simulated_sun_like_1d.fits", "simulated_echelle_k_giant.fits")


@pytest.mark.parametrize("name", NAMES)
def test_bundled_examples_say_that_they_are_simulated(name: str) -> None:
    path = resource("examples", name)
    assert path.stat().st_size < 1_000_000
    header = fits.getheader(path)
    assert header["SIMULATE"] is True and "imulated" in header["OBJECT"]
    assert header["SIMTEFF"] > 4000 and header["SPEC_RES"] >= 45_000


def test_sun_like_example_is_read_as_made() -> None:
    spectrum = read_spectrum(resource("examples", NAMES[0]))
    assert isinstance(spectrum, Spectrum)
    assert spectrum.spectral_axis.medium == "air" and not spectrum.spectral_axis.is_medium_assumed
    assert spectrum.meta["resolving_power"] == 50_000
    truth = observed_flux(
        load_emulator(), examples.SUN_LIKE, examples.SUN_LIKE_OBSERVING, spectrum.wavelength_aa
    )
    residual = (spectrum.flux - truth) / np.asarray(spectrum.uncertainty)
    assert np.std(residual) == pytest.approx(1, abs=0.03)


def test_echelle_example_is_read_as_orders() -> None:
    spectrum = read_spectrum(resource("examples", NAMES[1]))
    assert isinstance(spectrum, EchelleSpectrum) and len(spectrum) == len(examples.ORDERS)
    for bluer, redder in zip(orders_of(spectrum)[:-1], orders_of(spectrum)[1:], strict=True):
        assert bluer.wavelength_aa[0] < redder.wavelength_aa[0] < bluer.wavelength_aa[-1]  # they overlap
    for order in orders_of(spectrum):
        middle = order.good & (np.abs(np.arange(len(order)) - len(order) / 2) < 300)
        assert 80 < np.median((order.flux / order.uncertainty)[middle]) < 140
        assert order.mask.sum() >= 2  # cosmic rays


def test_examples_can_be_made_again(tmp_path: Path) -> None:
    examples.main([str(tmp_path)])
    for name in NAMES:
        made, bundled = fits.open(tmp_path / name), fits.open(resource("examples", name))
        with made, bundled:
            assert len(made) == len(bundled)
            for new, old in zip(made, bundled, strict=True):
                assert new.header["NAXIS"] == old.header["NAXIS"]
