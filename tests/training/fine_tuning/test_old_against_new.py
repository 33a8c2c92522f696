"""Scores and the error of their difference against numbers by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from spectragui.training.fine_tuning.comparison_content import ComparisonContent, write_content
from spectragui.training.fine_tuning.comparison_report import draw_learning_curve, write_comparison
from spectragui.training.fine_tuning.old_against_new import change_interval, compare_values, score


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


def test_a_report_shows_what_more_stars_bring(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    true = np.linspace(4000.0, 6000.0, 9)
    scores = compare_values(
        "teff", true, [true + 90.0, true + 30.0], [np.full(9, 50.0)] * 2, np.arange(9), seed=0
    )
    assert scores is not None
    points = tuple({"n_stars": n, "mae": {"teff": mae}} for n, mae in ((20, 70.0), (40, 45.0), (80, 30.0)))
    content = ComparisonContent("old", "new", ("Better.",), (scores,), curve=points)
    assert json.loads(write_content(content, tmp_path).read_text())["curve"] == list(points)
    figure = Figure()
    draw_learning_curve(figure, content)
    [axis] = figure.axes
    assert [list(line.get_ydata()) for line in axis.lines] == [[70.0, 45.0, 30.0], [90.0, 90.0]]
    assert axis.get_xlabel() == "stars trained on" and axis.get_ylabel() == "mean |error| of Teff [K]"
    names = {path.name for path in write_comparison(content, tmp_path / "report")}
    assert names == {"comparison.md", "comparison.ecsv", "learning_curve.png"}
    one = {path.name for path in write_comparison(ComparisonContent("a", "b", ()), tmp_path / "plain")}
    assert one == {"comparison.md", "comparison.ecsv"}
