"""Write the model folder of a network of photometry: weights in half precision, calibration, card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.model_card import ModelCard
from spectragui.core.model_folder import WEIGHTS_FILE, describe_weights, write_card
from spectragui.core.photometry import band_set
from spectragui.inference.photometry.photometry_model import KIND
from spectragui.networks.photometry_network import PhotometryNetwork
from spectragui.training.photometry.config import PhotometryConfig

CITATION = (
    "SpectraGUI; Moles et al. 2008, AJ 136, 1325, and Molino et al. 2014, MNRAS 441, 2891 (ALHAMBRA); "
    "Cacho Martinez 2020, master's thesis, UOC (the networks that these follow)"
)
_SUMMARIES = {
    "redshift": "Probability of the redshift of a galaxy from its magnitudes and errors.",
    "stellarity": "Probability to be a star or a QSO, from magnitudes, size and shape, or magnitudes alone.",
    "mass": "Stellar mass and absolute B magnitude of a galaxy with errors.",
    "type": "Probabilities of five types of a galaxy, bins of its specific star formation rate.",
}
FULL_PRECISION = ("band_weight", "centre", "scale")
USUAL_LIMITS = (
    "Trained on simulated objects only: the mock of ALHAMBRA, its noise and its sizes.",
    "Redshift, mass and type are those of a galaxy; of a star or a QSO they mean nothing.",
    "F814W between 15.5 and 25.",
)


def round_weights(network: PhotometryNetwork) -> None:
    """Round the weights of a network in place to half precision, as they are written."""
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(value.half().float())


def save_photometry(
    folder: Path,
    network: PhotometryNetwork,
    tensors: Mapping[str, NDArray[np.float32]],
    config: PhotometryConfig,
    *,
    training: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> Path:
    """Write weights and card; return the folder.

    Parameters
    ----------
    folder : pathlib.Path
        Its name is the model's.
    network : PhotometryNetwork
    tensors : mapping of str to ndarray
        Calibration and colours, from `calibrated_tensors`.
    config : PhotometryConfig
    training, metrics : mapping
        For the card.
    """
    from safetensors.numpy import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = dict(tensors)
    for name, values in network.state_dict().items():
        dtype = np.float32 if name in FULL_PRECISION else np.float16
        arrays[name] = values.cpu().numpy().astype(dtype)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file({name: np.ascontiguousarray(values) for name, values in arrays.items()}, path)
    sha256, shapes = describe_weights(folder)
    card = ModelCard(
        name=folder.name,
        version="1.0",
        kind=KIND,
        title=config.title or f"{band_set(config.data.band_set).title}: {config.task}",
        summary=_SUMMARIES[config.task],
        network=network.shape.to_table(),
        training=training,
        metrics=metrics,
        limits=config.limits or USUAL_LIMITS,
        licence="BSD-3-Clause",
        citation=CITATION,
        sha256=sha256,
        tensors=shapes,
    )
    write_card(card, folder)
    return folder
