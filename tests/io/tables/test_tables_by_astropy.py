"""Every column of every table that we write, read by astropy alone: value, unit, UCD; LaTeX by numbers."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.io.votable import parse as parse_votable
from astropy.io.votable.ucd import parse_ucd
from astropy.table import Table

from spectragui.core.results import complete_row
from spectragui.inference.denoise.denoise_table import DENOISED_TABLE
from spectragui.inference.velocity.velocity_row import VELOCITIES_TABLE
from spectragui.io.tables.tables import MEASUREMENTS_TABLE, RESULTS_TABLE, TableKind, write_table

TABLES = (RESULTS_TABLE, MEASUREMENTS_TABLE, VELOCITIES_TABLE, DENOISED_TABLE)
#: What labels are measured in, and what they are to the Virtual Observatory (UCD1+).
QUANTITIES = {
    "teff": ("K", "phys.temperature.effective"),
    "logg": ("dex", "phys.gravity"),
    "m_h": ("dex", "phys.abund.Z"),
    "alpha_m": ("dex", "phys.abund"),
    "vsini": ("km/s", "phys.veloc.rotat"),
    "vmic": ("km/s", "phys.veloc.microTurb"),
    "v_rad": ("km/s", "spect.dopplerVeloc"),
    "v_axis": ("km/s", "spect.dopplerVeloc"),
    "e_ccf": ("km/s", "stat.error"),
    "berv": ("km/s", None),
    "scatter": ("km/s", None),
    "second_velocity": ("km/s", None),
    "centre": ("Angstrom", "em.wl.central"),
    "ew": ("Angstrom", "spect.line.eqWidth"),
    "lorentz_fwhm": ("Angstrom", None),
    "start": ("Angstrom", "em.wl;stat.min"),
    "stop": ("Angstrom", "em.wl;stat.max"),
    "mean": ("", "phot.flux;stat.mean"),
    "median": ("", "phot.flux;stat.median"),
    "snr": ("", "stat.snr"),
    "snr_before": ("", "stat.snr"),
    "object": ("", "meta.id"),
    "flag_bad": ("", "meta.code"),
}
#: Of columns that are called alike in two tables.
FWHM = {"measurements": ("Angstrom", "spect.line.width"), "velocities": ("km/s", None)}


def expected_of(table: TableKind, name: str) -> tuple[str, str | None] | None:
    """Return unit and UCD by the list above: an error has those of its value; None where it says nothing."""
    if name in QUANTITIES:
        return QUANTITIES[name]
    if name.startswith("e_"):
        found = expected_of(table, name[2:])
        return None if found is None else (found[0], found[1] and f"stat.error;{found[1]}")
    if name.endswith("_fit"):
        return expected_of(table, name[:-4])
    return FWHM[table.name] if name == "fwhm" else None


def rows_of(table: TableKind) -> list[dict]:
    """Return two rows in which no two numbers are the same."""
    rows = []
    for row in range(2):
        values = {}
        for number, column in enumerate(table.columns):
            kinds = {"text": f"text {row} {number}", "integer": 100 * row + number}
            values[column.name] = kinds.get(column.kind, 1000.0 * (row + 1) + 7.3 * number + 1 / 3)
        rows.append(dict(complete_row(table.columns, values)))
    return rows


def quietly(function, *arguments, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dex is neither in the FITS standard nor in VOUnit
        return function(*arguments, **more)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_of_every_format(table: TableKind, tmp_path: Path) -> None:
    rows = rows_of(table)
    for suffix, how in (
        (".ecsv", "ascii.ecsv"),
        (".fits", "fits"),
        (".vot", "votable"),
        (".csv", "ascii.csv"),
    ):
        path = tmp_path / f"t{suffix}"
        write_table(rows, table, path)
        found = quietly(Table.read, path, format=how)
        assert found.colnames == [column.name for column in table.columns]
        for column in table.columns:
            for row, given in enumerate(rows):
                assert found[column.name][row] == given[column.name], (suffix, column.name)
            if suffix == ".csv":
                continue
            told = expected_of(table, column.name)
            if told is not None:
                unit = found[column.name].unit
                if suffix == ".fits" and told[0] == "dex":
                    assert "[dex]" in fits.getheader(path, 1)[f"TCOMM{found.colnames.index(column.name) + 1}"]
                elif told[0]:
                    is_same = str(unit) == told[0] or u.Unit(str(unit)) == u.Unit(told[0])
                    assert unit is not None and is_same, (suffix, column.name)
                else:
                    assert unit is None or unit == u.dimensionless_unscaled


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_ucd_is_one_and_stands_at_its_column(table: TableKind, tmp_path: Path) -> None:
    rows = rows_of(table)
    for suffix in (".fits", ".vot", ".ecsv"):
        write_table(rows, table, tmp_path / f"t{suffix}")
    header = fits.getheader(tmp_path / "t.fits", 1)
    fields = {
        field.name: field for field in quietly(parse_votable, tmp_path / "t.vot").get_first_table().fields
    }
    ecsv = quietly(Table.read, tmp_path / "t.ecsv", format="ascii.ecsv")
    for number, column in enumerate(table.columns, start=1):
        found = {
            header.get(f"TUCD{number}"), fields[column.name].ucd, ecsv[column.name].meta.get("ucd"),
        }  # fmt: skip
        assert len(found) == 1, (column.name, found)
        (ucd,) = found
        if ucd:
            parse_ucd(ucd, check_controlled_vocabulary=True)
        told = expected_of(table, column.name)
        if told is not None and told[1] is not None:
            assert ucd == told[1], column.name
        assert header[f"TTYPE{number}"] == column.name
        assert fields[column.name].description == ecsv[column.name].description
        unit = fields[column.name].unit
        if column.unit == "Angstrom":
            assert u.Unit(str(unit), format="vounit") == u.Unit("0.1 nm")


def numbers(line: str) -> list[tuple[float, float] | str]:
    r"""Return the cells of a LaTeX row: ``$a \pm b$`` as two numbers, others as text."""
    cells = []
    for cell in line.removesuffix(r"\\").split(" & "):
        found = re.fullmatch(r"\$(-?[\d.]+) \\pm ([\d.]+)\$", cell.strip())
        cells.append((float(found[1]), float(found[2])) if found else cell.strip())
    return cells


def latex_rows(table: TableKind, rows: list[dict], path: Path) -> list[list]:
    write_table(rows, table, path)
    body = path.read_text().split(r"\midrule")[1].split(r"\bottomrule")[0]
    return [numbers(line) for line in body.strip().splitlines()]


def test_results_in_latex_have_each_value_with_its_own_error(tmp_path: Path) -> None:
    labels = ("teff", "logg", "m_h", "alpha_m", "vsini", "vmic")
    values = {
        "object": "HD 1",
        "model": "m",
        "snr": 80.4,
        "v_rad": -12.5,
        "e_v_rad": 0.3,
        "v_rad_frame": "rest",
    }
    expected = []
    for number, name in enumerate((*labels, *(f"{name}_fit" for name in labels))):
        value = 5000.0 + number if name.startswith("teff") else round(0.5 + 0.25 * number, 2)
        error = 10.0 + number if name.startswith("teff") else round(0.11 + 0.02 * number, 2)
        values |= {name: value, f"e_{name}": error}
        expected.append((value, error))
    ((name, model, *cells, frame, snr, _flags),) = latex_rows(
        RESULTS_TABLE, [complete_row(RESULTS_TABLE.columns, values)], tmp_path / "t.tex"
    )
    assert (name, model, frame, snr) == ("HD 1", "m", "rest", "80")
    assert cells[:6] + cells[7:] == [pytest.approx(pair, abs=0.051) for pair in expected]
    assert cells[6] == (-12.5, 0.3)
    text = (tmp_path / "t.tex").read_text()
    assert r"(km\,s$^{-1}$)" in text and r"$T_{\rm eff}$ (fit)" in text


def test_measured_lines_and_velocities_in_latex(tmp_path: Path) -> None:
    values = {
        "object": "HD 1", "line": "Fe I", "method": "voigt", "centre": 5003.1234, "e_centre": 0.0021,
        "ew": 0.0456, "e_ew": 0.0012, "fwhm": 0.1234, "e_fwhm": 0.0056, "snr": 77.0,
    }  # fmt: skip
    (cells,) = latex_rows(
        MEASUREMENTS_TABLE, [complete_row(MEASUREMENTS_TABLE.columns, values)], tmp_path / "m.tex"
    )
    assert cells[:3] == ["HD 1", "Fe I", "voigt"] and cells[6] == "77"
    assert cells[3] == (5003.1234, 0.0021)
    assert cells[4] == (45.6, 1.2)  # mA
    assert cells[5] == (0.1234, 0.0056)
    assert r"(m\AA)" in (tmp_path / "m.tex").read_text()
    row = complete_row(
        VELOCITIES_TABLE.columns,
        {"object": "HD 1", "frame": "barycentric", "v_rad": -31.42, "e_v_rad": 0.25, "v_axis": 5.0,
         "e_ccf": 0.01, "flags": "VELOCITY"},
    )  # fmt: skip
    (cells,) = latex_rows(VELOCITIES_TABLE, [row], tmp_path / "v.tex")
    assert cells == ["HD 1", "barycentric", (-31.42, 0.25), "VELOCITY"]
    row = complete_row(
        DENOISED_TABLE.columns,
        {"object": "HD 1", "snr_before": 12.34, "snr_after": 98.0, "whiteness_p": 0.25, "flags": "CHI2"},
    )
    (cells,) = latex_rows(DENOISED_TABLE, [row], tmp_path / "d.tex")
    assert cells == ["HD 1", "12.3", "98", "0.25", "CHI2"]


@pytest.mark.parametrize("suffix", [".ecsv", ".fits", ".vot", ".csv", ".parquet"])
def test_a_catalogue_with_predictions_by_astropy(tmp_path: Path, suffix: str) -> None:
    from spectragui.core.photometry import PhotometricTable, band_set
    from spectragui.core.photometry_result import PHOTOMETRY_COLUMNS, PhotometryResult
    from spectragui.io.catalogues.write_photometry import write_photometry

    bands, n = band_set("alhambra"), 3
    nothing = np.full((n, len(bands)), np.nan, np.float32)
    given = {"ID": np.array(["a", "b, c", "d"]), "z": np.array([0.1, np.nan, 0.3]), "area": np.arange(n)}
    table = PhotometricTable(
        bands, np.arange(n).astype(str), nothing, nothing, nothing, columns=given, units={"area": "arcsec2"}
    )
    columns = {}
    for number, column in enumerate(PHOTOMETRY_COLUMNS):
        if column.name != "flags":
            values = 10.0 * number + np.arange(n) + 0.25
            columns[column.name] = values.astype(np.int64 if column.kind == "integer" else np.float32)
    columns["flag_warn"] = np.array([8192 + 16384, 0, 8])
    columns["flag_bad"] = np.array([0, 256, 0])
    result = PhotometryResult(columns, np.zeros(2), lambda index: np.zeros(2), {"redshift": "m 1.0"})
    path = tmp_path / f"p{suffix}"
    write_photometry(path, table, result)
    if suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        read = parquet.read_table(path)
        found = {name: read[name].to_pylist() for name in read.column_names}
        schema = {field.name: field.metadata or {} for field in read.schema}
        assert schema["m_abs_b"][b"unit"] == b"mag" and schema["area"][b"unit"] == b"arcsec2"
        assert schema["e_z"][b"ucd"] == b"stat.error;src.redshift.phot"
    else:
        how = {".ecsv": "ascii.ecsv", ".fits": "fits", ".vot": "votable", ".csv": "ascii.csv"}[suffix]
        found = quietly(Table.read, path, format=how)
        if suffix != ".csv":
            units = {name: found[name].unit for name in ("m_abs_b", "e_m_abs_b", "area")}
            assert units == {"m_abs_b": u.mag, "e_m_abs_b": u.mag, "area": u.arcsec**2}
        if suffix == ".fits":
            header = fits.getheader(path, 1)
            ucds = {header[f"TTYPE{k}"]: header.get(f"TUCD{k}") for k in range(1, header["TFIELDS"] + 1)}
            for name, ucd in ucds.items():
                if ucd:
                    parse_ucd(ucd, check_controlled_vocabulary=True)
                if name.startswith("e_"):
                    assert ucd == f"stat.error;{ucds[name[2:]]}"
            assert ucds["z"] == "src.redshift.phot" and ucds["log_mass"] == "phys.mass"
    for name, values in columns.items():
        assert np.asarray(found[name], float) == pytest.approx(np.asarray(values, float), rel=1e-6), name
    assert [str(one) for one in found["ID"]] == ["a", "b, c", "d"]
    assert np.asarray(found["area"], float).tolist() == [0.0, 1.0, 2.0]
    redshift = np.array(
        [np.nan if one is None or one is np.ma.masked else one for one in found["cat_z"]], float
    )
    assert redshift == pytest.approx([0.1, np.nan, 0.3], nan_ok=True)
    assert [str(one) for one in found["flags"]] == ["BROAD,STAR", "NOT_SERVED", "LOW_SNR"]
