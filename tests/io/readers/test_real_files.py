# ruff: noqa: E501
"""The real spectra of the shared data open right: orders, range, unit, medium, frame, errors, R."""

from __future__ import annotations

import csv
import dataclasses
import warnings
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import EchelleSpectrum, orders_of
from spectragui.io import ReadOptions, describe, read_files, read_spectra, read_spectrum


@dataclasses.dataclass(frozen=True)
class Expected:
    """What a file must give; ``power`` None = nobody knows it."""

    reader: str
    orders: int
    low: float
    high: float
    medium: str
    frame: str
    power: float | None
    has_errors: bool
    is_medium_assumed: bool = False


STARS = {
    "harps_sun_ganymede.fits": Expected("fits-image", 1, 3783, 6913, "air", "rest", 115000, False),
    "harps_aldebaran.fits": Expected("fits-image", 1, 4800, 6800, "air", "unknown", None, False),
    "mike_hd122563.fits": Expected("fits-image", 1, 3400, 9164, "air", "unknown", None, False, True),
    "mike_g64-12.fits": Expected("fits-image", 1, 3400, 9400, "air", "unknown", None, False, True),
    "harps_hd17051.fits": Expected("fits-image", 1, 3782, 6912, "air", "rest", 115000, False),
    "hires_hd190406.fits": Expected("order-images", 16, 4977, 6421, "air", "observer", 67000, True),
    "apf_taucet.fits": Expected("order-images", 79, 3730, 10207, "air", "observer", 95000, False),
    "harps_18sco_r32k.fits": Expected("fits-table", 1, 5144, 5301, "air", "unknown", None, True, True),
    "hpf_gj699_20181003.fits": Expected("order-images", 28, 8079, 12786, "vacuum", "observer", 55000, True),
    "carmenes_nir_gj699.fits": Expected("carmenes", 56, 9604, 17118, "vacuum", "observer", 80400, True),
    "tres_gj699_multispec.fits": Expected("iraf-multispec", 51, 3850, 9097, "air", "observer", 44000, False),
    "harps_gl581_s1d.fits": Expected("fits-image", 1, 3781, 6912, "air", "barycentric", 115000, False),
    "HARPS.2003-12-13T06-19-48.371_e2ds_A.fits": Expected("harps-e2ds", 72, 3780, 6913, "air", "observer", 115000, True),
    "atlas_arcturus.fits": Expected("fits-image", 1, 3727, 9300, "air", "unknown", None, False, True),
    "elodie_taucet.fits": Expected("fits-image", 1, 4000, 6800, "air", "observer", 42000, True),
    "espadons_61cygb.fits": Expected("fits-image", 1, 4800, 6800, "air", "unknown", None, True),
    "sophie_vega.fits": Expected("fits-image", 1, 3872, 6943, "air", "barycentric", 75000, False),
    "uves_wasp120.fits": Expected("fits-image", 1, 4728, 6833, "air", "unknown", None, False, True),
}  # fmt: skip

FORMATS = {
    "apStar-r6-2M19535443+4424541.fits": Expected("apogee", 1, 15101, 17000, "vacuum", "rest", 22500, True),
    "apVisit-r13-5095-55844-128.fits": Expected("apogee", 3, 15143, 16955, "vacuum", "observer", 22500, True),
    "aspcapStar-r6-l30e.2-2M19535443+4424541.fits": Expected("apogee", 1, 15101, 17000, "vacuum", "rest", 22500, True),
    "arces_multispec_hr5191.fits": Expected("iraf-multispec", 107, 3506, 10612, "air", "unknown", 31500, False),
    "arces_vega.fits": Expected("iraf-multispec", 107, 3466, 10291, "air", "unknown", 31500, False),
    "ascii_two_columns_a0v.dat": Expected("text-columns", 1, 3900, 5099, "air", "unknown", None, False, True),
    "boss_spec_star.fits": Expected("fits-table", 1, 3561, 10328, "vacuum", "heliocentric", 2000, True),
    "calspec_p041c.fits": Expected("fits-table", 1, 2222, 26950, "vacuum", "unknown", None, False),
    "chiron_gj699.fits": Expected("order-cube", 62, 4505, 8899, "air", "observer", 27474, False),
    "desi_coadd.fits": Expected("desi", 3, 3600, 9824, "vacuum", "barycentric", None, True),
    "espadons_libreesprit.dat": Expected("libre-esprit", 2, 4860.5, 5001, "air", "unknown", 65000, True),
    "foces_multispec.fits": Expected("iraf-multispec", 112, 3448, 10869, "air", "unknown", None, False, True),
    "g2v.sed": Expected("text-columns", 1, 1145, 25005, "unknown", "unknown", None, False, True),
    "hpf_goldilocks_a0v.fits": Expected("order-images", 28, 8079, 12786, "vacuum", "observer", 55000, True),
    "igrins_spec.fits": Expected("iraf-multispec", 28, 14297, 18346, "vacuum", "observer", 45000, False),
    "igrins_spec_a0v.fits": Expected("iraf-multispec", 26, 18474, 25187, "vacuum", "observer", 45000, False),
    "lamost_spec-55862-B6212_sp06-003.fits": Expected("lamost", 1, 3700, 9089, "vacuum", "heliocentric", 1800, True),
    "mike_red_multispec.fits": Expected("iraf-multispec", 34, 4832, 9416, "air", "observer", None, True),
    "pfs_arm_m.fits": Expected("pfs", 1, 7100, 8850, "vacuum", "unknown", None, True),
    "pfs_object_simulated.fits": Expected("pfs", 1, 3800, 12599, "vacuum", "unknown", None, True),
    "sdss_spec_wd.fits": Expected("fits-table", 1, 3800, 9202, "vacuum", "heliocentric", 2000, True),
    "spec-55863-M31_011N40_B1_sp07-211.fits.gz": Expected("lamost", 1, 3700, 9064, "vacuum", "heliocentric", 1800, True),
    "spex_gj273.fits": Expected("order-cube", 6, 7005, 24200, "vacuum", "unknown", 2000, True),
    "spirou_gl205_k.csv": Expected("text-columns", 3, 22912, 25158, "vacuum", "unknown", 75000, True),
    "uves_pipeline.fits": Expected("fits-image", 1, 3732, 5000, "air", "observer", None, False),
    "xshooter_vis.csv": Expected("text-columns", 1, 5700, 10100, "air", "unknown", None, True, True),
}  # fmt: skip


