# ruff: noqa: E501
"""A small generated file for every layout: each reads back what was put in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.spectrum import EchelleSpectrum, orders_of
from spectragui.io import ReadOptions, describe, read_spectra, read_spectrum
from spectragui.io.reading.reader import READERS

RNG = np.random.default_rng(11)
N = 400
WAVE = np.linspace(5000.0, 5080.0, N)
FLUX = 1.0 + 0.05 * RNG.standard_normal(N)
ERR = np.full(N, 0.05)


def header(**cards: object) -> fits.Header:
    made = fits.Header()
    for key, value in cards.items():
        made[key.replace("__", "-")] = value
    return made


def write(path: Path, *hdus: object) -> Path:
    fits.HDUList(list(hdus)).writeto(path)
    return path


def columns_hdu(
    units: dict[str, str] | None = None, cards: dict[str, object] | None = None, **columns: np.ndarray
):
    entries = []
    for name, values in columns.items():
        form = {"f": "D", "i": "J", "b": "L"}[values.dtype.kind]
        form = f"{values.shape[1]}{form}" if values.ndim == 2 else form
        entries.append(fits.Column(name, form, unit=(units or {}).get(name), array=values))
    return fits.BinTableHDU.from_columns(entries, header=header(**(cards or {})))


# ---- 1-D images -------------------------------------------------------------------------------


@pytest.mark.parametrize(("cards", "expected"), [
    ({"CRVAL1": 5000.0, "CDELT1": 0.2, "CRPIX1": 1.0}, 5000.0 + 0.2 * np.arange(N)),
    ({"CRVAL1": 5000.0, "CD1_1": 0.2, "CDELT1": 1.0, "CRPIX1": 11.0}, 4998.0 + 0.2 * np.arange(N)),
    ({"CRVAL1": 5000.0, "CDELT1": 0.2}, 5000.0 + 0.2 * np.arange(N)),
    ({"CRVAL1": 500.0, "CDELT1": 0.02, "CUNIT1": "nm"}, 5000.0 + 0.2 * np.arange(N)),
    ({"CRVAL1": 500.0, "CDELT1": 0.02}, 5000.0 + 0.2 * np.arange(N)),
    ({"CRVAL1": 5e-7, "CDELT1": 2e-11, "CUNIT1": "m"}, 5000.0 + 0.2 * np.arange(N)),
    ({"CRVAL1": 5080.0, "CDELT1": -0.2}, (5080.0 - 0.2 * np.arange(N))[::-1]),
    ({"CRVAL1": 3.7, "CDELT1": 1e-5, "DC__FLAG": 1}, 10 ** (3.7 + 1e-5 * np.arange(N))),
    ({"CRVAL1": 3.7, "CDELT1": 1e-5, "CTYPE1": "LOG10"}, 10 ** (3.7 + 1e-5 * np.arange(N))),
    ({"CRVAL1": 3.7, "CDELT1": 1e-5, "CUNIT1": "log10(Angstrom)"}, 10 ** (3.7 + 1e-5 * np.arange(N))),
    ({"CRVAL1": 8.5, "CDELT1": 1e-5, "CUNIT1": "ln(Angstrom)"}, np.exp(8.5 + 1e-5 * np.arange(N))),
    ({"CRVAL1": 8.5, "CDELT1": 1e-5, "DC__FLAG": 1}, np.exp(8.5 + 1e-5 * np.arange(N))),
    ({"CRVAL1": 5000.0, "CDELT1": 0.2, "CRPIX1": 1.0, "CTYPE1": "AWAV-LOG", "CUNIT1": "Angstrom"},
     5000.0 * np.exp(0.2 * np.arange(N) / 5000.0)),
])  # fmt: skip
def test_scales_of_images(tmp_path: Path, cards: dict, expected: np.ndarray):
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(**cards))))
    np.testing.assert_allclose(spectrum.wavelength_aa, expected, rtol=1e-12)
    flux = FLUX[::-1] if cards["CDELT1"] < 0 else FLUX
    np.testing.assert_array_equal(spectrum.flux, flux)


@pytest.mark.parametrize(("cards", "medium", "assumed"), [
    ({"CTYPE1": "AWAV"}, "air", False), ({"CTYPE1": "WAVE"}, "vacuum", False), ({"CTYPE1": "LINEAR"}, "air", True),
    ({"CTYPE1": "WAVELENGTH"}, "air", True), ({"CTYPE1": "ANGSTROM"}, "air", True), ({}, "air", True),
    ({"VACUUM": True}, "vacuum", False), ({"AIRORVAC": "vac"}, "vacuum", False), ({"MEDIUM": "air"}, "air", False),
    ({"INSTRUME": "HARPS"}, "air", False), ({"INSTRUME": "FEROS"}, "air", False),
])  # fmt: skip
def test_medium_of_images(tmp_path: Path, cards: dict, medium: str, assumed: bool):
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(CRVAL1=5000.0, CDELT1=0.2, **cards)))
    axis = read_spectrum(path).spectral_axis
    assert (axis.medium, axis.is_medium_assumed) == (medium, assumed)
    assert axis.medium_source


@pytest.mark.parametrize(("cards", "frame"), [
    ({"SPECSYS": "BARYCENT"}, "barycentric"), ({"SPECSYS": "TOPOCENT"}, "observer"), ({"SPECSYS": "HELIOCEN"}, "heliocentric"),
    ({"INSTRUME": "HARPS", "HIERARCH ESO DRS BERV": 12.0}, "barycentric"), ({"INSTRUME": "HARPS"}, "unknown"),
    ({"INSTRUME": "HARPS", "HIERARCH ESO DRS BERV": 12.0, "DOPCOR01": "5.687E-5 all"}, "rest"),
    ({"BERV": 13.36, "DOPCOR01": "-13.355 *"}, "barycentric"), ({"BERV": 13.36}, "unknown"), ({}, "unknown"),
])  # fmt: skip
def test_frame_of_images(tmp_path: Path, cards: dict, frame: str):
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(CRVAL1=5000.0, CDELT1=0.2, **cards)))
    axis = read_spectrum(path).spectral_axis
    assert axis.frame == frame and axis.frame_source
    if "DOPCOR01" in cards:
        assert len(axis.velocity_history) == 1


@pytest.mark.parametrize(("name", "values"), [
    ("SIGMA", ERR), ("ERR", ERR), ("NOISE", ERR), ("IVAR", 1 / ERR**2), ("VARIANCE", ERR**2),
    ("relative_error", ERR / np.abs(FLUX)),
])  # fmt: skip
def test_error_extensions(tmp_path: Path, name: str, values: np.ndarray):
    scale = header(CRVAL1=5000.0, CDELT1=0.2)
    table = columns_hdu(FIT=np.arange(5.0))  # a table between them is no matter
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, scale), table, fits.ImageHDU(values, name=name))
    spectrum = read_spectrum(path)
    np.testing.assert_allclose(spectrum.uncertainty, ERR)
    assert "extension 2" in spectrum.meta["uncertainty_source"]


def test_error_without_a_name_is_told_by_its_size(tmp_path: Path):
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(CRVAL1=5000.0, CDELT1=0.2)),
                 fits.ImageHDU(ERR * (1 + 0.1 * RNG.random(N))))  # fmt: skip
    spectrum = read_spectrum(path)
    assert spectrum.meta["uncertainty_source"].startswith("assumed")
    path = write(tmp_path / "y.fits", fits.PrimaryHDU(FLUX, header(CRVAL1=5000.0, CDELT1=0.2)),
                 fits.ImageHDU(FLUX * 50.0))  # fmt: skip
    assert read_spectrum(path).uncertainty is None


# ---- tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [
    ("WAVE", "FLUX", "ERR"), ("waveobs", "flux", "err"), ("Wavelength", "Flux", "Error"), ("lambda", "flux", "sigma"),
    ("WAVELENGTH", "FLUX", "FLUX_ERR"), ("wl", "intensity", "e_flux"), ("wave", "flux", "uncertainty"),
])  # fmt: skip
def test_names_of_columns(tmp_path: Path, names: tuple[str, str, str]):
    table = columns_hdu(**dict(zip(names, (WAVE, FLUX, ERR), strict=True)))
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(), table))
    np.testing.assert_array_equal(spectrum.wavelength_aa, WAVE)
    np.testing.assert_array_equal(spectrum.flux, FLUX)
    np.testing.assert_array_equal(spectrum.uncertainty, ERR)


def test_sdss_like_table(tmp_path: Path):
    mask = np.zeros(N, dtype=np.int32)
    mask[5] = 4
    table = columns_hdu(flux=FLUX, loglam=np.log10(WAVE), ivar=1 / ERR**2, and_mask=mask, sky=FLUX * 3)
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(), table))
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    np.testing.assert_allclose(spectrum.uncertainty, ERR)
    assert list(np.flatnonzero(spectrum.mask)) == [5]


def test_eso_phase_3(tmp_path: Path):
    """One row of arrays; nm; UCDs; SPECSYS, SPEC_RES in the primary header."""
    primary = fits.PrimaryHDU(
        header=header(SPECSYS="BARYCENT", SPEC_RES=42310.0, OBJECT="HD 1", INSTRUME="UVES")
    )
    table = columns_hdu(
        {"WAVE": "nm", "FLUX": "erg/s/cm**2/Angstrom", "ERR": "erg/s/cm**2/Angstrom"},
        {"TUCD1": "em.wl;obs.atmos", "TUCD2": "phot.flux.density;em.wl;src.net;meta.main", "TUCD3": "stat.error;phot.flux"},
        WAVE=(WAVE / 10)[np.newaxis], FLUX=FLUX[np.newaxis], ERR=ERR[np.newaxis],
    )  # fmt: skip
    spectrum = read_spectrum(write(tmp_path / "x.fits", primary, table))
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    axis = spectrum.spectral_axis
    assert (axis.medium, axis.frame) == ("air", "barycentric")
    assert axis.unit_source == "TUNIT1 = 'nm'; converted from nm" and axis.medium_source.startswith("TUCD1")
    assert spectrum.meta["resolving_power"] == 42310.0 and spectrum.meta["object"] == "HD 1"
    assert spectrum.flux_unit == "erg / (Angstrom s cm2)"


def test_rows_of_arrays_are_orders_or_spectra(tmp_path: Path):
    wave = np.stack([WAVE, WAVE + 70, WAVE + 140])
    orders = write(tmp_path / "o.fits", fits.PrimaryHDU(), columns_hdu(WAVE=wave, FLUX=np.tile(FLUX, (3, 1))))
    assert [len(o) for o in orders_of(read_spectrum(orders))] == [N, N, N]
    same = write(
        tmp_path / "s.fits",
        fits.PrimaryHDU(),
        columns_hdu(WAVE=np.tile(WAVE, (3, 1)), FLUX=np.tile(FLUX, (3, 1))),
    )
    assert len(read_spectra(same)) == 3
    assert len(read_spectra(same, ReadOptions(spectrum=2))) == 1


def test_columns_and_units_told_by_the_user(tmp_path: Path):
    table = columns_hdu(A=WAVE / 1e4, B=FLUX, C=FLUX * 2, D=ERR)
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(), table)
    options = ReadOptions(
        wavelength_column="a",
        flux_column="3",
        error_column="D",
        unit="um",
        medium="vacuum",
        frame="barycentric",
    )
    spectrum = read_spectrum(path, options)
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    np.testing.assert_array_equal(spectrum.flux, FLUX * 2)
    axis = spectrum.spectral_axis
    assert (axis.medium, axis.medium_source, axis.frame) == ("vacuum", "told by --medium", "barycentric")
    assert axis.unit_source.startswith("told by --unit")


def test_wavenumbers_become_ascending_wavelengths(tmp_path: Path):
    table = columns_hdu({"wavenumber": "cm-1"}, wavenumber=1e8 / WAVE, flux=FLUX)
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(), table))
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    np.testing.assert_array_equal(spectrum.flux, FLUX)


# ---- orders -----------------------------------------------------------------------------------


def order_arrays(n_orders: int = 4, n: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    wave = np.array([5000.0 + 45 * i + np.linspace(0, 50, n) for i in range(n_orders)])
    flux = 1.0 + 0.02 * RNG.standard_normal((n_orders, n))
    return wave, flux, np.full((n_orders, n), 0.02)


@pytest.mark.parametrize(("error_name", "power"), [("Sci Error", 1), ("Sci Variance", 2)])
def test_orders_as_images(tmp_path: Path, error_name: str, power: int):
    wave, flux, sigma = order_arrays()
    path = write(
        tmp_path / "x.fits", fits.PrimaryHDU(), fits.ImageHDU(flux, name="Sci Flux"),
        fits.ImageHDU(flux * 0.1, name="Sky Flux"), fits.ImageHDU(sigma**power * 5, name=error_name.replace("Sci", "Sky")),
        fits.ImageHDU(sigma**power, name=error_name), fits.ImageHDU(wave, name="Sci Wavl"),
    )  # fmt: skip
    spectrum = read_spectrum(path)
    assert isinstance(spectrum, EchelleSpectrum) and len(spectrum) == 4
    np.testing.assert_array_equal(spectrum.orders[2].wavelength_aa, wave[2])
    np.testing.assert_allclose(spectrum.orders[2].uncertainty, 0.02)


def test_short_orders_with_named_wavelengths(tmp_path: Path):
    wave, flux, sigma = order_arrays(20, 60)
    path = write(
        tmp_path / "x.fits", fits.PrimaryHDU(), fits.ImageHDU(sigma, name="ERR"), fits.ImageHDU(flux, name="FLUX"),
        fits.ImageHDU(wave, name="WAVE"),
    )  # fmt: skip
    spectrum = read_spectrum(path)
    assert isinstance(spectrum, EchelleSpectrum) and len(spectrum) == 20
    np.testing.assert_array_equal(spectrum.orders[7].flux, flux[7])
    np.testing.assert_allclose(spectrum.orders[7].uncertainty, 0.02)


def test_wavelengths_in_a_file_beside(tmp_path: Path):
    wave, flux, _ = order_arrays()
    star = write(tmp_path / "star.fits", fits.PrimaryHDU(flux))
    write(tmp_path / "my_wavelengths_2020.fits", fits.PrimaryHDU(wave))
    spectrum = read_spectrum(star)
    np.testing.assert_array_equal(spectrum.orders[3].wavelength_aa, wave[3])
    assert "my_wavelengths_2020.fits" in " ".join(spectrum.meta["notes"])


def test_carmenes_images(tmp_path: Path):
    wave, flux, sigma = order_arrays()
    primary = fits.PrimaryHDU(header=header(INSTRUME="CARMENES", SUBSYS="vis"))
    names = ("SPEC", "CONT", "SIG", "WAVE")
    images = [fits.ImageHDU(a, name=n) for n, a in zip(names, (flux, flux, sigma, wave), strict=True)]
    spectrum = read_spectrum(write(tmp_path / "x.fits", primary, *images))
    assert len(orders_of(spectrum)) == 4 and spectrum.meta["resolving_power"] == 94600
    assert orders_of(spectrum)[0].spectral_axis.medium == "vacuum"
    np.testing.assert_allclose(orders_of(spectrum)[1].uncertainty, 0.02)


# ---- IRAF multispec ---------------------------------------------------------------------------


def wat_cards(*specs: str) -> dict[str, str]:
    text = "wtype=multispec " + " ".join(f'spec{i} = "{spec}"' for i, spec in enumerate(specs, start=1))
    cards = {"WAT0_001": "system=multispec", "WAT1_001": "wtype=multispec label=Wavelength units=angstroms"}
    for index in range(0, len(text), 68):
        cards[f"WAT2_{index // 68 + 1:03d}"] = text[index : index + 68]
    return cards


def test_multispec_dispersions(tmp_path: Path):
    """Linear, log-linear, redshifted, Chebyshev, Legendre, cubic and linear spline against their definition."""
    n = 500
    pixel = np.arange(1, n + 1, dtype=float)
    x = (2 * pixel - (n + 1)) / (n - 1)
    specs = [
        f"1 60 0 5000. 0.1 {n} 0. 1. 2.",
        f"2 59 1 3.7 1.0E-5 {n} 0. 1. 2.",
        f"3 58 0 5000. 0.1 {n} 0.001 1. 2.",
        f"4 57 2 5000. 0.1 {n} 0. 1. 2. 1. 0. 1 3 1. {n}. 5200. 25. -1.5",
        f"5 56 2 5000. 0.1 {n} 0. 1. 2. 1. 0. 2 3 1. {n}. 5300. 25. -1.5",
        f"6 55 2 5000. 0.1 {n} 0. 1. 2. 1. 0. 4 2 1. {n}. 5400. 5420. 5450.",
        f"7 54 2 5000. 0.1 {n} 0. 1. 2. 0.5 0. 1 2 1. {n}. 5500. 25. 0.5 10. 1 2 1. {n}. 5500. 25.",
        f"8 53 2 5000. 0.1 {n} 0. 1. 2. 1. 0. 3 1 1. {n}. 900. 910. 920. 930.",
    ]
    expected = [
        5000 + 0.1 * (pixel - 1),
        10 ** (3.7 + 1e-5 * (pixel - 1)),
        (5000 + 0.1 * (pixel - 1)) / 1.001,
        5200 + 25 * x - 1.5 * (2 * x**2 - 1),
        5300 + 25 * x - 1.5 * (1.5 * x**2 - 0.5),
        np.interp(pixel, [1, (n + 1) / 2, n], [5400, 5420, 5450]),
        5505 + 25 * x,
        None,
    ]
    flux = 1 + 0.01 * RNG.standard_normal((len(specs), n))
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(flux, header(**wat_cards(*specs))))
    spectrum = read_spectrum(path)
    by_beam = {order.meta["order"]: order for order in orders_of(spectrum)}
    for beam, wavelength in zip(range(60, 52, -1), expected, strict=True):
        if wavelength is not None:
            np.testing.assert_allclose(by_beam[beam].wavelength_aa, wavelength, rtol=1e-12, err_msg=str(beam))
            np.testing.assert_array_equal(by_beam[beam].flux, flux[60 - beam])
    # The B-spline basis of IRAF's cubic spline sums to 6: coefficients c give 6 c at a knot when all are equal.
    assert by_beam[53].wavelength_aa[0] == pytest.approx(900 + 4 * 910 + 920)
    assert by_beam[53].wavelength_aa[-1] == pytest.approx(910 + 4 * 920 + 930)


def test_multispec_bands(tmp_path: Path):
    n = 500
    bands = np.stack([np.full((2, n), 9.0), 1 + 0.01 * RNG.standard_normal((2, n)), np.full((2, n), 0.01)])
    cards = wat_cards(f"1 60 0 5000. 0.1 {n} 0. 1. 2.", f"2 59 0 5040. 0.1 {n} 0. 1. 2.")
    cards.update(BANDID1="sky spectrum", BANDID2="object spectrum", BANDID3="noise spectrum")
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(bands, header(**cards))))
    np.testing.assert_array_equal(orders_of(spectrum)[0].flux, bands[1, 0])
    np.testing.assert_array_equal(orders_of(spectrum)[0].uncertainty, bands[2, 0])
    assert "band 2 of 3 (object spectrum)" in " ".join(spectrum.meta["notes"])


# ---- text -------------------------------------------------------------------------------------


def rows(separator: str, *columns: np.ndarray) -> str:
    return "".join(separator.join(repr(float(v)) for v in row) + "\n" for row in zip(*columns, strict=True))


@pytest.mark.parametrize("text", [
    rows(" ", WAVE, FLUX, ERR),
    rows("\t", WAVE, FLUX, ERR),
    rows(",", WAVE, FLUX, ERR),
    rows(";", WAVE, FLUX, ERR),
    rows("   ", WAVE / 10, FLUX, ERR),
    rows(",", WAVE / 1e4, FLUX, ERR),
    "# wave flux err\n" + rows(" ", WAVE, FLUX, ERR),
    "wave,flux,err\n" + rows(",", WAVE, FLUX, ERR),
    '"wavelength [nm]";"flux";"error"\n' + rows(";", WAVE / 10, FLUX, ERR),
    "flux,err,wave\n" + rows(",", FLUX, ERR, WAVE),
    "! a comment\n% another\n\n" + rows(" ", WAVE, FLUX, ERR) + "# the end\n",
    "A title line\nand another\n" + rows(" ", WAVE, FLUX, ERR),
    rows(" ", WAVE, FLUX, ERR).replace("\n", "\r\n"),
    "\ufeffwave,flux,err\n" + rows(",", WAVE, FLUX, ERR),
    rows(" ", WAVE, FLUX, ERR).replace("e-", "D-"),
    "waveobs\tflux\terr\n" + rows("\t", WAVE / 10, FLUX, ERR),
])  # fmt: skip
def test_text_in_all_its_forms(tmp_path: Path, text: str):
    path = tmp_path / "x.txt"
    path.write_text(text, encoding="utf-8", newline="")
    spectrum = read_spectrum(path)
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE, rtol=1e-12)
    np.testing.assert_array_equal(spectrum.flux, FLUX)
    np.testing.assert_array_equal(spectrum.uncertainty, ERR)


def test_text_says_medium_frame_and_power_in_comments(tmp_path: Path):
    path = tmp_path / "x.txt"
    path.write_text(
        "# vacuum wavelengths\n# barycentric\n# OBJECT = HD 1\n# R ~ 75,000\n" + rows(" ", WAVE, FLUX)
    )
    spectrum = read_spectrum(path)
    axis = spectrum.spectral_axis
    assert (axis.medium, axis.frame) == ("vacuum", "barycentric") and "comment" in axis.medium_source
    assert spectrum.meta["object"] == "HD 1" and spectrum.meta["resolving_power"] == 75000


def test_ecsv_of_astropy(tmp_path: Path):
    from astropy.table import Table

    table = Table({"wavelength": WAVE / 10, "flux": FLUX, "ivar": 1 / ERR**2}, units={"wavelength": "nm"})
    table.meta["OBJECT"] = "HD 2"
    table.write(tmp_path / "x.ecsv")
    spectrum = read_spectrum(tmp_path / "x.ecsv")
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    np.testing.assert_allclose(spectrum.uncertainty, ERR)
    assert spectrum.meta["reader"] == "ecsv" and spectrum.meta["object"] == "HD 2"


# ---- the house --------------------------------------------------------------------------------


def test_importing_io_loads_nothing_slow():
    code = "import sys, spectragui.io; print([m for m in sys.modules if m.split('.')[0] in ('astropy', 'specutils', 'scipy', 'torch')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_reader_describes_itself():
    assert len(READERS) >= 17
    for name, reader in READERS.items():
        assert reader.description, name


@pytest.mark.parametrize(("card", "is_simulated"), [(True, True), (False, False), ("T", False)])
def test_the_header_says_that_a_spectrum_is_simulated(tmp_path: Path, card: object, is_simulated: bool):
    cards = {"CRVAL1": 5000.0, "CDELT1": 0.2, "SIMULATE": card}
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(**cards))))
    assert bool(spectrum.meta.get("simulated")) is is_simulated
    origins = [fact.source for fact in describe(spectrum) if fact.key == "origin"]
    assert origins == (["SIMULATE = True"] if is_simulated else [])


def test_describe_says_where_from(tmp_path: Path):
    cards = {"CRVAL1": 5000.0, "CDELT1": 0.2, "CTYPE1": "AWAV", "CUNIT1": "Angstrom", "SPECSYS": "BARYCENT",
             "SPEC_RES": 48000.0, "BERV": 12.3, "OBJECT": "HD 3"}  # fmt: skip
    said = describe(read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(**cards)))))
    sources = {fact.key: fact.source for fact in said}
    assert sources["medium"] == "CTYPE1 = 'AWAV'" and sources["frame"] == "SPECSYS = 'BARYCENT'"
    assert sources["resolving_power"] == "SPEC_RES = 48000.0" and sources["berv_kms"] == "BERV = 12.3"
    assert said.to_dict()["resolving_power"]["value"] == 48000.0
    assert "HD 3" in said.to_text()


def test_spectra_survive_pickling(tmp_path: Path):
    import pickle

    spectrum = read_spectrum(
        write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(CRVAL1=5000.0, CDELT1=0.2)))
    )
    assert pickle.loads(pickle.dumps(spectrum)) == spectrum


@pytest.mark.parametrize(("text", "unit"), [
    ("erg/s/cm**2/Angstrom", "erg / (Angstrom s cm2)"), ("FLAM", "erg / (Angstrom s cm2)"), ("counts", "ct"),
    ("Flux (10^-17 erg/s/cm^2/Ang)", "1e-17 erg / (Angstrom s cm2)"), ("1E-17 erg/cm^2/s/Ang", "1e-17 erg / (Angstrom s cm2)"),
    ("ADU", "adu"), ("Jy", "Jy"), ("Relative Flux", ""), ("", ""), ("instrumental", ""),
])  # fmt: skip
def test_units_of_flux(text: str, unit: str):
    from spectragui.io.reading.flux_units import flux_unit_text

    assert flux_unit_text(text) == unit


def test_eso_s2d(tmp_path: Path):
    """ESPRESSO, NIRPS and the new HARPS pipeline: SCIDATA, ERRDATA, QUALDATA, WAVEDATA_VAC_BARY."""
    wave, flux, sigma = order_arrays()
    quality = np.zeros(flux.shape, dtype=np.int32)
    quality[1, 7] = 16384
    primary = fits.PrimaryHDU(
        header=header(**{"INSTRUME": "ESPRESSO", "HIERARCH ESO QC BERV": -7.25, "OBJECT": "HD 4"})
    )
    path = write(
        tmp_path / "x.fits", primary, fits.ImageHDU(flux, name="SCIDATA"), fits.ImageHDU(sigma, name="ERRDATA"),
        fits.ImageHDU(quality, name="QUALDATA"), fits.ImageHDU(wave * 1.0003, name="WAVEDATA_VAC_BARY"),
        fits.ImageHDU(wave, name="WAVEDATA_AIR_BARY"),
    )  # fmt: skip
    spectrum = read_spectrum(path)
    axis = orders_of(spectrum)[0].spectral_axis
    assert (axis.medium, axis.frame) == ("vacuum", "barycentric") and "WAVEDATA_VAC_BARY" in axis.frame_source
    np.testing.assert_allclose(orders_of(spectrum)[1].wavelength_aa, wave[1] * 1.0003)
    np.testing.assert_allclose(orders_of(spectrum)[1].uncertainty, 0.02)
    assert list(np.flatnonzero(orders_of(spectrum)[1].mask)) == [7]
    assert spectrum.meta["berv_kms"] == -7.25


def test_iraf_bands_of_one_spectrum(tmp_path: Path):
    bands = np.stack([FLUX, FLUX * 0.9, np.full(N, 3.0), ERR])[:, np.newaxis, :]
    cards = {"CRVAL1": 5000.0, "CD1_1": 0.2, "CTYPE1": "LINEAR", "BANDID1": "spectrum - background fit, weights variance, clean yes",
             "BANDID2": "raw - background fit, weights none, clean no", "BANDID3": "background - background fit",
             "BANDID4": "sigma - background fit, weights variance, clean yes"}  # fmt: skip
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(bands, header(**cards))))
    np.testing.assert_array_equal(spectrum.flux, FLUX)
    np.testing.assert_array_equal(spectrum.uncertainty, ERR)
    assert "band 4" in spectrum.meta["uncertainty_source"]


def test_iraf_equispec_rows_are_spectra(tmp_path: Path):
    cards = {"CRVAL1": 5000.0, "CD1_1": 0.2, "CTYPE1": "LINEAR", "WAT0_001": "system=equispec",
             "WAT1_001": "wtype=linear label=Wavelength units=angstroms"}  # fmt: skip
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(np.stack([FLUX, FLUX * 2, FLUX * 3]), header(**cards)))
    spectra = read_spectra(path)
    assert len(spectra) == 3 and spectra[2].meta["spectrum_index"] == 2
    np.testing.assert_array_equal(spectra[1].flux, FLUX * 2)


def test_long_slit_image_is_no_spectrum(tmp_path: Path):
    from spectragui.core.errors import ReadError

    path = write(
        tmp_path / "x.fits", fits.PrimaryHDU(RNG.random((300, 600)), header(CRVAL1=5000.0, CDELT1=0.2))
    )
    with pytest.raises(ReadError, match="image of 600 x 300 pixels"):
        read_spectrum(path)


def test_galah_of_data_release_3(tmp_path: Path):
    """Extensions without names: flux, relative error, sky, telluric, normalised; arms are joined by file name."""
    from spectragui.io import read_files

    paths = []
    for arm, start in enumerate((4715.0, 5649.0, 6478.0, 7585.0), start=1):
        scale = {
            "CRVAL1": start,
            "CDELT1": 0.05,
            "CTYPE1": "Wavelength",
            "CUNIT1": "Angstroms",
            "INSTRUME": "HERMES-2dF",
        }
        images = [fits.ImageHDU(a) for a in (ERR / np.abs(FLUX), FLUX * 0, FLUX * 0 + 1, FLUX / FLUX.max())]
        paths.append(write(tmp_path / f"14031000110100{arm}{arm}.fits".replace(f"0{arm}{arm}", f"01{arm}"),
                           fits.PrimaryHDU(FLUX, header(**scale)), *images))  # fmt: skip
    spectra = read_files(paths)
    assert len(spectra) == 1 and len(orders_of(spectra[0])) == 4
    order = orders_of(spectra[0])[2]
    np.testing.assert_array_equal(order.flux, FLUX)
    np.testing.assert_allclose(order.uncertainty, ERR)
    assert spectra[0].meta["resolving_power"] == 28000 and order.spectral_axis.medium == "air"


def test_unit_that_nobody_knows_is_said(tmp_path: Path):
    from spectragui.core.errors import ReadError

    path = tmp_path / "x.csv"
    path.write_text("wave [furlong],flux\n" + rows(",", WAVE, FLUX))
    with pytest.raises(ReadError, match="furlong.*no unit of wavelength"):
        read_spectrum(path)
    path.write_text("wave [km/s],flux\n" + rows(",", WAVE, FLUX))
    with pytest.raises(ReadError, match="no unit of wavelength"):
        read_spectrum(path)
    assert read_spectrum(path, ReadOptions(unit="nm")).wavelength_aa[0] == pytest.approx(50000.0)


def test_loaders_of_specutils_are_the_last_resort(tmp_path: Path):
    """A format that only a loader of specutils knows is read by it."""
    specutils = pytest.importorskip("specutils")
    from astropy import units as u
    from specutils.io.registers import data_loader

    def is_odd(origin, path, fileobj, *args, **kwargs):
        return str(path).endswith("odd_format.fits")

    @data_loader("odd-format", identifier=is_odd, extensions=["fits"])
    def load(path, **kwargs):
        data = fits.getdata(path, ext=1)
        return specutils.Spectrum(flux=data["Q"] * u.Jy, spectral_axis=data["P"] * u.nm)

    path = write(tmp_path / "odd_format.fits", fits.PrimaryHDU(), columns_hdu(P=WAVE / 10, Q=FLUX))
    spectrum = read_spectrum(path)
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    assert spectrum.meta["reader"] == "specutils" and spectrum.flux_unit == "Jy"
    assert "odd-format" in " ".join(spectrum.meta["notes"])


def test_error_goes_with_its_flux(tmp_path: Path):
    """UVES of ESO's archive: FLUX_REDUCED with ERR_REDUCED, FLUX with ERR."""
    table = columns_hdu(
        {"WAVE": "Angstrom"},
        {"TUCD1": "em.wl;obs.atmos", "TUCD2": "phot.flux.density", "TUCD3": "stat.error;phot.flux", "TUCD4": "phot.flux.density",
         "TUCD5": "phot.flux.density;meta.main", "TUCD6": "stat.error;phot.flux;meta.main"},
        WAVE=WAVE[np.newaxis], FLUX_REDUCED=FLUX[np.newaxis] * 9, ERR_REDUCED=ERR[np.newaxis] * 9,
        BGFLUX_REDUCED=FLUX[np.newaxis] * 0.1, FLUX=FLUX[np.newaxis], ERR=ERR[np.newaxis],
    )  # fmt: skip
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(), table)
    spectrum = read_spectrum(path)
    np.testing.assert_array_equal(spectrum.flux, FLUX)
    np.testing.assert_array_equal(spectrum.uncertainty, ERR)
    reduced = read_spectrum(path, ReadOptions(flux_column="FLUX_REDUCED"))
    np.testing.assert_array_equal(reduced.uncertainty, ERR * 9)


