"""Spectra that we write, read by astropy and specutils alone: units, medium, frame, errors, masks, flips."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.io.votable.ucd import parse_ucd
from astropy.table import Table

from spectragui.analysis.axis_conversion import AxisConversion
from spectragui.analysis.change_words import change_words, parse_change
from spectragui.core.denoised import CORRELATION, mark_denoised
from spectragui.core.spectral_axis import SpectralAxis, VelocityStep
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.io.read import read_spectrum
from spectragui.io.specutils_exchange import from_specutils, to_specutils
from spectragui.io.writers import write_spectra, write_spectrum

N = 40
UNIT = "erg / (Angstrom s cm2)"
#: Our frame -> the FITS standard's word for it (Greisen et al. 2006, table 12).
SPECSYS = {
    "observer": "TOPOCENT", "barycentric": "BARYCENT", "heliocentric": "HELIOCEN", "rest": "SOURCE",
    "unknown": "UNKNOWN",
}  # fmt: skip


def spectrum(medium: str = "air", frame: str = "barycentric", start: float = 5000.0, **meta) -> Spectrum:
    """Return a spectrum in which every value of every column is another one."""
    steps = (VelocityStep(-12.5, "observer", "barycentric", "BERV"),) if frame == "barycentric" else ()
    axis = SpectralAxis(
        start + 0.1 * np.arange(N) + 1e-3 * np.arange(N) ** 2, "Angstrom", medium, frame,
        "said", "said", "said", steps,
    )  # fmt: skip
    mask = np.zeros(N, bool)
    mask[[3, 11, 12]] = True
    flux, sigma = 2.0 + 0.01 * np.arange(N), 0.05 + 0.001 * np.arange(N)
    return Spectrum(axis, flux, sigma, mask, meta.pop("flux_unit", UNIT), {"object": "HD 1", **meta})


def quietly(function, *arguments, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **more)


@pytest.mark.parametrize(
    ("medium", "ucd"), [("air", "em.wl;obs.atmos"), ("vacuum", "em.wl"), ("unknown", None)]
)
@pytest.mark.parametrize("frame", list(SPECSYS))
def test_fits_by_astropy(tmp_path: Path, medium: str, ucd: str | None, frame: str) -> None:
    given = spectrum(medium, frame, resolving_power=60_000.0)
    write_spectrum(given, tmp_path / "s.fits")
    with fits.open(tmp_path / "s.fits") as hdus:
        header, primary = hdus["SPECTRUM"].header, hdus[0].header
        assert header.get("TUCD1") == ucd
        for cards in (header, primary):
            assert (cards["MEDIUM"], cards["SPECSYS"]) == (medium, SPECSYS[frame])
            assert cards["SPEC_RES"] == 60_000.0
        if frame == "barycentric":
            assert header["VELSTEP1"] == -12.5
        assert header["TUNIT1"] == "Angstrom" and primary["OBJECT"] == "HD 1"
    table = quietly(Table.read, tmp_path / "s.fits", hdu="SPECTRUM")
    assert table["WAVE"].unit == u.AA and np.array_equal(table["WAVE"], given.wavelength_aa)
    for name, values in (("FLUX", given.flux), ("ERR", given.uncertainty)):
        assert table[name].unit == u.Unit(UNIT)
        assert np.array_equal(table[name], values)
    assert np.flatnonzero(table["mask"]).tolist() == [3, 11, 12]
    if ucd is not None:
        parse_ucd(ucd, check_controlled_vocabulary=True)


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
def test_specutils_reads_what_is_written(tmp_path: Path, suffix: str) -> None:
    specutils = pytest.importorskip("specutils")
    given = spectrum()
    write_spectrum(given, tmp_path / f"s{suffix}")
    how = {".fits": "tabular-fits", ".ecsv": "ECSV"}[suffix]
    found = quietly(specutils.Spectrum.read, tmp_path / f"s{suffix}", format=how)
    assert found.spectral_axis.to_value(u.AA) == pytest.approx(given.wavelength_aa)
    assert found.flux.unit == u.Unit(UNIT)
    assert found.flux.value == pytest.approx(given.flux)
    assert found.uncertainty is not None and found.uncertainty.uncertainty_type == "std"
    assert np.asarray(found.uncertainty.array) == pytest.approx(given.uncertainty)


def test_specutils_gets_and_gives_each_part() -> None:
    pytest.importorskip("specutils")
    given = spectrum()
    there = to_specutils(given)
    assert there.spectral_axis.unit == u.AA
    assert there.spectral_axis.value == pytest.approx(given.wavelength_aa)
    assert (there.flux.value == given.flux).all() and there.flux.unit == u.Unit(UNIT)
    assert there.uncertainty.uncertainty_type == "std"
    assert (there.uncertainty.array == given.uncertainty).all()
    assert np.flatnonzero(there.mask).tolist() == [3, 11, 12]  # True = ignore, there too
    assert from_specutils(there) == given


def test_a_foreign_spectrum_comes_in_with_its_errors_the_right_way_round() -> None:
    specutils = pytest.importorskip("specutils")
    from astropy.nddata import InverseVariance, VarianceUncertainty

    flux, sigma = 1.0 + 0.1 * np.arange(9), 0.01 * (1.0 + np.arange(9))
    mask = np.arange(9) == 2
    frequency = np.linspace(6.0e14, 5.9e14, 9) * u.Hz
    for kind, values in ((VarianceUncertainty, sigma**2), (InverseVariance, 1.0 / sigma**2)):
        foreign = specutils.Spectrum(
            flux=flux * u.Jy, spectral_axis=frequency, uncertainty=kind(values), mask=mask
        )
        ours = from_specutils(foreign).in_angstrom()
        assert ours.wavelength_aa == pytest.approx(2.99792458e18 / frequency.value)
        assert ours.flux == pytest.approx(flux) and ours.uncertainty == pytest.approx(sigma)
        assert np.flatnonzero(ours.mask).tolist() == [2] and ours.flux_unit == "Jy"


@pytest.mark.parametrize(("unit", "factor"), [("Angstrom", 1.0), ("nm", 0.1), ("um", 1e-4)])
def test_ecsv_and_csv_by_astropy(tmp_path: Path, unit: str, factor: float) -> None:
    for medium, word in (("air", "_air"), ("vacuum", "_vac"), ("unknown", "")):
        given = spectrum(medium)
        converted = given if unit == "Angstrom" else AxisConversion(unit=unit)(given)
        write_spectrum(converted, tmp_path / "s.ecsv")
        table = Table.read(tmp_path / "s.ecsv", format="ascii.ecsv")
        assert table["wave"].to(u.AA).value == pytest.approx(given.wavelength_aa, rel=1e-12)
        assert table["wave"].unit == u.Unit(unit)
        for name, values in (("flux", given.flux), ("err", given.uncertainty)):
            assert table[name].unit == u.Unit(UNIT) and np.array_equal(table[name], values)
        assert np.flatnonzero(table["mask"]).tolist() == [3, 11, 12]
        assert table.meta["medium"] == medium and table.meta["specsys"] == "BARYCENT"
        assert medium in table["wave"].description
        write_spectrum(converted, tmp_path / "s.csv")
        plain = Table.read(tmp_path / "s.csv", format="ascii.csv")
        assert plain.colnames == [f"wave{word}_{unit.lower()}", "flux", "err", "mask"]
        assert np.asarray(plain.columns[0]) == pytest.approx(given.wavelength_aa * factor, rel=1e-12)
        assert np.array_equal(plain["err"], given.uncertainty)
        assert np.flatnonzero(plain["mask"]).tolist() == [3, 11, 12]


def test_orders_are_tables_of_their_own(tmp_path: Path) -> None:
    orders = tuple(
        spectrum(start=start, blaze=0.5 + 0.01 * np.arange(N) + number, order=number)
        for number, start in enumerate((5000.0, 5003.0, 5100.0))
    )
    write_spectrum(EchelleSpectrum(orders, {"object": "HD 1"}), tmp_path / "e.fits")
    with fits.open(tmp_path / "e.fits") as hdus:
        tables = [hdu for hdu in hdus if hdu.name == "SPECTRUM"]
        assert [hdu.ver for hdu in tables] == [1, 2, 3]
        for number, (hdu, order) in enumerate(zip(tables, orders, strict=True)):
            assert np.array_equal(hdu.data["WAVE"], order.wavelength_aa)
            assert np.array_equal(hdu.data["ERR"], order.uncertainty)
            assert np.array_equal(hdu.data["BLAZE"], order.meta["blaze"])
            assert set(hdu.data["ORDER"]) == {number}
    write_spectrum(EchelleSpectrum(orders, {}), tmp_path / "e.ecsv")
    table = Table.read(tmp_path / "e.ecsv", format="ascii.ecsv")
    for number, order in enumerate(orders):
        rows = table[table["order"] == number]
        assert np.array_equal(rows["wave"], order.wavelength_aa)
        assert np.array_equal(rows["blaze"], order.meta["blaze"])
    several = [spectrum(), spectrum("vacuum", start=6000.0)]
    write_spectra(several, tmp_path / "two.fits")
    with fits.open(tmp_path / "two.fits") as hdus:
        tables = [hdu for hdu in hdus if hdu.name == "SPECTRUM"]
        assert [hdu.header["MEDIUM"] for hdu in tables] == ["air", "vacuum"]
        assert [hdu.data["WAVE"][0] for hdu in tables] == [5000.0, 6000.0]


def test_errors_in_common_are_written_as_their_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    given = spectrum()
    factor = rng.normal(size=(N, 3)) * 0.008
    marked = mark_denoised(given, "pfs-dae", "1.0", factor)
    write_spectrum(marked, tmp_path / "d.fits")
    with fits.open(tmp_path / "d.fits") as hdus:
        rows = hdus["CORRELATION"].data
        assert hdus["SPECTRUM"].header["DENOISED"] == hdus[0].header["DENOISED"] == "pfs-dae 1.0"
        sigma = hdus["SPECTRUM"].data["ERR"]
    # Rows of two pixels multiplied, and their sigmas, are the covariance that the model gave.
    covariance = (rows * sigma[:, None]) @ (rows * sigma[:, None]).T
    assert covariance == pytest.approx(factor @ factor.T, rel=1e-5, abs=1e-9)
    write_spectrum(marked, tmp_path / "d.csv")
    assert Table.read(tmp_path / "d.csv", format="ascii.csv").colnames[1] == "flux_denoised"


def test_a_flux_without_a_unit_is_said_to_have_none(tmp_path: Path) -> None:
    for unit, written in (("", u.adu), ("counts", u.ct), ("furlong", u.adu)):
        write_spectrum(spectrum(flux_unit=unit), tmp_path / "n.fits")
        table = quietly(Table.read, tmp_path / "n.fits", hdu="SPECTRUM")
        assert table["FLUX"].unit == written and table["ERR"].unit == written
        with fits.open(tmp_path / "n.fits") as hdus:
            header = hdus["SPECTRUM"].header
            assert ("arbitrary" in header.comments["TUNIT2"]) == (unit != "counts")
            assert ("furlong" in header.get("TCOMM2", "")) == (unit == "furlong")


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
def test_a_ratio_has_no_unit_and_is_said_to_be_one(tmp_path: Path, suffix: str) -> None:
    from spectragui.analysis.spectrum_arithmetic import difference, ratio
    from spectragui.io.spectrum_summary import passport_facts

    one = spectrum(flux_unit="adu")
    for made, written, said in (
        (ratio(one, one), None, "none: a ratio"),
        (difference(one, one), u.adu, "adu"),
    ):
        write_spectrum(made, tmp_path / f"r{suffix}")
        options = {"hdu": "SPECTRUM"} if suffix == ".fits" else {"format": "ascii.ecsv"}
        table = quietly(Table.read, tmp_path / f"r{suffix}", **options)
        table.rename_columns(table.colnames, [name.upper() for name in table.colnames])
        assert table["FLUX"].unit == written and table["ERR"].unit == written
        assert np.ma.getmaskarray(np.ma.masked_invalid(table["FLUX"]))[table["MASK"]].all()
        back = read_spectrum(tmp_path / f"r{suffix}")
        for spectrum_now in (made, back):
            facts = {fact.key: fact.value for fact in passport_facts(spectrum_now)}
            assert facts["flux_unit"] == said


def test_a_table_takes_its_flux_unit_from_bunit_where_its_columns_have_none(tmp_path: Path) -> None:
    columns = [
        fits.Column("flux", "D", array=np.linspace(1.0, 2.0, 200)),
        fits.Column("loglam", "D", array=np.linspace(3.7, 3.75, 200)),
        fits.Column("ivar", "D", array=np.full(200, 400.0)),
    ]
    for unit, read in (("1E-17 erg/cm^2/s/Ang", "1e-17 erg / (Angstrom s cm2)"), ("counts", "")):
        primary = fits.PrimaryHDU()
        primary.header["BUNIT"] = unit
        fits.HDUList([primary, fits.BinTableHDU.from_columns(columns, name="COADD")]).writeto(
            tmp_path / "b.fits", overwrite=True
        )
        found = read_spectrum(tmp_path / "b.fits").flux_unit
        assert found == read


def test_a_flip_takes_everything_along() -> None:
    correlation = np.random.default_rng(2).normal(size=(N, 2)).astype(np.float32) * 0.1
    given = spectrum("vacuum", blaze=0.5 + 0.01 * np.arange(N), **{CORRELATION: correlation})
    flipped = AxisConversion(unit="cm-1")(given)
    assert isinstance(flipped, Spectrum)
    assert flipped.spectral_axis.values == pytest.approx(1e8 / given.wavelength_aa[::-1])
    for found, expected in (
        (flipped.flux, given.flux),
        (flipped.uncertainty, given.uncertainty),
        (flipped.mask, given.mask),
        (flipped.meta["blaze"], given.meta["blaze"]),
        (flipped.meta[CORRELATION], correlation),
    ):
        assert np.array_equal(found, expected[::-1])
    back = flipped.in_angstrom()
    assert back.wavelength_aa == pytest.approx(given.wavelength_aa)
    assert np.array_equal(back.uncertainty, given.uncertainty) and np.array_equal(back.mask, given.mask)
    assert np.array_equal(back.meta["blaze"], given.meta["blaze"])


@pytest.mark.parametrize(
    "words",
    ["mask 5000.25 5001.5", "unmask 5000.25 5001.5", "correct medium=vacuum", "correct frame=rest unit=nm",
     "convert velocity=-16.9 frame=rest source=X", "convert unit=um medium=vacuum"],
)  # fmt: skip
def test_words_of_changes_come_back_and_do_what_they_say(words: str) -> None:
    change = parse_change(words)
    assert parse_change(change_words(change)) == change
    before = spectrum(frame="observer")
    after = change(before)
    (first,), (second,) = orders_of(before), orders_of(after)
    inside = (before.wavelength_aa >= 5000.25) & (before.wavelength_aa <= 5001.5)
    if words.startswith("mask"):
        assert np.array_equal(second.mask, first.mask | inside)
    elif words.startswith("unmask"):
        assert np.array_equal(second.mask, first.mask & ~inside)
    elif "velocity=-16.9" in words:
        factor = np.sqrt((1 - 16.9 / 299792.458) / (1 + 16.9 / 299792.458))
        assert second.wavelength_aa == pytest.approx(first.wavelength_aa / factor, rel=1e-12)
        assert second.spectral_axis.frame == "rest"
        (step,) = second.spectral_axis.velocity_history
        assert (step.velocity_kms, step.frame_before, step.frame_after) == (-16.9, "observer", "rest")
    elif words == "correct medium=vacuum":
        assert np.array_equal(second.wavelength_aa, first.wavelength_aa)
        assert second.spectral_axis.medium == "vacuum"
    elif words.startswith("correct frame"):
        assert second.spectral_axis.frame == "rest" and not second.spectral_axis.velocity_history
        assert second.wavelength_aa == pytest.approx(first.wavelength_aa * 10.0)
    elif "um" in words:
        assert second.spectral_axis.unit == "um" and second.spectral_axis.medium == "vacuum"
        assert second.wavelength_aa == pytest.approx(first.wavelength_aa * 1.000279, rel=1e-6)


def test_a_correction_of_the_frame_forgets_the_shifts_that_led_there() -> None:
    shifted = parse_change("convert velocity=20 frame=rest")(spectrum(frame="observer"))
    corrected = parse_change("correct frame=barycentric")(shifted)
    (order,) = orders_of(corrected)
    assert order.spectral_axis.velocity_history == () and order.spectral_axis.frame == "barycentric"
