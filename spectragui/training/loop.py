"""`fit`: the one training loop, for the command line and for the window's child process."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from spectragui.core.errors import TrainingError
from spectragui.networks.conditions import LabelScaling
from spectragui.networks.device import choose_device
from spectragui.training.callbacks import Callback, CallbackStates, TrainingState, load_checkpoint
from spectragui.training.config import TrainingConfig
from spectragui.training.feature_alignment import LastFeatures, feature_distance
from spectragui.training.processes import agreed, average_gradients, own_seed, rank

if TYPE_CHECKING:
    import torch

    from spectragui.training.parameters.datasets import Batch

_WARM_UP = 0.03
_VALIDATION_SEED = 987654321


class TrainingData(Protocol):
    """Whatever gives batches."""

    def draw(self, n_spectra: int, generator: torch.Generator) -> Batch:
        """Draw a batch; the same state of the generator gives the same batch."""


def gaussian_loss(output: torch.Tensor, target: torch.Tensor, variance_weight: float) -> torch.Tensor:
    """Return the beta-NLL loss of means and log sigmas.

    Parameters
    ----------
    output : torch.Tensor, shape (n_spectra, 2 n_labels)
        Means, then log sigmas.
    target : torch.Tensor, shape (n_spectra, n_labels)
        NaN where a label is not known: it does not count.
    variance_weight : float
        0 gives the likelihood; 1 weighs all spectra as a squared error would.

    References
    ----------
    Seitzer et al. 2022, On the pitfalls of heteroscedastic uncertainty estimation (ICLR).
    """
    mean, log_sigma = output.chunk(2, dim=1)
    log_sigma = log_sigma.clamp(-7.0, 3.0)
    is_known = target.isfinite()
    if not bool(is_known.all()):
        mean, log_sigma, target = mean[is_known], log_sigma[is_known], target[is_known]
    loss = 0.5 * ((target - mean) * (-log_sigma).exp()).square() + log_sigma
    if variance_weight:
        loss = loss * (2.0 * variance_weight * log_sigma.detach()).exp()
    return loss.mean()


def squared_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the mean squared error of the scaled labels that are known; sigmas do not count."""
    error = output[:, : target.shape[1]] - target
    return error[target.isfinite()].square().mean()


