"""What a reader can see of damage it says: checksum cards, long runs of one flux, complex numbers."""

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError
from spectragui.io.read import read_spectrum

WAVELENGTH = np.linspace(5000.0, 5060.0, 900)
FLUX = np.random.default_rng(5).normal(100.0, 1.0, 900)


def write(path, flux=FLUX, checksum=True, form="D"):
    hdu = fits.BinTableHDU.from_columns(
        [fits.Column("wave", "D", array=WAVELENGTH, unit="Angstrom"), fits.Column("flux", form, array=flux)]
    )
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path, checksum=checksum)
    return path


def notes_of(path):
    return [note for note in read_spectrum(path).meta["notes"] if "checksum" in note or "same flux" in note]


def test_a_sound_file_is_not_accused(tmp_path):
    assert notes_of(write(tmp_path / "a.fits")) == []
    assert notes_of(write(tmp_path / "b.fits", checksum=False)) == []


def test_changed_data_are_said(tmp_path):
    path = write(tmp_path / "a.fits")
    content = bytearray(path.read_bytes())
    content[-2880 + 15] ^= 0x01
    path.write_bytes(content)
    (note,) = notes_of(path)
    assert "DATASUM" in note and "Extension 1" in note


def test_a_changed_header_is_said(tmp_path):
    path = write(tmp_path / "a.fits")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"'Angstrom'", b"'angstrom'", 1))
    (note,) = notes_of(path)
    assert "(CHECKSUM)" in note


def test_a_block_of_equal_values_is_said(tmp_path):
    flux = np.where((np.arange(900) > 300) & (np.arange(900) < 500), 101.5, FLUX)
    (note,) = notes_of(write(tmp_path / "a.fits", flux))
    assert "199 pixels" in note and "101.5" in note


def test_the_continuum_of_a_model_is_no_damage(tmp_path):
    flux = np.where(np.arange(900) % 300 < 20, 0.5 + FLUX / 1e3, 1.0)
    assert notes_of(write(tmp_path / "a.fits", flux)) == []


def test_complex_numbers_are_no_flux(tmp_path):
    with pytest.raises(ReadError, match=r"a\.fits: .*complex"):
        read_spectrum(write(tmp_path / "a.fits", FLUX + 2j, form="M"))
