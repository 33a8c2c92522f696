"""How long each stage takes on 50,000 pixels: what a slider waits for before the plot follows.

CPU time of the process, the best of five, for the defaults and for the slowest choice of each stage.
"""

import time

import numpy as np
import pytest

import spectragui.preprocessing  # noqa: F401 - registers the stages
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.stage import STAGES

N_PIXELS = 50_000
MUST_MS, AIM_MS = 50, 20
SLOWEST = {
    "savitzky_golay": {"by_bic": False, "window": 201, "order": 6},
    "smooth": {"kind": "median", "width_pix": 201.0},
    "continuum": {"method": "smooth and subtract"},
    "convolve": {"resolving_power": 1000.0},
    "deblaze": {"blaze": "sinc²"},
    "bad_pixels": {"treatment": "interpolate"},
    "gaps": {"treatment": "interpolate"},
    "cosmic_rays": {"widest": 10, "treatment": "interpolate"},
    "normalise": {"level": "chip medians"},
    "resample": {"grid": "velocity", "step_kms": 3.0},
}


def make_spectrum(n_pixels, start=4500.0, seed=1):
    rng = np.random.default_rng(seed)
    wavelength = start * np.exp(1e-5 * np.arange(n_pixels) * 0.7)
    flux = 1000.0 * (1 + 0.3 * np.sin(wavelength / 300))
    for centre in rng.integers(20, n_pixels - 20, n_pixels // 40):
        near = slice(centre - 20, centre + 20)
        flux[near] *= 1 - rng.uniform(0, 0.7) * np.exp(-0.5 * (np.arange(-20, 20) / 3.0) ** 2)
    sigma = np.sqrt(flux)
    axis = SpectralAxis(wavelength, medium="air", frame="observer")
    mask = rng.random(n_pixels) < 0.003
    meta = {"resolving_power": 60_000.0, "v_rad_kms": 10.0}
    return Spectrum(axis, rng.normal(flux, sigma), sigma, mask, meta=meta)


def best_ms(stage, spectrum):
    stage.run(spectrum)
    times = []
    for _ in range(5):
        start = time.process_time()
        stage.run(spectrum)
        times.append(time.process_time() - start)
    return 1e3 * min(times)


@pytest.mark.parametrize("name", STAGES.names())
def test_a_stage_on_50000_pixels(name, report):
    one = make_spectrum(N_PIXELS)
    orders = EchelleSpectrum(tuple(make_spectrum(5000, 4500.0 + 120 * i, i) for i in range(10)))
    cases = {"defaults": {}, "slowest": SLOWEST.get(name, {})}
    for words, values in cases.items():
        stage = STAGES.get(name)(**values)
        report(f"{name}, {words}, one piece", best_ms(stage, one), "ms", MUST_MS, AIM_MS)
        report(f"{name}, {words}, ten orders", best_ms(stage, orders), "ms", MUST_MS, AIM_MS)
