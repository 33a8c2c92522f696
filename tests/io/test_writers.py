# ruff: noqa: E501
"""Spectra written as FITS, ECSV and CSV read back equal; so do those exchanged with specutils."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import WriteError
from spectragui.core.labels import LabelSet
from spectragui.core.spectral_axis import SpectralAxis, VelocityStep
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io import ReadOptions, read_spectrum
from spectragui.io.writers import write_spectrum


def make(start: float = 5000.0, n: int = 200, sigma: bool = True, **meta: object) -> Spectrum:
    rng = np.random.default_rng(1)
    wavelength = start * np.exp(np.arange(n) * 1e-5)
    flux = 1.0 + 0.01 * rng.standard_normal(n)
    flux[5] = np.nan
    errors = np.full(n, 0.01)
    errors[7] = 0.0
    axis = SpectralAxis(
        wavelength, "Angstrom", "air", "barycentric", "CUNIT1 = 'Angstrom'", "CTYPE1 = 'AWAV'", "SPECSYS = 'BARYCENT'",
        (VelocityStep(12.5, "observer", "barycentric", "BERV"),),
    )  # fmt: skip
    mask = np.zeros(n, bool)
    mask[20:25] = True
    entries = {
        "object": "σ Dra", "resolving_power": 60000.0, "notes": ("One note.", "Another: ü."),
        "header": [("OBJECT", "sigma Dra", "the star"), ("ESO DRS BERV", 12.5, "km/s"), ("HISTORY", "made", ""),
                   ("NAXIS1", 200, ""), ("BAD KEY", "x", ""), ("EXPTIME", 30, "[s]")],
        "labels": LabelSet({"teff": 5772.0}, {"teff": 10.0}), "simulated": True, **meta,
    }  # fmt: skip
    return Spectrum(axis, flux, errors if sigma else None, mask, "erg / (Angstrom s cm2)", entries)


def make_echelle() -> EchelleSpectrum:
    orders = tuple(make(s, n, sigma).with_meta(order=i) for i, (s, n, sigma) in enumerate(
        [(5000.0, 100, True), (5004.0, 150, True), (5500.0, 80, False)]
    ))  # fmt: skip
    return EchelleSpectrum(orders, {"object": "σ Dra", "notes": ("Three orders.",)})


def without_file(spectrum):
    of_the_file = {"file", "file_sha256", "reader", "spectrum_index", "n_spectra"}
    if any(keyword == "CREATOR" for keyword, *_rest in spectrum.meta.get("header", ())):
        of_the_file.add("header")  # the file's own, where there was none before
    return spectrum.replace(meta={k: v for k, v in spectrum.meta.items() if k not in of_the_file})


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
@pytest.mark.parametrize("sigma", [True, False])
def test_spectrum_reads_back_equal(tmp_path: Path, suffix: str, sigma: bool):
    spectrum = make(sigma=sigma)
    write_spectrum(spectrum, tmp_path / f"s{suffix}")
    read = read_spectrum(tmp_path / f"s{suffix}")
    assert read.meta["file"].endswith(suffix)
    assert without_file(read) == spectrum


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
def test_echelle_reads_back_equal(tmp_path: Path, suffix: str):
    spectrum = make_echelle()
    write_spectrum(spectrum, tmp_path / f"s{suffix}")
    read = read_spectrum(tmp_path / f"s{suffix}")
    assert isinstance(read, EchelleSpectrum)
    assert dict(without_file(read).meta) == dict(spectrum.meta)
    assert all(got == want for got, want in zip(read.orders, spectrum.orders, strict=True))


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
def test_the_blaze_is_kept_with_its_source(tmp_path: Path, suffix: str):
    plain = make_echelle()
    blaze = np.linspace(0.2, 1.0, 100)
    blaze[:3] = np.nan
    said = {"blaze_source": "extension CONT", "blaze_kind": "file", "has_blaze": True}
    spectrum = plain.replace(orders=(plain.orders[0].with_meta(blaze=blaze, **said), *plain.orders[1:]))
    write_spectrum(spectrum, tmp_path / f"s{suffix}")
    read = read_spectrum(tmp_path / f"s{suffix}")
    np.testing.assert_array_equal(read.orders[0].meta["blaze"], blaze)
    assert {key: read.orders[0].meta[key] for key in said} == said
    assert not any("blaze" in order.meta for order in read.orders[1:])
    assert all(
        got.flux.tobytes() == want.flux.tobytes() for got, want in zip(read.orders, plain.orders, strict=True)
    )


def test_csv_keeps_columns_unit_and_medium(tmp_path: Path):
    spectrum = make()
    write_spectrum(spectrum, tmp_path / "s.csv")
    assert (tmp_path / "s.csv").read_text().splitlines()[0] == "wave_air_angstrom,flux,err,mask"
    read = read_spectrum(tmp_path / "s.csv")
    np.testing.assert_array_equal(read.wavelength_aa, spectrum.wavelength_aa)
    np.testing.assert_array_equal(read.flux, spectrum.flux)
    np.testing.assert_array_equal(read.uncertainty, spectrum.uncertainty)
    np.testing.assert_array_equal(read.mask, spectrum.mask)
    assert (read.spectral_axis.unit, read.spectral_axis.medium) == ("Angstrom", "air")
    assert not read.spectral_axis.is_medium_assumed


def test_csv_keeps_orders(tmp_path: Path):
    spectrum = make_echelle()
    write_spectrum(spectrum, tmp_path / "s.csv")
    read = read_spectrum(tmp_path / "s.csv")
    assert [len(order) for order in read] == [100, 150, 80]


def test_fits_says_everything_in_keywords_too(tmp_path: Path):
    from astropy.io import fits

    write_spectrum(make(), tmp_path / "s.fits", samples=np.ones((3, 200)))
    with fits.open(tmp_path / "s.fits") as hdus:
        assert hdus[1].columns.names == ["WAVE", "FLUX", "ERR", "mask"]
        header = hdus[1].header
        assert (header["MEDIUM"], header["SPECSYS"], header["SPEC_RES"]) == ("air", "BARYCENT", 60000.0)
        assert (header["VELSTEP1"], header["TEFF"], header["TUNIT1"]) == (12.5, 5772.0, "Angstrom")
        assert hdus[0].header["OBJECT"] == "sigma Dra" and hdus[0].header["ESO DRS BERV"] == 12.5
        assert hdus["SAMPLES"].data.shape == (3, 200)


def test_fits_without_passport_still_reads(tmp_path: Path):
    """Another program may have dropped the extensions that it does not know."""
    from astropy.io import fits

    spectrum = make()
    write_spectrum(spectrum, tmp_path / "s.fits")
    with fits.open(tmp_path / "s.fits") as hdus:
        fits.HDUList(hdus[:2]).writeto(tmp_path / "t.fits")
    read = read_spectrum(tmp_path / "t.fits")
    np.testing.assert_array_equal(read.flux, spectrum.flux)
    np.testing.assert_array_equal(read.mask, spectrum.mask)
    axis = read.spectral_axis
    assert (axis.unit, axis.medium, axis.frame) == ("Angstrom", "air", "barycentric")
    assert read.flux_unit == "erg / (Angstrom s cm2)"
    assert read.meta["resolving_power"] == 60000.0


def test_options_win_over_the_passport(tmp_path: Path):
    write_spectrum(make(), tmp_path / "s.fits")
    read = read_spectrum(tmp_path / "s.fits", ReadOptions(medium="vacuum"))
    assert read.spectral_axis.medium == "vacuum"
    assert read.spectral_axis.medium_source == "told by --medium"


def test_old_file_survives_a_failed_write(tmp_path: Path, monkeypatch):
    path = tmp_path / "s.fits"
    write_spectrum(make(), path)
    before = path.read_bytes()

    def full_disk(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(WriteError, match="No space left"):
        write_spectrum(make(6000.0), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["s.fits"]


def test_unknown_suffix_is_refused(tmp_path: Path):
    with pytest.raises(WriteError, match="cannot be written as .txt"):
        write_spectrum(make(), tmp_path / "s.txt")
    with pytest.raises(WriteError, match="FITS only"):
        write_spectrum(make(), tmp_path / "s.csv", samples=np.ones((2, 200)))


@pytest.mark.parametrize("sigma", [True, False])
def test_specutils_exchange_is_lossless(sigma: bool):
    pytest.importorskip("specutils")
    from spectragui.io.specutils_exchange import from_specutils, to_specutils

    spectrum = make(sigma=sigma)
    there = to_specutils(spectrum)
    assert str(there.spectral_axis.unit) == "Angstrom"
    assert there.flux.unit.to_string() == spectrum.flux_unit
    assert from_specutils(there) == spectrum
    there.flux[:] = 0.0  # a copy: ours is untouched
    assert spectrum.flux[0] != 0.0


@pytest.mark.parametrize("kind", ["StdDevUncertainty", "VarianceUncertainty", "InverseVariance"])
def test_specutils_uncertainties_become_one_sigma(kind: str):
    specutils = pytest.importorskip("specutils")
    from astropy import nddata
    from astropy import units as u

    from spectragui.io.specutils_exchange import from_specutils

    values = {"StdDevUncertainty": 0.1, "VarianceUncertainty": 0.01, "InverseVariance": 100.0}
    theirs = specutils.Spectrum(
        flux=np.ones(20) * u.Jy,
        spectral_axis=np.linspace(2.0, 1.0, 20) * u.um,
        uncertainty=getattr(nddata, kind)(np.full(20, values[kind])),
        meta={"who": "them"},
    )
    ours = from_specutils(theirs)
    np.testing.assert_allclose(ours.uncertainty, 0.1)
    assert ours.spectral_axis.unit == "um" and ours.flux_unit == "Jy"
    assert ours.wavelength_aa[0] == pytest.approx(10000.0)
    assert ours.meta["who"] == "them"


@pytest.mark.parametrize("suffix", [".fits", ".ecsv", ".csv"])
@pytest.mark.parametrize("unit", ["nm", "cm-1", "um"])
def test_other_units_read_back_equal(tmp_path: Path, suffix: str, unit: str):
    """The axis keeps its unit in FITS and ECSV; CSV says it in the column's name."""
    values = np.linspace(500.0, 510.0, 300) if unit == "nm" else np.linspace(1.5, 1.6, 300)
    values = np.linspace(6000.0, 6100.0, 300) if unit == "cm-1" else values
    axis = SpectralAxis(values, unit, "vacuum", "observer", "said", "said", "said")
    spectrum = Spectrum(axis, 1.0 + 0.01 * np.sin(values), None, None, "Jy", {"object": "a"})
    write_spectrum(spectrum, tmp_path / f"x{suffix}")
    again = read_spectrum(tmp_path / f"x{suffix}")
    np.testing.assert_allclose(np.sort(again.wavelength_aa), np.sort(spectrum.wavelength_aa), rtol=1e-12)
    assert again.uncertainty is None and again.spectral_axis.medium == "vacuum"
    if suffix != ".csv":
        assert without_file(again) == spectrum


