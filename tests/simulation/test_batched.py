"""The batched simulator against the forward model in numpy, and its noise against what it should be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.broadening import broaden

torch = pytest.importorskip("torch")

from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch  # noqa: E402 - after torch

STEP_KMS = 1.2
DECIMATION = 4
FIRST, N_PIXELS = 200, 1600


@pytest.fixture(scope="module")
def wavelength_aa() -> np.ndarray:
    return 4800.0 * np.exp(np.arange(8000) * STEP_KMS / SPEED_OF_LIGHT_KMS)


@pytest.fixture(scope="module")
def spectra(wavelength_aa: np.ndarray) -> np.ndarray:
    """Three spectra of 60 narrow lines each."""
    rng = np.random.default_rng(3)
    flux = np.ones((3, len(wavelength_aa)))
    velocity = np.arange(len(wavelength_aa)) * STEP_KMS
    for row in flux:
        for centre, depth in zip(rng.uniform(700, 8900, 60), rng.uniform(0.1, 0.8, 60), strict=True):
            row *= 1.0 - depth * np.exp(-0.5 * ((velocity - centre) / 6.0) ** 2)
    return flux.astype(np.float32)


@pytest.fixture(scope="module")
def simulator(spectra: np.ndarray, wavelength_aa: np.ndarray) -> BatchedSimulator:
    return BatchedSimulator(spectra, wavelength_aa, DECIMATION, FIRST, N_PIXELS)


def make_broadening(rows: list[tuple[float, float, float, float, float]]) -> BroadeningBatch:
    return BroadeningBatch(*(torch.tensor(column) for column in zip(*rows, strict=True)))


BROADENINGS = [
    (0.0, 0.0, 0.0, 115000.0, 1.0),
    (8.0, 4.0, 1.5, 50000.0, 2.4),
    (150.0, 0.0, -20.0, 20000.0, 0.0),
]


def test_batch_equals_the_forward_model_in_numpy(simulator: BatchedSimulator, spectra: np.ndarray) -> None:
    transfer = simulator.transfer(make_broadening(BROADENINGS))
    flux = simulator.to_pixels(simulator.gather(torch.arange(3)) * transfer).numpy()
    for row, spectrum, (vsini, macro, velocity, power, pixel) in zip(flux, spectra, BROADENINGS, strict=True):
        expected = broaden(
            spectrum.astype(float),
            STEP_KMS,
            vsini_kms=vsini,
            vmac_kms=macro,
            velocity_kms=velocity,
            resolving_power=power,
            pixel_kms=pixel,
        )[::DECIMATION][FIRST : FIRST + N_PIXELS]
        assert np.abs(row - expected).max() < 0.002


def test_combine_adds_rows_up(simulator: BatchedSimulator, spectra: np.ndarray) -> None:
    coefficients = torch.tensor([[0.2, 0.5, 0.3]])
    combined = simulator.to_pixels(simulator.combine(coefficients))[0]
    single = simulator.to_pixels(simulator.gather(torch.arange(3)))
    assert torch.allclose(combined, (coefficients.T * single).sum(0), atol=1e-5)


def test_shift_moves_a_line_by_its_velocity(simulator: BatchedSimulator) -> None:
    rows = [(0.0, 0.0, velocity, 30000.0, 0.0) for velocity in (0.0, 9.6)]
    transfer = simulator.transfer(make_broadening(rows))
    flux = simulator.to_pixels(simulator.gather(torch.tensor([0, 0])) * transfer)
    assert torch.allclose(flux[1, 2:], flux[0, :-2], atol=2e-3)  # 9.6 km/s are two pixels


def test_equivalent_width_is_kept(simulator: BatchedSimulator) -> None:
    transfer = simulator.transfer(make_broadening(BROADENINGS))
    gathered = simulator.gather(torch.tensor([1, 1, 1]))
    assert torch.allclose((gathered * transfer)[:, 0].real, gathered[:, 0].real, rtol=1e-5)


@pytest.mark.parametrize("pixel_kms", [0.8, 2.4, 40.0])
def test_noise_has_the_right_size_per_detector_pixel(simulator: BatchedSimulator, pixel_kms: float) -> None:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.full((64,), pixel_kms)
    noise = simulator.to_pixels(simulator.white_noise(pixels, generator))
    expected = min(1.0, math.sqrt(pixel_kms / simulator.step_kms))
    assert float(noise.std()) == pytest.approx(expected, rel=0.02)
    # Pixels wider than the output step leave noise that is correlated over them.
    neighbours = float((noise[:, 1:] * noise[:, :-1]).mean() / noise.square().mean())
    assert (neighbours > 0.9) == (pixel_kms > 4 * simulator.step_kms)


def test_same_seed_gives_same_noise(simulator: BatchedSimulator) -> None:
    draws = [simulator.white_noise(torch.ones(2), torch.Generator().manual_seed(5)) for _ in range(2)]
    assert torch.equal(draws[0], draws[1])


def test_wrong_shape_is_said(wavelength_aa: np.ndarray) -> None:
    with pytest.raises(ModelError, match="do not fit"):
        BatchedSimulator(np.ones((2, 100), np.float32), wavelength_aa, 4, 0, 10)
