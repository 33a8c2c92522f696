"""`pca_mlp`: the preset of Gebran & Bentley (2025): 25 principal components, then a dense network.

Kept as the baseline. Unlike in the paper, the resolving power is an input, masked pixels count as
continuum, and errors are predicted with the labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectragui.networks.architectures import NetworkShape, register_network


@register_network("pca_mlp")
class PcaMLP(nn.Module):
    """Project on principal components, then dense layers 5000, 2000, 1000, 64.

    Parameters
    ----------
    shape : NetworkShape
    n_components : int
        Principal components; set by `fit_components`, not trained.
    hidden : sequence of int
        Widths of the dense layers.

    References
    ----------
    Gebran & Bentley 2025, Astronomy.
    """

    mean: Tensor
    components: Tensor
    scale: Tensor

    def __init__(
        self,
        shape: NetworkShape,
        n_components: int = 25,
        hidden: Sequence[int] = (5000, 2000, 1000, 64),
    ) -> None:
        super().__init__()
        n_pixels = shape.grid.n_pixels
        self.register_buffer("mean", torch.zeros(n_pixels))
        self.register_buffer("components", torch.zeros(n_pixels, n_components))
        self.register_buffer("scale", torch.ones(n_components))
        widths = [n_components + shape.n_conditions, *hidden]
        layers: list[nn.Module] = []
        for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        layers.append(nn.Linear(widths[-1], 2 * shape.n_labels))
        self.dense = nn.Sequential(*layers)

    def fit_components(self, flux: Tensor) -> None:
        """Set the principal components from spectra, shape (n_spectra, n_pixels)."""
        self.mean.copy_(flux.mean(0))
        n_components = self.components.shape[1]
        _, values, vectors = torch.pca_lowrank(flux - self.mean, q=n_components + 10, center=False)
        self.components.copy_(vectors[:, :n_components])
        self.scale.copy_(values[:n_components] / len(flux) ** 0.5)

    def forward(
        self, flux: Tensor, is_used: Tensor, conditions: Tensor, sigma: Tensor | None = None
    ) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels)."""
        difference = (flux - self.mean) * is_used
        coefficients = (difference @ self.components) / self.scale
        result: Tensor = self.dense(torch.cat([coefficients, conditions], dim=1))
        return result
