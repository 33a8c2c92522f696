# ruff: noqa: E501
"""Cards are parsed as astropy parses them, and damaged ones are left out."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from astropy.io import fits

from spectragui.io.headers.fits_cards import parse_cards


def cards(*lines: str) -> list:
    return parse_cards("".join(line.ljust(80)[:80] for line in (*lines, "END")).encode("latin-1"))


@pytest.mark.parametrize(("line", "expected"), [
    ("OBJECT  = 'tau Cet '           / the star", ("OBJECT", "tau Cet", "the star")),
    ("NAME    = 'Barnard''s Star'", ("NAME", "Barnard's Star", "")),
    ("SLASH   = 'km/s / a'           / unit", ("SLASH", "km/s / a", "unit")),
    ("NAXIS   =                    2 / axes", ("NAXIS", 2, "axes")),
    ("CRVAL1  =   3.78314390541065E3", ("CRVAL1", 3783.14390541065, "")),
    ("EXPO    =              1.5D+02", ("EXPO", 150.0, "")),
    ("NEG     = -.5", ("NEG", -0.5, "")),
    ("SIMPLE  =                    T", ("SIMPLE", True, "")),
    ("FALSE   =                    F / no", ("FALSE", False, "no")),
    ("UNDEF   =                      / nothing", ("UNDEF", None, "nothing")),
    ("HIERARCH ESO DRS BERV = 24.95 / Barycentric", ("ESO DRS BERV", 24.95, "Barycentric")),
    ("HIERARCH OHP TARG NAME    =  'HD1  '/    name", ("OHP TARG NAME", "HD1", "name")),
    ("COMMENT just = words", ("COMMENT", "just = words", "")),
    ("HISTORY", ("HISTORY", "", "")),
])  # fmt: skip
def test_card(line: str, expected: tuple):
    assert cards(line) == [expected]


@pytest.mark.parametrize("line", [
    "BROKEN  = 'no end of text", "BROKEN  = 1.2.3.4", "BROKEN  = word", "NOEQUALS  3", "\xdcBEL    = 1", "", "HIERARCH nothing",
])  # fmt: skip
def test_damaged_card_is_left_out(line: str):
    assert cards(line, "GOOD    = 1") == [("GOOD", 1, "")]


def test_long_texts_are_joined():
    assert cards("LONG    = 'one&'", "CONTINUE  'two&'", "CONTINUE  'three' / all") == [
        ("LONG", "onetwothree", "all")
    ]


def test_agrees_with_astropy_on_real_headers(shared_data: Path):
    for name in ("stars/harps_hd17051.fits", "stars/elodie_taucet.fits", "stars/tres_gj699_multispec.fits",
                 "stars/hires_hd190406.fits", "formats/desi_coadd.fits", "formats/chiron_gj699.fits"):  # fmt: skip
        path = shared_data / name
        with warnings.catch_warnings(), fits.open(path) as hdus:
            warnings.simplefilter("ignore")
            where = hdus.fileinfo(0)
            theirs = hdus[0].header
            with path.open("rb") as stream:
                ours = parse_cards(stream.read(where["datLoc"]))
            for keyword, value, _ in ours:
                if keyword in ("COMMENT", "HISTORY", "") or theirs.count(keyword) > 1:
                    continue
                expected = theirs[keyword]
                expected = None if isinstance(expected, fits.card.Undefined) else expected
                assert value == expected, (name, keyword)
            blank = sum(card.keyword in ("", "END", "CONTINUE") for card in theirs.cards)
            assert len(theirs.cards) - blank - len(ours) <= 1, name  # HARPS: one value is "nan"
