"""How many exposures are still needed: against exposures that are really added up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spectragui.analysis.coadd import coadd
from spectragui.analysis.exposure_forecast import exposures_for_error, exposures_for_snr
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum


def exposures(n: int, snr: float = 4.0) -> list[Spectrum]:
    generator = np.random.default_rng(3)
    axis = SpectralAxis(np.linspace(8000.0, 8400.0, 1000), medium="vacuum", frame="rest")
    return [
        Spectrum(axis, 1.0 + generator.normal(0, 1 / snr, 1000), np.full(1000, 1 / snr)) for _ in range(n)
    ]


def test_forecast_is_what_the_sum_then_has():
    spectra = exposures(40)
    four = coadd(spectra[:4]).spectrum
    needed = exposures_for_snr([spectrum_snr(one) for one in spectra[:4]], spectrum_snr(four), 20.0)
    assert needed is not None
    assert spectrum_snr(coadd(spectra[: 4 + needed]).spectrum) == pytest.approx(20.0, rel=0.05)


def test_what_is_reached_needs_none_and_what_is_unknown_is_not_told():
    assert exposures_for_snr([5.0, 5.0], 7.1, 7.0) == 0
    assert exposures_for_snr([], 7.1, 9.0) is None
    assert exposures_for_snr([math.nan], 7.1, 9.0) is None
    assert exposures_for_snr([5.0], math.nan, 9.0) is None
    assert exposures_for_snr([1e-4], 1e-4, 1e3) is None
    assert exposures_for_snr([5.0], -0.1, 9.0) is None
    assert exposures_for_snr([3.0, 4.0], 5.0, 10.0) == 6


def test_errors_fall_with_the_root_of_the_number_down_to_their_floor():
    assert exposures_for_error(4, 100.0, 50.0) == 12
    assert exposures_for_error(4, 100.0, 100.0) == 0
    assert exposures_for_error(4, 100.0, 60.0, floor=60.0) is None
    assert exposures_for_error(4, 100.0, 80.0, floor=60.0) == 6
    assert exposures_for_error(0, 100.0, 80.0) is None
