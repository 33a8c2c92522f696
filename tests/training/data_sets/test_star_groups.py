"""Spectra of one star stay on one side of a split, whatever tells that they are of one star."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from spectragui.training.data_sets.label_table import LabelColumns, LabelTable
from spectragui.training.data_sets.star_groups import (
    count_leaks,
    folds_by_star,
    group_stars,
    split_by_star,
)


def table(
    stars: Sequence[str], gaia: Sequence[str] = (), ra: Sequence[float] = (), dec: Sequence[float] = ()
):
    n = len(stars)
    nothing = np.full(n, np.nan)
    return LabelTable(
        "t", LabelColumns({}), ("f",) * n, tuple(stars), tuple(gaia) or ("",) * n,
        np.array(ra) if len(ra) else nothing, np.array(dec) if len(dec) else nothing,
        nothing, nothing[:, None], nothing[:, None],
    )  # fmt: skip


def test_a_star_is_known_by_name_identifier_or_place() -> None:
    arcsec = 1.0 / 3600.0
    found = group_stars(
        table(
            ["HD 10700", "hd10700", "", "", "tau Cet", "other"],
            ["", "77", "77", "", "", ""],
            [10.0, np.nan, np.nan, 10.0 + 0.5 * arcsec, 50.0, 50.0 + 5.0 * arcsec],
            [0.0, np.nan, np.nan, 0.0, 20.0, 20.0],
        )
    )
    assert found.tolist() == [0, 0, 0, 0, 1, 2]


def test_places_are_compared_on_the_sphere() -> None:
    arcsec = 1.0 / 3600.0
    near_pole = group_stars(table(["", ""], (), [10.0, 10.0 + 50 * arcsec], [89.5, 89.5]))
    assert near_pole.tolist() == [0, 0]  # 50" of right ascension are 0.4" there
    across = group_stars(table(["", ""], (), [359.9999, 0.0001], [0.0, 0.0]))
    assert across.tolist() == [0, 0]


def test_rows_without_anything_are_stars_of_their_own() -> None:
    assert group_stars(table(["", "", ""])).tolist() == [0, 1, 2]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_split_keeps_stars_together_and_follows_its_shares(seed: int) -> None:
    stars = np.repeat(np.arange(100), np.random.default_rng(seed).integers(1, 6, 100))
    parts = split_by_star(stars, seed)
    assert count_leaks(stars, parts) == 0
    n_stars = {
        part: len({int(s) for s, p in zip(stars, parts, strict=True) if p == part}) for part in set(parts)
    }
    assert n_stars == {"training": 70, "validation": 15, "test": 15}
    assert parts == split_by_star(stars, seed) and parts != split_by_star(stars, seed + 10)


@pytest.mark.parametrize(("n_stars", "parts"), [(1, {"training"}), (2, {"training", "validation"})])
def test_few_stars_are_split_as_far_as_they_go(n_stars: int, parts: set[str]) -> None:
    assert set(split_by_star(np.arange(n_stars), 0)) == parts


def test_leaks_are_counted() -> None:
    assert count_leaks(np.array([0, 0, 1, 1]), ["training", "test", "test", "test"]) == 1


def test_folds_hold_each_star_once() -> None:
    stars = np.array([0, 0, 1, 2, 3, 4, 4])
    folds = folds_by_star(stars, 3, 0)
    assert all(len(set(folds[stars == star])) == 1 for star in range(5))
    assert set(folds) == {0, 1, 2}
