# ruff: noqa: E501
"""Bad input: each gets a sentence that names the file and says what to do; never a traceback."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, describe, read_files, read_spectra, read_spectrum

RNG = np.random.default_rng(3)
WAVE = np.linspace(5000.0, 5100.0, 500)
FLUX = 1.0 + 0.01 * RNG.standard_normal(500)
ERR = np.full(500, 0.01)


def image(path: Path, data: np.ndarray, **cards: object) -> Path:
    header = fits.Header()
    for key, value in cards.items():
        header[key.replace("__", "-")] = value
    fits.PrimaryHDU(data, header).writeto(path)
    return path


def scaled(path: Path, data: np.ndarray, **cards: object) -> Path:
    return image(path, data, CRVAL1=5000.0, CDELT1=0.2, CRPIX1=1.0, **cards)


def table(path: Path, units: dict[str, str] | None = None, **columns: np.ndarray) -> Path:
    entries = [
        fits.Column(
            name, "D" if np.asarray(c).dtype.kind == "f" else "J", unit=(units or {}).get(name), array=c
        )
        for name, c in columns.items()
    ]
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(entries)]).writeto(path)
    return path


def cut(path: Path, part: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    return path


def compressed(path: Path, part: float = 1.0, flip: bool = False) -> Path:
    content = bytearray(gzip.compress(path.read_bytes()))
    if flip:
        content[len(content) // 2] ^= 0xFF
    target = path.with_suffix(".fits.gz")
    target.write_bytes(bytes(content[: int(len(content) * part)]))
    return target


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def no_wavelengths_hdus(path: Path) -> Path:
    fits.HDUList([fits.PrimaryHDU(np.ones((5, 600)) * FLUX[0])]).writeto(path)
    return path


def other_wavelength_shape(path: Path) -> Path:
    wave = np.tile(np.linspace(5000, 5100, 500), (4, 1))
    fits.HDUList([fits.PrimaryHDU(np.ones((5, 600))), fits.ImageHDU(wave, name="WAVELENGTH")]).writeto(path)
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    # name: (makes the file in a folder, words of the message, words of the message or hint)
    "missing": (lambda d: d / "nothing.fits", "no such file", "path"),
    "folder": (lambda d: d, "folder", "files in it"),
    "empty": (lambda d: written(d / "x.fits", b""), "empty", "download"),
    "blank": (lambda d: written(d / "x.txt", b"\n\n   \n"), "nothing but blanks", ""),
    "truncated-image": (lambda d: cut(scaled(d / "x.fits", np.ones(20000) + np.arange(20000)), 0.4), "truncated", "download"),
    "truncated-header": (lambda d: cut(scaled(d / "x.fits", FLUX), 0.1), "damaged", "download"),
    "truncated-table": (lambda d: cut(table(d / "x.fits", WAVE=np.tile(WAVE, 20), FLUX=np.tile(FLUX, 20)), 0.5), "truncated", "download"),
    "gzip-cut": (lambda d: compressed(scaled(d / "x.fits", RNG.standard_normal(9000)), 0.5), "", "download"),
    "gzip-flipped": (lambda d: compressed(scaled(d / "x.fits", RNG.standard_normal(9000)), flip=True), "", "download"),
    "gzip-head-only": (lambda d: written(d / "x.fits.gz", b"\x1f\x8b\x08\x00"), "compression is damaged", "download"),
    "png-as-fits": (lambda d: written(d / "x.fits", b"\x89PNG\r\n\x1a\n" + bytes(500)), "neither FITS nor text", "ECSV"),
    "random-bytes": (lambda d: written(d / "x.dat", RNG.bytes(4000)), "neither FITS nor text", "ECSV"),
    "prose": (lambda d: written(d / "x.txt", "Dear all,\nplease find the spectrum attached.\nYours\n" * 20), "no columns of numbers", "wavelength and flux"),
    "one-column": (lambda d: written(d / "x.txt", "\n".join(map(str, FLUX))), "one number each", "wavelength and flux"),
    "words-in-text": (lambda d: written(d / "x.csv", "wave,flux\n" + "".join(f"{w},{'bad' if i % 3 else f}\n" for i, (w, f) in enumerate(zip(WAVE, FLUX, strict=True)))), "", ""),
    "no-hdu-data": (lambda d: image(d / "x.fits", None), "holds no data", ""),
    "picture": (lambda d: image(d / "x.fits", np.ones((600, 700)), CTYPE1="RA---TAN", CRVAL1=10.0, CDELT1=0.1), "", ""),
    "cube": (lambda d: image(d / "x.fits", RNG.standard_normal((9, 30, 40))), "cube", "Extract"),
    "no-scale": (lambda d: image(d / "x.fits", FLUX), "no wavelength scale", "--wavelength-file"),
    "few-pixels": (lambda d: scaled(d / "x.fits", FLUX[:5]), "only 5 pixels", ""),
    "all-nan": (lambda d: scaled(d / "x.fits", np.full(500, np.nan)), "NaN", "--flux-column"),
    "constant": (lambda d: scaled(d / "x.fits", np.full(500, 3.0)), "constant", "--flux-column"),
    "no-flux-column": (lambda d: table(d / "x.fits", WAVE=WAVE, TEMPERATURE=FLUX), "TEMPERATURE", "--flux-column"),
    "no-wave-column": (lambda d: table(d / "x.fits", PIXELNO=WAVE, FLUX=FLUX), "PIXELNO", "--wavelength-column"),
    "empty-table": (lambda d: table(d / "x.fits", WAVE=WAVE[:0], FLUX=FLUX[:0]), "no rows", ""),
    "ambiguous-unit": (lambda d: table(d / "x.fits", WAVE=np.linspace(1500, 2400, 500), FLUX=FLUX), "do not tell", "--unit"),
    "impossible-unit": (lambda d: table(d / "x.fits", {"WAVE": "um"}, WAVE=WAVE, FLUX=FLUX), "not those of an optical", "--unit"),
    "all-errors-of-masked": (lambda d: table(d / "x.fits", WAVE=WAVE, FLUX=FLUX, MASK=np.ones(500, int)), "masked", ""),
    "orders-without-wavelengths": (lambda d: no_wavelengths_hdus(d / "x.fits"), "without wavelengths", "--wavelength-file"),
    "order-shapes-differ": (lambda d: other_wavelength_shape(d / "x.fits"), "without wavelengths", "--wavelength-file"),
    "multispec-damaged": (lambda d: image(d / "x.fits", RNG.standard_normal((2, 500)), WAT0_001="system=multispec", WAT2_001='wtype=multispec spec1 = "1 1 2 5000. 0.1 500 0. 1. 2." spec2 = "1 2"'), "WAT2", "--wavelength-file"),
    "hdf5": (lambda d: written(d / "x.hdf5", b"\x89HDF\r\n\x1a\n" + bytes(100)), "HDF5", ""),
    "ecsv-damaged": (lambda d: written(d / "x.ecsv", "# %ECSV 1.0\n# ---\n# datatype: [\nwave flux\n1 2\n"), "ECSV", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_file_gets_a_sentence(tmp_path: Path, name: str):
    make, message, advice = BAD[name]
    path = make(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing leaks
        with pytest.raises(ReadError) as caught:
            read_spectra(path)
    error = caught.value
    assert path.name in error.message
    assert message in error.message
    assert advice in str(error)
    assert "Traceback" not in str(error) and "Error(" not in str(error)
    assert "\n" not in error.message


@pytest.mark.parametrize("options", [
    ReadOptions(extension="9"), ReadOptions(spectrum=4), ReadOptions(flux_column="NOPE"), ReadOptions(unit="furlong"),
    ReadOptions(wavelength_column="FLUX"), ReadOptions(error_column="7"), ReadOptions(unit="um"),
])  # fmt: skip
def test_wrong_options_are_said(tmp_path: Path, options: ReadOptions):
    path = table(tmp_path / "x.fits", WAVE=WAVE, FLUX=FLUX, ERR=ERR)
    with pytest.raises(ReadError, match="x.fits"):
        read_spectrum(path, options)


# ---- what is repaired, masked or ignored, with a note ------------------------------------------


def test_descending_wavelengths_are_reversed(tmp_path: Path):
    spectrum = read_spectrum(table(tmp_path / "x.fits", WAVE=WAVE[::-1], FLUX=FLUX[::-1]))
    np.testing.assert_array_equal(spectrum.flux, FLUX)
    np.testing.assert_array_equal(spectrum.wavelength_aa, WAVE)


def test_duplicates_and_disorder_are_cleaned_with_a_note(tmp_path: Path):
    wave = np.concatenate([WAVE[:100], WAVE[99:], WAVE[300:303]])
    flux = np.concatenate([FLUX[:100], FLUX[99:], FLUX[300:303]])
    spectrum = read_spectrum(table(tmp_path / "x.fits", WAVE=wave, FLUX=flux))
    np.testing.assert_array_equal(spectrum.wavelength_aa, WAVE)
    np.testing.assert_array_equal(spectrum.flux, FLUX)
    notes = " ".join(spectrum.meta["notes"])
    assert "not ascending" in notes and "repeat a wavelength" in notes


def test_order_ends_in_one_column_become_orders(tmp_path: Path):
    wave = np.concatenate([WAVE, WAVE + 90.0, WAVE + 180.0])
    spectrum = read_spectrum(table(tmp_path / "x.fits", WAVE=wave, FLUX=np.tile(FLUX, 3)))
    assert [len(order) for order in orders_of(spectrum)] == [500, 500, 500]
    assert "orders" in " ".join(spectrum.meta["notes"])


def test_bad_uncertainties_are_masked(tmp_path: Path):
    err = ERR.copy()
    err[:4] = [0.0, -1.0, np.nan, np.inf]
    spectrum = read_spectrum(table(tmp_path / "x.fits", WAVE=WAVE, FLUX=FLUX, ERR=err))
    assert list(np.flatnonzero(spectrum.mask)) == [0, 1, 2, 3]
    assert any("uncertainty" in note for note in spectrum.meta["notes"])


def test_useless_uncertainties_are_ignored(tmp_path: Path):
    spectrum = read_spectrum(table(tmp_path / "x.fits", WAVE=WAVE, FLUX=FLUX, ERR=np.zeros(500)))
    assert spectrum.uncertainty is None and spectrum.good.all()
    assert any("ignored" in note for note in spectrum.meta["notes"])


def test_nan_flux_and_padding_are_masked(tmp_path: Path):
    flux = FLUX.copy()
    flux[10], flux[:5], flux[480:] = np.nan, 0.0, 0.0
    spectrum = read_spectrum(scaled(tmp_path / "x.fits", flux))
    assert spectrum.mask[10] and spectrum.mask[480:].all() and not spectrum.mask[:5].any()


def test_pixels_without_wavelength_are_left_out(tmp_path: Path):
    wave = WAVE.copy()
    wave[:3], wave[7] = np.nan, -1.0
    spectrum = read_spectrum(table(tmp_path / "x.fits", WAVE=wave, FLUX=FLUX))
    assert len(spectrum) == 496


def test_unparsable_card_never_stops_a_load(tmp_path: Path):
    path = scaled(tmp_path / "x.fits", FLUX, OBJECT="tau Cet")
    content = path.read_bytes()
    bad = (
        b"BADCARD = not a value at all 'x".ljust(80)
        + b"FOO     =  1.2.3.4".ljust(80)
        + "ÜBEL = 1".encode("latin-1").ljust(80)
    )
    head = content[:2880].rstrip()
    assert head.endswith(b"END")
    path.write_bytes((head[:-3] + bad + b"END").ljust(2880) + content[2880:])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spectrum = read_spectrum(path)
        describe(spectrum).to_text()
    np.testing.assert_allclose(spectrum.flux, FLUX)
    assert spectrum.meta["object"] == "tau Cet"


def test_wrong_suffix_is_no_matter(tmp_path: Path):
    spectrum = read_spectrum(scaled(tmp_path / "x.txt", FLUX))
    assert len(spectrum) == 500
    text = written(tmp_path / "y.fits", "\n".join(f"{w} {f}" for w, f in zip(WAVE, FLUX, strict=True)))
    assert len(read_spectrum(text)) == 500


def test_compressed_files_are_read(tmp_path: Path):
    assert len(read_spectrum(compressed(scaled(tmp_path / "x.fits", FLUX)))) == 500
    text = "\n".join(f"{w} {f}" for w, f in zip(WAVE, FLUX, strict=True))
    assert len(read_spectrum(written(tmp_path / "t.gz", gzip.compress(text.encode())))) == 500


def test_orders_of_different_length_in_a_table(tmp_path: Path):
    order = np.repeat([7, 8], [200, 300])
    text = "order,wave,flux\n" + "".join(f"{o},{w},{f}\n" for o, w, f in zip(order, WAVE, FLUX, strict=True))
    spectrum = read_spectrum(written(tmp_path / "x.csv", text))
    assert [(len(o), o.meta["order"]) for o in orders_of(spectrum)] == [(200, 7), (300, 8)]


def test_first_bad_file_of_several_is_named(tmp_path: Path):
    good = scaled(tmp_path / "good.fits", FLUX)
    with pytest.raises(ReadError, match="bad.fits"):
        read_files([good, written(tmp_path / "bad.fits", b"")])


@pytest.mark.parametrize("kind", ["image", "table", "multispec", "text"])
def test_random_damage_never_raises_anything_else(tmp_path: Path, kind: str):
    """Bytes flipped, cut out, blanked or put in anywhere: a spectrum or a sentence, nothing else."""
    rng = np.random.default_rng(17)
    path = tmp_path / "x.fits"
    if kind == "image":
        scaled(path, FLUX, CUNIT1="Angstrom", OBJECT="HD 1", INSTRUME="HARPS")
    elif kind == "table":
        table(path, {"WAVE": "Angstrom"}, WAVE=WAVE, FLUX=FLUX, ERR=ERR)
    elif kind == "multispec":
        specs = [
            f"{i} {60 - i} 2 5000. 0.1 500 0. 1. 2. 1. 0. 1 2 1. 500. {5000 + 50 * i}. 25." for i in (1, 2)
        ]
        text = "wtype=multispec " + " ".join(f'spec{i + 1} = "{spec}"' for i, spec in enumerate(specs))
        cards = {f"WAT2_{i + 1:03d}": text[68 * i : 68 * i + 68] for i in range(len(text) // 68 + 1)}
        image(path, np.stack([FLUX, FLUX]), WAT0_001="system=multispec", **cards)
    else:
        written(
            path, "# wave flux err\n" + "".join(f"{w} {f} 0.01\n" for w, f in zip(WAVE, FLUX, strict=True))
        )
    content = path.read_bytes()
    read, messages = 0, []
    for _ in range(40):
        path.write_bytes(damaged(content, rng))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                read += len(read_spectra(path))
            except ReadError as error:
                messages.append(error.message)
    assert all("x.fits" in message for message in messages)
    assert read > 5  # most damage is harmless


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    data = bytearray(content)
    start = int(rng.integers(len(data)))
    end = min(len(data), start + int(rng.integers(1, 500)))
    how = rng.integers(4)
    if how == 0:
        for place in rng.integers(min(len(data), 5760), size=rng.integers(1, 20)):
            data[place] = int(rng.integers(256))
    elif how == 1:
        del data[start:]
    elif how == 2:
        data[start:end] = bytes(end - start)
    else:
        data[start:start] = rng.bytes(80)
    return bytes(data) or b"x"
