"""Files that go with spectra: each is refused in a sentence that says what to open instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, read_files, read_spectra, read_spectrum
from tests.io.generated_layouts.archives import phoenix
from tests.io.generated_layouts.made import echelle, header, image, stacked, table, write


def pfs_config(folder: Path) -> Path:
    columns = {"fiberId": np.arange(20), "ra": np.ones(20), "dec": np.ones(20)}
    fluxes = {"fiberId": np.arange(20), "psfFlux": np.ones(20), "totalFlux": np.ones(20)}
    return write(
        folder / "pfsConfig.fits",
        fits.PrimaryHDU(),
        table(columns, name="CONFIG"),
        table(fluxes, name="PHOTOMETRY"),
    )


def harps_ccf(folder: Path) -> Path:
    cards = header(INSTRUME="HARPS", CRVAL1=-20.0, CDELT1=0.25, HIERARCH_ESO_DRS_CAL_TH_DEG_LL=3)
    return write(folder / "ccf.fits", fits.PrimaryHDU(np.random.default_rng(1).random((73, 161)), cards))


def espresso_ccf(folder: Path) -> Path:
    cards = header(INSTRUME="ESPRESSO", **{"HIERARCH_ESO_RV_START": -20.0, "HIERARCH_ESO_RV_STEP": 0.5})
    data = np.random.default_rng(1).random((171, 81))
    return write(
        folder / "x.fits", fits.PrimaryHDU(header=cards), image(data, "SCIDATA"), image(data, "ERRDATA")
    )


def kpf_level_2(folder: Path) -> Path:
    return write(
        folder / "x.fits",
        fits.PrimaryHDU(),
        image(np.ones((3, 35, 804)), "GREEN_CCF"),
        table({"RV": np.ones(60)}),
    )


def spirou_velocities(folder: Path) -> Path:
    columns = {"Velocity": np.arange(100.0), "CCF": np.ones(100)}
    return write(folder / "v.fits", fits.PrimaryHDU(header=header(INSTRUME="SPIRou")), table(columns))


def phoenix_alone(folder: Path) -> Path:
    path = phoenix(folder).path
    (folder / "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits").unlink()
    return path


def phoenix_wavelengths(folder: Path) -> Path:
    phoenix(folder)
    return folder / "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits"


def plain_wavelengths(folder: Path) -> Path:
    return write(folder / "vector.fits", fits.PrimaryHDU(np.linspace(500.0, 55000.0, 3000)))


def hpf_without_wavelengths(folder: Path) -> Path:
    orders = echelle(4, 8100.0, 100.0, 2048)
    return write(
        folder / "hpf.fits",
        fits.PrimaryHDU(header=header(INSTRUME="HPF")),
        image(stacked(orders, "flux"), "Sci Flux"),
        image(stacked(orders, "sigma") ** 2, "Sci Variance"),
    )


@pytest.mark.parametrize(("make", "message", "hint"), [
    (pfs_config, "where the fibres are", "pfsObject"),
    (harps_ccf, "cross-correlation", "extracted spectrum"),
    (espresso_ccf, "cross-correlation", "extracted spectrum"),
    (kpf_level_2, "cross-correlation", "extracted spectrum"),
    (spirou_velocities, "cross-correlation", "extracted spectrum"),
    (phoenix_alone, "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits", "--wavelength-file"),
    (phoenix_wavelengths, "holds the wavelengths", "--wavelength-file"),
    (plain_wavelengths, "holds the wavelengths", "--wavelength-file"),
    (hpf_without_wavelengths, "without wavelengths", "--wavelength-file"),
])  # fmt: skip
def test_refused_in_a_sentence(tmp_path: Path, make: Callable[[Path], Path], message: str, hint: str):
    path = make(tmp_path)
    with pytest.raises(ReadError) as caught:
        read_spectra(path)
    assert path.name in caught.value.message and message in caught.value.message
    assert hint in caught.value.hint


def test_the_wavelength_file_helps(tmp_path: Path):
    """The option that the message names cures the error."""
    path = hpf_without_wavelengths(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    orders = echelle(4, 8100.0, 100.0, 2048)
    wave = write(tmp_path / "elsewhere" / "solution.fits", fits.PrimaryHDU(stacked(orders, "wave")))
    spectrum = read_spectrum(path, ReadOptions(wavelength_file=str(wave)))
    np.testing.assert_array_equal(orders_of(spectrum)[2].wavelength_aa, orders[2].wave)
    np.testing.assert_allclose(orders_of(spectrum)[2].uncertainty, orders[2].sigma)

    (tmp_path / "models").mkdir()
    model = phoenix_alone(tmp_path / "models")
    made = phoenix(tmp_path / "elsewhere")
    named = made.path.parent / "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits"
    spectrum = read_spectrum(model, ReadOptions(wavelength_file=str(named)))
    np.testing.assert_array_equal(spectrum.wavelength_aa, made.orders[0].wave)


def test_a_wavelength_file_among_others_is_no_spectrum(tmp_path: Path):
    made = phoenix(tmp_path)
    files = [made.path, tmp_path / "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits"]
    spectra = read_files(files)
    assert len(spectra) == 1
    assert spectra[0].meta["labels"].values["teff"] == 5800.0


def test_a_wrong_unit_is_corrected(tmp_path: Path):
    """A file that says Angstrom and means nm; one that SpectraGUI wrote so, too."""
    from spectragui.io.writers import write_spectrum

    wave, flux = np.linspace(500.0, 510.0, 400), 1 + 0.01 * np.random.default_rng(2).random(400)
    path = write(
        tmp_path / "x.fits", fits.PrimaryHDU(), table({"wave": wave, "flux": flux}, {"wave": "Angstrom"})
    )
    spectrum = read_spectrum(path, ReadOptions(unit="nm"))
    np.testing.assert_allclose(spectrum.wavelength_aa, wave * 10)
    for name in ("own.fits", "own.ecsv"):
        write_spectrum(read_spectrum(path), tmp_path / name)
        again = read_spectrum(tmp_path / name, ReadOptions(unit="nm"))
        np.testing.assert_allclose(again.wavelength_aa, wave * 10)
        assert "--unit" in again.spectral_axis.unit_source
