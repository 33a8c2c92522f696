"""`spectragui photometry`: every row in its order, what was assumed, bad catalogues in a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from astropy.table import Table
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.photometry import band_set
from spectragui.core.photometry_result import (
    PHOTOMETRY_COLUMN_NAMES,
    PhotometryFlag,
    photometry_flag_names,
)
from spectragui.inference.photometry.predict_photometry import predict_photometry
from spectragui.io.catalogues import read_catalogue

BANDS = band_set("alhambra")


def run(*arguments):
    return CliRunner().invoke(commands, ["photometry", *map(str, arguments)])


def catalogue(path, n=12, **more):
    """Write galaxies of a plain shape: a step at 4000 A (1 + z)."""
    random = np.random.default_rng(3)
    z = random.uniform(0.1, 0.9, n)
    shape = 1.0 - 0.6 / (1.0 + np.exp((BANDS.pivots_aa[None] - 4000.0 * (1.0 + z[:, None])) / 150.0))
    magnitudes = 21.5 - 2.5 * np.log10(shape) + 0.02 * random.normal(size=shape.shape)
    table = Table({"ID": np.arange(n) + 100, "z": z, "note": [f"n{i}" for i in range(n)]})
    for number, name in enumerate(BANDS.names):
        table[name] = np.round(magnitudes[:, number], 3)
        table[f"d{name}"] = np.full(n, 0.03)
    for name, values in more.items():
        table[name] = values
    if path.suffix == ".csv":
        lines = [",".join(table.colnames), *(",".join(map(str, row)) for row in table)]
        path.write_text("\n".join(lines) + "\n")
    else:
        table.write(path, overwrite=True)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".ecsv", ".fits", ".vot", ".parquet"])
def test_every_row_comes_back_in_its_order_with_all_columns(tmp_path, suffix):
    given = catalogue(tmp_path / "in.csv")
    output = tmp_path / f"out{suffix}"
    done = run(given, "-o", output)
    assert done.exit_code == 0, done.output
    back = read_catalogue(output)
    names = list(back.columns)
    assert (
        names[:2] == ["ID", "cat_z"]
        and tuple(names[-len(PHOTOMETRY_COLUMN_NAMES) :]) == PHOTOMETRY_COLUMN_NAMES
    )
    assert back.columns["ID"].astype(int).tolist() == list(range(100, 112))
    expected = predict_photometry(read_catalogue(given))
    for name in ("z", "p_star", "log_mass", "spectral_type", "flag_warn"):
        assert np.asarray(back.columns[name], float) == pytest.approx(
            expected[name].astype(float), rel=1e-5
        ), name
    flags = back.columns["flags"] if back.columns["flags"].dtype.kind in "UO" else [""] * 12
    assert list(flags) == list(expected.flag_texts())


def test_units_and_meanings_stand_in_tables(tmp_path):
    output = tmp_path / "out.ecsv"
    assert run(catalogue(tmp_path / "in.fits"), "-o", output).exit_code == 0
    table = Table.read(output, format="ascii.ecsv")
    assert str(table["log_mass"].unit) == "dex" and "stellar mass" in table["log_mass"].description
    assert "called z there" in table["cat_z"].description


def test_redshifts_of_plain_galaxies_are_near(tmp_path):
    result = predict_photometry(read_catalogue(catalogue(tmp_path / "in.fits", 60)))
    z = read_catalogue(tmp_path / "in.fits").reference["z"]
    assert np.median(np.abs(result["z"] - z) / (1 + z)) < 0.15
    assert (result["z_lower"] <= result["z"]).all() and (result["z"] <= result["z_upper"]).all()
    grid, pdf = result.pdf(0)
    assert np.trapezoid(pdf, grid) == pytest.approx(1.0, abs=0.02) and (pdf >= 0).all()
    types = np.stack([result[f"p_type_{k}"] for k in range(1, 6)])
    assert types.sum(0) == pytest.approx(np.ones(60), abs=1e-4)


def test_rows_without_magnitudes_are_kept_and_flagged(tmp_path):
    path = catalogue(tmp_path / "in.fits")
    table = Table.read(path)
    for name in BANDS.names:
        table[name][3] = -99.0
    table["F814W"][5] = 12.0
    table.write(path, overwrite=True)
    result = predict_photometry(read_catalogue(path))
    assert np.isnan(result["z"][3]) and result["flag_bad"][3] == PhotometryFlag.NOT_SERVED
    assert result["flag_bad"][5] & PhotometryFlag.LABEL_RANGE
    assert any("do not use it" in words for words in result.words(3))
    assert photometry_flag_names(int(result["flag_bad"][3])) == "NOT_SERVED"


def test_no_size_is_said_and_flagged(tmp_path):
    result = predict_photometry(read_catalogue(catalogue(tmp_path / "in.fits")))
    assert (result["flag_warn"] & PhotometryFlag.NO_MORPHOLOGY > 0).all()
    assert any("colours alone" in remark for remark in result.remarks)


def test_one_object_is_as_in_the_table(tmp_path):
    table = read_catalogue(catalogue(tmp_path / "in.fits"))
    whole, one = predict_photometry(table), predict_photometry(table.rows(4))
    for name, values in one.columns.items():
        assert np.asarray(values[0], float) == pytest.approx(float(whole[name][4]), rel=1e-4, nan_ok=True), (
            name
        )


def test_the_mapping_is_shown_and_changed(tmp_path):
    path = catalogue(tmp_path / "in.csv")
    text = path.read_text().replace("F365W,dF365W", "m1,s1")
    path.write_text(text)
    shown = run(path, "--mapping", "--json")
    told = json.loads(shown.stdout)
    assert told["missing_bands"] == ["F365W"] and told["columns"]["e_F396W"] == "dF396W"
    mended = run(path, "--column", "F365W=m1", "--column", "e_F365W=s1", "--mapping", "--json")
    assert json.loads(mended.stdout)["missing_bands"] == []
    assert run(path, "--column", "F365W").exit_code == 1
    assert "no role" in run(path, "--column", "colour=m1").output


def test_jpas_is_read_and_the_training_is_named(tmp_path):
    table = Table()
    for name in band_set("jpas").names:
        table[name], table[f"e_{name}"] = [21.0, 21.5], [0.05, 0.06]
    table.write(tmp_path / "jpas.fits")
    done = run(tmp_path / "jpas.fits", "-o", tmp_path / "out.fits")
    assert done.exit_code == 1 and not (tmp_path / "out.fits").exists()
    assert "No model is bundled for the bands jpas" in done.output and "jpas-redshift" in done.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column is known to hold a magnitude"),
        ("F365W,dF365W,F396W,dF396W\n20,0.1,20,0.1\n", "are missing"),
        ("x" * 300_000, "line of more than|no column"),
    ],
)
def test_bad_catalogues_end_in_one_line(tmp_path, content, words):
    import re

    path = tmp_path / "bad.csv"
    path.write_text(content)
    done = run(path)
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert re.search(words, done.output) and len(done.output.strip().splitlines()) == 1


def test_an_output_that_cannot_be_written_is_said_before_the_work(tmp_path):
    path = catalogue(tmp_path / "in.csv")
    assert "cannot be written as" in run(path, "-o", tmp_path / "out.xlsx").output
    assert "no folder" in run(path, "-o", tmp_path / "none" / "out.csv").output
    same = run(path, "-o", path)
    assert same.exit_code == 1 and "read from" in same.output


def test_a_full_disk_leaves_the_old_table(tmp_path, monkeypatch):
    from spectragui.io.catalogues import write_photometry as module

    path, output = catalogue(tmp_path / "in.csv"), tmp_path / "out.fits"
    output.write_bytes(b"old")

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_WRITERS", {".fits": full})
    done = run(path, "-o", output)
    assert done.exit_code == 1 and "No space left" in done.output and output.read_bytes() == b"old"


def test_filters_are_drawn_without_a_catalogue(tmp_path):
    pytest.importorskip("matplotlib")
    for name in ("alhambra", "jpas"):
        done = run("--bands", name, "--figure", tmp_path / f"{name}.png")
        assert done.exit_code == 0, done.output
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert run().exit_code == 1


def test_a_model_that_is_no_photometry_is_refused(tmp_path):
    done = run(catalogue(tmp_path / "in.csv"), "--model", "optical-emulator")
    assert done.exit_code == 1 and "knows nothing of photometry" in done.output
