"""Train the CVAE of Gebran & Bentley (2025) as they did: all pixels in, all pixels out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.labels import MAIN_LABELS
from spectragui.core.model_folder import WEIGHTS_FILE
from spectragui.simulation.generator import GENERATOR_LABELS
from spectragui.training.callbacks import (
    Callback,
    SaveCheckpoint,
    WriteHistory,
    begin_anew,
    schedule_callbacks,
)
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.generator.data import LARGEST_VSINI, RESOLVING_POWERS, GeneratorStream
from spectragui.training.loop import run_schedule, training_parts

if TYPE_CHECKING:
    import torch

# The paper's six labels, each scaled to 0-1 over these ranges; its spectra have solar alpha.
PAPER_LABELS = (*MAIN_LABELS, "vmic", "vsini", "resolving_power")
_ALPHA = GENERATOR_LABELS.index("alpha_m")


def scaled_labels(labels: NDArray[np.float64], ranges: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return labels (n, 7) without alpha_m, scaled to 0-1 over ``ranges`` (6, 2), shape (n, 6)."""
    six = np.delete(labels, _ALPHA, axis=1)
    return np.asarray((six - ranges[:, 0]) / (ranges[:, 1] - ranges[:, 0]), dtype=np.float32)


def label_limits(stream: GeneratorStream) -> NDArray[np.float64]:
    """Return what labels are scaled by, shape (6, 2)."""
    stars = np.delete(stream.star_labels, _ALPHA, axis=1)
    limits = np.stack([stars.min(axis=0), stars.max(axis=0)], axis=1)
    return np.concatenate([limits, [[0.0, LARGEST_VSINI], list(RESOLVING_POWERS)]])


def train_paper_cvae(
    config: GeneratorConfig,
    stream: GeneratorStream,
    folder: Path,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
) -> torch.nn.Module:
    """Train a `DenseCVAE`, and write the weights of its decoder; return it.

    Parameters
    ----------
    config : GeneratorConfig
        ``data.n_spectra`` spectra are drawn once, a tenth of them for validation.
    stream : GeneratorStream
    folder : pathlib.Path
    resume : bool
    callbacks : sequence of Callback

    Notes
    -----
    The loss is the mean squared error plus ``kl_weight`` times the divergence a pixel; validation,
    learning rate and early stopping look at the reconstruction error alone.
    """
    import torch
    from safetensors.numpy import save_file

    from spectragui.networks.cvae import build_generator

    limits = label_limits(stream)
    flux, labels = draw_paper_spectra(stream, config.data.n_spectra, limits)
    network = build_generator("cvae", flux.shape[1], labels.shape[1], **config.network.options)
    parts = training_parts(network, config.training)
    generator = parts["generator"]
    n_train = max(len(flux) * 9 // 10, 1)

    def batch_loss() -> torch.Tensor:
        rows = torch.randint(n_train, (min(config.training.batch, n_train),), generator=generator)
        error, divergence = parts["model"].losses(flux[rows], labels[rows], generator)
        return error + config.kl_weight * divergence

    def validation_loss() -> float:
        own = torch.Generator().manual_seed(1)
        rows = slice(n_train, None) if n_train < len(flux) else slice(None)
        with torch.no_grad():
            return float(parts["average"].losses(flux[rows], labels[rows], own)[0])

    path = folder / "checkpoints" / "cvae.pt"
    history = path.with_suffix(".jsonl")
    start = path if resume and path.is_file() else None
    if start is None:
        begin_anew(path, history)
    usual: list[Callback] = [WriteHistory(history)]
    usual += schedule_callbacks(config.training, smallest_step=0.0)
    usual.append(SaveCheckpoint(path, config.training.checkpoint_every))
    run_schedule(parts, config.training, batch_loss, validation_loss, [*callbacks, *usual], start)
    average: torch.nn.Module = parts["average"]
    # The decoder alone: what generates, and half of the weights; the encoder is in the checkpoint.
    tensors = {
        name: value.half().numpy()
        for name, value in average.state_dict().items()
        if name.startswith("decoder.")
    }
    with atomic_path(folder / WEIGHTS_FILE) as temporary:
        save_file({**tensors, "label_limits": limits.astype(np.float32)}, temporary)
    return average.eval()


def draw_paper_spectra(
    stream: GeneratorStream, n_spectra: int, limits: NDArray[np.float64]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return spectra (n, n_pixels) and scaled labels (n, 6) of stars with solar alpha."""
    import torch

    flux, labels = [], []
    for start in range(0, n_spectra, 200):
        drawn = stream.draw_solar_alpha(min(200, n_spectra - start))
        flux.append(torch.from_numpy(drawn.flux))
        labels.append(torch.from_numpy(scaled_labels(drawn.labels, limits)))
    return torch.cat(flux), torch.cat(labels)
