"""Files with many spectra: listed without being made, chosen by index or identifier."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, read_files, read_spectra
from spectragui.io.read import read_or_list
from spectragui.io.readers import desi
from spectragui.io.reading.spectrum_list import SpectraToChoose, SpectrumEntry, SpectrumList


def test_entries_tell_spectra_apart_without_making_them(write_coadd, tmp_path, monkeypatch):
    path = write_coadd(tmp_path / "coadd.fits", 5)
    monkeypatch.setattr(desi, "make_spectrum", pytest.fail)
    listed = read_or_list(path)
    assert isinstance(listed, SpectraToChoose)
    assert [entry.index for entry in listed.entries] == [0, 1, 2, 3]
    assert [entry.identifier[-3:] for entry in listed.entries] == ["337", "339", "340", "341"]
    assert [entry.snr for entry in listed.entries] == pytest.approx([10, 12, 13, 14], abs=0.5)
    assert listed.entries[0].range_aa == pytest.approx((3600.0, 5760.0 + 0.8 * 59))


def test_only_the_chosen_spectra_are_made(write_coadd, tmp_path, monkeypatch):
    path = write_coadd(tmp_path / "coadd.fits", 6)
    made = []
    make = desi.make_spectrum
    monkeypatch.setattr(desi, "make_spectrum", lambda *args: made.append(1) or make(*args))
    spectra = read_spectra(path, ReadOptions(spectra=(1, 3)))
    assert [spectrum.meta["spectrum_index"] for spectrum in spectra] == [1, 3]
    assert [spectrum.meta["n_spectra"] for spectrum in spectra] == [5, 5]
    assert [np.median(orders_of(s)[0].flux) for s in spectra] == pytest.approx([12, 14], abs=0.5)
    assert len(made) == 2


def test_spectrum_is_chosen_by_index_or_identifier(write_coadd, tmp_path):
    path = write_coadd(tmp_path / "coadd.fits", 5)
    by_index = read_spectra(path, ReadOptions(spectrum=2))[0]
    by_identifier = read_spectra(path, ReadOptions(spectrum=39627866878511340))[0]
    assert by_index.name == by_identifier.name == "TARGETID 39627866878511340"
    with pytest.raises(ReadError, match="the file holds 4") as caught:
        read_spectra(path, ReadOptions(spectrum=9))
    assert "--spectrum 0 to 3" in caught.value.hint


def test_files_with_many_are_left_to_be_chosen_where_somebody_asks(write_coadd, tmp_path):
    path = write_coadd(tmp_path / "coadd.fits", 5)
    choices = []
    assert read_files([path], on_many=choices.append) == []
    assert [choice.path for choice in choices] == [path]
    assert len(read_files([path], on_many=choices.append, at_most=4)) == 4
    assert len(read_files([path])) == 4


def test_list_is_a_sequence():
    made = SpectrumList([SpectrumEntry(i, str(i)) for i in range(3)], lambda i: f"spectrum {i}")
    assert (len(made), made[1], made[-1], made[1:]) == (
        3,
        "spectrum 1",
        "spectrum 2",
        ("spectrum 1", "spectrum 2"),
    )
    with pytest.raises(IndexError):
        made[3]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("desi_coadd.fits", ["TARGETID 39627866878511337", "TARGETID 39627866878514741"]),
        ("apStar-r6-2M19535443+4424541.fits", ["2M19535443+4424541 combined", "2M19535443+4424541 visit 1"]),
    ],
)
def test_real_files_with_several_spectra(shared_data, name, names):
    listed = read_or_list(shared_data / "formats" / name)
    assert [entry.name for entry in listed.entries][:2] == names


def write_rows(path, n_rows, with_names=True):
    """Write a spectrum a row: flux = 10 x row + 5 with an error of 1; row 2 is empty."""
    x = np.tile(np.linspace(5000.0, 5100.0, 300), (n_rows, 1))
    flux = 10.0 * np.arange(n_rows)[:, None] + 5 + 0.1 * np.sin(x)
    flux[2] = np.nan
    columns = [
        fits.Column(n, "300D", "Angstrom" if n == "WAVE" else "", array=a)
        for n, a in (("WAVE", x), ("FLUX", flux), ("ERR", np.ones_like(x)))
    ]
    if with_names:
        columns.append(fits.Column("OBJECT", "12A", array=[f"star {row}" for row in range(n_rows)]))
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(path)
    return path


@pytest.mark.parametrize("with_names", [True, False])
def test_table_of_many_objects_is_listed(tmp_path, with_names):
    path = write_rows(tmp_path / "rows.fits", 30, with_names)
    listed = read_or_list(path)
    assert len(listed.entries) == 29
    assert listed.entries[2].name == ("star 3" if with_names else "row 4")
    assert listed.entries[2].snr == pytest.approx(35, abs=0.2)
    assert listed.entries[2].range_aa == pytest.approx((5000.0, 5100.0))
    (spectrum,) = read_spectra(path, ReadOptions(spectrum=2))
    assert np.median(spectrum.flux) == pytest.approx(35, abs=0.2)
    assert spectrum.meta.get("object", "") == ("star 3" if with_names else "")
