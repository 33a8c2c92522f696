"""Numbers in sentences."""

from __future__ import annotations

import pytest

from spectragui.core.wording import counted, estimate, in_capital, in_plural, in_singular, with_true_minus


def test_one_thing_has_no_plural():
    assert counted(1, "hit") == "1 hit"
    assert counted(0, "hit") == "0 hits"
    assert counted(12000, "pixel") == "12,000 pixels"
    assert counted(2, "spectrum", "spectra") == "2 spectra"


@pytest.mark.parametrize(
    ("told", "right"),
    [
        ("1 hits found.", "1 hit found."),
        ("11 hits found.", "11 hits found."),
        ("2.1 hits", "2.1 hits"),
        ("1 bad pixels found in 1 places.", "1 bad pixel found in 1 place."),
        ("72 orders stitched, 1 overlaps.", "72 orders stitched, 1 overlap."),
        ("1 hits or dead pixels found.", "1 hit or dead pixels found."),
    ],
)
def test_sums_are_put_into_the_singular(told, right):
    assert in_singular(told) == right
    assert in_singular(in_plural(right)) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("a velocity of -12.4 km/s", "a velocity of −12.4 km/s"),
        ("(-3 to -0.5)", "(−3 to −0.5)"),
        ("2003-12-13", "2003-12-13"),
        ("4450-5400 Å", "4450-5400 Å"),
        ("e2ds-1", "e2ds-1"),
        ("= -.5", "= −.5"),
    ],
)
def test_minus_signs_are_true_and_ranges_stay(text, right):
    assert with_true_minus(text) == right


@pytest.mark.parametrize(
    ("value", "text"),
    [(14873.2, "15,000"), (243.7, "240"), (9.94, "9.9"), (0.01234, "0.012"), (-3120.0, "−3,100")],
)
def test_estimates_claim_two_digits(value, text):
    assert estimate(value) == text


@pytest.mark.parametrize(
    ("text", "begun"),
    [("near the edge.", "Near the edge."), ("v sin i is a limit.", "v sin i is a limit."), ("", "")],
)
def test_a_sentence_begins_with_a_capital_but_a_symbol_stays(text, begun):
    assert in_capital(text) == begun
