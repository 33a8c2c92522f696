"""Filters of a label table: a box, the hull of a table, near an isochrone; how many each takes is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import TrainingError
from spectragui.training.data_sets.label_filters import LabelFilters, filtered
from spectragui.training.data_sets.made_spectra import made_table

ROWS = (
    {"teff": 5000.0, "logg": 4.5},
    {"teff": 5000.0, "logg": 2.0},
    {"teff": 9000.0, "logg": 4.0},
    {"teff": 5800.0},
)


@pytest.fixture
def table():
    return made_table("stars.csv", [f"{i}.fits" for i in range(len(ROWS))], ROWS)


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_box_takes_what_is_outside_or_not_known(table) -> None:
    found = filtered(table, LabelFilters({"teff": (4000.0, 6000.0), "logg": (3.0, 5.0)}))
    assert found.files == ("0.fits",) and found.labels.shape == (1, 2)
    assert found.columns.remarks == (
        "1 row lost by Teff from 4000 to 6000 (1 fail it).",
        "2 rows lost by log g from 3 to 5 (2 fail it).",
        "1 of 4 rows pass the filters.",
    )
    assert filtered(table, LabelFilters()) is table


def test_the_hull_of_a_table_and_an_isochrone(table, tmp_path: Path) -> None:
    hull = write(tmp_path / "hull.csv", "Teff,log_g\n4500,4\n5500,4\n5000,5\n5000,4.2\n")
    assert filtered(table, LabelFilters(hull=hull)).files == ("0.fits",)
    isochrone = write(tmp_path / "iso.csv", "teff,logg\n4000,4.7\n5100,4.5\n6000,4.2\n5100,3.3\n4900,1.9\n")
    assert filtered(table, LabelFilters(isochrone=isochrone)).files == ("0.fits", "1.fits")


@pytest.mark.parametrize(
    ("filters", "text", "why"),
    [
        ({"hull": "x.csv"}, "Teff\n4500\n4600\n4700\n", "fewer than two of the labels"),
        ({"hull": "x.csv"}, "Teff,logg\n4500,4\n4600,4\n4700,4\n", "span no hull"),
        ({"hull": "x.csv"}, "Teff,logg\n4500,4\n4600,4.1\n4700,4.2\n", "span no hull"),
        ({"isochrone": "x.csv"}, "mass,age\n1,2\n", "has no teff"),
        ({"isochrone": "x.csv"}, "teff,logg\n5000,4\n", "fewer than two points"),
        ({"isochrone": "y.csv"}, "", "There is no table"),
        ({"box": {"m_h": (0.0, 1.0)}}, "", "has no m_h"),
        ({"box": {"nose": (0.0, 1.0)}}, "", "no label 'nose'"),
        ({"box": {"teff": (1.0, 2.0)}}, "", "No row passes the filters"),
    ],
)
def test_what_cannot_filter_is_said(table, tmp_path: Path, filters, text: str, why: str) -> None:
    write(tmp_path / "x.csv", text)
    told = {key: str(tmp_path / value) if isinstance(value, str) else value for key, value in filters.items()}
    with pytest.raises(TrainingError, match=why):
        filtered(table, LabelFilters(**told))


def test_rows_keep_what_belongs_to_them(table) -> None:
    found = table.select(np.array([False, True, False, True]), ("said",))
    assert found.files == ("1.fits", "3.fits") and found.stars == found.files
    assert np.isnan(found.labels[1, 1]) and found.columns.remarks == ("said",)
