"""What a denoised spectrum holds in memory: of a thousand open ones it decides how much the window takes."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.denoised import covariance_factor, linear_error
from spectragui.core.package_data import resource
from spectragui.core.spectrum import CORRELATION
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum, prepared
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from spectragui.io.read import read_spectrum

MOST_BYTES = 550_000  # half precision of 4096 pixels x 58, and the residual


@pytest.fixture(scope="module")
def found():
    return denoise_spectrum(read_spectrum(resource("examples", "simulated_pfs_halo_giant.fits")))


def test_the_covariance_is_held_once_and_short(found):
    held: dict[int, int] = {}
    values = [*vars(found).values(), *vars(found.spectrum).values(), *found.spectrum.meta.values()]
    for value in values:
        if isinstance(value, np.ndarray):
            held[id(value)] = value.nbytes
    assert sum(held.values()) - found.spectrum.flux.nbytes - found.spectrum.uncertainty.nbytes < MOST_BYTES
    assert found.spectrum.meta[CORRELATION].dtype == np.float16


def test_errors_of_widths_are_those_of_the_whole_precision(found):
    """An equivalent width takes the continuum away, and with it most of what pixels have in common."""
    sigma, short = found.spectrum.uncertainty, covariance_factor(found.spectrum)
    inside = np.isfinite(sigma)
    ready = prepared(found.noisy, DenoiseOptions())
    estimate = ready.solve(ready.pixels)
    whole = np.asarray(estimate.factor[0], np.float64) / ready.pixels.to_fnu[:, None]
    assert np.array_equal(np.flatnonzero(inside), ready.pixels.index)
    for centre in (1000, 2600, 3500):
        gradient = np.zeros(len(sigma))
        gradient[centre - 10 : centre + 10] = 1.0
        gradient[centre - 60 : centre - 20] = gradient[centre + 20 : centre + 60] = -0.25
        error = linear_error(gradient, np.where(inside, sigma, 0.0), short)
        assert error == pytest.approx(np.linalg.norm(gradient[inside] @ whole), rel=5e-3)
