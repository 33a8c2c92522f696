"""`starnet`: two convolutions, a pooling and two dense layers (Fabbro et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectragui.networks.architectures import NetworkShape, register_network


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
    ) -> None:
        super().__init__()
        padding = ((kernel_pixels - 1) // 2, kernel_pixels // 2)  # as many pixels out as in
        self.convolutions = nn.Sequential(
            nn.ZeroPad1d(padding),
            nn.Conv1d(1, filters[0], kernel_pixels),
            nn.ReLU(),
            nn.ZeroPad1d(padding),
            nn.Conv1d(filters[0], filters[1], kernel_pixels),
            nn.ReLU(),
            nn.MaxPool1d(pool_pixels),
        )
        n_flat = filters[1] * (shape.grid.n_pixels // pool_pixels)
        self.dense = nn.Sequential(
            nn.Linear(n_flat + shape.n_conditions, hidden[0]),
            nn.ReLU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.ReLU(),
            nn.Linear(hidden[1], 2 * shape.n_labels),
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv1d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        nn.init.normal_(self.dense[-1].weight, std=0.01)  # type: ignore[arg-type]

    def forward(self, flux: Tensor, is_used: Tensor, conditions: Tensor) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels)."""
        maps = self.convolutions(flux[:, None, :]).flatten(1)
        result: Tensor = self.dense(torch.cat([maps, conditions], dim=1))
        return result
