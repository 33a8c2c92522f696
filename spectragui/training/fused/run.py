"""Train a network for two arms, calibrate its errors, and write its model folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.card_formats import usual_edge
from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS
from spectragui.core.loss_history import TABLE, history_table
from spectragui.core.model_card import CardLabel, ModelCard
from spectragui.core.model_folder import WEIGHTS_FILE, describe_weights, read_card, write_card
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.opened_model import open_model
from spectragui.networks.architectures import build_network
from spectragui.networks.conditions import LabelScaling
from spectragui.networks.fused_network import (
    ARCHITECTURE,
    KIND,
    FusedNetwork,
    read_fused,
    scaled_back,
    shape_of,
)
from spectragui.training.callbacks import (
    Callback,
    ReportProgress,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
)
from spectragui.training.config import as_table
from spectragui.training.fused.config import FusedConfig
from spectragui.training.fused.pair_stream import BOTH, FIRST, SECOND, PairStream
from spectragui.training.loop import fit
from spectragui.training.parameters.metrics import coverage_of_errors, error_factors, mean_absolute_errors

if TYPE_CHECKING:
    pass

SNRS = (5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0, 300.0)
CASE_NAMES = ("first arm alone", "second arm alone", "both arms")
_N_TEST, _N_CALIBRATION = 2000, 4096
_BLOCK = 64  # of stars drawn at once: they share the continuum's correlation length and the orders
_CLEAN = 512


def train_fused(
    config: FusedConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Train what a configuration describes and write its model folder; return the folder.

    Raises
    ------
    TrainingError
        If data are missing or unusable, or the training fails.
    """
    import torch

    training = config.training
    torch.set_num_threads(training.threads)
    torch.manual_seed(training.seed)
    folder = Path(config.output)
    checkpoints = folder / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    stream = PairStream(config, training.seed)
    generator = torch.Generator().manual_seed(training.seed + 777)
    scaling = LabelScaling.of(stream.labels, stream.draw(2048, generator).labels)
    options = {**config.network.options, "arm_chunks": _arm_chunks(config, stream)}
    network = build_network(ARCHITECTURE, shape_of(stream.grids, len(stream.labels)), options)
    network.fit_components(stream.clean_flux(_CLEAN, training.seed + 777))  # type: ignore[operator]
    checkpoint, history = checkpoints / "member0.pt", checkpoints / "member0.jsonl"
    start = checkpoint if resume and checkpoint.is_file() else None
    if start is None:
        begin_anew(checkpoint, history)
    usual = [WriteHistory(history), SaveCheckpoint(checkpoint, training.checkpoint_every)]
    trained = fit(network, stream, scaling, training, [ReportProgress(progress), *callbacks, *usual], start)
    with torch.no_grad():
        for value in trained.parameters():
            value.copy_(value.half().float())  # as they are written
    arms = (config.pair.first, config.pair.second)
    factors = np.ones((len(CASE_NAMES), len(SNRS), len(stream.labels)))
    plain = FusedNetwork(arms, stream.grids, options, scaling, trained, np.log10(SNRS), factors)
    calibrated = dataclasses.replace(plain, factors=_factors(plain, PairStream(config, training.seed + 1)))
    metrics = measure(calibrated, PairStream(config, training.seed + 2))
    _write(calibrated, config, folder, metrics)
    return folder


def recalibrate_fused(config: FusedConfig, folder: Path) -> Path:
    """Calibrate the errors of a fused model's network anew, in place; return the folder."""
    network, card = read_fused(folder), read_card(folder)
    plain = dataclasses.replace(
        network,
        log_snr=np.log10(SNRS),
        factors=np.ones((len(CASE_NAMES), len(SNRS), len(network.label_names))),
    )
    factors = _factors(plain, PairStream(config, config.training.seed + 1))
    calibrated = dataclasses.replace(plain, factors=factors)
    _save(calibrated, folder)
    sha256, shapes = describe_weights(folder)
    metrics = measure(calibrated, PairStream(config, config.training.seed + 2))
    new = dataclasses.replace(card, sha256={**card.sha256, **sha256}, tensors=shapes, metrics=metrics)
    write_card(new, folder)
    return folder


