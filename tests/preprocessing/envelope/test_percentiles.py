"""`quick_percentiles` is `numpy.percentile`, bit by bit."""

from __future__ import annotations

import math

import numpy as np

from spectragui.preprocessing.envelope.percentiles import quick_percentiles


def test_they_are_numpys_to_the_last_bit():
    rng = np.random.default_rng(1)
    for size in (*range(1, 40), 1000):
        values = rng.normal(100.0, 30.0, size)
        values[: size // 3] = values[-1]  # ties
        percents = (0.0, 20.0, 50.0, 60.0, 80.0, 90.0, 100.0)
        assert quick_percentiles(values, *percents) == np.percentile(values, percents).tolist()


def test_one_that_is_not_a_number_makes_all_so():
    assert all(map(math.isnan, quick_percentiles(np.array([1.0, np.nan, 3.0]), 20.0, 90.0)))
