"""The median is that of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.median import median

RNG = np.random.default_rng(20)


@pytest.mark.parametrize(
    "values", [[3.0], [1.0, 4.0], [5.0, 1.0, 2.0], [1.0, np.nan, 2.0], [1.0, np.inf, 2.0, np.inf]]
)
def test_median_is_that_of_numpy(values: list[float]) -> None:
    assert median(np.array(values)) == pytest.approx(np.median(values), nan_ok=True)
    noise = RNG.normal(size=(7, 100 + len(values)))
    assert median(noise) == np.median(noise)
    assert np.isnan(median(np.empty(0)))
