# ruff: noqa: E501
"""Every generated layout is known by its content and reads back its truth."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.spectrum import EchelleSpectrum, orders_of
from spectragui.io import describe, read_spectra
from tests.io.generated_layouts import LAYOUTS, Layout


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_layout_reads_back_its_truth(layout: Layout, tmp_path: Path):
    made = layout.build(tmp_path)
    before = made.path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectra = read_spectra(made.path, made.options)
        said = [describe(spectrum) for spectrum in spectra]
    assert made.path.read_bytes() == before
    assert len(spectra) == made.n_spectra and said
    spectrum = spectra[0]
    assert spectrum.meta["reader"] == layout.reader
    assert isinstance(spectrum, EchelleSpectrum) == layout.is_echelle
    orders = orders_of(spectrum)
    assert len(orders) == len(made.orders)
    for order, truth in zip(orders, made.orders, strict=True):
        np.testing.assert_allclose(order.wavelength_aa, truth.wave, rtol=3e-8)
        bad = np.zeros(len(truth.wave), bool) if truth.bad is None else truth.bad
        np.testing.assert_array_equal(order.mask, bad)
        np.testing.assert_allclose(order.flux[~bad], truth.flux[~bad], rtol=1e-6)
        assert (order.uncertainty is None) == (truth.sigma is None)
        if truth.sigma is not None:
            np.testing.assert_allclose(order.uncertainty[~bad], truth.sigma[~bad], rtol=1e-6)
        axis = order.spectral_axis
        assert (axis.medium, axis.frame) == (layout.medium, layout.frame)
        assert axis.unit_source and axis.medium_source and axis.frame_source
    assert bool(spectrum.meta.get("uncertainty_source")) == (made.orders[0].sigma is not None)
    power = spectrum.meta.get("resolving_power")
    assert power == (None if layout.power is None else pytest.approx(layout.power, rel=0.02))
    for key, value in made.meta.items():
        assert spectrum.meta[key] == value


@pytest.mark.parametrize("module", ["gzip", "lzma", "bz2"])
def test_packed_files_open_as_they_are(module: str, tmp_path: Path):
    """Known by their first bytes, whatever they are called."""
    import importlib

    layout = next(layout for layout in LAYOUTS if layout.name == "BT-Settl spectrum, text")
    made = layout.build(tmp_path)
    packed = tmp_path / "packed"
    packed.write_bytes(importlib.import_module(module).compress(made.path.read_bytes()))
    np.testing.assert_allclose(read_spectra(packed)[0].wavelength_aa, made.orders[0].wave)


def test_fortran_columns_are_no_model(tmp_path: Path):
    """Normalised flux with D exponents is flux, not its logarithm."""
    path = tmp_path / "x.txt"
    rows = [f"{5000 + 0.1 * i:.4f}D+00 {1 + 0.01 * np.sin(i):.6f}D+00 {0.01:.4f}D+00\n" for i in range(300)]
    path.write_text("".join(rows))
    spectrum = read_spectra(path)[0]
    assert spectrum.meta["reader"] == "text-columns"
    np.testing.assert_allclose(spectrum.flux, 1 + 0.01 * np.sin(np.arange(300)), atol=1e-6)


BAD_CARDS = [
    "BADCARD = 'not closed", "NOEQUALS", "lower   = 5", "DATE-OBS= 2020-01-01T00:00:00", "CCDTEMP = -1O.5",
    "HIERARCH ESO DRS DET1 TMMEAN = nonsense / a word", "HIERARCH no equals sign at all", "COMMENT \xe9\xff\x80", "AIRMASS =",
    "EXPTIME = 1,5", "OBSERVER= O'Neill", "CONTINUE  'of nothing'", "RA      = 05:34:31.9", "MJD-OBS = NaN", "GAIN    = (1, 2",
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_unparsable_cards_never_stop_a_load(layout: Layout, tmp_path: Path):
    """The same file with a block of cards that break the standard in its first header."""
    made = layout.build(tmp_path)
    content = made.path.read_bytes()
    if not content.startswith(b"SIMPLE") or len(content) > 3_000_000:
        return  # no FITS file, or a large one
    end = next(at for at in range(0, len(content), 80) if content[at : at + 80].rstrip() == b"END")
    block = "".join(card.ljust(80) for card in (BAD_CARDS * 3)[:36]).encode("latin-1")
    made.path.write_bytes(content[:end] + block + content[end:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectra = read_spectra(made.path, made.options)
    assert len(spectra) == made.n_spectra and spectra[0].meta["reader"] == layout.reader
    for order, truth in zip(orders_of(spectra[0]), made.orders, strict=True):
        np.testing.assert_allclose(order.wavelength_aa, truth.wave, rtol=3e-8)
