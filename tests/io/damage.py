# ruff: noqa: E501
"""Damage files on purpose: flipped bytes, cut ends, wrong structure keywords, strange cards."""

from __future__ import annotations

import gzip
import re

from hypothesis import strategies as st

CARD = 80
#: Keywords on which the layout of a file hangs, and those from which wavelengths follow.
KEYWORDS = (
    "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "PCOUNT", "GCOUNT", "TFIELDS", "TFORM1", "TFORM2", "TFORM3",
    "TTYPE1", "TTYPE2", "TUNIT1", "TDIM1", "TSCAL1", "TZERO1", "TNULL1", "THEAP", "XTENSION", "EXTNAME", "BSCALE",
    "BZERO", "BLANK", "SIMPLE", "CRVAL1", "CDELT1", "CD1_1", "CRPIX1", "CTYPE1", "CUNIT1", "DC-FLAG", "WAT2_001",
    "COEFF0", "WV_0_01", "INSTRUME", "TELESCOP", "ZIMAGE", "ZCMPTYPE", "END", "CONTINUE", "LTM1_1", "LTV1",
)  # fmt: skip
VALUES = (
    "0", "1", "2", "-1", "-32", "-64", "16", "7", "999", "99999999", "9223372036854775807", "1E400", "NaN", "T", "F",
    "", "''", "'nonsense'", "'1J'", "'99999999D'", "'PD(500)'", "'0E'", "'QJ'", "'16A'", "'-5D'", "'BINTABLE'",
    "'IMAGE'", "'TABLE'", "'(3,4,5)'", "'micron'", "'furlong'", "'WAVE-LOG'", "'spec1 = \"1 1 2 0 0 9 0 1 1 1'", "1D3",
    "(1.0, 2.0)", "'quoted ''text'' &'", "/ no value", "\x00\xff\x7f", "1_000", "0x10", "1e-320", "3.",
)  # fmt: skip

places = st.floats(0.0, 1.0, exclude_max=True, allow_subnormal=False)
flips = st.tuples(st.just("flip"), st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=20))
header_flips = st.tuples(
    st.just("header"), st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=6)
)
cuts = st.tuples(st.just("cut"), places)
cards = st.tuples(
    st.just("card"),
    st.lists(st.tuples(st.sampled_from(KEYWORDS), st.sampled_from(VALUES), places), min_size=1, max_size=3),
)
inserted = st.tuples(st.just("insert"), st.tuples(places, st.binary(min_size=1, max_size=200)))
repeated = st.tuples(st.just("repeat"), st.tuples(places, places))
damages = st.lists(
    st.one_of(cards, header_flips, cards, cuts, flips, inserted, repeated), min_size=1, max_size=3
)


def damaged(content: bytes, plan: list) -> bytes:
    """Return the bytes of a file after each damage of a plan; gzip is damaged inside and packed again."""
    if content[:2] == b"\x1f\x8b" and plan[0][0] != "flip":
        return gzip.compress(damaged(gzip.decompress(content), plan), mtime=0)
    for kind, what in plan:
        content = _DAMAGES[kind](content, what)
    return content


def _flip(content: bytes, what: list) -> bytes:
    changed = bytearray(content)
    for place, value in what:
        if changed:
            changed[int(place * len(changed))] = value
    return bytes(changed)


def _flip_header(content: bytes, what: list) -> bytes:
    return _flip(content[:2880], what) + content[2880:]


def _cut(content: bytes, place: float) -> bytes:
    return content[: int(place * len(content))]


def _card(content: bytes, what: list) -> bytes:
    """Write wrong values into cards that are there, or put the card where there is room."""
    changed = bytearray(content)
    for keyword, value, place in what:
        line = f"{keyword:<8}= {value}"[:CARD].ljust(CARD).encode("latin-1")
        found = [m.start() for m in re.finditer(re.escape(f"{keyword:<8}=".encode()), bytes(changed))]
        start = (
            found[int(place * len(found))] if found else int(place * min(len(changed), 2880)) // CARD * CARD
        )
        changed[start : start + CARD] = line
    return bytes(changed)


def _insert(content: bytes, what: tuple) -> bytes:
    place, more = what
    at = int(place * len(content))
    return content[:at] + more + content[at:]


def _repeat(content: bytes, what: tuple) -> bytes:
    start, stop = sorted(int(place * len(content)) for place in what)
    return content[:stop] + content[start:]


_DAMAGES = {
    "flip": _flip,
    "header": _flip_header,
    "cut": _cut,
    "card": _card,
    "insert": _insert,
    "repeat": _repeat,
}
