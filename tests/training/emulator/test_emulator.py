"""Training of the emulator on a toy grid whose answer is known."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import TrainingError
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import check_model
from spectragui.simulation.emulator import Emulator
from spectragui.training.emulator.emulator_grid import read_grid
from spectragui.training.emulator.files import EmulatorConfig, save_emulator
from spectragui.training.emulator.run import train_emulator

CONFIG = EmulatorConfig(
    n_components=6, n_large=4, n_continuum_components=2, n_hidden=32, n_networks=2, n_steps=1500
)


@pytest.fixture(scope="module")
def grid_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines whose depths and widths follow the labels smoothly."""
    generator = np.random.default_rng(1)
    n = 120
    low, high = np.array([[4000, 9000], [1, 5], [-2, 0.5], [-0.1, 0.5], [0, 4]]).T
    labels = generator.uniform(low, high, (n, 5))
    wave = 4439.0 * np.exp(np.arange(600) * 1.2 / 299792.458)
    centres = generator.uniform(wave[20], wave[-20], 15)
    theta = 5040 / labels[:, :1]
    strength = 10 ** (0.5 * labels[:, 2:3]) * theta * (1 + 0.1 * labels[:, 1:2] * np.linspace(-1, 1, 15))
    strength = strength * (1 + 0.3 * labels[:, 3:4] * (np.arange(15) % 2)) * (1 + 0.1 * labels[:, 4:5])
    shape = np.exp(-0.5 * ((wave - centres[:, None]) / 0.06) ** 2)
    flux = np.exp(-0.4 * strength @ shape)
    index = np.linspace(0, 599, 7).astype(int)
    continuum = (labels[:, :1] / 5000) ** 4 * (wave[index] / 4500) ** -2
    path = tmp_path_factory.mktemp("grid") / "toy.npz"
    np.savez(
        path,
        wave=wave,
        flux=np.round(flux * 50000).astype(np.uint16),
        cont=continuum,
        cont_index=index,
        labels=labels,
    )
    return path


def test_a_toy_grid_is_learnt_and_survives_its_file(grid_file: Path, tmp_path: Path) -> None:
    grid = read_grid(grid_file)
    facts = ModelCard("any", "1.0", "emulator")
    folder = save_emulator(train_emulator(grid, CONFIG), CONFIG, tmp_path / "toy", facts, grid.label_names)
    assert check_model(folder).kind == "emulator"
    emulator = Emulator.load(folder)
    held = grid.held_out
    error = np.abs(emulator.normalised_flux(grid.labels[held]) - grid.flux[held])
    spread = np.abs(grid.flux[held] - grid.flux[~held].mean(axis=0))
    assert error.mean() < 0.1 * spread.mean()
    knots = np.log(emulator.continuum(grid.labels[held])[:, grid.knot_pixels])
    assert np.abs(knots - grid.log_continuum[held]).mean() < 0.03


def test_held_out_spectra_do_not_matter(grid_file: Path) -> None:
    grid = read_grid(grid_file)
    spoilt = np.array(grid.flux)
    spoilt[grid.held_out] = 0.123
    config = EmulatorConfig(
        n_components=3, n_large=3, n_continuum_components=2, n_hidden=8, n_steps=20, n_kernel_trials=5
    )
    other = dataclasses.replace(grid, flux=spoilt)
    first, second = train_emulator(grid, config), train_emulator(other, config)
    for name, tensor in first.items():
        np.testing.assert_array_equal(tensor, second[name], err_msg=name)


def test_a_second_grid_is_all_trained_on(grid_file: Path) -> None:
    grid = read_grid(grid_file)
    both = grid.joined(grid)
    assert both.held_out.sum() == grid.held_out.sum() and both.flux.shape[0] == 2 * grid.flux.shape[0]
    with pytest.raises(TrainingError, match="wavelength"):
        grid.joined(dataclasses.replace(grid, wavelength_aa=grid.wavelength_aa * 1.001))


def test_evaluation_needs_no_torch() -> None:
    code = (
        "import sys; from spectragui.simulation.emulator import load_emulator; "
        "load_emulator('optical-emulator').normalised_flux([5772, 4.44, 0, 0, 1]); "
        "assert 'torch' not in sys.modules and 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
