"""`spectragui velocity`: rows, frames that are told, tables, and what is said where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from spectragui.cli.main import commands
from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.core.spectrum import Spectrum
from spectragui.inference.observation.velocity_templates import template_set
from spectragui.inference.velocity.velocity_row import VELOCITY_COLUMNS
from spectragui.io.writers import write_spectrum


@pytest.fixture
def star_file(tmp_path: Path) -> Path:
    """Return a file with an M dwarf that recedes at 42 km/s in the observer's frame."""
    templates = template_set("mdwarf").templates
    pixels = np.arange(8630.0, 8825.0, 0.1)
    flux = 1.0 - np.interp(pixels / doppler_factor(42.0), templates.wavelength_aa, templates.depths[2])
    flux += np.random.default_rng(1).normal(0, 0.01, pixels.size)
    axis = SpectralAxis(pixels, medium="air", frame="observer", medium_source="t", frame_source="t")
    path = tmp_path / "star.fits"
    write_spectrum(Spectrum(axis, flux, np.full(pixels.size, 0.01), meta={"object": "M 1"}), path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["velocity", *map(str, arguments)])


def test_the_velocity_as_observed_and_to_the_barycentre(star_file: Path) -> None:
    plain = run(star_file, "--json")
    row = json.loads(plain.stdout)[0]
    assert plain.exit_code == 0
    assert row["v_rad"] == pytest.approx(42.0, abs=0.3) and row["frame"] == "observer"
    assert any("not barycentric" in text for text in row["remarks"]) and row["flags"] == "VELOCITY"
    where = (
        "--ra",
        "17:57:48.5",
        "--dec",
        "+4:41:36",
        "--time",
        "2018-10-03T01:48:25",
        "--site",
        "mcdonald-het",
    )
    row = json.loads(run(star_file, "--json", *where).stdout)[0]
    assert row["frame"] == "barycentric" and row["berv"] == pytest.approx(-25.932, abs=0.001)
    assert row["v_rad"] == pytest.approx(42.0 - 25.914, abs=0.3) and row["berv_added"] == 1
    never = json.loads(run(star_file, "--json", "--no-barycentric", *where).stdout)[0]
    assert never["frame"] == "observer" and never["v_rad"] == pytest.approx(row["v_axis"])


def test_what_the_correction_needs_is_said(star_file: Path) -> None:
    result = run(star_file, "--barycentric")
    assert result.exit_code == 1
    assert "lacks coordinates and time and site" in result.stderr and "--site" in result.stderr


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot", ".tex"])
def test_tables(star_file: Path, tmp_path: Path, suffix: str) -> None:
    table = tmp_path / f"velocities{suffix}"
    result = run(star_file, "--template", "mdwarf", "-o", table)
    assert result.exit_code == 0 and "wrote 1 row" in result.stderr
    if suffix == ".csv":
        names = table.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert names == [column.name for column in VELOCITY_COLUMNS]
    if suffix == ".ecsv":
        from astropy.table import Table

        written = Table.read(table)
        assert str(written["v_rad"].unit) == "km / s" and written["v_rad"].description
        assert float(written["v_rad"][0]) == pytest.approx(42.0, abs=0.3)
    if suffix == ".tex":
        assert r"M 1 & observer & $4" in table.read_text(encoding="utf-8")


def test_mistakes_are_one_line(star_file: Path, tmp_path: Path) -> None:
    for arguments, words in (
        ((star_file, "--template", "klingon"), "no velocity templates named 'klingon'"),
        ((star_file, "--site", "atlantis"), "no observatory 'atlantis'"),
        ((star_file, "--ra", "x"), "--ra 'x' is not a position"),
        ((star_file, "--range", "8800", "8700"), "--range wants the lower limit first"),
        ((star_file, "-o", tmp_path / "v.xyz"), "cannot be written as .xyz"),
        ((star_file, "--template", "co"), "No velocity template reaches"),
        ((tmp_path / "none.fits",), "none.fits"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert words in result.stderr and "Traceback" not in result.stderr


def test_the_table_on_the_terminal(star_file: Path) -> None:
    result = run(star_file)
    assert "v_rad (km/s)" in result.stdout and "observer" in result.stdout and "mdwarf:" in result.stdout


def test_help_has_an_example() -> None:
    text = run("--help").stdout
    assert "spectragui velocity star.fits" in text and "--site" in text and "--template" in text
