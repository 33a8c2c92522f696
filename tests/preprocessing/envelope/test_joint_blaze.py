"""The blaze of all orders at once: comes back through lines and bands, and says where it is none."""

from __future__ import annotations

import numpy as np

from spectragui.preprocessing.envelope.joint_blaze import LEAST_BLAZE, joint_sinc2

N_ORDERS, N_PIXELS = 40, 500


def orders(generator: np.random.Generator):
    """Return wavelengths, blazes and envelopes of an echelle of which every fifth order has a band."""
    wavelengths, blazes, envelopes = [], [], []
    for number in range(120, 120 - N_ORDERS, -1):
        centre = 6e5 / number
        wavelength = centre * (1.0 + 0.012 * np.linspace(-0.5, 0.55, N_PIXELS))
        blaze = np.sinc(0.9 * (number - 6e5 / wavelength)) ** 2
        envelope = 1000.0 * generator.uniform(0.5, 2.0) * blaze
        if number % 5 == 0:
            envelope = envelope * (1.0 - 0.4 / (1.0 + np.exp(-(wavelength - centre) / 2.0)))
        wavelengths.append(wavelength)
        blazes.append(np.maximum(blaze, LEAST_BLAZE))
        envelopes.append(envelope * (1.0 + 0.003 * generator.standard_normal(N_PIXELS)))
    return wavelengths, blazes, envelopes


def test_the_blaze_comes_back_through_bands() -> None:
    wavelengths, blazes, envelopes = orders(np.random.default_rng(1))
    found = joint_sinc2(wavelengths, envelopes, [np.ones(N_PIXELS, dtype=bool)] * N_ORDERS)
    assert found is not None
    for blaze, one in zip(blazes, found, strict=True):
        bright = blaze > 0.3
        ratio = one[bright] / blaze[bright]
        assert np.std(ratio) / np.mean(ratio) < 0.01


def test_masked_pixels_do_not_count() -> None:
    wavelengths, blazes, envelopes = orders(np.random.default_rng(2))
    good = np.ones(N_PIXELS, dtype=bool)
    good[200:260] = False
    for envelope in envelopes:
        envelope[200:260] = 1e6
    found = joint_sinc2(wavelengths, envelopes, [good] * N_ORDERS)
    assert found is not None
    bright = blazes[7] > 0.3
    assert np.std(found[7][bright] / blazes[7][bright]) < 0.02


def test_what_is_no_family_of_orders_is_refused() -> None:
    wavelengths, _, envelopes = orders(np.random.default_rng(3))
    good = [np.ones(N_PIXELS, dtype=bool)] * N_ORDERS
    assert joint_sinc2(wavelengths[:4], envelopes[:4], good[:4]) is None
    place = np.linspace(-1.0, 1.0, N_PIXELS)
    generator = np.random.default_rng(4)
    wild = [
        1.0 + 0.9 * np.sin(generator.uniform(3, 9) * place + generator.uniform(0, 6)) for _ in wavelengths
    ]
    assert joint_sinc2(wavelengths, wild, good) is None
