"""Train the dense layers of a network first, on features that are computed once and kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from spectragui.networks.conditions import LabelScaling
from spectragui.training.config import TrainingConfig
from spectragui.training.loop import TrainingData, batch_tensors, label_loss

if TYPE_CHECKING:
    import torch

_BATCH, _BLOCK = 512, 256
_RATE = 2e-3
_SEED = 4321


def train_head(
    network: torch.nn.Module,
    data: TrainingData,
    scaling: LabelScaling,
    config: TrainingConfig,
    tell: Callable[[str], None] = lambda message: None,
    *,
    is_final: bool = False,
) -> None:
    """Train the layers after `features` of a network in place; nothing where it has no such method.

    Parameters
    ----------
    network : torch.nn.Module
        With ``features(flux, is_used, sigma)`` and ``head(features, conditions)``.
    data : TrainingData
    scaling : LabelScaling
    config : TrainingConfig
        ``head_spectra`` of them, each shown ``head_epochs`` times.
    tell : callable
        Is given a sentence now and then; may raise `Cancelled`.
    is_final : bool
        After all batches: ``final_head_spectra`` of them, ``final_head_epochs`` times.

    Notes
    -----
    The layers before cost nearly all of a batch. With their features kept, dense layers are trained on
    as many spectra in a tenth of the time; the whole network goes on from there.
    """
    import torch

    plan = (config.head_spectra, config.head_epochs, _RATE, 0)
    if is_final:
        plan = (config.final_head_spectra, config.final_head_epochs, config.final_head_rate, 1)
    n_spectra, n_epochs, rate, turn = plan
    if not n_spectra or not hasattr(network, "features"):
        return
    generator = torch.Generator().manual_seed(config.seed + _SEED + turn)
    features, conditions, target = _kept(network, data, scaling, n_spectra, generator, tell)
    before = {id(p) for p in _parameters_before(network)}
    weights = [p for p in network.parameters() if id(p) not in before]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=config.weight_decay, betas=(0.9, 0.98))
    loss_of = label_loss(config)
    n_steps = n_epochs * math.ceil(len(target) / _BATCH)
    step = 0
    for epoch in range(n_epochs):
        tell(f"dense layers, round {epoch + 1} of {n_epochs}")
        for rows in torch.randperm(len(target), generator=generator).split(_BATCH):
            for group in optimizer.param_groups:
                group["lr"] = rate * (0.01 + 0.5 * (1.0 + math.cos(math.pi * step / n_steps)))
            loss = loss_of(network.head(features[rows], conditions[rows]), target[rows])  # type: ignore[operator]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1


def _kept(
    network: torch.nn.Module,
    data: TrainingData,
    scaling: LabelScaling,
    n_spectra: int,
    generator: torch.Generator,
    tell: Callable[[str], None],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    import torch

    columns: list[list[torch.Tensor]] = [[], [], []]
    n_blocks = math.ceil(n_spectra / _BLOCK)
    for number in range(n_blocks):
        if number % 20 == 0:
            tell(f"features of {number * _BLOCK} of {n_spectra} spectra")
        (flux, is_used, conditions, *rest), target = batch_tensors(
            data.draw(_BLOCK, generator), scaling, torch.device("cpu")
        )
        with torch.no_grad():
            found = network.features(flux, is_used, *rest)  # type: ignore[operator]
        for column, values in zip(columns, (found, conditions, target), strict=True):
            column.append(values)
    features, conditions, target = (torch.cat(column) for column in columns)
    return features, conditions, target


def _parameters_before(network: torch.nn.Module) -> list[torch.nn.Parameter]:
    modules = [network.get_submodule(name) for name in ("convolutions", "narrow")]
    return [parameter for module in modules for parameter in module.parameters()]
