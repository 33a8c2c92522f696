"""Catalogues of photometry: names of columns, conventions, formats, and bad ones."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from astropy.table import Table

from spectragui.core.errors import CatalogueError, ReadError, SettingsError
from spectragui.core.photometry import band_set, band_sets, read_band_set
from spectragui.io.catalogues import guess_mapping, read_catalogue, read_pasted
from spectragui.io.catalogues.catalogue_mapping import CatalogueMapping

BANDS = band_set("alhambra").names
THESIS = [
    "id", "objID", "Field", "Pointing", "CCD", "RAdeg", "DECdeg", "x", "y", "area", "fwhm", "stell", "ell",
    "a", "b", "theta", "rk", "rf", "s2n", "photoflag",
    *(name for band in BANDS for name in (band, f"d{band}")),
    "F814W_3arcs", "dF814W_3arcs", "F814W_3arcs_corr", "nfobs", "xray", "PercW", "Satur_Flag", "Stellar_Flag",
    "zb_1", "zb_min_1", "zb_max_1", "tb_1", "Odds_1", "Stell_Mass_1", "M_ABS_1",
]  # fmt: skip
VIZIER_BANDS = [*BANDS[:20], "Jmag", "Hmag", "Ksmag", "F814W"]
VIZIER = [
    "_RAJ2000", "_DEJ2000", "ID", "RAJ2000", "DEJ2000", "Area", "FWHM", "Stell", "ell", "rk", "rf", "S/N",
    "PhotFlag",
    *(name for band in VIZIER_BANDS for name in (f"l_{band}", band, f"e_{band}")),
    "F814W3", "e_F814W3", "F814W3c", "nfobs", "FSatur", "FStellar", "zb1", "zb1l", "zb1u", "tb1", "Odds1",
    "logM*1", "BMAG1", *(f"irms{band}" for band in BANDS),
]  # fmt: skip
MORPHOLOGY = {"area", "fwhm", "stell", "ell", "rk", "rf", "s2n"}


def ours(n_rows=6, seed=1, **more):
    """Return a table with our names: `dF365W` is the error of `F365W`."""
    random = np.random.default_rng(seed)
    table = {"name": [f"object {i}" for i in range(n_rows)]}
    for band in BANDS:
        table[band] = np.round(random.uniform(20, 24, n_rows), 3)
        table[f"d{band}"] = np.round(random.uniform(0.02, 0.2, n_rows), 3)
    return Table(table | more)


def csv_of(table, path):
    lines = [",".join(table.colnames), *(",".join(str(value) for value in row) for row in table)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_names_of_the_thesis_are_known():
    found = guess_mapping(THESIS).columns
    assert found["z"] == "zb_1" and found["z_lower"] == "zb_min_1" and found["z_upper"] == "zb_max_1"
    assert found["type"] == "tb_1" and found["log_mass"] == "Stell_Mass_1" and found["m_abs_b"] == "M_ABS_1"
    assert found["stellar_flag"] == "Stellar_Flag" and found["satur_flag"] == "Satur_Flag"
    assert found["photoflag"] == "photoflag" and found["nfobs"] == "nfobs" and found["ra"] == "RAdeg"
    assert {role: found[role] for role in MORPHOLOGY} == {role: role for role in MORPHOLOGY}
    assert all(found[band] == band and found[f"e_{band}"] == f"d{band}" for band in BANDS)
    assert not {"F814W_3arcs", "dF814W_3arcs", "F814W_3arcs_corr"} & set(found.values())


def test_the_names_of_vizier_are_known():
    found = guess_mapping(VIZIER).columns
    for band, theirs in zip(BANDS, VIZIER_BANDS, strict=True):
        marks = {"": "", "e_": "e_", "l_": "l_"}
        assert all(found[f"{ours}{band}"] == f"{mark}{theirs}" for ours, mark in marks.items()), band
    assert found["z"] == "zb1" and found["z_lower"] == "zb1l" and found["log_mass"] == "logM*1"
    assert found["s2n"] == "S/N" and found["fwhm"] == "FWHM" and found["stellar_flag"] == "FStellar"
    assert not {f"irms{band}" for band in BANDS} & set(found.values())


def test_our_names_are_known_and_bands_of_another_survey():
    found = guess_mapping(ours().colnames)
    assert found.band_set == "alhambra" and found.present_bands == BANDS
    jpas = band_set("jpas").names
    other = guess_mapping([name for band in jpas for name in (band, f"e_{band}")])
    assert other.band_set == "jpas" and len(other.present_bands) == 56


def test_a_mapping_is_edited_by_role():
    mapping = guess_mapping(THESIS)
    assert mapping.with_column("z", "PercW").columns["z"] == "PercW"
    assert "z" not in mapping.with_column("z", "").columns
    with pytest.raises(CatalogueError, match="no role 'redshift'"):
        mapping.with_column("redshift", "zb_1")


def test_two_columns_of_one_role_are_said():
    mapping = guess_mapping([*ours().colnames, "z", "zspec"])
    assert mapping.columns["z"] == "z"
    assert any("z and zspec may all be z; z is used" in remark for remark in mapping.remarks)


def test_codes_of_the_survey(tmp_path):
    table = ours()
    table["F365W"][:4] = [99.0, -99.0, np.nan, 99.0]
    table["dF365W"][:4] = [25.1, 0.0, 0.1, 99.0]
    read = read_catalogue(csv_of(table, tmp_path / "codes.csv"))
    assert read.limits[0, 0] == np.float32(25.1) and np.isnan(read.magnitudes[0, 0])
    assert not read.observed[1:4, 0].any() and read.detected[4:, 0].all()
    flux, sigma = read.fluxes()
    assert flux[0, 0] == 0 and sigma[0, 0] == pytest.approx(10 ** (-0.4 * (25.1 - 23.9)), rel=1e-5)
    assert np.isnan(flux[1, 0]) and flux[4, 0] == pytest.approx(
        10 ** (-0.4 * (table["F365W"][4] - 23.9)), rel=1e-5
    )
    assert any("99 = not detected" in remark for remark in read.remarks)
    assert any("no limit given" in remark for remark in read.remarks)


def test_a_flag_of_limits_is_used(tmp_path):
    table = ours(l_F396W=["", ">", "", "", "", ""])
    read = read_catalogue(csv_of(table, tmp_path / "limits.csv"))
    assert np.isnan(read.magnitudes[1, 1]) and read.limits[1, 1] == np.float32(table["F396W"][1])
    assert read.detected[[0, 2, 3, 4, 5], 1].all()


@pytest.mark.parametrize(("masses", "word"), [([9.5, 10.2], "log10"), ([3e9, 2e10], "solar masses")])
def test_mass_is_told_by_its_values_and_said(tmp_path, masses, word):
    read = read_catalogue(csv_of(ours(2, Stell_Mass_1=masses), tmp_path / "mass.csv"))
    expected = masses if word == "log10" else np.log10(masses)
    assert read.reference["log_mass"] == pytest.approx(expected)
    assert any(word in remark and "Stell_Mass_1" in remark for remark in read.remarks)


def test_mass_that_is_neither_is_asked_for(tmp_path):
    path = csv_of(ours(2, mass=[9.5, 2e10]), tmp_path / "mass.csv")
    with pytest.raises(CatalogueError, match="neither"):
        read_catalogue(path)


def test_fluxes_need_a_unit_and_give_the_same_magnitudes(tmp_path):
    table = ours()
    fluxes = Table()
    for band in BANDS:
        fluxes[f"flux_{band}"] = 10 ** (-0.4 * (table[band] - 23.9))
        fluxes[f"fluxerr_{band}"] = fluxes[f"flux_{band}"] * table[f"d{band}"] / 1.0857362
    path = csv_of(fluxes, tmp_path / "flux.csv")
    with pytest.raises(CatalogueError, match="nothing says in which unit"):
        read_catalogue(path)
    for name in fluxes.colnames:
        fluxes[name].unit = "uJy"
    fluxes.write(tmp_path / "flux.fits")
    read = read_catalogue(tmp_path / "flux.fits")
    expected = np.column_stack([table[band] for band in BANDS])
    assert read.magnitudes == pytest.approx(expected, abs=2e-4)
    assert any("uJy" in remark for remark in read.remarks)


def write_vot(table, path):
    table.write(path, format="votable")


@pytest.mark.parametrize("form", ["csv", "csv.gz", "tsv", "ecsv", "fits", "vot", "parquet", "txt"])
def test_every_format_gives_the_same(tmp_path, form):
    table, path = ours(), tmp_path / f"catalogue.{form}"
    table["name"] = [f"o{i}" for i in range(6)]
    if form in ("csv", "csv.gz"):
        text = csv_of(table, tmp_path / "plain").read_bytes()
        path.write_bytes(gzip.compress(text) if form.endswith("gz") else text)
    elif form in ("tsv", "txt"):
        mark = "\t" if form == "tsv" else "   "
        text = csv_of(table, tmp_path / "plain").read_text().replace(",", mark)
        path.write_text(text)
    elif form == "vot":
        table.write(path, format="votable")
    elif form == "parquet":
        pytest.importorskip("pyarrow")
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({name: np.array(table[name]).tolist() for name in table.colnames}), path)
    else:
        table.write(path, format="ascii.ecsv" if form == "ecsv" else form)
    read = read_catalogue(path)
    assert list(read.ids) == [f"o{i}" for i in range(6)]
    assert read.magnitudes == pytest.approx(np.column_stack([table[band] for band in BANDS]), abs=1e-5)
    assert len(read.file_sha256) == 64 and len(read.columns) == 49


def test_text_is_read_alike_with_and_without_pyarrow(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    from spectragui.io.catalogues import text_catalogue

    table = ours(5, note=["a", "", "b b", '"c"', "7"], odd=["1", "x", "", "2.5", "-"], n=[1, 2, 3, 4, 5])
    table["F365W"] = table["F365W"].astype(str)
    table["F365W"][1:3] = ["   ", "bad"]
    path = csv_of(table, tmp_path / "mixed.csv")
    quick = read_catalogue(path)
    monkeypatch.setattr(text_catalogue, "is_possible", lambda separator: False)
    slow = read_catalogue(path)
    assert quick.remarks == slow.remarks
    for name, values in quick.columns.items():
        assert values.dtype.kind == slow.columns[name].dtype.kind, name
        np.testing.assert_array_equal(values, slow.columns[name])


def test_strings_in_a_column_of_numbers_are_counted_and_said(tmp_path):
    table = ours()
    table["F365W"] = table["F365W"].astype("U8")
    table["F365W"][2] = "faint"
    read = read_catalogue(csv_of(table, tmp_path / "words.csv"))
    assert not read.observed[2, 0] and read.detected[[0, 1, 3], 0].all()
    assert any(
        "Column F365W: 1 entries are no numbers" in remark and "faint" in remark for remark in read.remarks
    )


def test_magnitudes_without_an_error_are_not_used_and_said(tmp_path):
    table = ours()
    table["dF427W"][1] = np.nan
    read = read_catalogue(csv_of(table, tmp_path / "noerror.csv"))
    assert not read.observed[1, 2]
    assert any("without an error" in remark and "F427W" in remark for remark in read.remarks)


def test_missing_bands_are_said(tmp_path):
    table = ours()
    table.remove_columns(["J", "dJ", "F814W", "dF814W"])
    read = read_catalogue(csv_of(table, tmp_path / "fewer.csv"))
    assert any("2 bands of 24 missing: J, F814W" in remark for remark in read.remarks)
    assert not read.observed[:, [20, 23]].any()


def test_extra_and_renamed_columns(tmp_path):
    table = ours(extra=np.arange(6), comment=["x"] * 6)
    renamed = Table(table)
    renamed.rename_columns(
        [name for band in BANDS for name in (band, f"d{band}")],
        [name for band in BANDS for name in (f"MAG_{band}", f"{band}_err")],
    )
    for number, one in enumerate((table, renamed)):
        read = read_catalogue(csv_of(one, tmp_path / f"{number}.csv"))
        assert read.detected.all() and "extra" in read.columns


def renamed_beyond_knowing(table):
    table.rename_columns(list(BANDS), [f"b{i}" for i in range(24)])
    return table


def magnitudes_only(table):
    table.remove_columns([f"d{band}" for band in BANDS])
    return table


def of_another_survey(table):
    return Table(
        {"objid": [1, 2], "u": [20.1, 21], "g": [19.8, 20], "r": [19, 19], "i": [18, 18], "z": [18, 18]}
    )


def with_words_for_magnitudes(table):
    for band in BANDS:
        table[band] = ["faint"] * len(table)
    return table


def with_fluxes_called_magnitudes(table):
    for band in BANDS:
        table[band] = table[band] * 1e4
    return table


def with_nothing_observed(table):
    for band in BANDS:
        table[band] = -99.0
    return table


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (renamed_beyond_knowing, "no column is known to hold a magnitude"),
        (magnitudes_only, "no column is known to hold the error of F365W"),
        (of_another_survey, "no column is known to hold a magnitude"),
        (with_words_for_magnitudes, "no band holds a magnitude"),
        (with_fluxes_called_magnitudes, "no AB magnitudes"),
        (with_nothing_observed, "no band holds a magnitude"),
    ],
)
def test_a_catalogue_that_cannot_serve_is_refused_in_a_sentence(tmp_path, spoil, words):
    with pytest.raises(CatalogueError, match=words):
        read_catalogue(csv_of(spoil(ours()), tmp_path / "bad.csv"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"name,F365W\n", "no rows|no column"),
        (b"1,2,3\n4,5,6\n", "holds numbers, not the names"),
        (b"\x00\x01\x02" * 100, "no catalogue|no text"),
        (b"PAR1" + b"junk" * 50, "Parquet"),
        (b"SIMPLE  =                    T" + b" " * 50 + b"END" + b" " * 2797, "no table|damaged|empty"),
        (b"\x1f\x8b\x08\x00junkjunkjunk", "compression is damaged"),
        (b"<VOTABLE><RESOURCE></RESOURCE></VOTABLE>", "no table with rows"),
    ],
)
def test_files_that_are_no_catalogue(tmp_path, content, words):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=words):
        read_catalogue(path)


def test_a_row_that_is_cut_short_is_named(tmp_path):
    path = csv_of(ours(), tmp_path / "cut.csv")
    path.write_text(path.read_text()[:-40])
    with pytest.raises(CatalogueError, match="entries"):
        read_catalogue(path)


def test_a_column_of_the_mapping_that_is_missing_is_named(tmp_path):
    path = csv_of(ours(), tmp_path / "ours.csv")
    mapping = CatalogueMapping("alhambra", {**guess_mapping(path).columns, "z": "redshift"})
    with pytest.raises(CatalogueError, match="no column 'redshift', which is to be z"):
        read_catalogue(path, mapping)


def test_bombs_end_in_a_sentence(tmp_path):
    head = (",".join(ours().colnames) + "\n").encode()
    long_line = tmp_path / "line.csv.gz"
    long_line.write_bytes(gzip.compress(head + b"1," * 5_000_000))
    many = tmp_path / "rows.csv.gz"
    many.write_bytes(gzip.compress(head) + gzip.compress(b"1" + b",1" * 48 + b"\n") * 200)
    for path in (long_line, many):
        with pytest.raises(ReadError):
            read_catalogue(path, max_values=1000)


def test_pasted_objects():
    table = ours(2)
    lines = [",".join(table.colnames), *(",".join(str(value) for value in row) for row in table)]
    read = read_pasted("\n".join(lines).replace("object ", "o"))
    assert list(read.ids) == ["o0", "o1"] and read.detected.all()
    bare = " ".join(f"{table[band][0]} {table[f'd{band}'][0]}" for band in BANDS)
    assert read_pasted(bare).magnitudes[0] == pytest.approx(read.magnitudes[0])
    with pytest.raises(CatalogueError, match="48 are needed"):
        read_pasted("20.1 0.1 20.2 0.1")
    with pytest.raises(CatalogueError, match="Nothing was pasted"):
        read_pasted("  \n")


def test_rows_and_pickling(tmp_path):
    import pickle

    read = read_catalogue(csv_of(ours(z=np.arange(6) / 10), tmp_path / "z.csv"))
    part = pickle.loads(pickle.dumps(read.rows([1, 3])))
    assert len(part) == 2 and part.reference["z"] == pytest.approx([0.1, 0.3])
    assert len(read.rows(2)) == 1 and part.mapping.columns["z"] == "z"


def test_band_sets_have_sources_and_pivots():
    for name in band_sets():
        bands = band_set(name)
        assert bands.source and (np.diff(bands.pivots_aa[:-1]) > 0).mean() > 0.9
    for band in band_set("alhambra").bands:
        wave, response = band.curve
        pivot = np.sqrt(np.trapezoid(response * wave, wave) / np.trapezoid(response / wave, wave))
        assert pivot == pytest.approx(band.pivot_aa, rel=1e-3)


@pytest.mark.parametrize(
    "text", ["", "band = 3", '[[band]]\nname = "a"', '[[band]]\nname = "a"\npivot_aa = 5\nwidth_aa = 9']
)
def test_a_wrong_band_set_is_refused(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="wrong"):
        read_band_set(path)
    with pytest.raises(SettingsError, match="no band set"):
        band_set("mine")
