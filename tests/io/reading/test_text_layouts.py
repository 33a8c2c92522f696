# ruff: noqa: E501
"""Text of every sort: names, units, nulls, quotes, bars, exponents, long comments; what is no name is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, read_spectrum
from spectragui.io.reading.axis_unit import UnitQuestionError

RNG = np.random.default_rng(21)
WAVE = np.linspace(5000.0, 5100.0, 120)
FLUX = 1.0 + 0.01 * RNG.standard_normal(120)
ERR = np.full(120, 0.01)


def table(*columns: Sequence[object], sep: str = " ", end: str = "", start: str = "") -> str:
    def word(value: object) -> str:
        return (
            value
            if isinstance(value, str)
            else str(value)
            if isinstance(value, (bool, int))
            else f"{value:.10g}"
        )

    return "".join(start + sep.join(word(v) for v in row) + end + "\n" for row in zip(*columns, strict=True))


THREE = table(WAVE, FLUX, ERR)
COMMA = table(WAVE, FLUX, ERR, sep=",")
HC = 12398.419843320026

RIGHT: dict[str, str] = {
    "comment of fewer names": "# Wavelength (A) Flux\n" + THREE,
    "comment of as many words that are none": "# HD 12345 spectrum\n" + THREE,
    "comment of a title": "# observed by someone\n" + THREE,
    "names with units behind": "# Wavelength [A]  Flux [erg/s/cm2/A]  Error [erg/s/cm2/A]\n" + THREE,
    "names with units between": "# lambda AA flux err\n" + THREE,
    "names between bars": "# wavelength | flux | error\n" + THREE,
    "bars between columns": "wave|flux|err\n" + table(WAVE, FLUX, ERR, sep=" | "),
    "bars around rows": "| wave | flux | err |\n" + table(WAVE, FLUX, ERR, sep=" | ", start="| ", end=" |"),
    "bars around rows, no names": table(WAVE, FLUX, ERR, sep=" | ", start="| ", end=" |"),
    "quoted numbers": '"wave","flux","err"\n' + table(*([f'"{v:.10g}"' for v in c] for c in (WAVE, FLUX, ERR)), sep=","),
    "row of units": "wave,flux,err\nAngstrom,,\n" + COMMA,
    "row of units in brackets": "wave flux err\n(A) (-) (-)\n" + THREE,
    "row of units in a comment": "# wave flux err\n# Angstrom erg/s/cm2/A erg/s/cm2/A\n" + THREE,
    "rows of types and units": "wave\tflux\terr\ndouble\tdouble\tdouble\nAngstrom\tJy\tJy\n" + table(WAVE, FLUX, ERR, sep="\t"),
    "order of columns by name": "flux,err,wave\n" + table(FLUX, ERR, WAVE, sep=","),
    "column of truth": "wave,flux,err,mask\n" + table(WAVE, FLUX, ERR, [i % 50 == 3 for i in range(120)], sep=","),
    "column of words": "wave flux err quality\n" + table(WAVE, FLUX, ERR, ["good"] * 120),
    "column of words first": "star,wave,flux,err\n" + table(["HD1"] * 120, WAVE, FLUX, ERR, sep=","),
    "words without names": table(WAVE, FLUX, ERR, ["ok"] * 120),
    "lower d": table(*([f"{v:.10e}".replace("e", "d") for v in c] for c in (WAVE, FLUX, ERR))),
    "upper D": table(*([f"{v:.10e}".replace("e", "D") for v in c] for c in (WAVE, FLUX, ERR))),
    "no letter": table([f"{v:.8f}" for v in WAVE], [f"{v:.8f}" for v in FLUX], ["1.0000-2"] * 120),
    "more than 60 lines of comments": "".join(f"# line {i}\n" for i in range(90)) + THREE,
    "more than 8 kB of comments": "".join(f"# KEY{i:04d} = {'x' * 60}\n" for i in range(200)) + THREE,
    "more than 60 lines of text": "".join(f"line {i} of the preface\n" for i in range(90)) + "wave flux err\n" + THREE,
    "FITS cards, not marked": "SIMPLE  =                    T / standard\nOBJECT  = 'HD 1    '           / star\nEND\n" + THREE,
    "FITS cards, marked": "# OBJECT  = 'HD 1    '           / star\n# EXPTIME =   30.0 / seconds\n" + THREE,
    "numbered comments": "#  1 wavelength [Angstrom]\n#  2 flux\n#  3 error\n" + THREE,
    "columns said": "# Columns: wavelength, flux, error\n" + THREE,
    "comment behind rows": table(WAVE, FLUX, ERR, end="  # fine"),
    "nulls of many sorts": "wave,flux,err\n" + COMMA + "5101.0,null,null\n5102.0,NaN,--\n5103.0,,\n5104.0,INDEF,N/A\n",
    "decimal commas": table(WAVE, FLUX, ERR, sep=";").replace(".", ","),
    "UTF-8 mark": "\ufeffwave,flux,err\n" + COMMA,
    "German": "# Wellenlaenge (Angstrom)  Fluss  Fehler\n" + THREE,
    "German, umlaut": "Wellenlänge [Å];Intensität;Unsicherheit\n" + table(WAVE, FLUX, ERR, sep=";"),
    "French": "# longueur d'onde (A), flux, erreur\n" + THREE,
    "percent and semicolon": "% wave flux err\n; made by hand\n" + THREE,
    "IPAC": "\\origin = 'x'\n|wavelength|flux  |error |\n|double    |double|double|\n|Angstrom  |      |      |\n|null      |null  |null  |\n"
            + "".join(f" {w:<10.5f} {f:<6.4f} {e:<6.3f}\n" for w, f, e in zip(WAVE, FLUX, ERR, strict=True)),
}  # fmt: skip


def check(path: Path, wave: np.ndarray, flux: np.ndarray, rtol: float = 2e-5) -> None:
    spectrum = read_spectrum(path)
    assert len(orders_of(spectrum)) == 1
    good = spectrum.good if spectrum.good.sum() < len(spectrum) else slice(None)
    expected = np.interp(spectrum.wavelength_aa[good], np.sort(wave), flux[np.argsort(wave)])
    np.testing.assert_allclose(spectrum.wavelength_aa[[0, len(wave) - 1]], np.sort(wave)[[0, -1]], rtol=rtol)
    np.testing.assert_allclose(spectrum.flux[good], expected, atol=2e-4)


@pytest.mark.parametrize("name", RIGHT)
def test_layouts_of_three_columns(tmp_path: Path, name: str):
    """Wavelength, flux and error come out, whatever the text looks like."""
    path = tmp_path / "x.txt"
    path.write_text(RIGHT[name], encoding="utf-8")
    check(path, WAVE, FLUX)
    spectrum = read_spectrum(path)
    assert spectrum.uncertainty is not None, name
    np.testing.assert_allclose(spectrum.uncertainty[spectrum.good], 0.01, rtol=1e-6)
    if "FITS" in name:
        assert spectrum.meta["object"] == "HD 1"


UNITS = {
    "Energy(eV) Flux": HC / WAVE,
    "energy_keV flux": HC / WAVE / 1e3,
    "# photon energy [eV]  counts": HC / WAVE,
    "freq_GHz flux": 2.99792458e9 / WAVE,
    "frequency (Hz),flux": 2.99792458e18 / WAVE,
    "nu[THz] flux": 2.99792458e6 / WAVE,
    "wavenumber(cm^-1) flux": 1e8 / WAVE,
    "# wavenumber (1/cm), flux": 1e8 / WAVE,
    "# NSO solar atlas, cm-1": 1e8 / WAVE,
    "# log10(wavelength/A) flux": np.log10(WAVE),
    "loglam flux": np.log10(WAVE),
    "log_wave_nm flux": np.log10(WAVE / 10),
    "ln(lambda) flux": np.log(WAVE),
    "# ln(wavelength/nm) flux": np.log(WAVE / 10),
    "wave_um flux": WAVE / 1e4,
    "lambda/nm flux": WAVE / 10,
    "# Wellenlaenge in nm": WAVE / 10,
    "# longueur d'onde en nm": WAVE / 10,
    "# Wellenzahl (cm-1)  Fluss": 1e8 / WAVE,
    "# units: nm, counts": WAVE / 10,
    "# wavelengths are in microns": WAVE / 1e4,
    "something(nm) other": WAVE / 10,
    "wave [0.1nm] flux": WAVE,
    "WaveNM flux": WAVE / 10,
    "# 1: wave (nm)\n# 2: flux": WAVE / 10,
}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_that_is_said_is_used(tmp_path: Path, name: str):
    path = tmp_path / "x.txt"
    separator = "," if "," in name and not name.startswith("#") else " "
    path.write_text(
        name
        + "\n"
        + "".join(
            f"{v!r}{separator}{f!r}\n" for v, f in zip(UNITS[name].tolist(), FLUX.tolist(), strict=True)
        )
    )
    check(path, WAVE, FLUX, rtol=1e-9)
    source = read_spectrum(path).spectral_axis.unit_source
    assert source


@pytest.mark.parametrize(("unit", "numbers"), [
    ("GHz", 2.99792458e9 / WAVE), ("eV", HC / WAVE), ("keV", HC / WAVE / 1e3), ("THz", 2.99792458e6 / WAVE), ("cm-1", 1e8 / WAVE),
    ("m-1", 1e10 / WAVE), ("log10(Angstrom)", np.log10(WAVE)), ("log10(nm)", np.log10(WAVE / 10)), ("ln(Angstrom)", np.log(WAVE)),
    ("dex(Angstrom)", np.log10(WAVE)), ("log(um)", np.log10(WAVE / 1e4)), ("nm", WAVE / 10), ("mm", WAVE / 1e7), ("m", WAVE / 1e10),
    ("Hz", 2.99792458e18 / WAVE), ("MHz", 2.99792458e12 / WAVE), ("um-1", 1e4 / WAVE), ("log10", np.log10(WAVE)),
])  # fmt: skip
def test_every_unit_can_be_told(tmp_path: Path, unit: str, numbers: np.ndarray):
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{v!r} {f!r}\n" for v, f in zip(numbers.tolist(), FLUX.tolist(), strict=True)))
    spectrum = read_spectrum(path, ReadOptions(unit=unit))
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE, rtol=1e-9)


@pytest.mark.parametrize("column", ["loglam", "log10(wavelength/A)", "log_lambda", "x"])
@pytest.mark.parametrize("told", ["log10(Angstrom)", "Angstrom", "log10", ""])
def test_a_logarithm_is_taken_once(tmp_path: Path, column: str, told: str):
    if column == "x" and told in ("", "Angstrom"):
        pytest.skip("nothing says that these are logarithms")
    path = tmp_path / "x.csv"
    path.write_text(
        f"{column},flux\n"
        + "".join(
            f"{np.log10(v)!r},{f!r}\n".replace("np.float64(", "").replace(")", "")
            for v, f in zip(WAVE, FLUX.tolist(), strict=True)
        )
    )
    np.testing.assert_allclose(read_spectrum(path, ReadOptions(unit=told)).wavelength_aa, WAVE, rtol=1e-9)


AMBIGUOUS = {
    "far UV": (917.0, 1005.0, {"Angstrom", "nm"}),
    "COS": (1150.0, 1750.0, {"Angstrom", "nm"}),
    "IUE or an infrared atlas": (1850.0, 3300.0, {"Angstrom", "nm", "cm-1"}),
    "solar atlas": (18500.0, 20000.0, {"Angstrom", "cm-1"}),
    "Y band": (9800.0, 11000.0, {"Angstrom", "cm-1"}),
    "L band": (3.2, 4.0, {"um", "log10(Angstrom)"}),
    "SDSS": (3.55, 3.96, {"um", "log10(Angstrom)"}),
    "N band": (8.4, 8.9, {"um", "ln(Angstrom)"}),
    "log10 of nm": (2.55, 2.95, {"um", "log10(nm)"}),
    "extreme UV": (115.0, 170.0, {"Angstrom", "nm"}),
    "negative": (-0.4, -0.1, {"log10(um)", "ln(um)"}),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_two_readings_are_asked_about(tmp_path: Path, name: str):
    """Refused with all readings and the option that chooses; each choice is heard."""
    low, high, units = AMBIGUOUS[name]
    numbers = np.linspace(low, high, 120)
    path = tmp_path / "x.txt"
    path.write_text("".join(f"{v:.8f} {f:.6f}\n" for v, f in zip(numbers, FLUX, strict=True)))
    with pytest.raises(UnitQuestionError) as caught:
        read_spectrum(path)
    assert set(caught.value.readings) == units
    for unit in units:
        assert unit in caught.value.message and unit in caught.value.hint
        assert read_spectrum(path, ReadOptions(unit=unit)).wavelength_aa.size == 120
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(("low", "high", "unit"), [
    (3900.0, 5100.0, "Angstrom"), (336.0, 1020.0, "nm"), (0.57, 1.01, "um"), (1145.0, 25005.0, "Angstrom"), (5.2, 5.6, "um"),
    (846.0, 870.0, "nm"), (5e14, 6e14, "Hz"), (5e-7, 5.4e-7, "m"), (8079.0, 12785.0, "Angstrom"), (1.95, 2.45, "um"),
])  # fmt: skip
def test_one_reading_is_assumed(tmp_path: Path, low: float, high: float, unit: str):
    path = tmp_path / "x.txt"
    numbers = np.linspace(low, high, 120)
    path.write_text("".join(f"{v!r} {f!r}\n" for v, f in zip(numbers.tolist(), FLUX.tolist(), strict=True)))
    source = read_spectrum(path).spectral_axis.unit_source
    assert source.startswith("assumed") and f"read as {unit}" in source and "can only" not in source


@pytest.mark.parametrize("name", ["wavelength [furlong]", "wave [km/s]", "velocity (km/s)", "wave (K)"])
def test_a_unit_that_is_none_is_refused(tmp_path: Path, name: str):
    path = tmp_path / "x.csv"
    path.write_text(f"{name},flux\n" + table(WAVE, FLUX, sep=","))
    with pytest.raises(ReadError, match="no unit of wavelength"):
        read_spectrum(path)


def test_names_in_words_make_no_catalogue_a_spectrum(tmp_path: Path):
    path = tmp_path / "stars.csv"
    path.write_text("star,teff,logg,label\n" + table(["HD1"] * 30, WAVE[:30], FLUX[:30], ["a"] * 30, sep=","))
    with pytest.raises(ReadError):
        read_spectrum(path)
