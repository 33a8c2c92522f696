"""Write an emulator's folder: weights, card and how it was trained."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.labels import LABELS, STAR_LABELS
from spectragui.core.model_folder import (
    WEIGHTS_FILE,
    CardLabel,
    ModelCard,
    WavelengthGrid,
    describe_weights,
    write_card,
)
from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.emulator import KIND
from spectragui.training.emulator.emulator_grid import HELD_OUT_STEP


@dataclasses.dataclass(frozen=True)
class EmulatorFacts:
    """What the card of an emulator says beside what was measured (``resources/training/emulators.toml``).

    Attributes
    ----------
    title, data, citation : str
    limits : tuple of str
    binned : int
        Pixels of the grid that are one of the emulator.
    """

    title: str = ""
    data: str = ""
    citation: str = "SpectraGUI"
    limits: tuple[str, ...] = ()
    binned: int = 1


def emulator_facts(name: str) -> EmulatorFacts:
    """Return the facts of an emulator by its folder's name ("pfs-emulator"); empty where it is not listed."""
    tables = tomllib.loads(resource("training", "emulators.toml").read_text(encoding="utf-8"))
    table = tables.get(name.removesuffix("-emulator"), {})
    facts: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
    return EmulatorFacts(**facts)


@dataclasses.dataclass(frozen=True)
class EmulatorConfig:
    """How an emulator is trained; stored as ``train.toml``."""

    n_components: int = 110
    n_large: int = 24
    n_continuum_components: int = 6
    n_hidden: int = 256
    n_layers: int = 3
    n_networks: int = 1
    n_steps: int = 10_000
    learning_rate: float = 5e-3
    weight_decay: float = 0.0
    scale_power: float = 0.6
    n_kernel_trials: int = 200
    seed: int = 1
    threads: int = 1


def save_emulator(
    tensors: dict[str, NDArray[Any]],
    config: EmulatorConfig,
    folder: Path,
    metrics: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
) -> Path:
    """Write an emulator's folder: weights, card and ``train.toml``; return the folder."""
    import tomlkit
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    contiguous = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file(contiguous, path)
    write_card(_card(folder, tensors, config, metrics or {}, training or {}), folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps({"kind": KIND, **dataclasses.asdict(config)}))
    return folder


def _card(
    folder: Path,
    tensors: dict[str, NDArray[Any]],
    config: EmulatorConfig,
    metrics: dict[str, Any],
    training: dict[str, Any],
) -> ModelCard:
    facts = emulator_facts(folder.name)
    start, step = tensors["wavelength_grid"]
    n_pixels = tensors["mean"].size
    sha256, shapes = describe_weights(folder)
    ranges = np.asarray(tensors["label_ranges"], dtype=float).round(4).tolist()
    return ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title=facts.title or f"Emulator {folder.name}",
        summary="Normalised flux and continuum of a star from its labels, at the resolution of the lines.",
        labels=tuple(
            CardLabel(name, LABELS[name].unit, low, high)
            for name, (low, high) in zip(STAR_LABELS, ranges, strict=True)
        ),
        wavelength=WavelengthGrid(
            start_aa=round(float(np.exp(start)), 6),
            stop_aa=round(float(np.exp(start + step * (n_pixels - 1))), 6),
            n_pixels=n_pixels,
            dv_kms=round(float(step) * SPEED_OF_LIGHT_KMS, 6),
            medium="air",
        ),
        training={
            "data": facts.data,
            "held_out": f"every {HELD_OUT_STEP}th spectrum, from the basis too",
            "seed": config.seed,
            "command": "python -m spectragui.training.emulator.run GRID FOLDER --extra EXTRA",
            **training,
        },
        metrics=metrics,
        limits=facts.limits,
        licence="BSD-3-Clause",
        citation=facts.citation,
        sha256=sha256,
        tensors=shapes,
    )
