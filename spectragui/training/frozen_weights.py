"""Weights that stay as they are while the others of a network are trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spectragui.core.errors import TrainingError

if TYPE_CHECKING:
    import torch


def freeze(network: torch.nn.Module, beginnings: Sequence[str]) -> None:
    """Keep the weights whose names begin so as they are.

    Raises
    ------
    TrainingError
        If no weight, or every weight, begins so.
    """
    names = [name for name, _ in network.named_parameters()]
    for beginning in beginnings:
        if not any(name.startswith(beginning) for name in names):
            raise TrainingError(
                f"The network has no weights whose name begins with {beginning!r}.",
                f"They are: {', '.join(dict.fromkeys(name.rpartition('.')[0] or name for name in names))}.",
            )
    for name, weight in network.named_parameters():
        weight.requires_grad_(not any(name.startswith(beginning) for beginning in beginnings))
    if not any(weight.requires_grad for weight in network.parameters()):
        raise TrainingError("All weights of the network are frozen: nothing could be learnt.")
