"""Train the network behind the posterior: from components under a Gaussian prior to those of stars."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from numpy.typing import NDArray

from spectragui.core.progress import Progress, no_progress
from spectragui.networks.denoising_autoencoder import CorrectionMember
from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.networks.spectrum_posterior import Posterior, PosteriorSolver
from spectragui.training.config import TrainingConfig
from spectragui.training.denoiser.basis import StarPool
from spectragui.training.denoiser.nights import NightSky

VALIDATION_PART = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class StateSample:
    """True states and what the posterior made of their noisy spectra; rows are spectra.

    Attributes
    ----------
    true, found, sigma : Tensor, shape (n, n_state)
        Sigma: square roots of the diagonal of the posterior's covariance.
    """

    true: torch.Tensor
    found: torch.Tensor
    sigma: torch.Tensor

    def __len__(self) -> int:
        return len(self.true)

    def select(self, rows: NDArray[np.int64] | slice) -> StateSample:
        """Return some rows."""
        return StateSample(self.true[rows], self.found[rows], self.sigma[rows])


class StateStream:
    """New nights, calibration errors and noise for stars of a pool, whenever it is asked.

    Parameters
    ----------
    basis : SpectrumBasis
    pool : StarPool
    errors : ndarray, shape (n, n_level)
        Components of calibration errors to draw from.
    instrument : str
    fastest_kms : float
    """

    def __init__(
        self,
        basis: SpectrumBasis,
        pool: StarPool,
        errors: NDArray[np.float64],
        instrument: str,
        fastest_kms: float,
    ) -> None:
        self.basis, self.pool, self.errors, self.fastest_kms = basis, pool, errors, fastest_kms
        self.sky = NightSky(instrument)
        self.solver = PosteriorSolver(basis, self.sky.wavelength_aa)
        self._inverse = np.linalg.inv(basis.prior_factor)

    def draw(self, count: int, generator: np.random.Generator) -> StateSample:
        """Draw noisy spectra and return their states, true and found."""
        level, per_flux, background = self.sky.draw(count, generator)
        chosen = generator.integers(0, len(self.pool), count)
        error = self.errors[generator.integers(0, len(self.errors), count)]
        both = np.concatenate([self.pool.lines[chosen], self.pool.level[chosen] + error], axis=1)
        z = (both - self.basis.prior_mean) @ self._inverse.T
        shift = generator.uniform(-self.fastest_kms, self.fastest_kms, count)
        true = torch.as_tensor(np.column_stack([z, np.zeros(count), shift]), dtype=torch.float32)
        flux = self.solver.flux(true)
        median = flux.median(dim=1, keepdim=True).values
        flux, true[:, -2] = flux / median, -median[:, 0].log()
        star = np.maximum(flux.numpy() * level[:, None], 0.0)
        sigma = np.sqrt(star * per_flux + background) / per_flux / level[:, None]
        noise = torch.as_tensor(sigma * generator.standard_normal(sigma.shape), dtype=torch.float32)
        found: Posterior = self.solver.solve(flux + noise, torch.as_tensor(sigma**-2.0, dtype=torch.float32))
        diagonal = found.covariance.diagonal(dim1=1, dim2=2)
        return StateSample(true, found.state, diagonal.sqrt().float())


def flux_metric(solver: PosteriorSolver) -> torch.Tensor:
    """Return M for which |M e| is the rms relative error of a spectrum whose state errs by e."""
    state = torch.zeros(1, solver.n_z + 2)
    relative = (solver.jacobian(state) / solver.flux(state)[:, :, None])[0].double()
    gram = relative.T @ relative / len(relative)
    values, vectors = torch.linalg.eigh(gram)
    return (values.clamp(min=0.0).sqrt()[:, None] * vectors.T).float()


def train_member(
    sample: StateSample,
    metric: torch.Tensor,
    settings: TrainingConfig,
    *,
    width: int,
    seed: int,
    progress: Progress = no_progress,
) -> tuple[CorrectionMember, float]:
    """Train one member; return it and by which factor it makes the rms error of validation spectra smaller.

    Notes
    -----
    The loss is the squared relative error of the flux over what the posterior itself expects, so that
    bright and faint stars count alike; one cycle of Adam.
    """
    steps, learning_rate = settings.steps, settings.learning_rate
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    n_validation = int(VALIDATION_PART * len(sample))
    known, held = sample.select(slice(n_validation, None)), sample.select(slice(0, n_validation))
    member = CorrectionMember(sample.true.shape[1], width)
    optimiser = torch.optim.AdamW(member.parameters(), lr=learning_rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps)
    best, kept = float("inf"), {k: v.clone() for k, v in member.state_dict().items()}
    for step in range(steps):
        rows = generator.integers(0, len(known), settings.batch)
        loss = correction_loss(member, known.select(rows), metric)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(member.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 250 == 249 or step == steps - 1:
            with torch.no_grad():
                value = float(correction_loss(member, held, metric))
            if value < best:
                best, kept = value, {k: v.clone() for k, v in member.state_dict().items()}
            progress((step + 1) / steps, f"validation {value:.4f}")
    member.load_state_dict(kept)
    return member, gain(member, held, metric)


def gain(member: CorrectionMember, sample: StateSample, metric: torch.Tensor) -> float:
    """Return the rms error with a member over that without."""
    with torch.no_grad():
        shift, _ = member(sample.found, sample.sigma)
        before = _error(sample.found - sample.true, metric)
        after = _error(sample.found + shift * sample.sigma - sample.true, metric)
    return float((after / before).mean())


def _error(error: torch.Tensor, metric: torch.Tensor) -> torch.Tensor:
    return (error @ metric.T).square().sum(dim=1).sqrt()


def correction_loss(member: CorrectionMember, sample: StateSample, metric: torch.Tensor) -> torch.Tensor:
    """Return the squared relative error of the flux over what the posterior expects; a little for sigma."""
    shift, log_scale = member(sample.found, sample.sigma)
    error = sample.found + shift * sample.sigma - sample.true
    # What the posterior expects, but for correlations: the same for spectra of the same noise.
    expected = (sample.sigma.square() @ metric.square().sum(dim=0)).sqrt().clamp(min=1e-6)
    flux = (_error(error, metric) / expected).square().mean()
    scaled = error.detach() / (sample.sigma * log_scale.exp())
    return flux + 0.02 * (0.5 * scaled.square().clamp(max=50.0) + log_scale).mean()
