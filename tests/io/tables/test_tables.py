# ruff: noqa: E501
"""The results table: every format reads back equal, with units; LaTeX is readable."""

from __future__ import annotations

import csv
import math
import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ReadError, WriteError
from spectragui.core.results import COLUMN_NAMES, RESULT_COLUMNS, make_row
from spectragui.io.tables.results_store import ResultsStore
from spectragui.io.tables.tables import read_results, write_results

ROWS = [
    make_row(
        file="a_1.fits", object="18 Sco & friends_%", spectrum=0, model="optical-parameters", model_version="1.0",
        teff=5812.3456789, e_teff=41.2, logg=4.44, e_logg=0.07, m_h=-0.031, e_m_h=0.03, vsini=2.0,
        resolving_power=115000.0, v_rad=11.5, snr=143.2, coverage=1.0, teff_fit=5790.0, e_teff_fit=30.0,
        flag_warn=512, flag_bad=0, flags="UPPER_LIMIT", file_sha256="ab" * 32, created="2026-01-02T03:04:05",
        citation="SpectraGUI, 1.0",
    ),
    make_row(file="b.fits", object="Ω, the \"second\"", spectrum=3, model="m", flag_bad=256, flags="NOT_SERVED"),
]  # fmt: skip


def assert_equal_rows(read, written):
    assert len(read) == len(written)
    for got, expected in zip(read, written, strict=True):
        for name in COLUMN_NAMES:
            value, truth = got[name], expected[name]
            if isinstance(truth, float) and math.isnan(truth):
                assert math.isnan(value), name
            else:
                assert value == truth, name


@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot"])
def test_results_read_back_equal(tmp_path: Path, suffix: str):
    path = tmp_path / f"results{suffix}"
    write_results(ROWS, path)
    assert_equal_rows(read_results(path), ROWS)