def test_header_cards_beyond_ascii_and_the_standard_are_kept(tmp_path: Path):
    """All cards come back from the passport; those that FITS can hold stand in the primary header."""
    from astropy.io import fits

    cards = [("OBJECT", "HD 1 – α", "naïve"), ("ESO TEL AMBI RHUM", 12.5, "%"), ("lower case", 1, ""), ("LONG", "x" * 300, ""),
             ("EMPTY", None, ""), ("COMMENT", "über", ""), ("BIG", 10**30, ""), ("NANVAL", float("nan"), "")]  # fmt: skip
    write_spectrum(make(header=cards), tmp_path / "x.fits")
    again = read_spectrum(tmp_path / "x.fits")
    assert [tuple(card)[0] for card in again.meta["header"]] == [card[0] for card in cards]
    with fits.open(tmp_path / "x.fits") as hdus:
        hdus.verify("exception")
        assert hdus[0].header["ESO TEL AMBI RHUM"] == 12.5


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("1e-17 erg / (Angstrom s cm2)", "10**-17 erg Angstrom-1 s-1 cm-2"),
        ("erg / (s cm2 Angstrom)", "erg / (s cm2 Angstrom)"),
        ("ADU", "adu"),
        ("relative", "adu"),  # arbitrary units: without any specutils finds no flux
        ("", "adu"),
    ],
)
def test_fits_has_only_units_that_fits_knows(tmp_path, unit, written):
    from astropy import units
    from astropy.table import Table

    axis = SpectralAxis(np.linspace(5000.0, 5010.0, 50), medium="air", frame="rest")
    spectrum = Spectrum(axis, np.ones(50), flux_unit=unit)
    write_spectrum(spectrum, tmp_path / "s.fits")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = Table.read(tmp_path / "s.fits", hdu=1)
    assert table["FLUX"].unit == (None if written is None else units.Unit(written, format="fits"))
    assert read_spectrum(tmp_path / "s.fits").flux_unit == unit


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
def test_file_of_a_spectrum_that_had_no_header_shows_its_own(tmp_path: Path, suffix: str):
    axis = SpectralAxis(np.linspace(5000.0, 5010.0, 30), medium="air", frame="rest")
    path = tmp_path / f"generated{suffix}"
    write_spectrum(Spectrum(axis, np.ones(30), meta={"object": "model", "labels": {"teff": 5772.0}}), path)
    header = {keyword: value for keyword, value, _comment in read_spectrum(path).meta["header"]}
    assert (header["CREATOR"], header["MEDIUM"], header["OBJECT"]) == ("spectragui", "air", "model")
    assert header["TEFF"] == 5772.0
    assert not {"BITPIX", "NAXIS", "TTYPE1", "SPECTRAGUI_PASSPORT"} & set(header)