def label_loss(
    config: TrainingConfig, variance_weight: float | None = None
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return the loss that a configuration asks for, as a function of output and target."""
    if config.loss == "mse":
        return squared_loss
    weight = config.variance_weight if variance_weight is None else variance_weight
    return lambda output, target: gaussian_loss(output, target, weight)


def rmse_loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the root mean square error of each spectrum, averaged over spectra (Pal & Dobos 2024, eq. 2).

    Parameters
    ----------
    output, target : Tensor, shape (n, n_pixels)
    """
    return (output - target).square().mean(dim=1).sqrt().mean()


def fit(
    model: torch.nn.Module,
    data: TrainingData,
    scaling: LabelScaling,
    config: TrainingConfig,
    callbacks: Sequence[Callback] = (),
    resume_from: Path | None = None,
    alignment: float = 0.0,
) -> torch.nn.Module:
    """Train a network on batches that are drawn as they are needed.

    Parameters
    ----------
    model : torch.nn.Module
        See `spectragui.networks.architectures.build_network`.
    data : TrainingData
    scaling : LabelScaling
    config : TrainingConfig
    callbacks : sequence of Callback
    resume_from : pathlib.Path, optional
        Checkpoint to go on from.
    alignment : float
        Weight in the loss of the distance of observed from synthetic features, where a batch has both.

    Returns
    -------
    torch.nn.Module
        The running average of the weights.

    Raises
    ------
    TrainingError
        If the loss is no longer a number, or the checkpoint cannot be used.
    """
    import torch

    device = torch.device(choose_device(config.device).name)
    parts, loss = training_parts(model.to(device), config), label_loss(config)
    validation: list[tuple[tuple[torch.Tensor, ...], torch.Tensor]] = []
    listener = LastFeatures(parts["model"]) if alignment else None

    def batch_loss() -> torch.Tensor:
        batch = data.draw(config.batch, parts["generator"])
        inputs, target = batch_tensors(batch, scaling, device)
        found = loss(parts["model"](*inputs), target)
        n_observed = getattr(batch, "n_observed", 0)
        if listener is None or listener.values is None or not 0 < n_observed < len(target) - 1:
            return found
        features = listener.values
        return found + alignment * feature_distance(features[:n_observed], features[n_observed:])

    def validation_loss() -> float:
        if not validation:
            validation.extend(_validation_set(data, scaling, config, device))
        return _validate(parts["average"], validation, label_loss(config, 0.0))

    run_schedule(parts, config, batch_loss, validation_loss, callbacks, resume_from)
    if listener is not None:
        listener.close()
    average: torch.nn.Module = parts["average"]
    return average.to("cpu").eval()


def run_schedule(
    parts: dict[str, Any],
    config: TrainingConfig,
    batch_loss: Callable[[], torch.Tensor],
    validation_loss: Callable[[], float],
    callbacks: Sequence[Callback] = (),
    resume_from: Path | None = None,
) -> TrainingState:
    """Take steps down the loss until the schedule ends or a callback stops it.

    Parameters
    ----------
    parts : dict
        From `training_parts`.
    config : TrainingConfig
    batch_loss : callable
        Draws a batch and returns the loss of ``parts["model"]``.
    validation_loss : callable
        Returns that of ``parts["average"]`` on spectra of its own.
    callbacks : sequence of Callback
    resume_from : pathlib.Path, optional
        Checkpoint to go on from.

    Raises
    ------
    TrainingError
        If the loss is no longer a number, or the checkpoint cannot be used.
    """
    import torch

    torch.set_flush_denormal(True)  # tails of kernels would make products a hundred times slower
    parts["callbacks"] = CallbackStates(callbacks)
    state = TrainingState() if resume_from is None else load_checkpoint(resume_from, parts)
    if resume_from is not None and rank():
        parts["generator"].manual_seed(own_seed(config.seed) + state.step)
    started = time.monotonic() - state.elapsed_s
    last_step = config.stop_after or config.steps
    while state.fraction < 1.0 and not state.is_stopping and state.step < last_step:
        if not config.plateau:
            _set_rate(parts["optimizer"], config.learning_rate, state.fraction)
        parts["model"].train()
        state.loss = _take_step(parts, batch_loss(), config, state.step)
        state.step += 1
        state.elapsed_s = time.monotonic() - started
        before, state.fraction = state.fraction, agreed(_fraction(state, config), _device_of(parts))
        if _is_validated(state, before, config):
            parts["average"].eval()
            state.validation_loss = validation_loss()
            for callback in callbacks:
                callback.on_validation_end(state, parts)
        for callback in callbacks:
            callback.on_step_end(state, parts)
        state.is_stopping = bool(agreed(float(state.is_stopping), _device_of(parts)))
    return state


def _is_validated(state: TrainingState, before: float, config: TrainingConfig) -> bool:
    """Whether it is time for a validation: where minutes are the limit, at each tenth of the run too."""
    tenths = config.minutes > 0 and int(10.0 * state.fraction) > int(10.0 * before)
    return state.step % config.validate_every == 0 or state.fraction >= 1.0 or tenths


def _device_of(parts: dict[str, Any]) -> torch.device:
    device: torch.device = next(parts["model"].parameters()).device
    return device


def training_parts(model: torch.nn.Module, config: TrainingConfig) -> dict[str, Any]:
    """Return everything that a checkpoint holds: network, its running average, optimiser, generator."""
    import torch

    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer: torch.optim.Optimizer
    if config.optimizer == "sgd":
        optimizer = torch.optim.SGD(weights, lr=config.learning_rate, weight_decay=config.weight_decay)
    elif config.optimizer == "adam":
        optimizer = torch.optim.Adam(weights, lr=config.learning_rate, fused=True)
    else:
        optimizer = torch.optim.AdamW(
            weights,
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            betas=(0.9, 0.98),
            fused=True,
        )
    return {
        "model": model,
        "average": copy.deepcopy(model),
        "optimizer": optimizer,
        "generator": torch.Generator().manual_seed(own_seed(config.seed)),
    }


def _fraction(state: TrainingState, config: TrainingConfig) -> float:
    by_steps = state.step / config.steps
    by_time = state.elapsed_s / (60.0 * config.minutes) if config.minutes else 0.0
    return min(1.0, max(by_steps, by_time))


def _set_rate(optimizer: torch.optim.Optimizer, largest: float, fraction: float) -> None:
    """Warm up linearly, then follow half a cosine down to a hundredth."""
    warm_up = min(1.0, (fraction + 1e-4) / _WARM_UP)
    cosine = 0.5 * (1.0 + math.cos(math.pi * min(1.0, max(0.0, (fraction - _WARM_UP) / (1.0 - _WARM_UP)))))
    for group in optimizer.param_groups:
        group["lr"] = largest * warm_up * (0.01 + 0.99 * cosine)


def _take_step(parts: dict[str, Any], loss: torch.Tensor, config: TrainingConfig, step: int) -> float:
    import torch

    model, optimizer = parts["model"], parts["optimizer"]
    value = float(loss.detach())
    if not math.isfinite(value):
        raise TrainingError(
            f"The loss is no longer a number (batch {step}).", "Lower the learning rate and train again."
        )
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    average_gradients(model.parameters())
    if config.clip > 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
    decay = min(config.average, (step + 1.0) / (step + 10.0))
    with torch.no_grad():
        averaged = list(parts["average"].parameters())
        torch._foreach_lerp_(averaged, list(model.parameters()), 1.0 - decay)
    return value


def batch_tensors(
    batch: Batch, scaling: LabelScaling, device: torch.device
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """Return what a network is given of a batch, and the scaled labels, on a device."""
    import torch

    arrays = (batch.flux, batch.is_used, batch.conditions, getattr(batch, "sigma", None))
    inputs = tuple(array.to(device) for array in arrays if array is not None)
    return inputs, torch.from_numpy(scaling.to_scaled(batch.labels)).to(device)


def _validation_set(
    data: TrainingData, scaling: LabelScaling, config: TrainingConfig, device: torch.device
) -> list[tuple[tuple[torch.Tensor, ...], torch.Tensor]]:
    """Draw batches once, from a generator of their own: the same for every run and every network."""
    import torch

    generator = torch.Generator().manual_seed(_VALIDATION_SEED)
    own = getattr(data, "draw_validation", None)
    if own is not None:  # spectra that are never drawn
        return [batch_tensors(own(config.validation_spectra, generator), scaling, device)]
    n_batches = math.ceil(config.validation_spectra / config.batch)
    return [batch_tensors(data.draw(config.batch, generator), scaling, device) for _ in range(n_batches)]


def measure_sigmas(
    model: torch.nn.Module, data: TrainingData, scaling: LabelScaling, config: TrainingConfig
) -> None:
    """Let a network of labels alone say how large its errors are: as on spectra not trained on, in place."""
    import torch

    silent = [module for module in model.modules() if hasattr(module, "set_log_sigma")]
    if not silent or any(getattr(module, "has_sigmas", True) for module in silent):
        return
    batches = _validation_set(data, scaling, config, torch.device("cpu"))
    with torch.no_grad():
        residuals = torch.cat([model(*inputs)[:, : target.shape[1]] - target for inputs, target in batches])
    log_sigma = residuals.square().nanmean(dim=0).nan_to_num(1.0).sqrt().clamp(min=1e-3).log()
    for module, own in zip(silent, log_sigma.split(len(log_sigma) // len(silent)), strict=True):
        module.set_log_sigma(own)  # type: ignore[operator]


def _validate(
    model: torch.nn.Module,
    batches: list[tuple[tuple[torch.Tensor, ...], torch.Tensor]],
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> float:
    import torch

    with torch.no_grad():
        losses = [float(loss(model(*inputs), target)) for inputs, target in batches]
    return sum(losses) / len(losses)
