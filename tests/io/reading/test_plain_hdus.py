"""Extensions known by their headers are what astropy says; where anything is unusual astropy is asked."""

from __future__ import annotations

import warnings
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.io.reading.plain_hdus import PlainHdu
from spectragui.io.reading.source import Source

IMAGE = np.arange(12.0).reshape(3, 4)


def hdu_list() -> fits.HDUList:
    columns = [
        fits.Column("wavelength", "D", unit="Angstrom", array=np.arange(5.0)),
        fits.Column("Flux", "3E", array=np.ones((5, 3))),
        fits.Column("name", "8A", array=["a"] * 5),
    ]
    return fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(IMAGE, name="image"),
            fits.BinTableHDU.from_columns(columns, name="Table"),
            fits.ImageHDU(np.ones(7, dtype=np.int16)),
        ]
    )


def written(path: Path, hdus: fits.HDUList) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdus.writeto(path, output_verify="ignore")
    return path


def test_they_are_what_astropy_says(tmp_path: Path):
    source = Source(written(tmp_path / "a.fits", hdu_list()))
    plain = source.hdus
    assert all(type(hdu) is PlainHdu for hdu in plain)
    assert "astropy_hdus" not in vars(source)  # which takes longer than all the rest
    assert [hdu.name for hdu in plain] == ["PRIMARY", "IMAGE", "TABLE", ""]
    assert not hasattr(plain[1], "columns")
    for one, theirs in zip(plain, source.astropy_hdus, strict=True):
        assert (one.name, one.is_image) == (theirs.name, theirs.is_image)
        if one.is_image:
            assert one.shape == theirs.shape
        else:
            assert one.columns.names == theirs.columns.names
            assert [(c.name, c.unit) for c in one.columns] == [(c.name, c.unit) for c in theirs.columns]
            assert one.columns.formats == theirs.columns.formats
            assert one.columns["Flux"].format == "3E"
        for name in ("_header_offset", "_data_offset", "_data_size"):
            assert getattr(one, name) == getattr(theirs, name)
    assert np.array_equal(source.data(1), IMAGE)
    assert source.data(2)["Flux"].shape == (5, 3)
    source.close()


def with_card(keyword, value, index=2):
    def change(hdus: fits.HDUList) -> None:
        hdus[index].header[keyword] = value

    return change


CARDS = {
    "a scale": with_card("TSCAL1", 2.0),
    "a blank number": with_card("TNULL1", 3),
    "a shape": with_card("TDIM2", "(3,1)"),
    "a format to show": with_card("TDISP1", "F8.3"),
    "a name that is a number": with_card("EXTNAME", 5),
    "an image's scale": with_card("BSCALE", 2.0, 1),
    "a long text": with_card("LONG", "x" * 200, 1),
    "a long keyword": with_card("HIERARCH ESO TEL ALT", 45.0, 0),
    "compressed": with_card("ZIMAGE", True),
    "groups": with_card("GROUPS", True, 0),
}


@pytest.mark.parametrize("change", CARDS.values(), ids=CARDS)
def test_what_is_unusual_is_left_to_astropy(tmp_path: Path, change):
    hdus = hdu_list()
    change(hdus)
    with closing(Source(written(tmp_path / "a.fits", hdus))) as source:
        assert source._plain_hdus is None


BYTES = {
    "more behind": lambda content: content + bytes(2880),
    "a letter that is none": lambda content: content[:2879] + b"\xe9" + content[2880:],
    "a zero": lambda content: content[:2879] + b"\0" + content[2880:],
    "two columns of one name": lambda content: content.replace(b"'Flux    '  ", b"'WAVELENGTH'"),
    "a column without a name": lambda content: content.replace(b"'Flux    '", b"'        '"),
    "a unit that is a number": lambda content: content.replace(b"'Angstrom'", b"       5.0"),
}


@pytest.mark.parametrize("change", BYTES.values(), ids=BYTES)
def test_bytes_that_are_unusual_are_left_to_astropy(tmp_path: Path, change):
    path = written(tmp_path / "a.fits", hdu_list())
    content = path.read_bytes()
    assert change(content) != content
    path.write_bytes(change(content))
    with closing(Source(path)) as source:
        assert source._plain_hdus is None
