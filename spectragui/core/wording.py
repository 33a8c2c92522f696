"""How numbers stand in sentences: counted things, true minus signs, estimates of two digits."""

from __future__ import annotations

import math
import re

MINUS = "\N{MINUS SIGN}"
# Patterns are compiled when one is first used: most starts of the program need none.
_SMALL_SYMBOLS = ("v sin i", "log g", "v_rad", "ξ", "z ")
# Things that notes count; "1 hits" is put right wherever a sum or a format made it.
_COUNTED = "hit|pixel|order|overlap|place|gap|band|range|line|point|exposure|spectrum|file|row|bad pixel"
_ONE_TOO_MANY = rf"(?<![\d.,])1 ((?:{_COUNTED}))s\b"
_ONE = rf"(?<![\d.,])1 ((?:{_COUNTED}))\b"
# What a terminal takes for commands: CSI, OSC and its kin up to their end, other escapes, then all controls.
_ESCAPES = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_HALF_CHARACTER = "[\ud800-\udfff]"
# "5400.1 A", "4800-5200 A", "at 5400 A"; the star "HD 186408 A" is none of them.
_ANGSTROMS = r"(\d\.\d+|\d[-\u2013]\d+|\b(?:to|at|about) \d+) A\b"
_HYPHEN_BEFORE_NUMBER = r"(?<![\w.\-\]\)])-(?=\.?\d)"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 hit", "3 hits", "12,000 pixels"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def in_singular(text: str) -> str:
    """Return a text with "1 hit" where it says "1 hits"."""
    return re.sub(_ONE_TOO_MANY, r"1 \1", text)


def in_plural(text: str) -> str:
    """Return a text with "1 hits" where it says "1 hit": so that texts of other counts are alike."""
    return re.sub(_ONE, r"1 \1s", text)


def with_true_minus(text: str) -> str:
    """Return a text with a true minus sign before every negative number in it; ranges and dates stay."""
    return re.sub(_HYPHEN_BEFORE_NUMBER, MINUS, text)


def as_shown(text: str) -> str:
    """Return a text as the window writes it: true minus signs, and Å where files hold "A" for it."""
    return re.sub(_ANGSTROMS, r"\1 Å", with_true_minus(text))


def estimate(value: float) -> str:
    """Return an estimated number rounded to two digits: 14873 -> "15,000", 243.7 -> "240"."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    places = 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return with_true_minus(f"{rounded:,.{max(places, 0)}f}")


def in_capital(text: str) -> str:
    """Return a sentence with a capital first; a symbol at its beginning ("v sin i") stays small."""
    return text if text.startswith(_SMALL_SYMBOLS) else text[:1].upper() + text[1:]


def superscript(number: int) -> str:
    """Write an integer raised: -15 -> "⁻¹⁵"."""
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def plain_text(text: str) -> str:
    """Return a text without what a terminal would obey: escape sequences, controls, turned directions.

    Line ends and tabs stay; what no file can hold (half a character) becomes a replacement character.
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(
        _HALF_CHARACTER, "\N{REPLACEMENT CHARACTER}", re.sub(_CONTROLS, "", re.sub(_ESCAPES, "", text))
    )


def one_line(text: str) -> str:
    """Return `plain_text` without line ends and tabs, for a cell of a table: each is a space."""
    if text.isascii() and text.isprintable():  # most are
        return text
    return re.sub(r"[\t\n\v\f\r\x85\u2028\u2029]+", " ", plain_text(text))
