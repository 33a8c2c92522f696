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

NAMES = tuple(example.file for example in examples.EXAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_bundled_examples_say_that_they_are_simulated(name: str) -> None:
    path = resource("examples", name)
    assert path.stat().st_size < 450_000
    header = fits.getheader(path)
    assert header["SIMULATE"] is True and "imulated" in header["OBJECT"]
    assert header["SIMTEFF"] > 4000 and header["SPEC_RES"] >= 5000


@pytest.mark.parametrize("example", examples.EXAMPLES, ids=lambda example: example.instrument)
def test_examples_are_read_as_made(example: examples.ExampleObservation) -> None:
    spectrum = read_spectrum(resource("examples", example.file))
    observation = example.observe()
    truth, medium = observation.orders, observation.instrument.medium
    assert isinstance(spectrum, EchelleSpectrum if len(truth) > 1 else Spectrum)
    for order, mock in zip(orders_of(spectrum), truth, strict=True):
        assert order.spectral_axis.medium == medium and not order.spectral_axis.is_medium_assumed
        np.testing.assert_allclose(order.wavelength_aa, mock.wavelength_aa, rtol=1e-12)
        residual = (order.flux - mock.normalised * mock.continuum) / np.asarray(order.uncertainty)
        calm = order.good & (mock.bits & 2 == 0)
        assert np.std(residual[calm]) == pytest.approx(1, abs=0.06)


def test_echelle_example_has_overlaps_blaze_and_hits() -> None:
    spectrum = read_spectrum(resource("examples", examples.K_GIANT.file))
    orders = orders_of(spectrum)
    assert len(orders) == 11
    for bluer, redder in zip(orders[:-1], orders[1:], strict=True):
        assert bluer.wavelength_aa[0] < redder.wavelength_aa[0] < bluer.wavelength_aa[-1]
    for order in orders:
        middle = order.good & (np.abs(np.arange(len(order)) - len(order) / 2) < 300)
        assert 80 < np.median((order.flux / order.uncertainty)[middle]) < 160
        ends = np.concatenate([order.flux[:50][order.good[:50]], order.flux[-50:][order.good[-50:]]])
        assert np.median(ends) < 0.6 * np.median(order.flux[middle])  # the blaze
    bits = fits.getdata(resource("examples", examples.K_GIANT.file), "SIMBITS")
    assert np.count_nonzero(bits & 2) > 5


def test_examples_can_be_made_again(tmp_path: Path) -> None:
    examples.main([str(tmp_path)])
    for name in NAMES:
        made, bundled = fits.open(tmp_path / name), fits.open(resource("examples", name))
        with made, bundled:
            assert len(made) == len(bundled)
            for new, old in zip(made, bundled, strict=True):
                assert new.header["NAXIS"] == old.header["NAXIS"]
