"""Averages of neighbouring pixels, of whatever there is."""

from __future__ import annotations

import numpy as np

from spectragui.preprocessing.envelope.blocks import average_blocks


def test_pixels_without_light_and_error_say_nothing_of_the_noise() -> None:
    wave = np.linspace(5000.0, 5050.0, 1000)
    nothing = average_blocks(wave, np.zeros(1000), np.zeros(1000), np.ones(1000, bool))
    assert (nothing.flux == 0).all() and np.isfinite(nothing.wavelength_aa).all()
    flux, sigma = np.ones(1000), np.full(1000, 0.01)
    plain = average_blocks(wave, flux, sigma, np.ones(1000, bool))
    flux[:100] = sigma[:100] = 0.0
    assert len(average_blocks(wave, flux, sigma, np.ones(1000, bool)).flux) == len(plain.flux)
