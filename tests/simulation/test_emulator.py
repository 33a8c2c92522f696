"""The bundled optical emulator: its interface, its speed, and the labels that it moves."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from spectragui.core.errors import ModelError
from spectragui.simulation.emulator import Emulator, load_emulator, pack_basis, unpack_basis
from spectragui.training.emulator.emulator_grid import Grid, read_grid
from spectragui.training.emulator.report import fit_labels, labels_returned, pixel_errors

SUN = np.array([5772.0, 4.44, 0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return load_emulator("optical-emulator")


@pytest.fixture(scope="module")
def grid(shared_data: Path) -> Grid:
    whole = read_grid(shared_data / "grids" / "optical.npz")
    held = whole.held_out
    return Grid(
        whole.wavelength_aa,
        whole.flux[held],
        whole.log_continuum[held],
        whole.knot_pixels,
        whole.labels[held],
        held[held],
    )


def test_grid_is_constant_in_velocity(emulator: Emulator) -> None:
    step = np.diff(np.log(emulator.wavelength_aa)) * 299792.458
    np.testing.assert_allclose(step, emulator.dv_kms, rtol=1e-6)
    assert emulator.dv_kms == 1.2
    assert emulator.wavelength_aa[0] < 4440 and emulator.wavelength_aa[-1] > 5410
    assert emulator.label_names == ("teff", "logg", "m_h", "alpha_m", "vmic")


def test_wavelengths_are_those_of_the_grid(emulator: Emulator, shared_data: Path) -> None:
    with np.load(shared_data / "grids" / "optical.npz") as stored:
        np.testing.assert_allclose(emulator.wavelength_aa, stored["wave"], rtol=1e-9)


def test_one_or_many_labels_a_part_or_the_whole(emulator: Emulator) -> None:
    labels = np.stack([SUN, [4800, 2.5, -0.5, 0.2, 1.5], [8000, 4.0, 0.2, 0.0, 2.0]])
    many = emulator.normalised_flux(labels)
    assert many.shape == (3, emulator.n_pixels) and many.dtype == np.float32
    np.testing.assert_allclose(emulator.normalised_flux(SUN)[0], many[0], atol=1e-5)
    part = emulator.normalised_flux(labels, slice(1000, 2000))
    np.testing.assert_allclose(part, many[:, 1000:2000], atol=1e-5)


def test_physics_points_the_right_way(emulator: Emulator) -> None:
    def strength(**change: float) -> float:
        labels = SUN.copy()
        for name, value in change.items():
            labels[emulator.label_names.index(name)] += value
        return float((1 - emulator.normalised_flux(labels)).mean())

    assert strength(m_h=0.3) > strength() > strength(m_h=-0.3)
    assert strength(teff=-300) > strength() > strength(teff=300)
    assert strength(vmic=0.5) > strength()


def test_derivatives_are_those_of_the_flux(emulator: Emulator) -> None:
    slopes = emulator.normalised_flux_derivatives(SUN)
    for number, step in enumerate([20.0, 0.05, 0.05, 0.05, 0.05]):
        ahead, behind = SUN.copy(), SUN.copy()
        ahead[number] += step
        behind[number] -= step
        pair = emulator.normalised_flux(np.stack([ahead, behind]))
        numeric = (pair[0] - pair[1]) / (2 * step)
        assert np.abs(numeric - slopes[number]).max() < 0.03 * np.abs(numeric).max()


def test_continuum_is_hotter_and_bluer_with_teff(emulator: Emulator) -> None:
    cool, hot = emulator.continuum(np.stack([SUN, [8000, 4.44, 0, 0, 1]]))
    assert np.all(hot > cool) and np.all(cool > 0)
    assert hot[0] / hot[-1] > cool[0] / cool[-1]


def test_one_spectrum_is_quick(emulator: Emulator) -> None:
    best = np.inf
    for _ in range(8):
        start = time.perf_counter()
        emulator.normalised_flux(SUN)
        best = min(best, time.perf_counter() - start)
    assert best < 0.02  # 2 ms on a free core


def test_held_out_spectra_are_matched(emulator: Emulator, grid: Grid) -> None:
    for resolving_power in (np.inf, 100_000.0):
        error = pixel_errors(emulator, grid, resolving_power)
        assert np.median(error) < 0.0015
        assert np.percentile(error, 99) < 0.04


def test_held_out_labels_come_back(emulator: Emulator, grid: Grid) -> None:
    median = np.median(np.abs(labels_returned(emulator, grid)), axis=0)
    assert median[0] < 8 and median[1] < 0.015 and median[2] < 0.008


def test_its_own_labels_come_back_exactly(emulator: Emulator) -> None:
    found = fit_labels(emulator, emulator.normalised_flux(SUN)[0], SUN + [150.0, 0.2, -0.15, 0.05, 0.2])
    np.testing.assert_array_less(np.abs(found - SUN), [1.0, 0.003, 0.002, 0.002, 0.003])


def test_packed_basis_is_close() -> None:
    basis = np.random.default_rng(1).normal(size=(6, 5000)).astype(np.float32) / 70
    packed = pack_basis(basis, 2)
    unpacked = unpack_basis(packed["basis"], packed["basis_small"], packed["basis_small_step"])
    np.testing.assert_allclose(unpacked[:2], basis[:2], rtol=1e-3, atol=1e-6)
    assert np.abs(unpacked[2:] - basis[2:]).max() < 0.005 * np.abs(basis).max()


def test_a_missing_or_damaged_emulator_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        Emulator.load(tmp_path)
    (tmp_path / "card.toml").write_text('name = "x"\nversion = "1"\nkind = "emulator"\n')
    (tmp_path / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="damaged"):
        Emulator.load(tmp_path)
    save_file({"mean": np.zeros(3, np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="lacks its tensor"):
        Emulator.load(tmp_path)
    (tmp_path / "card.toml").write_text('name = "x"\nversion = "1"\nkind = "parameters"\n')
    with pytest.raises(ModelError, match="not an emulator"):
        Emulator.load(tmp_path)
