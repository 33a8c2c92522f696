"""Which rows are spectra of one star, and a split that keeps each star on one side."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.training.data_sets.label_table import LabelTable

ARCSEC_DEG = 1.0 / 3600.0
SAME_PLACE_ARCSEC = 1.0
TRAINING, VALIDATION, TEST = "training", "validation", "test"
PARTS = (TRAINING, VALIDATION, TEST)


def group_stars(table: LabelTable) -> NDArray[np.int64]:
    """Return the number of the star of each row: one star by its name, Gaia identifier, or place.

    Parameters
    ----------
    table : LabelTable

    Returns
    -------
    ndarray of int, shape (n_rows,)
        From 0, in the order of first appearance.

    Notes
    -----
    Rows are of one star if any of the three says so: the same name (letters and digits only), the
    same Gaia identifier, coordinates within 1 arcsec. Rows with none of them are stars of their own.
    """
    root = np.arange(len(table))

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = int(root[row])
        return row

    def join(one: int, other: int) -> None:
        first, second = sorted((find(one), find(other)))
        root[second] = first

    for keys in ([_plain(name) for name in table.stars], [_plain(name) for name in table.gaia]):
        seen: dict[str, int] = {}
        for row, key in enumerate(keys):
            if key:
                join(seen.setdefault(key, row), row)
    for one, other in _same_places(table.ra_deg, table.dec_deg):
        join(one, other)
    roots = [find(row) for row in range(len(table))]
    numbers = {star: number for number, star in enumerate(dict.fromkeys(roots))}
    return np.array([numbers[star] for star in roots], dtype=np.int64)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.lower())


def _same_places(ra_deg: NDArray[np.float64], dec_deg: NDArray[np.float64]) -> list[tuple[int, int]]:
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(np.isfinite(ra_deg) & np.isfinite(dec_deg))
    if len(rows) < 2:
        return []
    ra, dec = np.deg2rad(ra_deg[rows]), np.deg2rad(dec_deg[rows])
    unit = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    chord = 2.0 * np.sin(np.deg2rad(SAME_PLACE_ARCSEC * ARCSEC_DEG) / 2.0)
    pairs = cKDTree(unit).query_pairs(chord)
    return [(int(rows[one]), int(rows[other])) for one, other in sorted(pairs)]


def split_by_star(
    stars: NDArray[np.int64], seed: int, shares: Sequence[float] = (0.7, 0.15, 0.15)
) -> tuple[str, ...]:
    """Return the part of each row: all rows of a star in one part.

    Parameters
    ----------
    stars : ndarray of int, shape (n_rows,)
    seed : int
    shares : (float, float, float)
        Of the stars, for training, validation and test; each part has at least one star where
        there are three.

    Returns
    -------
    tuple of str
        Of `PARTS`.
    """
    numbers = np.unique(stars)
    order = np.random.default_rng(seed).permutation(numbers)
    n_test, n_validation = (max(round(share * len(order)), 1) for share in (shares[2], shares[1]))
    if len(order) < 3:
        n_test, n_validation = 0, max(len(order) - 1, 0)
    part = {int(star): TEST for star in order[:n_test]}
    part |= {int(star): VALIDATION for star in order[n_test : n_test + n_validation]}
    return tuple(part.get(int(star), TRAINING) for star in stars)


def count_leaks(stars: NDArray[np.int64], parts: Sequence[str]) -> int:
    """Return how many stars have spectra in more than one part."""
    seen: dict[int, set[str]] = {}
    for star, part in zip(stars, parts, strict=True):
        seen.setdefault(int(star), set()).add(part)
    return sum(len(found) > 1 for found in seen.values())


def folds_by_star(stars: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each row, 0 to n_folds - 1, all rows of a star in one."""
    order = np.random.default_rng(seed).permutation(np.unique(stars))
    fold = {int(star): number % n_folds for number, star in enumerate(order)}
    return np.array([fold[int(star)] for star in stars], dtype=np.int64)
