"""Data reach the network as training spectra do."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import open_model
from spectragui.networks.input_grid import InputGrid
from spectragui.simulation.broadening import broaden

torch = pytest.importorskip("torch")

from spectragui.inference.parameters.network_input import (  # noqa: E402 - after torch
    merge_segments,
    misfit_amplitude,
    network_input,
)
from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch  # noqa: E402
from spectragui.training.parameters.datasets import sampling_transfer  # noqa: E402

FINE_KMS, N_FINE, DECIMATION, FIRST = 1.2, 12000, 4, 300
WAVE = 4800.0 * np.exp(np.arange(N_FINE) * FINE_KMS / SPEED_OF_LIGHT_KMS)
GRID = InputGrid(float(WAVE[DECIMATION * FIRST]), FINE_KMS * DECIMATION, 2048, mean_width_kms=1000.0)


def make_spectrum() -> np.ndarray:
    rng = np.random.default_rng(8)
    velocity = np.arange(N_FINE) * FINE_KMS
    flux = np.ones(N_FINE)
    for centre, depth in zip(rng.uniform(500, 14000, 90), rng.uniform(0.1, 0.8, 90), strict=True):
        flux *= 1.0 - depth * np.exp(-0.5 * ((velocity - centre) / 5.0) ** 2)
    return flux


def make_segment(power: float, vsini: float, low: float = 4801.0, high: float = 5030.0) -> Segment:
    """Observe the spectrum with 2.5 pixels per FWHM."""
    pixel = SPEED_OF_LIGHT_KMS / power / 2.5
    seen = broaden(make_spectrum(), FINE_KMS, resolving_power=power, vsini_kms=vsini, pixel_kms=pixel)
    n_pixels = int(SPEED_OF_LIGHT_KMS * np.log(high / low) / pixel)
    wave = low * np.exp(np.arange(n_pixels) * pixel / SPEED_OF_LIGHT_KMS)
    flux = np.interp(wave, WAVE, seen)
    return Segment(wave, flux, np.full(n_pixels, 0.01), np.zeros(n_pixels, dtype=bool))


def observe(*segments: Segment, power: float = 50000.0) -> Observation:
    return Observation(open_model("optical-parameters"), segments, power, True, 0.0, 0.1, 100.0, 1.0)


@pytest.mark.parametrize(
    ("power", "vsini"), [(80000.0, 6.0), (42000.0, 3.0), (10000.0, 20.0), (2000.0, 10.0)]
)
def test_data_are_normalised_as_training_spectra_are(power: float, vsini: float) -> None:
    rows = make_spectrum()[None].astype(np.float32)
    simulator = BatchedSimulator(rows, WAVE, DECIMATION, FIRST, GRID.n_pixels)
    numbers = (vsini, 0.0, 0.0, power, SPEED_OF_LIGHT_KMS / power / 2.5)
    transfer = simulator.transfer(BroadeningBatch(*(torch.tensor([number]) for number in numbers)))
    transfer = transfer * sampling_transfer(simulator.frequency, GRID.step_kms)
    flux = simulator.to_pixels(simulator.gather(torch.tensor([0])) * transfer)
    trained = GRID.normalise(flux, torch.ones_like(flux)).numpy()
    given = network_input(observe(make_segment(power, vsini), power=power), GRID)
    assert given.is_used.all()
    inner = slice(100, -100)
    assert np.sqrt(np.mean((given.flux - trained)[:, inner] ** 2)) < 0.004


def test_orders_are_merged_and_gaps_stay_empty() -> None:
    whole = make_segment(50000.0, 5.0)
    parts = [make_segment(50000.0, 5.0, 4801.0, 4900.0), make_segment(50000.0, 5.0, 4880.0, 4950.0)]
    flux, used = merge_segments(tuple(parts), GRID)
    full, _ = merge_segments((whole,), GRID)
    covered = GRID.wavelength_aa < 4949.0
    assert used[covered].all() and not used[GRID.wavelength_aa > 4951.0].any()
    assert np.abs(flux - full)[covered].max() < 0.02
    assert (flux[~used] == 0).all()


def test_masked_pixels_do_not_leak() -> None:
    segment = make_segment(50000.0, 5.0)
    mask = segment.mask.copy()
    mask[2000:2100] = True
    spoiled = np.where(mask, 1e5, segment.flux)
    spoiled_segment = Segment(segment.wavelength_aa, spoiled, segment.uncertainty, mask)
    clean_segment = Segment(segment.wavelength_aa, segment.flux, segment.uncertainty, mask)
    spoiled_input, clean_input = (network_input(observe(s), GRID) for s in (spoiled_segment, clean_segment))
    assert np.allclose(spoiled_input.flux, clean_input.flux)
    assert 0 < (clean_input.is_used == 0).sum() < 150


def test_worse_order_counts_less() -> None:
    good = make_segment(50000.0, 5.0)
    bad = Segment(good.wavelength_aa, good.flux + 0.3, good.uncertainty * 10, good.mask)
    merged, _ = merge_segments((good, bad), GRID)
    alone, _ = merge_segments((good,), GRID)
    assert np.median(merged - alone) == pytest.approx(0.3 / 101, rel=0.05)


def test_misfit_is_measured_where_there_is_one() -> None:
    rng = np.random.default_rng(1)
    error = np.abs(rng.normal(0.0, 0.02, 20000))
    sigma = np.full(20000, 0.01)
    noise = sigma * rng.standard_normal(20000)
    assert misfit_amplitude(noise, sigma, error) == 0.0
    for amplitude in (0.7, 1.2):
        residual = noise + amplitude * error * rng.choice([-1.0, 1.0], 20000)
        assert misfit_amplitude(residual, sigma, error) == pytest.approx(amplitude, abs=0.15)
    assert misfit_amplitude(noise[:20], sigma[:20], error[:20]) == 0.0
