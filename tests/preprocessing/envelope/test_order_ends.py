"""The dim ends of orders are found, blazes and lines are left."""

from __future__ import annotations

import numpy as np

from spectragui.preprocessing.envelope.order_ends import find_dim_ends

N_PIXELS = 4000
NONE = np.zeros(N_PIXELS, dtype=bool)


def test_a_flat_order_with_dark_ends() -> None:
    rng = np.random.default_rng(1)
    flux = np.ones(N_PIXELS)
    flux[:200] = rng.normal(0.0, 30.0, 200)  # divided by a flat field of nearly nothing
    flux[200:260] = 0.4
    flux[-150:] = 0.05
    found = find_dim_ends(flux, NONE)
    assert found[:240].all()
    assert found[-140:].all()
    assert not found[400:-300].any()


def test_a_blaze_is_cut_where_it_is_dim() -> None:
    x = np.linspace(-1.0, 1.0, N_PIXELS)
    flux = 1e4 * np.sinc(0.95 * x) ** 2 + 1.0
    found = find_dim_ends(flux, NONE)
    assert flux[found].max() < 0.45 * 1e4
    assert not found[np.abs(x) < 0.55].any()


def test_lines_are_no_dark_ends() -> None:
    x = np.arange(N_PIXELS)
    flux = 1.0 - 0.9 * (np.sin(x / 7.0) > 0.6) - 0.5 * np.exp(-0.5 * ((x - 2000) / 300.0) ** 2)
    assert not find_dim_ends(flux, NONE).any()