def test_third_column_that_is_no_error(tmp_path: Path):
    """POLLUX: wavelength, flux, normalised flux; without names the third must have the size of errors."""
    path = tmp_path / "x.spec"
    path.write_text(rows(" ", WAVE, FLUX * 1e6, FLUX))
    spectrum = read_spectrum(path)
    assert spectrum.uncertainty is None
    assert "third column" in " ".join(spectrum.meta["notes"])


def test_catalogue_as_text_is_no_spectrum(tmp_path: Path):
    from spectragui.core.errors import ReadError

    path = tmp_path / "x.csv"
    path.write_text("id,ra,dec,teff\n" + rows(",", np.arange(5000.0, 5000.0 + N), FLUX, FLUX, FLUX))
    with pytest.raises(ReadError, match="no column could be told to be the wavelength"):
        read_spectrum(path)
    path.write_text(rows(" ", 5000.0 + 3000 * RNG.random(N), FLUX))
    with pytest.raises(ReadError, match="neither ascends nor descends"):
        read_spectrum(path)


def test_decimal_commas(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("wave;flux;err\n" + rows(";", WAVE, FLUX, ERR).replace(".", ","))
    np.testing.assert_array_equal(read_spectrum(path).flux, FLUX)


@pytest.mark.parametrize(("cards", "is_in"), [
    ({"ICELNAM": "In"}, True), ({"ICELNAM": "Out"}, False), ({"IODIN": True, "IODOUT": False}, True), ({"IODIN": False}, False),
    ({"IODINE": "OUT"}, False), ({}, False),
])  # fmt: skip
def test_iodine_cell_is_noted(tmp_path: Path, cards: dict, is_in: bool):
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX, header(CRVAL1=5000.0, CDELT1=0.2, **cards)))
    spectrum = read_spectrum(path)
    assert bool(spectrum.meta.get("iodine_cell")) == is_in
    assert any("iodine" in note for note in spectrum.meta["notes"]) == is_in


