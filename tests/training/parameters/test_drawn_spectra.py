"""What is drawn for training: the trend of alpha, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.inference.fit.priors import ALPHA_WIDTH, expected_alpha
from spectragui.networks.input_grid import InputGrid
from spectragui.training.label_sampling import follow_alpha_trend

torch = pytest.importorskip("torch")

from spectragui.training.parameters.augmentation import (  # noqa: E402 - after torch
    AugmentationConfig,
    draw_broadening,
    draw_coverage,
)

GRID = InputGrid(8620.0, 3.6, 2048, 1600.0)


def test_alpha_of_a_part_follows_the_trend() -> None:
    rng = np.random.default_rng(0)
    names = ("m_h", "alpha_m")
    labels = np.stack([rng.uniform(-1.0, 0.5, 4000), rng.uniform(-0.1, 0.4, 4000)], axis=1)
    before = labels.copy()
    follow_alpha_trend(labels, names, 0.0, rng)
    assert np.array_equal(labels, before)
    follow_alpha_trend(labels, names, 0.5, rng)
    moved = labels[:, 1] != before[:, 1]
    assert moved.mean() == pytest.approx(0.5, abs=0.04)
    off = labels[moved, 1] - [expected_alpha(value) for value in labels[moved, 0]]
    assert np.abs(np.median(off)) < 0.03 and np.std(off) < 1.2 * ALPHA_WIDTH
    assert labels[:, 1].min() >= before[:, 1].min() and labels[:, 1].max() <= before[:, 1].max()


@pytest.mark.parametrize("gap_max", [0.08, 0.4])
def test_gaps_are_as_long_as_asked(gap_max: float) -> None:
    config = AugmentationConfig(partial_part=1.0, gap_max=gap_max)
    used = draw_coverage(GRID, config, 400, torch.Generator().manual_seed(1)).numpy()
    inner = used[(used[:, :20].mean(1) > 0.5) & (used[:, -20:].mean(1) > 0.5)]
    longest = max(max(map(len, "".join("01"[int(v)] for v in row).split("1"))) for row in inner)
    assert 0.5 * gap_max < longest / GRID.n_pixels < 2.5 * gap_max


def test_resolving_powers_stay_above_the_least() -> None:
    config = AugmentationConfig(resolving_power_min=30_000.0, resolving_power_max=115_000.0)
    power = draw_broadening(config, 2000, torch.Generator().manual_seed(1)).resolving_power
    assert float(power.min()) >= 30_000.0 and float(power.max()) <= 115_001.0
