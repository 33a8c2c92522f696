"""Texts are ordered as numbers of eight letters each: as numpy orders the texts themselves."""

import numpy as np
import pytest

from spectragui.gui.photometry.row_order import ordered

CHANCE = np.random.default_rng(5)
COLUMNS = {
    "numbers": CHANCE.integers(0, 5000, 3000).astype(str),
    "long": np.array([f"ALH{number:014d}" for number in CHANCE.permutation(3000)]),
    "odd": np.array(["é", "b", "", "a", "zzzzzzzzz", "b", "\x00c", "ß"]),
    "not latin": np.array(["ω", "b", "a", "ω"]),
    "very long": np.array(["x" * 40 + str(number) for number in CHANCE.permutation(50)]),
    "objects": np.array(["b", "a", "b"], dtype=object),
    "none": np.array([], dtype="U4"),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("is_descending", [False, True])
def test_texts_are_ordered_as_numpy_does(name, is_descending):
    values = COLUMNS[name]
    rows = CHANCE.permutation(len(values))[: max(len(values) - 1, 0)]
    _, ranks = np.unique(values[rows].astype(str), return_inverse=True)
    wanted = rows[np.argsort(-ranks if is_descending else ranks, kind="stable")]
    assert ordered(rows, values, is_descending).tolist() == wanted.tolist()
