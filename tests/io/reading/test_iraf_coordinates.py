# ruff: noqa: E501
"""IRAF's world coordinates: physical pixels and lines, weights, tables, INDEF, dopcor and rvcorrect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import EchelleSpectrum, orders_of
from spectragui.io import describe, read_spectrum
from spectragui.io.headers.yes_no import means_yes

RNG = np.random.default_rng(8)
PIXEL = np.arange(1, 301, dtype=float)


def flux_of(lines: int, n: int = 300) -> np.ndarray:
    return 1.0 + 0.01 * RNG.standard_normal((lines, n))


def multispec(path: Path, data: np.ndarray, specs: dict[int, str], **cards: Any) -> Path:
    """Write a multispec image, its WAT2 text cut into cards of 68 characters as IRAF does."""
    text = "wtype=multispec " + " ".join(f'spec{number} = "{spec}"' for number, spec in specs.items())
    header = fits.Header()
    header["WAT0_001"] = "system=multispec"
    header["WAT1_001"] = "wtype=multispec label=Wavelength units=angstroms"
    header["CTYPE1"] = header["CTYPE2"] = "MULTISPE"
    for index in range(len(text) // 68 + 1):
        header[f"WAT2_{index + 1:03d}"] = text[68 * index : 68 * index + 68]
    for key, value in cards.items():
        header[key] = value
    fits.PrimaryHDU(data.astype(np.float32), header).writeto(path)
    return path


def linear(line: int, kind: int = 0, start: float | None = None, step: float = 0.1, more: str = "") -> str:
    start = 5000.0 + 60.0 * (line - 1) if start is None else start
    return f"{line} {101 - line} {kind} {start} {step} 512 0. {10 * line}. {10 * line + 8}. {more}".strip()


def test_linear_and_log_functions_act_on_the_physical_pixel(tmp_path: Path):
    """Columns [101:400] of the image, then every second one."""
    specs = {1: linear(1), 2: linear(2, 1, 3.72, 1e-5)}
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", flux_of(2), specs, LTV1=-100.0, LTM1_1=1.0))
    first, second = orders_of(spectrum)
    np.testing.assert_allclose(first.wavelength_aa, 5000.0 + 0.1 * (PIXEL + 99), rtol=1e-12)
    np.testing.assert_allclose(second.wavelength_aa, 10 ** (3.72 + 1e-5 * (PIXEL + 99)), rtol=1e-12)
    specs = {1: linear(1)}
    spectrum = read_spectrum(multispec(tmp_path / "y.fits", flux_of(1, 200), specs, LTV1=0.5, LTM1_1=0.5))
    np.testing.assert_allclose(spectrum.wavelength_aa, 5000.0 + 0.1 * (2 * PIXEL[:200] - 2), rtol=1e-12)


def test_pixels_beyond_the_valid_ones_are_counted_physically(tmp_path: Path):
    spec = linear(1).replace(" 512 ", " 350 ")
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", flux_of(1), {1: spec}, LTV1=-100.0, LTM1_1=1.0))
    assert len(spectrum) == 250
    assert spectrum.wavelength_aa[0] == pytest.approx(5010.0)


@pytest.mark.parametrize(("cards", "shape", "first"), [
    ({"LTV2": -2.0, "LTM2_2": 1.0}, (3, 300), 3),
    ({"LTV2": -1.0}, (3, 300), 2),
    ({"LTV2": 0.5, "LTM2_2": 0.5}, (1, 300), 1),
    ({"WAXMAP01": "1 0 0 3"}, (300,), 4),
    ({"WAXMAP01": "1 0 0 1", "LTV2": -2.0, "LTM2_2": 1.0}, (300,), 4),
    ({"WAXMAP01": "1 0 0 3 0 0"}, (300,), 4),
    ({}, (300,), 1),
    ({}, (4, 300), 1),
])  # fmt: skip
def test_entries_belong_to_physical_lines(tmp_path: Path, cards: dict, shape: tuple, first: int):
    data = flux_of(shape[0] if len(shape) == 2 else 1).reshape(shape)
    specs = {line: linear(line) for line in range(1, 7)}
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", data, specs, **cards))
    starts = [order.wavelength_aa[0] for order in orders_of(spectrum)]
    assert starts == pytest.approx([5000.0 + 60.0 * (first - 1 + i) for i in range(len(starts))])
    beams = [order.meta.get("order") for order in orders_of(spectrum)]
    assert beams[0] == 101 - first


def test_bands_of_one_line_are_bands(tmp_path: Path):
    data = np.stack([flux_of(1)[0], np.full(300, 0.01)])
    cards = {"WAXMAP01": "1 0 0 3 2 0", "BANDID1": "spectrum", "BANDID2": "sigma"}
    specs = {line: linear(line) for line in range(1, 7)}
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", data, specs, **cards))
    assert not isinstance(spectrum, EchelleSpectrum)
    assert spectrum.wavelength_aa[0] == pytest.approx(5180.0)
    np.testing.assert_allclose(spectrum.uncertainty, 0.01, rtol=1e-6)


def test_where_the_number_is_absent(tmp_path: Path):
    """One line left whose entry is gone: spec1 with a note; several lines without: refused."""
    path = multispec(tmp_path / "x.fits", flux_of(1)[0], {1: linear(1)}, WAXMAP01="1 0 0 3")
    spectrum = read_spectrum(path)
    assert spectrum.wavelength_aa[0] == pytest.approx(5000.0)
    assert any("spec4" in note and "spec1" in note for note in spectrum.meta["notes"])
    specs = {line: linear(line) for line in (1, 2, 3)}
    with pytest.raises(ReadError, match="spec4"):
        read_spectrum(multispec(tmp_path / "y.fits", flux_of(2), specs, LTV2=-3.0, LTM2_2=1.0))


def test_functions_are_averaged_by_weight(tmp_path: Path):
    """Two calibrations, before and after, with weights that do not add up to one."""
    functions = "3. 0. 1 2 1. 512. 5025.55 25.55 1. 1. 1 2 1. 512. 5025.55 25.55"
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", flux_of(1), {1: linear(1, 2, more=functions)}))
    expected = 5000.0 + 0.1 * (PIXEL - 1) + 0.25
    np.testing.assert_allclose(spectrum.wavelength_aa, expected, rtol=1e-9)


@pytest.mark.parametrize("functions", [
    "1. 0. 1 3 1. 512. 5025.55 25.55 0.3",
    "1. 0. 2 3 1. 512. 5025.55 25.55 0.3",
    "1. 10. 4 2 1. 512. 4990. 5020. 5050.",
    "1. 0. 3 1 1. 512. 833.33 833.34 850.0 852.",
    "1. 0. 5 512 " + " ".join(f"{5000 + 0.1 * i + 1e-6 * i * i:.6f}" for i in range(512)),
    "1. 0. 6 3 0 1. 5000. 256. 5025.4 512. 5051.2",
    "1. 0. 6 6 0 1. 5000. 256. 5025.4 512. 5051.2",
])  # fmt: skip
def test_each_function_as_the_document_defines_it(tmp_path: Path, functions: str):
    """Chebyshev, Legendre, splines, pixel array, sampled pairs (counted in either way), cut in columns."""
    path = multispec(
        tmp_path / "x.fits", flux_of(1), {1: linear(1, 2, more=functions)}, LTV1=-50.0, LTM1_1=1.0
    )
    pixel = PIXEL + 50
    numbers = [float(word) for word in functions.split()]
    kind, rest = int(numbers[2]), numbers[3:]
    x = (2 * pixel - 513) / 511
    if kind == 1:
        expected = rest[3] + rest[4] * x + rest[5] * (2 * x * x - 1)
    elif kind == 2:
        expected = rest[3] + rest[4] * x + rest[5] * (1.5 * x * x - 0.5)
    elif kind == 4:
        s = (pixel - 1) / 511 * 2
        c, j = np.array(rest[3:]), np.minimum(s.astype(int), 1)
        expected = 10 + c[j] * (j + 1 - s) + c[j + 1] * (s - j)
    elif kind == 3:
        b = (pixel - 1) / 511
        a = 1 - b
        terms = (a**3, 1 + 3 * a * (1 + a * b), 1 + 3 * b * (1 + a * b), b**3)
        expected = sum(c * t for c, t in zip(rest[3:], terms, strict=True))
    elif kind == 5:
        expected = np.array(rest[1:])[pixel.astype(int) - 1]
    else:
        expected = np.interp(pixel, [1, 256, 512], [5000.0, 5025.4, 5051.2])
    np.testing.assert_allclose(read_spectrum(path).wavelength_aa, expected, rtol=1e-9)


def test_indef_limits_mean_nothing_and_doppler_factors_count(tmp_path: Path):
    spec = "1 1 0 5000. 0.1 512 0.001 INDEF INDEF"
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", flux_of(1), {1: spec}))
    np.testing.assert_allclose(spectrum.wavelength_aa, (5000.0 + 0.1 * (PIXEL - 1)) / 1.001, rtol=1e-12)
    assert "Doppler factor" in spectrum.spectral_axis.frame_source
    with pytest.raises(ReadError, match="INDEF"):
        read_spectrum(multispec(tmp_path / "y.fits", flux_of(1), {1: "1 1 0 INDEF 0.1 512 0. 1. 2."}))


def test_fortran_exponents_and_lines_without_a_solution(tmp_path: Path):
    specs = {1: "1 1 0 5.0D3 1.0D-1 512 0. 1. 2.", 2: "2 2 -1 1. 1. 512 0. 1. 2."}
    spectrum = read_spectrum(multispec(tmp_path / "x.fits", flux_of(2), specs))
    assert [order.wavelength_aa[0] for order in orders_of(spectrum)] == [5000.0]
    assert any("1 of 2 lines" in note for note in spectrum.meta["notes"])


# ---- dopcor, rvcorrect, BeSS --------------------------------------------------------------------

SCALE = {"CRVAL1": 4900.0, "CDELT1": 0.1, "CRPIX1": 1.0, "CUNIT1": "Angstrom"}
RVCORRECT = {"HJD": 2458547.35, "VHELIO": 21.47, "VLSR": 15.2, "VSUN": "-10.99 18.0 30.0"}


def image(path: Path, **cards: Any) -> Path:
    header = fits.Header()
    for key, value in {**SCALE, **cards}.items():
        header[key] = value
    fits.PrimaryHDU(flux_of(1, 600)[0].astype(np.float32), header).writeto(path)
    return path


@pytest.mark.parametrize(("cards", "frame", "steps", "correction", "star"), [
    (RVCORRECT | {"DOPCOR01": "-7.16162E-5 all"}, "heliocentric", [-21.47], 21.47, None),
    (RVCORRECT, "unknown", [], 21.47, None),
    (RVCORRECT | {"VOBS": -11.47, "VHELIO": 10.0}, "unknown", [], 21.47, None),
    (RVCORRECT | {"VOBS": 0.0}, "unknown", [], 21.47, None),
    ({"VHELIO": 21.47, "DOPCOR01": "-7.16162E-5 all"}, "heliocentric", [-21.47], 21.47, None),
    (RVCORRECT | {"DOPCOR01": "-7.16162E-5 all", "DOPCOR02": "3.3356E-5 all"}, "rest", [-21.47, 10.0], 21.47, None),
    (RVCORRECT | {"DOPCOR01": "-5.07E-5 all"}, "unknown", [], 21.47, None),  # to the local standard of rest
    ({"BCV": -11.2, "DOPCOR01": "3.7359E-5 all"}, "barycentric", [11.2], -11.2, None),
    ({"HCV": -11.2, "DOPCOR01": "3.7359E-5 all"}, "heliocentric", [11.2], -11.2, None),
    ({"DOPCOR01": "5.0E-4 all"}, "rest", [149.9], None, None),  # no observer is as fast
    ({"DOPCOR01": "5.0E-5 all"}, "unknown", [], None, None),
    ({"VHELIO": -33.1, "VRAD": -44.4, "BC": 11.3, "VSCATTER": 0.1, "HJD": 55844.7, "VLSR": -31.6}, "unknown", [], 11.3, -33.1),
    ({"VHELIO": 21.47}, "unknown", [], None, None),  # alone it may be either
    ({"VHELIO": 121.47}, "unknown", [], None, 121.47),
    ({"BSS_VHEL": 0.0, "BSS_RQVH": 21.5, "BSS_ITRP": 20000.0}, "observer", [], -21.5, None),
    ({"BSS_VHEL": 21.5, "BSS_RQVH": 21.5}, "heliocentric", [21.5], -21.5, None),
])  # fmt: skip
def test_corrections_are_told_from_the_star(
    tmp_path: Path, cards: dict, frame: str, steps: list, correction: float | None, star: float | None
):
    spectrum = read_spectrum(image(tmp_path / "x.fits", **cards))
    axis, said = spectrum.spectral_axis, describe(spectrum).to_dict()
    assert axis.frame == frame and axis.frame_source
    assert [step.velocity_kms for step in axis.velocity_history] == pytest.approx(steps, abs=0.02)
    assert said.get("berv_kms", {}).get("value") == (
        None if correction is None else pytest.approx(correction)
    )
    assert said.get("v_rad_kms", {}).get("value") == (None if star is None else pytest.approx(star))
    if "BSS_ITRP" in cards:
        assert said["resolving_power"] == {"value": 20000.0, "source": "BSS_ITRP = 20000.0"}


@pytest.mark.parametrize(("value", "said"), [
    ("unused", False), ("out", False), ("OUT", False), ("off", False), ("none", False), ("no", False), ("F", False),
    (False, False), (0, False), (0.0, False), ("", False), ("  ", False), (None, False), ("not used", False),
    ("No cell", False), ("N/A", False), ("removed", False), ("In", True), (True, True), ("T", True), ("yes", True),
    (1, True), ("PERFORM", True), ("complete", True), ("I2-B", None), (11.3, None), ("Slit", None),
])  # fmt: skip
def test_words_for_yes_and_no(value: object, said: bool | None):
    assert means_yes(value) is said


@pytest.mark.parametrize("keyword", ["IODINE", "IODCELL", "ICELNAM", "IODIN"])
def test_iodine_cell_that_was_not_used(tmp_path: Path, keyword: str):
    assert "iodine_cell" not in read_spectrum(image(tmp_path / "x.fits", **{keyword: "unused"})).meta
    assert read_spectrum(image(tmp_path / "y.fits", **{keyword: "In"})).meta["iodine_cell"]