def check(path: Path, expected: Expected) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrum = read_spectrum(path)
        said = describe(spectrum)
    orders = orders_of(spectrum)
    axis = orders[0].spectral_axis
    assert spectrum.meta["reader"] == expected.reader
    assert len(orders) == expected.orders
    assert isinstance(spectrum, EchelleSpectrum) or expected.orders == 1
    low, high = said.fact("range_aa").raw
    assert low == pytest.approx(expected.low, abs=1.0) and high == pytest.approx(expected.high, abs=1.0)
    assert axis.unit == "Angstrom" and axis.unit_source
    assert (axis.medium, axis.frame) == (expected.medium, expected.frame)
    assert axis.medium_source and axis.frame_source
    assert axis.is_medium_assumed == expected.is_medium_assumed
    assert (orders[0].uncertainty is not None) == expected.has_errors
    assert bool(spectrum.meta.get("uncertainty_source")) == expected.has_errors
    if expected.power is None:
        assert "resolving_power" not in spectrum.meta
    else:
        assert spectrum.meta["resolving_power"] == pytest.approx(expected.power, rel=0.04)
        assert spectrum.meta["resolving_power_source"]
    good = np.concatenate([order.good for order in orders])
    assert good.mean() > 0.7
    assert all(np.all(np.isfinite(order.flux[order.good])) for order in orders)


@pytest.mark.parametrize("name", STARS)
def test_star_opens_right(shared_data: Path, name: str):
    check(shared_data / "stars" / name, STARS[name])


@pytest.mark.parametrize("name", FORMATS)
def test_format_opens_right(shared_data: Path, name: str):
    check(shared_data / "formats" / name, FORMATS[name])


