"""How much orders widen one by one: the likeliest of some priors."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.preprocessing.stitching.overlap_blaze import _Rows, _solve


@pytest.mark.parametrize("true_width", [0.0, 0.5])
def test_the_likeliest_width_of_the_prior_is_taken(true_width: float) -> None:
    # Two halves that the data hardly tell apart: what changes from order to order, and levels.
    rng = np.random.default_rng(4)
    half = rng.standard_normal((160, 20))
    matrix = np.hstack([half, half + 0.2 * rng.standard_normal((160, 20))]) * 10.0
    true = np.concatenate([true_width * rng.standard_normal(20), rng.standard_normal(20)])
    data = [_Rows(matrix, matrix @ true + rng.standard_normal(160))]
    widths = [np.concatenate([np.full(20, width), np.full(20, 1.0)]) for width in (1e-6, 0.1, 0.5, 2.0)]
    priors = [_Rows(np.diag(1.0 / width), np.zeros(40)) for width in widths]
    found = _solve(data, priors)
    assert np.std(found[20:] - true[20:]) < 0.15
    assert (np.abs(found[:20]).max() < 1e-3) == (true_width == 0.0)
