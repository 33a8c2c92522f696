"""`starnet`: two convolutions, a pooling and two dense layers (Fabbro et al. 2018).

As published (`resources/training/paper-starnet.toml`): one channel, nothing told besides, labels alone.
Bundled networks keep the layers, may bin the input, pool more and factor the first dense layer, are told
resolving power and S/N, and give each label with its sigma.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectragui.networks.architectures import NetworkShape, register_network
from spectragui.networks.convolution_parts import (
    LabelOutput,
    input_channels,
    principal_projection,
    told_numbers,
)


@register_network("starnet")
class StarNet(nn.Module):
    """Convolve twice (4 and 16 filters of 8 pixels), pool by 4, dense 256 and 128.

    Parameters
    ----------
    shape : NetworkShape
    filters : sequence of int
        Numbers of filters of the two convolutions.
    kernel_pixels, pool_pixels : int
        Length of the filters, and of the maximum pooling.
    hidden : sequence of int
        Widths of the dense layers.
    bin_pixels : int
        Pixels averaged to one before anything else.
    narrow : int
        Width of a linear layer that factors the first dense one; 0 = it is not factored.
    channels : int
        1 = flux; 3 = flux, sigma and mask.
    conditions : int
        1 = resolving power, S/N and misfit are told; 0 = nothing is.
    outputs : int
        Numbers a label: 2 = label and sigma, 1 = label alone.
    coverage_parts : int
        The dense layers are told which part of so many stretches was observed; 0 = they are not.

    References
    ----------
    Fabbro et al. 2018, MNRAS 475, 2978 (doi:10.1093/mnras/stx3298).
    """

    def __init__(
        self,
        shape: NetworkShape,
        filters: Sequence[int] = (4, 16),
        kernel_pixels: int = 8,
        pool_pixels: int = 4,
        hidden: Sequence[int] = (256, 128),
        bin_pixels: int = 1,
        narrow: int = 0,
        channels: int = 1,
        conditions: int = 1,
        outputs: int = 2,
        coverage_parts: int = 0,
    ) -> None:
        super().__init__()
        self.coverage_parts = coverage_parts
        self.bin_pixels, self.pool_pixels, self.channels = bin_pixels, pool_pixels, channels
        self.padding = ((kernel_pixels - 1) // 2, kernel_pixels // 2)  # as many pixels out as in
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(channels, filters[0], kernel_pixels), nn.Conv1d(filters[0], filters[1], kernel_pixels)]
        )
        n_flat = filters[1] * (shape.grid.n_pixels // bin_pixels // pool_pixels)
        self.n_told = shape.n_conditions if conditions else 0
        self.narrow = nn.Linear(n_flat, narrow) if narrow else nn.Identity()
        self.dense = nn.Sequential(
            nn.Linear((narrow or n_flat) + coverage_parts + self.n_told, hidden[0]),
            nn.ReLU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.ReLU(),
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv1d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")  # He normal
        self.labels = LabelOutput(hidden[1], shape.n_labels, outputs)

    def fit_components(self, flux: Tensor) -> None:
        """Let the narrow layer begin with the principal components of the maps of clean spectra.

        Parameters
        ----------
        flux : Tensor, shape (n_spectra, n_pixels)
            Clean spectra, normalised, all pixels used.
        """
        if not isinstance(self.narrow, nn.Linear):
            return
        with torch.no_grad():
            weight, bias = principal_projection(self._maps, flux, self.narrow.out_features)
            self.narrow.weight.copy_(weight)
            self.narrow.bias.copy_(bias)

    def begin_with(self, other: StarNet, flux: Tensor) -> None:
        """Take the weights of a network that is the same but for a wider narrow layer, in place.

        Parameters
        ----------
        other : StarNet
        flux : Tensor, shape (n_spectra, n_pixels)
            Spectra, normalised, all pixels used: what they hardly move of the next layer is left out.
        """
        state = dict(other.state_dict())
        n_kept = self.narrow.out_features if isinstance(self.narrow, nn.Linear) else 0
        if isinstance(other.narrow, nn.Linear) and 0 < n_kept < other.narrow.out_features:
            n_old = other.narrow.out_features
            with torch.no_grad():
                ones = torch.ones_like(flux)
                found = other.narrow(other._maps(flux, ones, 0.01 * ones))
            mean = found.mean(0)
            values, vectors = torch.linalg.eigh(torch.cov(found.T))
            root = values.clamp(min=1e-6 * float(values.max())).sqrt()
            first = state["dense.0.weight"]
            # The next layer's weights times the features' scatter: its least singular values go.
            left, sizes, right = torch.linalg.svd(
                first[:, :n_old] @ (vectors * root) @ vectors.T, full_matrices=False
            )
            turn = right[:n_kept] @ (vectors / root) @ vectors.T
            state["narrow.weight"] = turn @ state["narrow.weight"]
            state["narrow.bias"] = turn @ (state["narrow.bias"] - mean)
            kept = left[:, :n_kept] * sizes[:n_kept]
            state["dense.0.weight"] = torch.cat([kept, first[:, n_old:]], dim=1)
            state["dense.0.bias"] = state["dense.0.bias"] + first[:, :n_old] @ mean
        self.load_state_dict(state)

    def _maps(self, flux: Tensor, is_used: Tensor, sigma: Tensor | None) -> Tensor:
        maps = input_channels(flux, is_used, sigma, self.channels, self.bin_pixels)
        # In two dimensions and channels last, torch's convolutions of few channels are twice as quick.
        maps = maps[:, :, None, :].contiguous(memory_format=torch.channels_last)
        maps = functional.relu(self._convolved(0, maps))
        # The largest of what ReLU leaves is what ReLU leaves of the largest, at a fraction of the cost.
        pooled = functional.max_pool2d(self._convolved(1, maps), (1, self.pool_pixels))
        return functional.relu(pooled).flatten(1)

    def _convolved(self, number: int, maps: Tensor) -> Tensor:
        convolution = cast(nn.Conv1d, self.convolutions[number])
        weight = convolution.weight[:, :, None].contiguous(memory_format=torch.channels_last)
        return functional.conv2d(functional.pad(maps, self.padding), weight, convolution.bias)

    def features(self, flux: Tensor, is_used: Tensor, sigma: Tensor | None = None) -> Tensor:
        """Return what the dense layers are given, shape (n_spectra, n_features)."""
        result: Tensor = self.narrow(self._maps(flux, is_used, sigma))
        if not self.coverage_parts:
            return result
        coverage = functional.adaptive_avg_pool1d(is_used[:, None, :], self.coverage_parts)[:, 0]
        return torch.cat([result, coverage], dim=1)

    def head(self, features: Tensor, conditions: Tensor) -> Tensor:
        """Return what the dense layers make of it, shape (n_spectra, 2 n_labels)."""
        result: Tensor = self.labels(self.dense(told_numbers(features, conditions, self.n_told)))
        return result

    def forward(
        self, flux: Tensor, is_used: Tensor, conditions: Tensor, sigma: Tensor | None = None
    ) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels)."""
        return self.head(self.features(flux, is_used, sigma), conditions)
