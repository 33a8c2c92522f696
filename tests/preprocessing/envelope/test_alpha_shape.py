"""The wheel that rolls over a spectrum, beside gaps."""

from __future__ import annotations

import numpy as np

from spectragui.preprocessing.envelope.alpha_shape import roll_wheel
from spectragui.preprocessing.envelope.blocks import Blocks


def test_the_last_support_beside_a_gap_is_no_emission() -> None:
    # Beside the gap continuum shows at one place only; then lines stand close for 15 A.
    wave = np.arange(5200.0, 5450.0, 0.3)
    wave = wave[(wave < 5304.0) | (wave > 5338.0)]
    blanket = (wave > 5339.5) & (wave < 5355.0)
    noise = 0.003 * np.random.default_rng(1).standard_normal(wave.size)
    lines = np.where(np.arange(wave.size) % 3 == 0, 0.0, 0.15)
    flux = np.where(blanket, 0.92, 1.0) - lines + noise
    curve, _ = roll_wheel(wave, Blocks(wave, flux, np.full(wave.size, 0.003)), 38.0, 3.0)
    beside = (wave > 5338.0) & (wave < 5339.5)
    assert np.abs(curve[beside] - 1.0).max() < 0.015
    emission = flux + 0.1 * (np.abs(wave - 5250.0) < 1.0)
    curve, _ = roll_wheel(wave, Blocks(wave, emission, np.full(wave.size, 0.003)), 38.0, 3.0)
    assert np.abs(curve[np.abs(wave - 5250.0) < 1.0] - 1.0).max() < 0.015