def test_nothing_contradicts_the_truth_table(shared_data: Path):
    """Every row of stars.csv: medium and frame are those of the table, or "unknown", never others."""
    with (shared_data / "stars" / "stars.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if "*" not in row["file"] and "[" not in row["file"]]
    assert len(rows) == len(STARS)
    for row in rows:
        axis = orders_of(read_spectrum(shared_data / "stars" / row["file"]))[0].spectral_axis
        assert axis.medium in (row["medium"], "unknown"), row["file"]
        assert axis.frame in (row["frame"].split()[0], "unknown"), row["file"]


def test_galah_arms_are_one_spectrum(shared_data: Path):
    files = sorted((shared_data / "stars" / "galah").glob("2101150001010[0-9]*.fits"))
    assert len(files) == 12
    spectra = read_files(files)
    assert [len(orders_of(s)) for s in spectra] == [4, 4, 4]
    first = spectra[0]
    assert isinstance(first, EchelleSpectrum)
    assert first.meta["file"].count(" + ") == 3 and len(first.meta["files"]) == 4
    assert first.orders[0].spectral_axis.frame == "barycentric"
    assert first.orders[0].spectral_axis.velocity_history[0].velocity_kms == pytest.approx(13.355, abs=0.01)
    assert 20000 < first.meta["resolving_power"] < 32000
    # S/N per pixel as the header of the first camera states it (mean there, median here).
    from astropy.io import fits

    stated = fits.getheader(files[0])["SNR"]
    order = first.orders[0]
    assert np.median(order.flux[order.good] / order.uncertainty[order.good]) == pytest.approx(
        stated, rel=0.15
    )


def test_side_files_are_used_and_are_no_spectra(shared_data: Path):
    stars = shared_data / "stars"
    files = sorted(stars.glob("HARPS.2003*.fits"))
    assert len(files) == 3
    spectra = read_files(files)
    assert len(spectra) == 1 and "e2ds" in spectra[0].meta["file"]
    notes = " ".join(spectra[0].meta["notes"])
    assert "wave_A" in notes and "blaze" in notes
    for file in files:
        if "e2ds" not in file.name:
            with pytest.raises(ReadError, match="not a spectrum"):
                read_spectra(file)


def test_harps_polynomial_agrees_with_the_wave_file(shared_data: Path, tmp_path: Path):
    """Moved away from its wave file, an e2ds takes its own polynomial: the same within 30 m/s."""
    name = "HARPS.2003-12-13T06-19-48.371_e2ds_A.fits"
    (tmp_path / name).write_bytes((shared_data / "stars" / name).read_bytes())
    alone, beside = read_spectrum(tmp_path / name), read_spectrum(shared_data / "stars" / name)
    for a, b in zip(orders_of(alone), orders_of(beside), strict=True):
        shift = (a.wavelength_aa - b.wavelength_aa) / b.wavelength_aa * 299792.458
        assert np.max(np.abs(shift)) < 0.03
    assert any("blaze" in note for note in alone.meta["notes"])


def test_apf_needs_its_wavelengths(shared_data: Path, tmp_path: Path):
    stars = shared_data / "stars"
    (tmp_path / "apf.fits").write_bytes((stars / "apf_taucet.fits").read_bytes())
    with pytest.raises(ReadError, match="without wavelengths") as caught:
        read_spectrum(tmp_path / "apf.fits")
    assert "--wavelength-file" in caught.value.hint
    told = ReadOptions(wavelength_file=str(stars / "apf_wavelengths_2017.fits"))
    assert len(orders_of(read_spectrum(tmp_path / "apf.fits", told))) == 79


@pytest.mark.parametrize(("name", "expected"), [
    ("elodie_taucet.fits", 76.6), ("hires_hd190406.fits", 150), ("carmenes_nir_gj699.fits", 220),
])  # fmt: skip
def test_uncertainties_have_the_size_of_the_noise(shared_data: Path, name: str, expected: float):
    """S/N of ELODIE and CARMENES as their headers state it; of HIRES from the flux's own scatter."""
    snr = describe(read_spectrum(shared_data / "stars" / name)).fact("snr").raw
    assert snr == pytest.approx(expected, rel=0.15)


def test_harps_noise_is_that_of_its_header(shared_data: Path):
    from astropy.io import fits

    path = shared_data / "stars" / "HARPS.2003-12-13T06-19-48.371_e2ds_A.fits"
    spectrum, header = read_spectrum(path), fits.getheader(path)
    for index in (20, 40, 50, 60, 70):
        order = orders_of(spectrum)[index]
        middle = slice(1900, 2200)
        snr = np.median(order.flux[middle] / order.uncertainty[middle])
        assert snr == pytest.approx(header[f"ESO DRS SPE EXT SN{index}"], rel=0.25), index


def test_several_spectra_of_one_file(shared_data: Path):
    spectra = read_spectra(shared_data / "formats" / "apStar-r6-2M19535443+4424541.fits")
    assert [s.meta["spectrum_index"] for s in spectra] == [0, 1, 2]
    assert spectra[1].meta["name"].endswith("visit 1")
    second = read_spectrum(shared_data / "formats" / "desi_coadd.fits", ReadOptions(spectrum=1))
    assert second.meta["object"] != read_spectrum(shared_data / "formats" / "desi_coadd.fits").meta["object"]


def test_catalogues_and_grids_are_no_spectra(shared_data: Path):
    for name in ("stars/stars.csv", "stars/galah/labels_dr6.fits", "grids/mdwarf.npz", "photometry/alhambra_filters.csv",
                 "photometry/jpas_bands.tab", "README.md"):  # fmt: skip
        with pytest.raises(ReadError):
            read_spectra(shared_data / name)


def test_telluric_lines_are_where_air_says(shared_data: Path):
    """The O2 B-band head lies at 6867.19 A in air (6869.08 in vacuum), in the observer's frame."""
    for name in ("stars/apf_taucet.fits", "formats/foces_multispec.fits", "formats/arces_vega.fits"):
        spectrum = read_spectrum(shared_data / name)
        order = next(
            o for o in orders_of(spectrum) if o.wavelength_aa[0] < 6860 and o.wavelength_aa[-1] > 6890
        )
        near = (order.wavelength_aa > 6862) & (order.wavelength_aa < 6872)
        wavelength, flux = order.wavelength_aa[near], order.flux[near]
        head = wavelength[np.flatnonzero(flux < 0.75 * np.percentile(flux, 90))[0]]
        assert head == pytest.approx(6867.2, abs=0.4), name
        assert order.spectral_axis.medium == "air"
