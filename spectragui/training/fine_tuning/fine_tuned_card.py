"""The card of a model that was trained on labelled spectra."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.card_formats import usual_edge
from spectragui.core.labels import LABELS
from spectragui.core.model_card import CardLabel, ModelCard, WavelengthGrid
from spectragui.core.model_folder import describe_weights, read_card, write_card
from spectragui.inference.opened_model import OpenedModel
from spectragui.networks.parameter_network import KIND, ParameterNetwork
from spectragui.training.config import Config
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.fine_tuning.observed_stream import ObservedInputs
from spectragui.training.fine_tuning.old_against_new import ModelComparison


def write_fine_tuned_card(
    network: ParameterNetwork,
    config: Config,
    data: DataSet,
    inputs: ObservedInputs,
    model: OpenedModel,
    folder: Path,
) -> Path:
    """Write ``card.toml`` beside the weights; return its path.

    Parameters
    ----------
    network : ParameterNetwork
    config : Config
    data : DataSet
    inputs : ObservedInputs
        What of it could be served.
    model : OpenedModel
        The base model, or the emulator where there is none: window, physics and companions are its own.
    folder : pathlib.Path
        Holds the weights.
    """
    checksums, shapes = describe_weights(folder)
    card, is_base = model.card, bool(config.base.model)
    origin = f"fine-tuned from {card.name} {card.version}" if is_base else "trained on labelled spectra"
    wavelength = network.grid.wavelength_aa
    companions = card.companions
    if not is_base:
        companions = dataclasses.replace(companions, emulator=card.name)
    new = ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title=config.card.title or f"{folder.name}: {origin}",
        summary=f"{origin[:1].upper()}{origin[1:]} on {data.n_stars} stars of {data.path.name}.",
        labels=card.labels if is_base else _ranges(network, inputs),
        wavelength=WavelengthGrid(
            float(wavelength[0]), float(wavelength[-1]), len(wavelength), network.grid.step_kms, card.medium
        ),
        chain=card.chain or (card.medium, "coarse continuum", "rest frame", "merge", "running mean"),
        domain=card.domain,
        companions=companions,
        # Calibrated on observed stars, its errors hold what the physics is wrong by already.
        errors={kind: values for kind, values in card.errors.items() if kind != "misfit"},
        training=_training(config, data, inputs, model, is_base),
        metrics={},
        limits=tuple(config.card.limits) or (*card.limits, _limit(network, inputs)),
        licence=card.licence,
        citation=card.citation,
        sha256=checksums,
        tensors=shapes,
        network=network.description.to_table(),
    )
    return write_card(new, folder)


def add_metrics(folder: Path, comparison: ModelComparison) -> None:
    """Write into the card how well the model does on stars that it was not trained on."""
    card = read_card(folder)
    found = {one.name: one.new.mae for one in comparison.labels}
    title = f"test stars of {comparison.data_name}"
    write_card(dataclasses.replace(card, metrics={**card.metrics, title: found}), folder)


def _ranges(network: ParameterNetwork, inputs: ObservedInputs) -> tuple[CardLabel, ...]:
    """Return the ranges of the labels that were trained on."""
    found = []
    for name, column in zip(network.label_names, inputs.labels.T, strict=True):
        known = column[np.isfinite(column)]
        low, high = float(known.min()), float(known.max())
        if not low < high:
            low, high = low - 1e-3, high + 1e-3
        found.append(CardLabel(name, LABELS[name].unit, low, high, usual_edge(name)))
    return tuple(found)


def _limit(network: ParameterNetwork, inputs: ObservedInputs) -> str:
    words = []
    for name, column in zip(network.label_names, inputs.labels.T, strict=True):
        known = column[np.isfinite(column)]
        if len(known):
            label = LABELS[name]
            unit = f" {label.unit}" if label.unit not in ("", "dex") else ""
            low, high = (f"{value:.{label.decimals}f}" for value in (known.min(), known.max()))
            words.append(f"{label.plain_symbol} {low} to {high}{unit}")
    return f"Its labelled stars have {', '.join(words)}; elsewhere it has learnt nothing new."


def _training(
    config: Config, data: DataSet, inputs: ObservedInputs, model: OpenedModel, is_base: bool
) -> dict[str, Any]:
    parts = np.array(data.parts)[inputs.rows]
    table: dict[str, Any] = {
        "data": data.path.name,
        "data_sha256": data.sha256,
        "n_stars": data.n_stars,
        "n_spectra": int(np.sum(parts == "training")),
        "n_batches": config.training.steps,
        "batch": config.training.batch,
        "members": config.training.members,
        "seed": config.training.seed,
        "held_out": "stars of the parts validation and test of the data set",
        "command": "spectragui train train.toml",
    }
    if is_base:
        table |= {
            "base": model.card.name,
            "base_version": model.card.version,
            "frozen": list(config.base.freeze),
        }
    return table