def test_specutils_own_files(tmp_path: Path):
    """What specutils writes (an image with UNCERT and MASK, a table) is read by our readers."""
    specutils = pytest.importorskip("specutils")
    from astropy import units as u
    from astropy.nddata import StdDevUncertainty

    theirs = specutils.Spectrum(
        flux=FLUX * u.Jy, spectral_axis=WAVE * u.AA, uncertainty=StdDevUncertainty(ERR)
    )
    theirs.write(tmp_path / "t.fits", format="tabular-fits")
    spectrum = read_spectrum(tmp_path / "t.fits")
    np.testing.assert_allclose(spectrum.uncertainty, ERR)
    assert spectrum.meta["reader"] == "fits-table" and spectrum.flux_unit == "Jy"


def test_compressed_image_extension(tmp_path: Path):
    scale = header(CRVAL1=5000.0, CDELT1=0.2)
    path = write(
        tmp_path / "x.fits.fz",
        fits.PrimaryHDU(),
        fits.CompImageHDU(FLUX.astype("f4"), scale, compression_type="GZIP_2", quantize_level=0.0),
    )
    np.testing.assert_allclose(read_spectrum(path).flux, FLUX, rtol=1e-6)


def test_votable(tmp_path: Path):
    from astropy.io.votable import from_table
    from astropy.table import Table

    table = Table({"spectral": WAVE / 10, "flux": FLUX, "flux_error": ERR}, units={"spectral": "nm"})
    document = from_table(table)
    document.get_first_table().fields[0].ucd = "em.wl;obs.atmos"
    document.to_xml(str(tmp_path / "x.vot"))
    spectrum = read_spectrum(tmp_path / "x.vot")
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE)
    np.testing.assert_array_equal(spectrum.uncertainty, ERR)
    assert spectrum.spectral_axis.medium == "air" and spectrum.meta["reader"] == "votable"


