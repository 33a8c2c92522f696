"""The S/N of a spectrum is estimated wherever it has noise; a model has none."""

import math

import pytest

from spectragui.core.signal_to_noise import is_noiseless, spectrum_snr
from tests.gui.conftest import make_spectrum


@pytest.mark.parametrize("snr", [30.0, None])
def test_a_simulated_spectrum_with_noise_keeps_its_estimate_without_an_error_column(snr):
    noisy = make_spectrum(2000, simulated=True, **({} if snr is None else {"snr": snr}))
    bare = noisy.replace(uncertainty=None)
    assert not is_noiseless(bare) and math.isfinite(spectrum_snr(bare))


def test_a_generated_one_without_noise_has_none():
    model = make_spectrum(2000, simulated=True, snr=0.0).replace(uncertainty=None)
    assert is_noiseless(model) and math.isnan(spectrum_snr(model))
