"""How a `FactoredCVAE` is trained: first its decoder at z = 0, then encoder and latent response."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.simulation.generator import condition_features
from spectragui.training.callbacks import Callback
from spectragui.training.config import TrainingConfig
from spectragui.training.generator.data import Coefficients
from spectragui.training.generator.files import Scales
from spectragui.training.loop import run_schedule, training_parts

if TYPE_CHECKING:
    import torch

    from spectragui.networks.cvae import FactoredCVAE

_LEAST_ERROR = 3e-4  # rms of a pixel; spectra that err less pull less
_LEAST_CHANGE = 3e-5  # rms of a pixel; smaller changes are nobody's concern
_N_VALIDATION = 4000


def rms_error(difference: torch.Tensor, n_pixels: int) -> torch.Tensor:
    """Return the rms over pixels of differences of coefficients, shape (n,), never quite 0."""
    return (difference.square().sum(1) / n_pixels + _LEAST_ERROR**2).sqrt()


def fit_mean(
    network: FactoredCVAE,
    spectra: Coefficients,
    scales: Scales,
    config: TrainingConfig,
    callbacks: Sequence[Callback] = (),
    resume_from: Path | None = None,
) -> FactoredCVAE:
    """Train the decoder at z = 0; return the network with the running average of its weights.

    Notes
    -----
    The loss is the mean over spectra of the rms residual in per cent, not of its square: else the
    few cool, sharp spectra, whose residuals are largest, would be all that counts.
    """
    import torch

    features = torch.from_numpy(scales.features(condition_features(spectra.labels)))
    target = torch.from_numpy(spectra.values / scales.coefficient)
    scale = torch.from_numpy(scales.coefficient)
    parts = training_parts(network.mean, config)
    n_train = max(len(target) - _N_VALIDATION, len(target) // 2)
    generator = parts["generator"]

    def batch_loss() -> torch.Tensor:
        rows = torch.randint(n_train, (config.batch,), generator=generator)
        difference = (parts["model"](features[rows]) - target[rows]) * scale
        return 100.0 * rms_error(difference, scales.n_pixels).mean()

    def validation_loss() -> float:
        with torch.no_grad():
            difference = (parts["average"](features[n_train:]) - target[n_train:]) * scale
            return float(100.0 * rms_error(difference, scales.n_pixels).mean())

    run_schedule(parts, config, batch_loss, validation_loss, callbacks, resume_from)
    network.mean.load_state_dict(parts["average"].state_dict())
    return network


def fit_latent(
    network: FactoredCVAE,
    spectra: Coefficients,
    scales: Scales,
    config: TrainingConfig,
    noise: float,
    callbacks: Sequence[Callback] = (),
) -> FactoredCVAE:
    """Train encoder and latent response on spectra with single elements' scatter (evidence lower bound).

    Parameters
    ----------
    network : FactoredCVAE
        Its decoder at z = 0 is trained and stays as it is.
    spectra : Coefficients
        With ``differences``; each is used with either sign.
    scales : Scales
    config : TrainingConfig
    noise : float
        1 sigma of a pixel in the likelihood, in units of the rms that the scatter changes in the
        spectrum: hot stars' small changes count as much as cool stars' large ones.
    callbacks : sequence of Callback

    Notes
    -----
    Loss: squared error over 2 sigma^2, summed over pixels, plus the divergence from N(0, 1), a
    hundredth of both.
    """
    import torch

    assert spectra.differences is not None
    network.mean.requires_grad_(False)
    features = torch.from_numpy(scales.features(condition_features(spectra.labels)))
    clean = torch.from_numpy(spectra.values / scales.coefficient)
    change = torch.from_numpy(spectra.differences / scales.coefficient)
    scale = torch.from_numpy(scales.coefficient)
    sigma = noise * (change * scale).square().sum(1, keepdim=True).div(scales.n_pixels).sqrt()
    sigma = sigma + _LEAST_CHANGE
    parts = training_parts(network, config)
    generator = parts["generator"]
    n_train = max(len(clean) - _N_VALIDATION, len(clean) // 2)
    with torch.no_grad():
        residual = torch.cat(
            [c - network.mean(f) for c, f in zip(clean.split(4096), features.split(4096), strict=True)]
        )

    def bound(model: FactoredCVAE, rows: torch.Tensor, source: torch.Generator) -> torch.Tensor:
        sign = torch.where(torch.rand(len(rows), 1, generator=source) < 0.5, -1.0, 1.0)
        seen = residual[rows] + sign * change[rows]
        return latent_loss(model, seen, features[rows], scale / sigma[rows], source) / 100.0

    def batch_loss() -> torch.Tensor:
        rows = torch.randint(n_train, (config.batch,), generator=generator)
        return bound(parts["model"], rows, generator)

    def validation_loss() -> float:
        own = torch.Generator().manual_seed(1)
        with torch.no_grad():
            return float(bound(parts["average"], torch.arange(n_train, len(clean)), own))

    run_schedule(parts, config, batch_loss, validation_loss, callbacks)
    network.load_state_dict(parts["average"].state_dict())
    return network


def latent_loss(
    network: FactoredCVAE,
    residual: torch.Tensor,
    features: torch.Tensor,
    scale: torch.Tensor,
    generator: torch.Generator,
) -> torch.Tensor:
    """Return the negative evidence lower bound, up to a constant, mean over spectra.

    Parameters
    ----------
    network : FactoredCVAE
    residual : torch.Tensor, shape (n, n_vectors)
        Scaled coefficients minus those at z = 0.
    features : torch.Tensor, shape (n, n_features)
    scale : torch.Tensor, shape (n, n_vectors)
        Of the coefficients, over the noise.
    generator : torch.Generator
    """
    from spectragui.networks.cvae import draw_latent, kl_divergence

    mean, log_variance = network.encoder(residual, features)
    decoded = network.spread(features, draw_latent(mean, log_variance, generator))
    misfit = 0.5 * ((decoded - residual) * scale).square().sum(1)
    total: torch.Tensor = (misfit + kl_divergence(mean, log_variance).sum(1)).mean()
    return total