def test_results_as_votable_are_no_spectrum(tmp_path: Path):
    from spectragui.core.errors import ReadError
    from spectragui.io.tables.tables import write_results

    write_results([], tmp_path / "r.vot")
    with pytest.raises(ReadError, match="no field"):
        read_spectrum(tmp_path / "r.vot")
    (tmp_path / "d.vot").write_text('<?xml version="1.0"?>\n<VOTABLE><RESOURCE><TABLE>')
    with pytest.raises(ReadError, match="VOTable is damaged"):
        read_spectrum(tmp_path / "d.vot")


def test_espadons_rows_of_cfht(tmp_path: Path):
    wave = np.concatenate([np.linspace(500, 505, 300), np.linspace(503, 508, 300)])
    data = np.stack([wave, np.tile(FLUX[:300], 2), np.full(600, 0.05), wave * 2, wave, wave])
    cards = {"COL1": "Wavelength", "COL2": "Intensity", "COL3": "ErrorBar", "COL4": "Wavelength", "COL5": "Intensity",
             "COL6": "ErrorBar", "INSTRUME": "ESPaDOnS", "OBJECT": "HD 5"}  # fmt: skip
    spectrum = read_spectrum(write(tmp_path / "1234i.fits", fits.PrimaryHDU(data, header(**cards))))
    assert [len(o) for o in orders_of(spectrum)] == [300, 300]
    np.testing.assert_allclose(orders_of(spectrum)[1].wavelength_aa, np.linspace(5030, 5080, 300))
    assert spectrum.meta["resolving_power"] == 65000 and orders_of(spectrum)[0].spectral_axis.medium == "air"


