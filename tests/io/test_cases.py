# ruff: noqa: E501
"""The cases of the shared data (public bug reports, format documents): each gives the right value."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, describe, read_files, read_spectra
from spectragui.io.reading.axis_unit import UnitQuestionError


@dataclasses.dataclass(frozen=True)
class Right:
    """What a case must give: range [Angstrom], and what of the passport is known."""

    low: float
    high: float
    orders: int = 1
    n_spectra: int = 1
    medium: str = ""
    frame: str = ""
    has_errors: bool = False
    flux_unit: str = ""
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    options: ReadOptions = ReadOptions()


CASES = {
    "cols101_linear.fits": Right(5014.0, 5355.86, orders=6),
    "line4_waxmap.fits": Right(5145.85, 5215.75),
    "sampled.fits": Right(4965.85, 5035.75),
    "indef.fits": Right(5000.0, 5071.54),
    "dopcor_vhelio.fits": Right(
        4900.0, 5299.9, frame="heliocentric", facts={"berv_kms": 21.47, "v_rad_kms": None}
    ),
    "fuse_no_unit.fits": Right(917.186, 1005.469, medium="vacuum", has_errors=True),
    "energy_ev.txt": Right(5200.149, 5400.0),
    "log10_header.txt": Right(5000.0, 5400.0),
    "loglam_column.fits": Right(5000.0, 5400.0, has_errors=True, options=ReadOptions(unit="log10(Angstrom)")),
    "quoted_units_row.csv": Right(5000.0, 5400.0, flux_unit="erg / (Angstrom s cm2)"),
    "ipac_four_columns.tbl": Right(52000.02, 75993.63, orders=2, has_errors=True, flux_unit="MJy / sr"),
    "threewords.txt": Right(5000.0, 5400.0, has_errors=True),
    "mpdaf_stat.fits": Right(6550.0, 9120.0, has_errors=True),
    "popler.fits": Right(3045.487, 3096.681, medium="vacuum", frame="heliocentric", has_errors=True),
    "PH957_f.fits": Right(3811.511, 5145.813, has_errors=True, flux_unit="erg / (Angstrom s cm2)"),
    "bess_required.fits": Right(
        4900.351, 5300.28, frame="observer", facts={"berv_kms": -21.5, "resolving_power": 20000.0}
    ),
    "calibrator.csv": Right(3360.0, 10200.0, n_spectra=2, medium="vacuum", has_errors=True),
    "calibrator.ecsv": Right(3360.0, 10200.0, n_spectra=2, medium="vacuum", has_errors=True),
    "long_comments.txt": Right(5000.0, 5054.914, has_errors=True),
    "pyreduce_gaps.ech": Right(5000.0, 5525.0, orders=6, has_errors=True),
    "bool_column.csv": Right(5000.0, 5400.0, has_errors=True),
    "leading_null.csv": Right(5000.0, 5400.0, has_errors=True),
    "lower_d.txt": Right(5000.0, 5149.94),
    "arms_tables.fits": Right(4000.0, 7000.0, orders=3, has_errors=True),
    "axis3.fits": Right(5000.0, 5400.02, medium="air"),
}
ASKED = {"nso_wavenumber.txt": ("Angstrom", "cm-1"), "lband_um.fits": ("um", "log10(Angstrom)")}


@pytest.fixture
def files(shared_data: Path) -> Path:
    folder = shared_data / "cases" / "files"
    if not folder.is_dir():
        pytest.skip("the shared data have no cases")
    return folder


@pytest.mark.parametrize("name", CASES)
def test_case_gives_the_right_value(files: Path, name: str):
    right = CASES[name]
    spectra = read_spectra(files / name, right.options)
    assert len(spectra) == right.n_spectra
    said = describe(spectra[0]).to_dict()
    orders = orders_of(spectra[0])
    assert len(orders) == right.orders
    assert said["range_aa"]["value"] == pytest.approx([right.low, right.high], abs=0.01)
    assert (orders[0].uncertainty is not None) == right.has_errors
    assert orders[0].flux_unit == right.flux_unit or not right.flux_unit
    for key, value in (("medium", right.medium), ("frame", right.frame)):
        assert said[key]["value"] == value or not value
        assert said[key]["source"]
    for key, value in right.facts.items():
        found = said.get(key, {"value": None})
        assert found["value"] == (None if value is None else pytest.approx(value))
        assert value is None or found["source"]


@pytest.mark.parametrize("name", ASKED)
def test_case_is_asked_about(files: Path, name: str):
    with pytest.raises(UnitQuestionError) as caught:
        read_spectra(files / name)
    assert caught.value.readings == ASKED[name]
    assert all(
        f"--unit {unit}" in caught.value.hint or f'"{unit}"' in caught.value.hint for unit in ASKED[name]
    )


def test_wavenumbers_with_a_comment_that_says_so(files: Path, tmp_path: Path):
    path = tmp_path / "x.txt"
    path.write_text("# wavenumber [cm-1], intensity\n" + (files / "nso_wavenumber.txt").read_text())
    order = orders_of(read_spectra(path)[0])[0]
    assert order.wavelength_aa[0] == pytest.approx(5228.79, abs=0.1)
    assert order.wavelength_aa[-1] == pytest.approx(1e8 / 18500.0)


def test_errors_in_a_file_of_their_own(files: Path, tmp_path: Path):
    """Beside it they are found; both given, the errors are no spectrum; alone they are said to be none."""
    from astropy.io import fits

    for name in ("PH957_f.fits", "PH957_e.fits"):
        shutil.copy(files / name, tmp_path / name)
    spectra = read_files([tmp_path / "PH957_f.fits", tmp_path / "PH957_e.fits"])
    assert len(spectra) == 1
    order = orders_of(spectra[0])[0]
    truth = fits.getdata(files / "PH957_e.fits").astype(float)
    assert order.uncertainty is not None
    np.testing.assert_array_equal(order.uncertainty, truth)
    with pytest.raises(ReadError, match="errors of PH957_f.fits"):
        read_spectra(tmp_path / "PH957_e.fits")


def test_mpdaf_variance_becomes_sigma(files: Path):
    from astropy.io import fits

    order = orders_of(read_spectra(files / "mpdaf_stat.fits")[0])[0]
    np.testing.assert_allclose(order.uncertainty, np.sqrt(fits.getdata(files / "mpdaf_stat.fits", "STAT")))