def _arm_chunks(config: FusedConfig, stream: PairStream) -> list[int]:
    chunk = int(config.network.options.get("chunk_pixels", 64))
    return [grid.n_pixels // chunk for grid in stream.grids]


def predict_pairs(
    network: FusedNetwork, stream: PairStream, case: int, snr: float, n_spectra: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return labels, errors and truth, shape (n_spectra, n_labels), of simulated stars.

    Notes
    -----
    Drawn in small blocks: with thousands at once all of them had one correlation length of the continuum's
    error and one length of orders, and a calibration was that of one such length.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, n_spectra, _BLOCK):
        n_block = min(_BLOCK, n_spectra - start)
        batch = stream.draw_cases(np.full(n_block, case), generator, snr)
        with torch.inference_mode():
            output = network.member(batch.flux, batch.is_used, batch.conditions).double().numpy()
        parts.append((*scaled_back(network, output, batch.case, np.full(n_block, snr)), batch.labels))
    labels, errors, truth = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return labels, errors, truth


def _factors(network: FusedNetwork, stream: PairStream) -> NDArray[np.float64]:
    found = np.ones_like(network.factors)
    for case in (FIRST, SECOND, BOTH):
        for place, snr in enumerate(SNRS):
            labels, errors, truth = predict_pairs(
                network, stream, case, snr, _N_CALIBRATION, 1000 + 10 * case + place
            )
            found[case, place] = np.clip(error_factors(labels, errors, truth), 0.25, 4.0)
    return found


def measure(
    network: FusedNetwork,
    stream: PairStream,
    snrs: Sequence[float] = (10.0, 30.0, 75.0, 100.0),
    n_spectra: int = _N_TEST,
) -> dict[str, Any]:
    """Return mean absolute errors and the part within 1 sigma, by S/N and by what was observed."""
    metrics: dict[str, Any] = {}
    for snr in snrs:
        for case, words in enumerate(CASE_NAMES):
            labels, errors, truth = predict_pairs(network, stream, case, snr, n_spectra, 5000 + int(snr))
            off = mean_absolute_errors(labels, truth)
            within = coverage_of_errors(labels, errors, truth)
            names = network.label_names
            metrics[f"S/N {snr:g}, {words}"] = {
                **{name: float(f"{value:.3g}") for name, value in zip(names, off, strict=True)},
                **{
                    f"{name}_within_1_sigma": round(float(p), 3)
                    for name, p in zip(names, within, strict=True)
                },
            }
    return metrics


def evaluate_fused(folder: Path, seed: int = 0, n_spectra: int = _N_TEST) -> str:
    """Return errors of each arm alone and of both, on stars that the network has not seen, as Markdown.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder with its ``train.toml``.
    seed : int
        Of the stars.
    n_spectra : int
        Stars for each S/N and each choice of arms.
    """
    from spectragui.training.config_file import read_config

    config = read_config(folder / "train.toml")
    if not isinstance(config, FusedConfig):
        raise TrainingError(f"{folder.name} does not say what it was trained with.", "Train it again.")
    network = read_fused(folder)
    stream = PairStream(config, config.training.seed + 100 + seed)
    found = measure(network, stream, n_spectra=n_spectra)
    names = network.label_names
    cells = [["simulated stars", *names, *(f"{name} within 1 sigma" for name in names)]]
    cells.append(["---"] + ["---:"] * (2 * len(names)))
    for case, values in found.items():
        within = [f"{100 * values[f'{name}_within_1_sigma']:.0f} %" for name in names]
        cells.append([case, *(f"{values[name]:.3g}" for name in names), *within])
    return f"# {folder.name}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in cells)


def _write(network: FusedNetwork, config: FusedConfig, folder: Path, metrics: dict[str, Any]) -> None:
    import tomlkit

    _save(network, folder)
    table = {"kind": KIND, **as_table(config)}
    write_text_atomically(folder / "train.toml", tomlkit.dumps(table))
    write_card(_card(network, config, folder, metrics), folder)


def _save(network: FusedNetwork, folder: Path) -> None:
    from safetensors.numpy import save_file

    tensors = {key: value.cpu().half().numpy() for key, value in network.member.state_dict().items()}
    tensors["calibration.log_snr"] = network.log_snr.astype(np.float32)
    tensors["calibration.factors"] = network.factors.astype(np.float32)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, path)


def _card(network: FusedNetwork, config: FusedConfig, folder: Path, metrics: dict[str, Any]) -> ModelCard:
    sha256, shapes = describe_weights(folder)
    first, second = (open_model(data.emulator).card for data in (config.first, config.second))
    history = history_table(folder / "checkpoints")
    return ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title=config.title or f"{', '.join(network.label_names)} from two arms",
        summary=f"Labels and errors from {_window(first)} and {_window(second)}, from both or one of them.",
        labels=_labels(network, config, first, second),
        chain=("air", "coarse continuum", "rest frame", "running mean"),
        training={
            "arms": list(network.arms),
            "emulators": [first.name, second.name],
            "n_batches": config.training.steps,
            "batch": config.training.batch,
            "seed": config.training.seed,
            "held_out": "stars of other seeds calibrate the errors and give the metrics",
            "command": "spectragui train train.toml",
        },
        metrics=metrics,
        limits=tuple(config.limits) or (*first.limits, *second.limits),
        errors={
            kind: {
                name: min(card.errors[kind].get(name, np.inf) for card in (first, second))
                for name in network.label_names
            }
            for kind in ("emulator", "physics", "misfit")
        },
        licence="BSD-3-Clause",
        citation="; ".join(dict.fromkeys((first.citation, second.citation))),
        network=network.to_table(),
        sha256=sha256,
        tensors=shapes,
        extra={TABLE: history} if history else {},
    )


def _window(card: ModelCard) -> str:
    return f"{card.window_aa[0]:.0f}-{card.window_aa[1]:.0f} A"


def _labels(
    network: FusedNetwork, config: FusedConfig, first: ModelCard, second: ModelCard
) -> tuple[CardLabel, ...]:
    labels = []
    for name in network.label_names:
        if name == "vsini":
            low, high = 0.0, config.augmentation.vsini_max_kms
        else:
            low = max(first.range_of(name)[0], second.range_of(name)[0])
            high = min(first.range_of(name)[1], second.range_of(name)[1])
        labels.append(CardLabel(name, LABELS[name].unit, low, high, usual_edge(name)))
    return tuple(labels)
