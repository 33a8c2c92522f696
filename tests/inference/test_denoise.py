"""Denoising: the API's promises about pixels, units, velocities and uncertainties."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoising_result import Denoised
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.mock_observation import Exposure, observe
from spectragui.simulation.star_spectrum import Star
from spectragui.simulation.truth import true_spectrum

GIANT = {"teff": 4500.0, "logg": 2.0, "m_h": -1.0}


def observed(
    labels: dict[str, float], snr: float, v_rad: float = 0.0, seed: int = 1
) -> tuple[Spectrum, Spectrum]:
    """Return a noisy PFS spectrum and its truth."""
    seen = observe(load_instrument("pfs-mr"), Star(labels, v_rad, ebv=0.05), Exposure(snr, seed=seed))
    truth = true_spectrum(seen)
    assert isinstance(truth, Spectrum)
    noisy = Spectrum(truth.spectral_axis, seen.orders[0].flux, seen.orders[0].sigma, flux_unit="nJy")
    return noisy, truth


def relative_error(denoised: Denoised, truth: Spectrum) -> float:
    """Return the mean of |denoised - truth| / truth over good pixels."""
    flux = denoised.spectrum.flux  # type: ignore[union-attr]
    good = np.isfinite(flux)
    return float(np.mean(np.abs(flux[good] / truth.flux[good] - 1.0)))


@pytest.mark.parametrize("v_rad", [0.0, 850.0, -850.0])
def test_a_percent_at_a_signal_to_noise_of_ten_at_any_velocity(v_rad: float) -> None:
    noisy, truth = observed(GIANT, 10.0, v_rad)
    found = denoise_spectrum(noisy)
    assert relative_error(found, truth) < 0.01
    assert found.row["v_rad"] == pytest.approx(v_rad, abs=15.0)
    assert found.snr_after > 5 * found.snr_before
    assert found.noisy is noisy
    assert found.spectrum.meta["denoised"].startswith("pfs-dae")  # type: ignore[union-attr]


def test_the_covariance_is_that_of_the_uncertainty() -> None:
    noisy, _ = observed(GIANT, 20.0)
    found = denoise_spectrum(noisy)
    sigma = np.sqrt(np.sum(found.factor**2, axis=1))
    assert np.allclose(sigma, found.spectrum.uncertainty, rtol=1e-6)  # type: ignore[union-attr]


def test_too_little_signal_ends_in_a_sentence() -> None:
    noisy, _ = observed(GIANT, 0.8)
    with pytest.raises(ModelError, match="too little to denoise"):
        denoise_spectrum(noisy)


def test_other_wavelengths_end_in_a_sentence() -> None:
    noisy, _ = observed(GIANT, 20.0)
    axis = noisy.spectral_axis
    with pytest.raises(ModelError, match="denoises"):
        denoise_spectrum(noisy.replace(spectral_axis=axis.replace(values=axis.values + 3000.0)))
