"""The survey of a file: its parts, columns, guessed roles, and a sentence where it is damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from spectragui.io import ReadOptions, read_spectrum
from spectragui.io.survey import survey_file

WAVE = np.linspace(500.0, 508.0, 300)
FLUX = 1.0 + 0.01 * np.sin(WAVE * 40)


def test_table_and_image(tmp_path: Path):
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("FLUX_G", "D", array=FLUX[:3]),
        ],
        name="TARGETS",
    )
    spectrum = fits.BinTableHDU.from_columns(
        [
            fits.Column("wave", "D", unit="nm", array=WAVE),
            fits.Column("flux", "D", array=FLUX),
            fits.Column("ivar", "D", array=1 / FLUX),
            fits.Column("and_mask", "J", array=np.zeros(300, int)),
        ]
    )
    path = tmp_path / "x.fits"
    fits.HDUList([fits.PrimaryHDU(), table, spectrum, fits.ImageHDU(FLUX, name="NOISE")]).writeto(path)
    survey = survey_file(path)
    assert survey.reader == "fits-table" and not survey.problem
    assert [part.kind for part in survey.parts] == ["empty", "table", "table", "image"]
    main = survey.main_part
    assert main is not None and main.index == 2 and main.shape == (300, 4)
    assert [column.role for column in main.columns] == ["wavelength", "flux", "error", "mask"]
    assert main.columns[0].unit == "nm" and main.columns[0].first[0] == "500"
    assert survey.parts[3].role == "error" and survey.part("noise") is survey.parts[3]


def test_text(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("wave_nm,flux,err\n" + "".join(f"{w},{f},0.1\n" for w, f in zip(WAVE, FLUX, strict=True)))
    survey = survey_file(path)
    assert [column.role for column in survey.parts[0].columns] == ["wavelength", "flux", "error"]
    assert survey.first_lines[0] == "wave_nm,flux,err" and survey.reader == "text-columns"


def test_damaged_and_missing_files_are_said(tmp_path: Path):
    (tmp_path / "x.fits").write_bytes(b"SIMPLE  =                    T" + b" " * 3000)
    assert survey_file(tmp_path / "x.fits").problem
    assert "no such file" in survey_file(tmp_path / "none.fits").problem


def test_what_is_surveyed_can_be_told(tmp_path: Path):
    """Columns that tell nothing by their names, in log10 of nm, variance, a mask of good pixels."""
    good = np.ones(300, dtype=np.int16)
    good[7] = 0
    columns = {"A": np.log10(WAVE), "B": FLUX, "C": np.full(300, 0.04), "D": good}
    path = tmp_path / "x.fits"
    hdu = fits.BinTableHDU.from_columns(
        [
            fits.Column(name, "I" if values.dtype.kind == "i" else "D", array=values)
            for name, values in columns.items()
        ]
    )
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
    names = [column.name for column in survey_file(path).parts[1].columns]
    assert names == list("ABCD")
    spectrum = read_spectrum(
        path,
        ReadOptions(
            wavelength_column="A",
            flux_column="B",
            error_column="C",
            error_kind="variance",
            mask_column="D",
            mask_rule="zero",
            unit="log10(nm)",
        ),
    )
    np.testing.assert_allclose(spectrum.wavelength_aa, WAVE * 10)
    np.testing.assert_allclose(spectrum.uncertainty, 0.2)
    assert list(np.flatnonzero(spectrum.mask)) == [7]