def test_all_orders_share_one_passport(tmp_path: Path):
    """Orders on both sides of 11000 A: the medium is that of the whole spectrum, not of each order."""
    wave, flux, _ = order_arrays(3)
    wave += np.array([0.0, 3000.0, 5990.0])[:, np.newaxis]
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(flux), fits.ImageHDU(wave, name="WAVELENGTH"))
    spectrum = read_spectrum(path)
    assert {(o.spectral_axis.medium, o.spectral_axis.medium_source) for o in orders_of(spectrum)} == {
        ("unknown", "the file does not say")
    }


@pytest.mark.parametrize("n", [1, 3])
def test_wavelengths_as_a_vector_of_their_own(tmp_path: Path, n: int):
    flux, sigma = np.tile(FLUX, (n, 1)), np.tile(ERR, (n, 1))
    flux *= np.arange(1, n + 1)[:, np.newaxis]
    if n == 1:
        flux, sigma = flux[0], sigma[0]
    wave = fits.ImageHDU(WAVE / 10, name="WAVELENGTH", header=header(BUNIT="nm"))
    path = write(
        tmp_path / "x.fits",
        fits.PrimaryHDU(),
        fits.ImageHDU(sigma, name="ERROR"),
        fits.ImageHDU(flux, name="FLUX"),
        wave,
    )
    spectra = read_spectra(path)
    assert len(spectra) == n
    np.testing.assert_allclose(spectra[-1].wavelength_aa, WAVE)
    np.testing.assert_array_equal(spectra[-1].flux, FLUX * n)
    np.testing.assert_array_equal(spectra[-1].uncertainty, ERR)


def test_grid_of_numpy_is_sent_elsewhere(tmp_path: Path):
    from spectragui.core.errors import ReadError

    np.savez(tmp_path / "grid.npz", wave=WAVE, flux=FLUX)
    with pytest.raises(ReadError, match="numpy grid") as caught:
        read_spectrum(tmp_path / "grid.npz")
    assert "evaluate" in caught.value.hint
