"""How far apart observed and synthetic spectra are in the last features of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_LEAST_SCATTER = 1e-2  # of the largest feature's: one that never varies says nothing


def feature_distance(observed: torch.Tensor, synthetic: torch.Tensor) -> torch.Tensor:
    """Return how far apart two sets of features are, in scatters of the synthetic ones.

    Parameters
    ----------
    observed : torch.Tensor, shape (n_observed, n_features)
    synthetic : torch.Tensor, shape (n_synthetic, n_features)

    Returns
    -------
    torch.Tensor
        A number that can be differentiated: the root mean square, over features, of the difference of means.
    """
    scatter = synthetic.detach().std(dim=0)
    scatter = scatter.clamp(min=_LEAST_SCATTER * float(scatter.max()) + 1e-12)
    difference = (observed.mean(dim=0) - synthetic.mean(dim=0)) / scatter
    return (difference.square().mean() + 1e-12).sqrt()


class LastFeatures:
    """Keep what the last linear layer of a network is given, each time that the network runs.

    Parameters
    ----------
    network : torch.nn.Module
        Of any architecture whose labels come from a linear layer.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        from torch import nn

        self.values: torch.Tensor | None = None
        last = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
        self._handle = last.register_forward_pre_hook(self._keep)

    def _keep(self, module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        del module
        self.values = inputs[0]

    def close(self) -> None:
        """Listen no longer."""
        self._handle.remove()


def distance_of(
    network: torch.nn.Module, observed: tuple[torch.Tensor, ...], synthetic: tuple[torch.Tensor, ...]
) -> float:
    """Return the `feature_distance` of two sets of spectra in a network.

    Parameters
    ----------
    network : torch.nn.Module
    observed, synthetic : tuple of torch.Tensor
        What the network is given: flux, mask and conditions.
    """
    import torch

    listener, found = LastFeatures(network), []
    try:
        with torch.inference_mode():
            for inputs in (observed, synthetic):
                network(*inputs)
                assert listener.values is not None
                found.append(listener.values)
    finally:
        listener.close()
    return float(feature_distance(*found))