@pytest.mark.parametrize(("suffix", "how"), [(".ecsv", "ascii.ecsv"), (".fits", "fits"), (".vot", "votable")])
def test_columns_carry_unit_and_description(tmp_path: Path, suffix: str, how: str):
    from astropy.table import Table

    path = tmp_path / f"results{suffix}"
    write_results(ROWS, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dex is neither in the FITS standard nor in VOUnit
        table = Table.read(path, format=how)
    assert table.colnames == list(COLUMN_NAMES)
    for column in RESULT_COLUMNS:
        unit = "" if suffix == ".fits" and column.unit == "dex" else column.unit  # FITS has no dex
        assert (str(table[column.name].unit or "").replace(" ", "")) == unit.replace(" ", ""), column.name
        if suffix == ".fits":
            assert table[column.name].description or table.meta, column.name
        else:
            assert table[column.name].description == column.description


def test_fits_has_only_units_that_fits_knows_and_the_comment_says_dex(tmp_path: Path):
    from astropy import units
    from astropy.io import fits
    from astropy.table import QTable, Table

    path = tmp_path / "r.fits"
    write_results(ROWS, path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table, quantities = Table.read(path), QTable.read(path)
        header = fits.getheader(path, 1)
    assert quantities["e_vsini"].unit == units.km / units.s
    for number, column in enumerate(RESULT_COLUMNS, start=1):
        unit = table[column.name].unit
        if column.unit == "dex":
            assert f"TUNIT{number}" not in header and header[f"TCOMM{number}"].endswith("[dex]")
        else:
            assert unit == (units.Unit(column.unit, format="fits") if column.unit else None), column.name


def test_what_is_of_an_earlier_state_is_marked_in_every_format(tmp_path: Path):
    rows = [{**ROWS[0], "earlier_state": 1}, ROWS[1]]
    for suffix in (".ecsv", ".csv", ".fits", ".vot"):
        write_results(rows, tmp_path / f"r{suffix}")
        assert [row["earlier_state"] for row in read_results(tmp_path / f"r{suffix}")] == [1, 0]
    write_results(rows, tmp_path / "r.tex")
    lines = (tmp_path / "r.tex").read_text(encoding="utf-8").splitlines()
    assert sum(r"\dagger" in line for line in lines) == 2  # one row, and what it means
    write_results(ROWS, tmp_path / "r.tex")
    assert r"\dagger" not in (tmp_path / "r.tex").read_text(encoding="utf-8")


def test_latex_says_the_frame_of_the_velocity_and_all_labels_of_the_fit(tmp_path: Path):
    row = {**ROWS[0], "v_rad_frame": "barycentric", "alpha_m_fit": 0.1, "e_alpha_m_fit": 0.02}
    write_results([row], tmp_path / "r.tex")
    text = (tmp_path / "r.tex").read_text(encoding="utf-8")
    assert "& Frame &" in text and "& barycentric &" in text
    assert r"[$\alpha$/M] (fit)" in text and r"$0.10 \pm 0.02$" in text


def test_latex_writes_an_upper_limit_as_the_window_does(tmp_path: Path):
    fitted = {"vsini_fit": 3.9, "e_vsini_fit": 0.4}
    row = {**ROWS[0], "vsini": 0.0, "e_vsini": 3.4, "vsini_limit": 2.74, **fitted}
    write_results([row], tmp_path / "r.tex")
    text = (tmp_path / "r.tex").read_text(encoding="utf-8")
    assert "$< 2.7$" in text and r"$0.0 \pm" not in text and r"$3.9 \pm 0.4$" in text


def test_fits_and_votable_carry_ucds(tmp_path: Path):
    from astropy.io import fits
    from astropy.io.votable import parse_single_table

    write_results(ROWS, tmp_path / "r.fits")
    write_results(ROWS, tmp_path / "r.vot")
    header = fits.getheader(tmp_path / "r.fits", 1)
    number = COLUMN_NAMES.index("teff") + 1
    assert header[f"TUCD{number}"] == "phys.temperature.effective"
    assert header[f"TUNIT{number}"] == "K"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        field = parse_single_table(tmp_path / "r.vot").get_field_by_id_or_name("teff")
    assert field.ucd == "phys.temperature.effective"


def test_csv_has_one_line_of_bare_names_and_no_comments(tmp_path: Path):
    path = tmp_path / "r.csv"
    write_results(ROWS, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",") == list(COLUMN_NAMES)
    assert len(lines) == 1 + len(ROWS)
    rows = list(csv.DictReader(lines))
    assert rows[1]["teff"] == ""  # unknown numbers are empty
    assert float(rows[0]["teff"]) == ROWS[0]["teff"]


def test_latex_is_readable(tmp_path: Path):
    path = tmp_path / "r.tex"
    write_results(ROWS, path)
    text = path.read_text(encoding="utf-8")
    assert r"$5812 \pm 41$" in text
    assert r"$-0.03 \pm 0.03$" in text
    assert r"18 Sco \& friends\_\%" in text
    assert r"T_{\rm eff}" in text
    assert text.count(r"\\") == 2 + len(ROWS)
    assert "alpha" not in text  # columns without any number are left out


def test_no_rows_still_make_a_table(tmp_path: Path):
    for suffix in (".ecsv", ".csv", ".fits", ".vot", ".tex"):
        write_results([], tmp_path / f"empty{suffix}")
    assert read_results(tmp_path / "empty.csv") == []
    assert read_results(tmp_path / "empty.fits") == []


def test_unknown_suffix_says_which_are_known(tmp_path: Path):
    with pytest.raises(WriteError) as caught:
        write_results(ROWS, tmp_path / "results.xlsx")
    assert ".xlsx" in caught.value.message and ".ecsv" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_said(tmp_path: Path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(WriteError):
        write_results(ROWS, folder / "r.csv")


def test_missing_folder_is_said(tmp_path: Path):
    for suffix in (".ecsv", ".csv", ".fits", ".vot", ".tex"):
        with pytest.raises(WriteError):
            write_results(ROWS, tmp_path / "nowhere" / f"r{suffix}")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x00\x01\x02", b"file,model,teff\nx,y,hot\n"])
@pytest.mark.parametrize("suffix", [".ecsv", ".csv", ".fits", ".vot"])
def test_what_is_no_results_table_is_refused(tmp_path: Path, content: bytes, suffix: str):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(content)
    with pytest.raises(ReadError, match="bad"):
        read_results(path)


def test_store_survives_being_left_open(tmp_path: Path):
    path = tmp_path / "deep" / "results.sqlite"
    store = ResultsStore(path)
    numbers = [store.add(row) for row in ROWS]
    second = ResultsStore(path)  # as after a crash: the first was never closed
    assert [number for number, _ in second.rows()] == numbers
    assert_equal_rows([row for _, row in second.rows()], ROWS)
    second.remove(numbers[:1])
    assert [number for number, _ in store.rows()] == numbers[1:]
    second.clear()
    assert store.rows() == []
    store.close()
    second.close()


def test_damaged_store_is_put_aside(tmp_path: Path):
    path = tmp_path / "results.sqlite"
    path.write_bytes(b"this is no database, it only looks like a file of some length" * 20)
    store = ResultsStore(path)
    assert store.was_damaged
    assert path.with_name("results.sqlite.damaged").exists()
    store.add(ROWS[0])
    assert len(store.rows()) == 1
    store.close()


def test_store_keeps_numpy_numbers(tmp_path: Path):
    store = ResultsStore(tmp_path / "r.sqlite")
    store.add(make_row(file="x", model="m", teff=np.float64(5000.5), flag_warn=np.int64(4)))
    row = store.rows()[0][1]
    assert row["teff"] == 5000.5 and row["flag_warn"] == 4
    store.close()


def test_control_characters_do_not_make_a_votable_unreadable(tmp_path):
    path = tmp_path / "t.vot"
    write_results([make_row(file="a\x1b[31m\x00\x0b.fits", model="m", object="HD\x9b2J 1\ud800")], path)
    (row,) = read_results(path)
    assert (row["file"], row["object"]) == ("a.fits", "HD 1\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("suffix", [".csv", ".ecsv", ".fits", ".vot", ".tex"])
def test_names_of_strangers_reach_no_table_with_what_a_terminal_obeys(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    row = make_row(
        file="a\x1b]0;title\x07\nb\t\x9b31mc.fits", model="m\r\n", object="\u202eHD 1", reason="\x08x"
    )
    write_results([row], path)
    content = "" if suffix == ".fits" else path.read_text("utf-8")  # the one holds numbers as bytes
    odd = {letter for letter in content if ord(letter) < 32 or 127 <= ord(letter) < 160} - {"\n", "\t"}
    assert not odd and "\u202e" not in content
    if suffix != ".tex":
        (back,) = read_results(path)
        assert (back["file"], back["object"], back["reason"]) == ("a b c.fits", "HD 1", "x")
