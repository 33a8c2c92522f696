"""Line lists: the bundled ones are right, and those of VALD, NIST and by hand are read as they are meant."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectragui.core.errors import ReadError
from spectragui.core.spectral_axis import air_to_vacuum, vacuum_to_air
from spectragui.io.line_lists.importing import read_line_list, survey_line_list
from spectragui.io.line_lists.line_lists import (
    load_line_list,
    make_line,
    sky_lines,
    stellar_lines,
    telluric_bands,
    write_line_list,
)

RYDBERG_H = 109677.5834  # cm-1

VALD_SHORT = """  5160.00000,  5190.00000,   4,   20123, 1.0 Wavelength region, selected, processed, Vmicro
                                                 Lande     Damping parameters   Central
Spec Ion       WL_air(A)  Excit(eV) Vmic log gf* factor  Rad.   Stark  Waals    depth  Reference
'Fe 1',        5167.4880,  1.4850,  1.0, -1.118, 1.250, 7.190, -6.253, -7.800, 0.912, '  1 wl:BWL   1 gf:BWL'
'Mg 1',        5183.6042,  2.7166,  1.0, -0.167, 1.250, 8.020, -5.670, -7.240, 0.973, '  2 wl:ATJL  2 gf:ATJL'
'TiO 1',       5167.8110,  0.0310,  1.0, -0.700,99.000, 0.000,  0.000,  0.000, 0.101, '  3 wl:Plez'
'Fe 2',        5169.0330,  2.8910,  1.0, -1.303, 1.325, 8.480, -6.537, -7.880, 0.851, '  4 wl:RU'
'castelli_ap00k2_T05750G45.krz',
'H :  0.92','He: -1.11','Li:-10.94',
'END'
"""
VALD_LONG = """                                                                     Lande factors   Damping
Elm Ion      WL_vac(A)   log gf* E_low(eV) J lo  E_up(eV) J up   lower  upper   mean   Rad.  Stark  Waals
'Ca 2',      8544.4380,  -0.362,  1.7000,  2.5,  3.1510,  1.5,  1.200,  1.333,  1.100, 8.180,-5.700,-7.640,
'  LS                                                                         3p6.3d 2D'
'  LS                                                                         3p6.4p 2P*'
'TB             1 wl:T    1 gf:T'
'Fe 1',      8516.4080,  -2.220,  3.0180,  2.0,  4.4730,  2.0,  1.500,  1.500,  1.500, 8.200,-6.200,-7.790,
'  LS                                                                       3d8 a3P'
'  LS                                                                       3d7.4p z5P*'
'K14            2 wl:K14  2 gf:K14'
"""
NIST_CSV = '''element,sp_num,obs_wl_air(A),unc_obs_wl,ritz_wl_air(A),unc_ritz_wl,intens,Aki(s^-1)
"Na","1","=""5889.950954""","=""0.000015""","=""5889.950951""","","=""80000""","=""6.16e+07"""
"Na","1","=""5895.924237""","=""0.000015""","=""5895.924234""","","=""40000""","=""6.14e+07"""
"Na","1","","","=""5675.700""","","",""
"Na","1","","","","","",""
'''
NIST_TAB = 'obs_wl_vac(nm)\tunc\tintens\n"656.4614"\t""\t"500000"\n"486.2691"\t""\t"180000*"\n'
NIST_ASCII = """---------------------------------------------------------
 Spectrum  |  Observed  |    Ritz    |  Rel.  |   Aki    |
           | Wavelength | Wavelength |  Int.  |   s^-1   |
           |  Air (nm)  |  Air (nm)  |   (?)  |          |
---------------------------------------------------------
           |            |            |        |          |
 K I       |  766.48991 |  766.4899  |  25    | 3.80e+07 |
 K I       |  769.89645 |  769.8964  |  24c   | 3.75e+07 |
           |            |            |        |          |
---------------------------------------------------------
"""


def in_file(folder, text, name="lines.txt"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def by_name(lines):
    return {line.name: line for line in reversed(lines)}


def test_hydrogen_stands_where_rydberg_puts_it():
    """0.1 Angstrom is the fine structure, which the simple formula leaves out."""
    lines = by_name(stellar_lines())
    for name, lower, upper in (
        ("Hα", 2, 3), ("Hβ", 2, 4), ("H12", 2, 12), ("Paα", 3, 4), ("Pa14", 3, 14), ("Brγ", 4, 7)
    ):  # fmt: skip
        vacuum = 1e8 / (RYDBERG_H * (1 / lower**2 - 1 / upper**2))
        assert lines[name].wavelength_vacuum_aa == pytest.approx(vacuum, abs=0.15)


def test_air_and_vacuum_of_every_bundled_line_agree():
    for line in (*stellar_lines(), *sky_lines()):
        tolerance = 1.0 if line.kind == "head" else 0.011
        converted = float(air_to_vacuum(line.wavelength_air_aa))
        assert line.wavelength_vacuum_aa == pytest.approx(converted, abs=tolerance)


def test_the_stars_lines_reach_from_the_ultraviolet_to_the_k_band():
    air = np.array([line.wavelength_air_aa for line in stellar_lines()])
    assert air.min() < 1300 and air.max() > 23000
    names = {line.name for line in stellar_lines()}
    assert {"Ca II K", "Na I D1", "Li I", "K I", "TiO", "CaH", "VO", "CN", "CH G", "CO 2-0"} <= names
    assert stellar_lines()[0].name == "Hα"


def test_tellurics_are_where_every_observer_knows_them():
    bands = telluric_bands()
    known = ((7600.0, "O₂ A"), (6875.0, "O₂ B"), (9350.0, "H₂O"), (20100.0, "CO₂"), (16660.0, "CH₄"))
    for wavelength, name in known:
        assert name in [b.name for b in bands if b.start_vacuum_aa <= wavelength <= b.stop_vacuum_aa]
    assert all(band.start_vacuum_aa < band.stop_vacuum_aa for band in bands)
    start, _ = next(band for band in bands if band.name == "O₂ A").limits_in("air")
    assert start == pytest.approx(7592 - 2.09, abs=0.02)


@pytest.mark.parametrize("wavelength", [5577.34, 6300.30, 5889.95])
def test_the_sky_has_its_lines(wavelength):
    assert any(abs(line.wavelength_air_aa - wavelength) < 0.02 for line in sky_lines())


def test_a_vald_stellar_extract_is_in_air_and_the_deepest_lines_come_first(tmp_path):
    found = read_line_list(in_file(tmp_path, VALD_SHORT))
    assert [line.name for line in found.lines] == ["Mg I", "Fe I", "Fe II", "TiO"]
    assert found.lines[0].wavelength_air_aa == 5183.6042
    assert "VALD" in found.source and "air" in found.source


def test_a_long_vald_extract_in_vacuum(tmp_path):
    found = read_line_list(in_file(tmp_path, VALD_LONG))
    assert [line.name for line in found.lines] == ["Ca II", "Fe I"]
    assert found.lines[0].wavelength_air_aa == pytest.approx(8542.09, abs=0.01)


def test_vald_in_wavenumbers_is_in_vacuum(tmp_path):
    text = VALD_SHORT.replace("WL_air(A)", "WN(cm^-1)").replace("5183.6042", "19286.224")
    first = read_line_list(in_file(tmp_path, text)).lines[0]
    assert first.wavelength_air_aa == pytest.approx(5183.604, abs=0.01)


def test_nist_tables(tmp_path):
    found = survey_line_list(in_file(tmp_path, NIST_CSV, "na.csv"))
    assert (found.kind, found.unit, found.medium, found.n_skipped) == ("NIST table", "Angstrom", "air", 1)
    assert found.values == (5889.950954, 5895.924237, 5675.700) and set(found.labels) == {"Na I"}
    tab = read_line_list(in_file(tmp_path, NIST_TAB, "hydrogen.txt"))
    assert tab.lines[0].wavelength_air_aa == pytest.approx(6562.80, abs=0.01)
    assert tab.lines[0].name == "hydrogen"
    ascii_lines = read_line_list(in_file(tmp_path, NIST_ASCII)).lines
    assert [line.name for line in ascii_lines] == ["K I", "K I"]
    assert ascii_lines[0].wavelength_air_aa == pytest.approx(7664.8991)


@pytest.mark.parametrize(
    ("text", "unit", "medium", "wavelength_air"),
    [
        ("# air\n6562.79 Halpha\n4861.35 Hbeta\n", "Angstrom", "air", 6562.79),
        ("Halpha, 656.4614\nHbeta, 486.2691  # in nm, vacuum\n", "nm", "vacuum", 6562.80),
        ("title\n0.656279\n0.486135\n", "um", "air", 6562.79),
        ("6562.79\n5889.95\n", "Angstrom", "air", 6562.79),
    ],
)
def test_plain_text(tmp_path, text, unit, medium, wavelength_air):
    draft = survey_line_list(in_file(tmp_path, text))
    assert (draft.unit, draft.medium) == (unit, medium)
    assert draft.line_list().lines[0].wavelength_air_aa == pytest.approx(wavelength_air, abs=0.01)


def test_what_was_guessed_is_said_and_what_cannot_be_is_asked(tmp_path):
    draft = survey_line_list(in_file(tmp_path, "6562.79 Ha\n"))
    assert draft.unit_source.startswith("assumed") and draft.medium_source.startswith("assumed")
    near_infrared = in_file(tmp_path, "1500.0 a\n2200.0 b\n")
    with pytest.raises(ReadError, match="unit"):
        read_line_list(near_infrared)
    with pytest.raises(ReadError, match="medium"):
        read_line_list(near_infrared, unit="nm")
    told = read_line_list(near_infrared, unit="nm", medium="vacuum").lines[0]
    assert told.wavelength_air_aa == pytest.approx(float(vacuum_to_air(15000.0)))


@pytest.mark.parametrize("text", ["", "nothing here\nnor here\n", "a,b\n1,2,\nx\ny\nz\n", "-5 a\n0 b\n"])
def test_what_is_no_line_list_gets_a_sentence(tmp_path, text):
    with pytest.raises(ReadError) as raised:
        survey_line_list(in_file(tmp_path, text))
    assert "lines.txt" in raised.value.message and raised.value.hint


def test_binary_and_missing_files_get_a_sentence(tmp_path):
    path = tmp_path / "lines.fits"
    path.write_bytes(b"SIMPLE\0\0\0")
    for file in (path, tmp_path / "missing.txt"):
        with pytest.raises(ReadError):
            read_line_list(file)


def test_a_list_is_kept_and_read_back_equal(tmp_path):
    found = read_line_list(in_file(tmp_path, VALD_SHORT))
    write_line_list(found, tmp_path / "mine.csv")
    back = load_line_list(tmp_path / "mine.csv")
    assert back.lines == found.lines and back.source == found.source
    (tmp_path / "mine.csv").write_text("name\nx\n")
    with pytest.raises(ReadError):
        load_line_list(tmp_path / "mine.csv")


def test_lines_know_both_media():
    line = make_line("x", 5000.0, "vacuum")
    assert line.wavelength_in("vacuum") == 5000.0
    assert line.wavelength_in("air") == pytest.approx(4998.606, abs=0.001)


def test_the_sun_has_its_lines_where_the_list_says(shared_data):
    """Lines of ions that the Sun is too cool for are left out; blends move some cores."""
    from spectragui.io.read import read_spectrum

    sun = read_spectrum(shared_data / "stars" / "harps_sun_ganymede.fits")
    wavelength, flux = sun.wavelength_aa, np.convolve(sun.flux, np.full(3, 1 / 3), "same")
    distances = []
    for line in stellar_lines():
        inside = np.abs(wavelength - line.wavelength_air_aa) < 0.4
        hot = line.name.startswith(("He", "C II", "Si II", "H", "["))
        if line.kind != "line" or hot or np.count_nonzero(inside & sun.good) < 50:
            continue
        x, f = wavelength[inside], flux[inside]
        minima = 1 + np.flatnonzero((f[1:-1] <= f[:-2]) & (f[1:-1] <= f[2:]))
        distances.append(np.min(np.abs(x[minima] - line.wavelength_air_aa)) if minima.size else 9.0)
    assert len(distances) > 100
    assert np.mean(np.array(distances) < 0.03) > 0.95


@settings(max_examples=150)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))
def test_any_file_gives_lines_or_a_sentence(tmp_path, content):
    path = tmp_path / "fuzz.txt"
    path.write_bytes(content)
    with contextlib.suppress(ReadError):
        survey_line_list(path).line_list("Angstrom", "air")


@settings(max_examples=150)
@given(st.sampled_from([VALD_SHORT, VALD_LONG, NIST_CSV, NIST_TAB, NIST_ASCII]), st.data())
def test_damaged_lists_give_lines_or_a_sentence(tmp_path, text, data):
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 80))
    path = tmp_path / "fuzz.txt"
    path.write_text(text[:start] + data.draw(st.text(max_size=10)) + text[start + length :], encoding="utf-8")
    with contextlib.suppress(ReadError):
        read_line_list(path)


@pytest.mark.parametrize("written", ["5167.0.362", "1" * 400, "."])
def test_a_wavelength_that_is_no_number_is_no_line(tmp_path, written):
    damaged = in_file(tmp_path, VALD_SHORT.replace("5167.4880", written))
    assert len(read_line_list(damaged).lines) == 3


def test_strengths_in_double_precision_are_read(tmp_path):
    file = in_file(tmp_path, VALD_SHORT.replace(" 2.7166,", " 2.7166D+00,").replace("depth", "other"))
    assert len(read_line_list(file).lines) == 4


def test_any_unit_of_the_header_is_converted(tmp_path):
    file = in_file(tmp_path, VALD_SHORT.replace("WL_air(A)", "WL_air(0.1 nm)"))
    lines = {round(line.wavelength_air_aa, 3) for line in read_line_list(file).lines}
    assert {5167.488, 5183.604, 5167.811, 5169.033} == lines
    with pytest.raises(ReadError, match="no line lies between 1 Å and 10 m"):
        read_line_list(file, "m")
