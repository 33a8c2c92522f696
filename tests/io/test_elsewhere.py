# ruff: noqa: E501
"""What we write opens in specutils and astropy: flux, error, mask, unit, frame; also where flux has no unit."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.io import read_spectrum
from spectragui.io.writers import write_spectra, write_spectrum

RNG = np.random.default_rng(5)


def order(
    start: float = 5000.0, unit: str = "", frame: str = "barycentric", with_errors: bool = True
) -> Spectrum:
    axis = SpectralAxis(
        start + 0.1 * np.arange(400),
        medium="vacuum",
        frame=frame,
        medium_source="t",
        frame_source="t",
        unit_source="t",
    )
    mask = np.zeros(400, bool)
    mask[7] = True
    meta = {"object": "HD 1", "header": [("SPECSYS", "TOPOCENT", ""), ("AIRORVAC", "air", "")]}
    return Spectrum(
        axis,
        1 + 0.01 * RNG.standard_normal(400),
        np.full(400, 0.01) if with_errors else None,
        mask,
        unit,
        meta,
    )


@pytest.mark.parametrize("suffix", [".fits", ".ecsv"])
@pytest.mark.parametrize(
    "unit", ["", "erg / (Angstrom s cm2)", "1e-17 erg / (Angstrom s cm2)", "adu", "ct", "Jy"]
)
def test_specutils_opens_it(tmp_path: Path, suffix: str, unit: str):
    from astropy import units as u
    from specutils import Spectrum as SpecutilsSpectrum

    made = order(unit=unit)
    path = tmp_path / f"x{suffix}"
    write_spectrum(made, path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = SpecutilsSpectrum.read(str(path), **({} if suffix == ".fits" else {"format": "ECSV"}))
    np.testing.assert_allclose(found.spectral_axis.to_value(u.AA), made.wavelength_aa)
    np.testing.assert_array_equal(found.flux.value, made.flux)
    np.testing.assert_array_equal(found.uncertainty.array, made.uncertainty)
    np.testing.assert_array_equal(np.asarray(found.mask), made.mask)
    assert found.flux.unit == (u.Unit(unit) if unit else u.adu)
    header = found.meta["header"]
    frame = header["SPECSYS"] if suffix == ".fits" else header["specsys"]
    assert frame == "BARYCENT"
    assert suffix != ".fits" or ("AIRORVAC" not in header and header["MEDIUM"] == "vacuum")
    assert read_spectrum(path).flux_unit == unit


@pytest.mark.parametrize("n_orders", [1, 3])
def test_orders_are_tables_that_ascend(tmp_path: Path, n_orders: int):
    """An echelle spectrum is a table an order, each of which opens; all of them read back as one."""
    from astropy.table import Table
    from specutils import Spectrum as SpecutilsSpectrum

    made = EchelleSpectrum(tuple(order(5000.0 + 30 * i) for i in range(n_orders)), {"object": "HD 1"})
    write_spectrum(made, tmp_path / "x.fits")
    for number in range(1, n_orders + 1):
        found = SpecutilsSpectrum.read(str(tmp_path / "x.fits"), format="tabular-fits", hdu=number)
        np.testing.assert_array_equal(found.flux.value, made.orders[number - 1].flux)
        assert len(Table.read(tmp_path / "x.fits", hdu=number)) == 400
    back = read_spectrum(tmp_path / "x.fits")
    assert isinstance(back, EchelleSpectrum)
    assert all(a == b for a, b in zip(orders_of(back), made.orders, strict=True))


def test_several_spectra_read_back(tmp_path: Path):
    from spectragui.io import read_spectra

    made = [order(), EchelleSpectrum((order(), order(5030.0)), {}), order(6000.0, with_errors=False)]
    write_spectra(made, tmp_path / "x.fits")
    back = read_spectra(tmp_path / "x.fits")
    assert [len(orders_of(s)) for s in back] == [1, 2, 1]
    assert orders_of(back[2])[0].uncertainty is None


def test_what_stitch_and_preprocess_write_opens(tmp_path: Path, checkout: Path):
    from specutils import Spectrum as SpecutilsSpectrum

    star = checkout / "resources" / "examples" / "simulated_echelle_k_giant.fits"
    for command, name in (("stitch", "stitched.fits"), ("preprocess", "prepared.fits")):
        result = CliRunner().invoke(commands, [command, str(star), "-o", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        found = SpecutilsSpectrum.read(str(tmp_path / name))
        mine = orders_of(read_spectrum(tmp_path / name))[0]
        np.testing.assert_array_equal(found.flux.value, mine.flux)
        np.testing.assert_array_equal(np.asarray(found.mask), mine.mask)
