"""A model of two labels in another window: vacuum, 8620-8835 A, R 50,000; it knows only of itself."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spectragui.core.model_card import Companions, Domain, Edge, ModelCard, WavelengthGrid
from spectragui.core.model_folder import read_card, write_card
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.training.config import CardConfig, Config, DataConfig, NetworkConfig, TrainingConfig

NAMES = ("teff", "logg")
LOW, HIGH = np.array([3000.0, 3.0]), np.array([5000.0, 5.0])
WAVE = 8600.0 * np.exp(np.arange(7200) * 1.2 / SPEED_OF_LIGHT_KMS)
WINDOW_AA = (8620.0, 8835.0)
POWER = 50_000.0
FACTS = ModelCard(
    "facts",
    "1.0",
    "emulator",
    title="Emulator of a toy",
    limits=("Nothing of it is real.",),
    wavelength=WavelengthGrid(8600.0, 8840.0, 2, 1.2, "vacuum"),
    domain=Domain(
        WINDOW_AA,
        (30_000.0, 70_000.0),
        coolest_teff=3200.0,
        coolest_because="dust forms in the toy",
        hottest_teff=4800.0,
        hottest_because="the toy ionises",
    ),
    companions=Companions(velocity_templates="emulator"),
    errors={"emulator": {"teff": 5.0}, "physics": {}, "misfit": {"teff": 30.0, "logg": 0.05}},
    licence="BSD-3-Clause",
    citation="Nobody 2026",
)


def toy_flux(labels: NDArray[np.float64], wave: NDArray[np.float64] = WAVE) -> NDArray[np.float64]:
    """Return spectra of 120 lines whose depths follow teff and logg, shape (n, n_pixels)."""
    rng = np.random.default_rng(5)
    centres = np.sort(rng.uniform(8605.0, 8838.0, 120))
    of_teff, of_logg, base = (
        rng.uniform(-2.0, 2.0, 120),
        rng.uniform(-0.8, 0.8, 120),
        rng.uniform(0.1, 0.9, 120),
    )
    teff, logg = np.atleast_2d(labels).T
    strength = base * np.exp(of_teff * (4000.0 / teff - 1.0)[:, None] + of_logg * (logg - 4.0)[:, None] * 0.5)
    shape = np.exp(-0.5 * ((wave - centres[:, None]) / 0.09) ** 2)
    return np.exp(-strength @ shape)


def write_grid(path: Path) -> Path:
    """Write a grid of toy spectra that emulator and network are trained on."""
    labels = np.random.default_rng(1).uniform(LOW, HIGH, (220, 2))
    index = np.linspace(0, WAVE.size - 1, 7).astype(int)
    continuum = (labels[:, :1] / 5000) ** 4 * (WAVE[index] / 8700.0) ** -2
    flux = np.round(toy_flux(labels) * 50000).astype(np.uint16)
    np.savez(
        path,
        wave=WAVE,
        flux=flux,
        cont=continuum,
        cont_index=index,
        labels=labels,
        label_names=np.array(NAMES),
    )
    return path


def toy_in(folder: Path, temporary: pytest.TempPathFactory) -> Path:
    """Put a copy of the trained toy into a folder; return its network's folder (the emulator is beside it).

    It is trained once in a run: a seed gives the same weights every time, and that has its own test.
    """
    root = temporary.getbasetemp()
    shared = (root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root) / "shared-toy"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be at it
        if not (shared / "done").exists():
            made = shared / str(len(os.listdir(shared)))  # a training that failed left its own behind
            made.mkdir()
            train_toy(made)
            (shared / "done").write_text(made.name)
    made = shared / (shared / "done").read_text()
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return folder / "toy"


def train_toy(folder: Path) -> Path:
    """Train the toy's emulator and its network; return the network's folder (the emulator is beside it)."""
    from spectragui.training.emulator.emulator_grid import read_grid
    from spectragui.training.emulator.files import EmulatorConfig, save_emulator
    from spectragui.training.emulator.run import train_emulator
    from spectragui.training.parameters.augmentation import AugmentationConfig
    from spectragui.training.run import train_model

    grid_file = write_grid(folder / "toy.npz")
    grid = read_grid(grid_file)
    how = EmulatorConfig(
        n_components=12, n_large=12, n_continuum_components=2, n_hidden=48, n_steps=1500, n_kernel_trials=30
    )
    emulator = save_emulator(train_emulator(grid, how), how, folder / "toy-emulator", FACTS, grid.label_names)
    config = Config(
        output=str(folder / "toy"),
        data=DataConfig(
            grid=str(grid_file), model_error="", emulator=str(emulator), n_labels=2000, decimation=4,
            mean_width_kms=1000.0, grid_part=0.3, labels=NAMES, survey_spectra=256,
        ),
        augmentation=AugmentationConfig(
            resolving_power_min=30_000.0, resolving_power_max=70_000.0, vsini_max_kms=20.0, snr_min=20.0,
        ),
        network=NetworkConfig(options={"chunk_pixels": 64, "n_features": 8, "hidden": [64]}),
        training=TrainingConfig(
            steps=500, batch=64, learning_rate=3e-3, average=0.98, validate_every=250, validation_spectra=64,
            calibration_spectra=60, checkpoint_every=500,
        ),
        card=CardConfig(title="A toy"),
    )  # fmt: skip
    return train_model(config)


def with_edges(folder: Path, **edges: Edge) -> None:
    """Write other edges into the card of a model."""
    card = read_card(folder)
    labels = tuple(dataclasses.replace(one, edge=edges.get(one.name, one.edge)) for one in card.labels)
    write_card(dataclasses.replace(card, labels=labels), folder)


def toy_star(
    teff: float, logg: float, velocity_kms: float = 0.0, snr: float = 100.0, medium: str = "vacuum"
) -> Spectrum:
    """Return a toy star as an instrument of R 50,000 records it, with noise and errors."""
    from spectragui.core.spectral_axis import doppler_factor, vacuum_to_air
    from spectragui.simulation.broadening import broaden

    fine = broaden(toy_flux(np.array([[teff, logg]]))[0], 1.2, resolving_power=POWER)
    pixels = np.arange(8605.0, 8836.0, 0.07)
    flux = np.interp(pixels, WAVE * doppler_factor(velocity_kms), fine)
    flux = flux + np.random.default_rng(3).normal(size=flux.size) / snr
    values = pixels if medium == "vacuum" else vacuum_to_air(pixels)
    axis = SpectralAxis(values, "Angstrom", medium, "barycentric", medium_source="X", frame_source="X")
    meta = {"resolving_power": POWER, "object": "toy star"}
    return Spectrum(axis, 3000.0 * flux, np.full(flux.size, 3000.0 / snr), None, "", meta)
