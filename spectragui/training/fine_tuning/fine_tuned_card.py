"""The card of a model that was trained on labelled spectra."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.card_formats import usual_edge
from spectragui.core.labels import LABELS
from spectragui.core.model_card import CardLabel, Domain, ModelCard, WavelengthGrid
from spectragui.core.model_folder import describe_weights, read_card, write_card
from spectragui.inference.opened_model import OpenedModel
from spectragui.networks.parameter_network import KIND, ParameterNetwork
from spectragui.training.config import Config
from spectragui.training.data_sets.data_set import DataSet
from spectragui.training.data_sets.star_groups import TEST
from spectragui.training.fine_tuning.comparison_content import ComparisonContent
from spectragui.training.fine_tuning.observed_stream import ObservedInputs

LEAST_CORRELATION = 0.6  # below it two spectra are not alike, whatever was trained on
_MARGIN = 0.02


def write_fine_tuned_card(
    network: ParameterNetwork,
    config: Config,
    data: DataSet,
    inputs: ObservedInputs,
    model: OpenedModel,
    folder: Path,
    distances: Mapping[str, float] | None = None,
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
    distances : mapping, optional
        How far observed features lie from synthetic ones, "before" and "after" the training.
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
        domain=served_domain(card.domain, inputs, data),
        companions=companions,
        # Calibrated on observed stars, its errors hold what the physics is wrong by already.
        errors={kind: values for kind, values in card.errors.items() if kind != "misfit"},
        training=_training(config, data, inputs, model, is_base)
        | {f"feature_distance_{when}": value for when, value in (distances or {}).items()},
        metrics={},
        limits=tuple(config.card.limits) or (*card.limits, _limit(network, inputs)),
        licence=card.licence,
        citation=card.citation,
        sha256=checksums,
        tensors=shapes,
        network=network.description.to_table(),
    )
    return write_card(new, folder)


def add_metrics(folder: Path, content: ComparisonContent) -> None:
    """Write into the card how well the model does where it was not trained."""
    card = read_card(folder)
    found = {one.name: one.new.mae for one in content.scores}
    write_card(dataclasses.replace(card, metrics={**card.metrics, content.where: found}), folder)


def served_domain(domain: Domain, inputs: ObservedInputs, data: DataSet) -> Domain:
    """Return the domain of a model, its verdict's limits such that stars like those trained on are served.

    Notes
    -----
    How alike spectra and physics are is measured at the known labels of the stars for training and
    validation; 2 % of them, and a margin for labels that are not known, may fall below the limit.
    Limits are lowered only: what the base model serves is served still.
    """
    parts = np.array(data.parts)[inputs.rows]
    seen = inputs.correlation[(parts != TEST) & np.isfinite(inputs.correlation)]
    if len(seen):
        least = float(np.quantile(seen, 0.02)) - _MARGIN
        warn = max(min(domain.correlation_warn, least), LEAST_CORRELATION)
        bad = max(min(domain.correlation_bad, least - _MARGIN), LEAST_CORRELATION - _MARGIN)
        domain = dataclasses.replace(
            domain, correlation_warn=round(warn, 3), correlation_bad=round(min(bad, warn), 3)
        )
    power = data.resolving_power[inputs.rows]
    power = power[np.isfinite(power)]
    if len(power):
        low, high = domain.resolving_power
        domain = dataclasses.replace(
            domain, resolving_power=(min(low, float(power.min())), max(high, float(power.max())))
        )
    return domain


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
