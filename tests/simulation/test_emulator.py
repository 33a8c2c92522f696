"""The bundled optical emulator: its interface, its speed, and the labels that it moves."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from spectragui.core.errors import ModelError
from spectragui.simulation.emulator import Emulator, load_emulator, pack_basis, unpack_basis

SUN = np.array([5772.0, 4.44, 0.0, 0.0, 1.0])
STEPS = np.array([100.0, 0.1, 0.1, 0.1, 0.1])


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return load_emulator()


@pytest.fixture(scope="module")
def held_out(shared_data: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(shared_data / "grids" / "optical.npz") as grid:
        return grid["labels"][::10].astype(float), grid["flux"][::10].astype(np.float32) / 50000


def test_grid_is_constant_in_velocity(emulator: Emulator) -> None:
    step = np.diff(np.log(emulator.wavelength_aa)) * 299792.458
    np.testing.assert_allclose(step, emulator.dv_kms, rtol=1e-6)
    assert emulator.dv_kms == 1.2
    assert emulator.wavelength_aa[0] < 4440 and emulator.wavelength_aa[-1] > 5410
    assert emulator.label_names == ("teff", "logg", "m_h", "alpha_m", "vmic")


def test_wavelengths_are_those_of_the_grid(emulator: Emulator, shared_data: Path) -> None:
    with np.load(shared_data / "grids" / "optical.npz") as grid:
        np.testing.assert_allclose(emulator.wavelength_aa, grid["wave"], rtol=1e-9)


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


def test_held_out_spectra_are_matched(emulator: Emulator, held_out: tuple[np.ndarray, np.ndarray]) -> None:
    labels, flux = held_out
    error = np.abs(emulator.normalised_flux(labels) - flux)
    assert np.median(error) < 0.002
    assert np.percentile(error, 99) < 0.04


def test_held_out_labels_come_back(emulator: Emulator, held_out: tuple[np.ndarray, np.ndarray]) -> None:
    labels, flux = held_out
    chosen = np.flatnonzero((labels[:, 0] > 4100) & (labels[:, 0] < 6900))
    errors = np.abs([_fit(emulator, flux[i], labels[i]) - labels[i] for i in chosen])
    median = np.median(errors, axis=0)
    assert median[0] < 15 and median[1] < 0.03 and median[2] < 0.015


def _fit(emulator: Emulator, flux: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Fit five labels by damped Gauss-Newton in the coefficients' space, from a start well off."""
    low, high = np.array([emulator.label_ranges[name] for name in emulator.label_names]).T
    gram = (emulator.basis @ emulator.basis.T).astype(float)
    wanted = (emulator.basis @ (flux - emulator.mean)).astype(float)

    def chi2(at: np.ndarray) -> float:
        c = emulator.coefficients(at)[0].astype(float)
        return float(c @ gram @ c - 2 * c @ wanted)

    labels = np.clip(truth + STEPS * [1.5, 2, -1.5, 0.5, 2], low, high)
    damping, best = 1e-3, chi2(labels)
    for _ in range(15):
        slopes = emulator.coefficient_derivatives(labels).astype(float) * STEPS[:, None]
        normal = slopes @ gram @ slopes.T
        right = slopes @ (wanted - gram @ emulator.coefficients(labels)[0])
        while damping < 1e4:
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), right)
            trial = np.clip(labels + step * STEPS, low, high)
            if chi2(trial) <= best:
                break
            damping *= 5
        if damping >= 1e4:
            break
        labels, best, damping = trial, chi2(trial), max(damping / 10, 1e-7)
    return labels


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
