"""Spectra of two stars are not predicted together; names and positions decide."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.inference.together.same_star import check_same_star


def star(name: str = "", ra: str = "", dec: str = "") -> Spectrum:
    header = [(key, value, "") for key, value in (("RA", ra), ("DEC", dec)) if value]
    meta = {"object": name, "header": header}
    return Spectrum(SpectralAxis(np.linspace(8600.0, 8700.0, 50)), np.ones(50), meta=meta)


BARNARD = ("17:57:48.5", "+04:41:36")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (star("GJ_699"), star("Gls699")),
        (star("GJ 699"), star("gliese 699")),
        (star("Barnard's star"), star("barnard's  star")),
        (star("GJ 699", *BARNARD), star("J17578+046")),
        (star("GJ 699", *BARNARD), star("HIP 87937", "17:57:48.2", "+04:42:10")),
    ],
)
def test_one_star_by_any_of_its_names(one: Spectrum, other: Spectrum) -> None:
    assert check_same_star(one, other) == ""


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (star("GJ 699"), star("Gl 273"), "by their names: GJ 699 and Gl 273"),
        (star("GJ 699", *BARNARD), star("GJ 273", *BARNARD), "by their names"),
        (star("GJ 699", *BARNARD), star("GJ 699", "07:27:24.5", "+05:13:33"), "by their positions"),
        (star("GJ 699", *BARNARD), star("J07274+052"), "by their positions"),
    ],
)
def test_two_stars_are_refused(one: Spectrum, other: Spectrum, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        check_same_star(one, other)


def test_a_doubt_is_said() -> None:
    assert "Nothing in the files says" in check_same_star(star("GJ 699"), star("J17578+046"))
    assert "no name" in check_same_star(star("GJ 699"), star())
