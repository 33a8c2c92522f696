"""Scores and the error of their difference against numbers by hand."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.training.fine_tuning.old_against_new import change_interval, score


def test_scores_by_hand() -> None:
    true = np.array([1.0, 2.0, 3.0, 4.0])
    predicted = true + np.array([0.1, -0.1, 0.3, 0.5])
    found = score(predicted, np.full(4, 0.2), true)
    assert found.n == 4 and found.coverage == 0.5
    assert found.mae == pytest.approx(0.25) and found.bias == pytest.approx(0.2)
    assert found.rmse == pytest.approx(np.sqrt(0.36 / 4))
    assert found.r2 == pytest.approx(1.0 - 0.36 / 5.0)


def test_the_interval_of_a_change_is_that_of_its_stars() -> None:
    rng = np.random.default_rng(1)
    per_star = rng.normal(-1.0, 1.0, 50)
    change, stars = np.repeat(per_star, 4), np.repeat(np.arange(50), 4)
    low, high = change_interval(change, stars, 0)
    width = 2 * 1.96 * per_star.std() / np.sqrt(50)
    assert low < per_star.mean() < high
    assert high - low == pytest.approx(width, rel=0.1)  # not half of it: four spectra are one star


def test_noise_alone_is_no_change() -> None:
    rng = np.random.default_rng(3)
    inside = 0
    for seed in range(40):
        low, high = change_interval(rng.normal(0.0, 1.0, 60), np.arange(60), seed)
        inside += low <= 0 <= high
    assert inside >= 34
