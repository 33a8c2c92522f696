"""The card of a trained parameter network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spectragui.core.card_formats import usual_edge
from spectragui.core.labels import LABELS
from spectragui.core.loss_history import TABLE, history_table
from spectragui.core.model_folder import (
    CardLabel,
    ModelCard,
    WavelengthGrid,
    describe_weights,
    read_card,
    write_card,
)
from spectragui.networks.parameter_network import KIND, ParameterNetwork
from spectragui.training.config import Config
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.metrics import mean_absolute_errors
from spectragui.training.parameters.observing_cases import CaseResult

ROTATION_LIMITS = (
    "v sin i includes macroturbulence, and is an upper limit below about c / (2 R).",
    "Without a known resolving power v sin i is uncertain.",
)


def write_model_card(
    network: ParameterNetwork,
    config: Config,
    grid: SpectrumGrid,
    emulator: ModelCard,
    folder: Path,
    metrics: Mapping[str, Any] | None = None,
) -> Path:
    """Write ``card.toml`` beside the weights of a network; return its path.

    Parameters
    ----------
    network : ParameterNetwork
    config : Config
        What it was trained with.
    grid : SpectrumGrid
        What it was trained on; gives the ranges of the labels.
    emulator : ModelCard
        Of the emulator; what it says of window, physics and companions holds for the network too.
    folder : pathlib.Path
        Holds the weights.
    metrics : mapping, optional
        Measured on held-out spectra.
    """
    checksums, shapes = describe_weights(folder)
    wavelength = network.grid.wavelength_aa
    low, high = emulator.window_aa
    powers = (config.augmentation.resolving_power_min, config.augmentation.resolving_power_max)
    window = f"{low:.0f}-{high:.0f} A"
    rotation = ROTATION_LIMITS if "vsini" in network.label_names else ()
    card = ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title=config.card.title or f"{', '.join(network.label_names)} from {window}",
        summary=f"Labels and errors from {window} at R {powers[0]:.0f}-{powers[1]:,.0f}, in parts or whole.",
        labels=_label_ranges(network, config, grid),
        wavelength=WavelengthGrid(
            float(wavelength[0]),
            float(wavelength[-1]),
            len(wavelength),
            network.grid.step_kms,
            emulator.medium,
        ),
        chain=(emulator.medium, "coarse continuum", "rest frame", "merge", "running mean"),
        training=_training_table(config, grid),
        metrics=dict(metrics or {}),
        limits=tuple(config.card.limits) or (*emulator.limits, *rotation),
        domain=dataclasses.replace(emulator.domain, window_aa=(low, high), resolving_power=powers),
        companions=dataclasses.replace(emulator.companions, emulator=emulator.name),
        errors=emulator.errors,
        licence=emulator.licence,
        citation=emulator.citation,
        sha256=checksums,
        tensors=shapes,
        network=network.description.to_table(),
        extra=_kept_history(folder),
    )
    return write_card(card, folder)


def _kept_history(folder: Path) -> dict[str, Any]:
    history = history_table(folder / "checkpoints")
    return {TABLE: history} if history else {}


def write_metrics(results: Sequence[CaseResult], folder: Path) -> Path:
    """Write the mean absolute errors of each case into the card of a model; return its path."""
    metrics = {
        result.case.name: {
            name: float(f"{error:.3g}")
            for name, error in zip(
                result.label_names, mean_absolute_errors(result.predicted, result.true), strict=True
            )
        }
        for result in results
    }
    card = read_card(folder)
    return write_card(dataclasses.replace(card, metrics={**card.metrics, **metrics}), folder)


def _label_ranges(network: ParameterNetwork, config: Config, grid: SpectrumGrid) -> tuple[CardLabel, ...]:
    ranges = {
        name: (float(column.min()), float(column.max()))
        for name, column in zip(grid.label_names, grid.labels.T, strict=True)
    }
    ranges["vsini"] = (0.0, config.augmentation.vsini_max_kms)
    decimals = {"teff": -1, "vsini": 0}
    labels = []
    for name in network.label_names:
        low, high = (round(value, decimals.get(name, 2)) for value in ranges[name])
        labels.append(CardLabel(name, LABELS[name].unit, low, high, usual_edge(name)))
    return tuple(labels)


def _training_table(config: Config, grid: SpectrumGrid) -> dict[str, Any]:
    return {
        "data": Path(config.data.grid).name,
        "emulator": config.data.emulator,
        "n_spectra": len(grid.for_training()),
        "n_batches": config.training.steps,
        "batch": config.training.batch,
        "members": config.training.members,
        "seed": config.training.seed,
        "held_out": "every 10th spectrum; every 10th from the 5th is kept for the calibration of errors",
        "vsini_max": config.augmentation.vsini_max_kms,
        "resolving_power": [config.augmentation.resolving_power_min, config.augmentation.resolving_power_max],
        "command": "spectragui train train.toml",
    }
