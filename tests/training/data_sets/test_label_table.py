"""Label tables of every format: columns by their names or as told; what is no table ends in a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import MaskedColumn, Table

from spectragui.core.errors import TrainingError
from spectragui.training.data_sets.label_table import guess_columns, read_label_table

ROWS = {
    "file": ["a.fits", "b.fits", "c.fits"],
    "star": ["HD 1", "HD 2", "HD 1"],
    "teff": [5800.0, -9999.0, 4500.0],
    "e_teff": [40.0, 50.0, 60.0],
    "logg": [4.4, 2.0, np.nan],
}


@pytest.mark.parametrize("suffix", [".csv", ".ecsv", ".fits", ".vot"])
def test_every_format_gives_the_same_labels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"labels{suffix}"
    Table(ROWS).write(path, format={".csv": "ascii.csv", ".vot": "votable"}.get(suffix))
    table = read_label_table(path)
    assert table.files == ("a.fits", "b.fits", "c.fits") and table.stars == ("HD 1", "HD 2", "HD 1")
    assert table.label_names == ("teff", "logg")
    np.testing.assert_array_equal(table.labels, [[5800.0, 4.4], [np.nan, 2.0], [4500.0, np.nan]])
    np.testing.assert_array_equal(table.errors[:, 0], [40.0, 50.0, 60.0])
    assert np.isnan(table.errors[:, 1]).all() and np.isnan(table.ra_deg).all()


@pytest.mark.parametrize(
    ("names", "found", "errors"),
    [
        (
            ["FILENAME", "APOGEE_ID", "TEFF", "TEFF_ERR", "LOGG", "FE_H", "ALPHA_M"],
            {"file": "FILENAME", "star": "APOGEE_ID", "teff": "TEFF", "logg": "LOGG", "m_h": "FE_H"},
            {"teff": "TEFF_ERR"},
        ),
        (
            ["Spectrum", "source_id", "RA_ICRS", "DE_ICRS", "Teff", "e_Teff", "[M/H]", "vsini", "R"],
            {"file": "Spectrum", "gaia": "source_id", "ra": "RA_ICRS", "dec": "DE_ICRS", "m_h": "[M/H]"},
            {"teff": "e_Teff"},
        ),
    ],
)
def test_columns_are_known_by_their_names(names, found, errors) -> None:
    columns = guess_columns(names)
    assert found.items() <= dict(columns.names).items()
    assert errors.items() <= dict(columns.errors).items()


def test_what_was_assumed_is_said() -> None:
    assert guess_columns(["file", "feh"]).remarks == ("feh is taken as [M/H].",)


def test_units_are_converted_and_masked_cells_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.ecsv"
    table = Table({"file": ["a", "b"], "vsini": [2000.0, 3000.0] * units.m / units.s})
    table["teff"] = MaskedColumn([5000.0, 1.0], mask=[False, True])
    table.write(path)
    found = read_label_table(path)
    assert found.label_names == ("teff", "vsini")
    np.testing.assert_allclose(found.labels[:, 1], [2.0, 3.0])
    assert np.isnan(found.labels[1, 0])


def test_columns_can_be_told_and_labels_chosen(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("spec,T_phot,teff,logg\na.fits,6000,1,4.4\n")
    table = read_label_table(path, {"file": "spec", "teff": "T_phot"}, ["teff"])
    assert table.label_names == ("teff",) and table.labels.tolist() == [[6000.0]]


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("", {}, "could not be read|no rows"),
        ("file,teff\n", {}, "no rows"),
        ("file,teff,teff\na.fits,1,2\n", {}, "two columns teff"),
        ("a,b\n1,2\n", {}, "no column that names the spectra"),
        ("file,colour\na.fits,2\n", {}, "no label among its columns: file, colour"),
        ("file,teff\na.fits,hot\n", {}, "Row 1 .* 'hot' in the column teff"),
        ("file,teff\na.fits,5000\n", {"teff": "T"}, "no column 'T'"),
        ("file,teff\na.fits,5000\n", {"colour": "teff"}, "nothing that a column can be"),
    ],
)
def test_a_table_that_cannot_serve_ends_in_a_sentence(tmp_path: Path, text: str, told, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(TrainingError, match=said):
        read_label_table(path, told)


def test_missing_and_foreign_files_end_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="There is no table"):
        read_label_table(tmp_path / "none.csv")
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(TrainingError, match="no table that labels are read from"):
        read_label_table(tmp_path / "t.xlsx")
    (tmp_path / "t.fits").write_bytes(b"SIMPLE")
    with pytest.raises(TrainingError, match="could not be read"):
        read_label_table(tmp_path / "t.fits")
    Table({"file": ["a"], "teff": [5000.0] * units.m}).write(tmp_path / "u.ecsv")
    with pytest.raises(TrainingError, match="is in m, which is no unit of that label"):
        read_label_table(tmp_path / "u.ecsv")


HEAD = "file,teff\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", HEAD.encode() + b"a.fits," + b"5" * 200_000 + b"\n", "an entry is too long"),
        ("t.vot", b'<VOTABLE><RESOURCE><TABLE><FIELD name="file" datatype="char"/><DATA><BINARY>'
         b'<STREAM href="file:///etc/hostname"/></BINARY></DATA></TABLE></RESOURCE></VOTABLE>', "another"),
        ("t.vot", b'<!DOCTYPE a [<!ENTITY b "c">]><VOTABLE/>', "entities"),
        ("t.csv", b"file,teff," + b",".join(b"c%d" % n for n in range(50_000)) + b"\n", "50,002 columns"),
        ("t.fits", None, "values"),
    ],
)  # fmt: skip
def test_tables_of_strangers_are_looked_through_before_they_are_parsed(tmp_path, name, content, said):
    path = tmp_path / name
    if content is None:  # a sparse table of 80 GB
        header = fits.BinTableHDU.from_columns([fits.Column("file", "8D", array=np.zeros((1, 8)))]).header
        header["NAXIS2"] = 10**9
        path.write_bytes(fits.PrimaryHDU().header.tostring().encode() + header.tostring().encode())
        os.truncate(path, 64 * 10**9 + 10_000)
    else:
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=said):
        read_label_table(path)
