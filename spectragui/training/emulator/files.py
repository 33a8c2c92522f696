"""Write an emulator's folder: weights, card and how it was trained."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import ModelError
from spectragui.core.labels import LABELS
from spectragui.core.model_card import Companions, Domain
from spectragui.core.model_folder import (
    WEIGHTS_FILE,
    CardLabel,
    ModelCard,
    WavelengthGrid,
    checksum,
    describe_weights,
    read_card,
    write_card,
)
from spectragui.core.package_data import resource
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.model_error import FILE as ERRORS_FILE
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
    config : mapping
        Of `EmulatorConfig`, where it differs from its defaults.
    domain, companions, errors : mapping
        As in a card (`spectragui.core.model_card`); empty = as the card was before.
    """

    title: str = ""
    data: str = ""
    citation: str = "SpectraGUI"
    limits: tuple[str, ...] = ()
    binned: int = 1
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    domain: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    companions: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    errors: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def card_facts(folder: Path) -> ModelCard:
    """Return what an emulator's card says beside what is measured: as listed, the rest as it was before."""
    told = emulator_facts(folder.name)
    try:
        before = read_card(folder)
    except ModelError:
        before = ModelCard(folder.name, "1.0", KIND)
    if told.domain:
        facts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in told.domain.items()}
        before = dataclasses.replace(before, domain=Domain(**facts))
    if told.companions:
        before = dataclasses.replace(before, companions=Companions(**told.companions))
    if told.errors:
        before = dataclasses.replace(before, errors=dict(told.errors))
    return dataclasses.replace(
        before,
        title=told.title or f"Emulator {folder.name}",
        summary="Normalised flux and continuum of a star from its labels, at the resolution of the lines.",
        licence="BSD-3-Clause",
        citation=told.citation,
        limits=told.limits,
        training={"data": told.data},
        metrics={},
    )


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
    facts: ModelCard,
    label_names: Sequence[str],
) -> Path:
    """Write an emulator's folder: weights, card and ``train.toml``; return the folder.

    Parameters
    ----------
    tensors : dict of str to ndarray
        As `spectragui.training.emulator.run.train_emulator` returns them.
    config : EmulatorConfig
    folder : pathlib.Path
    facts : ModelCard
        What the card says beside name, labels, pixels and checksums: title, medium, where it holds, what
        it is wrong by, metrics.
    label_names : sequence of str
        Of the grid.
    """
    import tomlkit
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    contiguous = {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file(contiguous, path)
    write_card(_card(folder, tensors, config, facts, label_names), folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps({"kind": KIND, **dataclasses.asdict(config)}))
    return folder


def _card(
    folder: Path,
    tensors: dict[str, NDArray[Any]],
    config: EmulatorConfig,
    facts: ModelCard,
    label_names: Sequence[str],
) -> ModelCard:
    start, step = tensors["wavelength_grid"]
    n_pixels = tensors["mean"].size
    sha256, shapes = describe_weights(folder)
    if ERRORS_FILE in facts.sha256 and (folder / ERRORS_FILE).is_file():
        sha256[ERRORS_FILE] = checksum(folder / ERRORS_FILE)
    ranges = np.asarray(tensors["label_ranges"], dtype=float).round(4).tolist()
    return dataclasses.replace(
        facts,
        name=folder.name,
        kind=KIND,
        labels=tuple(
            CardLabel(name, LABELS[name].unit, low, high)
            for name, (low, high) in zip(label_names, ranges, strict=True)
        ),
        wavelength=WavelengthGrid(
            start_aa=round(float(np.exp(start)), 6),
            stop_aa=round(float(np.exp(start + step * (n_pixels - 1))), 6),
            n_pixels=n_pixels,
            dv_kms=round(float(step) * SPEED_OF_LIGHT_KMS, 6),
            medium=facts.medium,
        ),
        training={
            "held_out": f"every {HELD_OUT_STEP}th spectrum, from the basis too",
            **facts.training,
            "seed": config.seed,
            "command": "python -m spectragui.training.emulator.run GRID FOLDER --extra EXTRA",
        },
        sha256=sha256,
        tensors=shapes,
    )
