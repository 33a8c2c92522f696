"""One network a label, as one network: the option ``one_a_label`` of every architecture."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class OneALabel(nn.Module):
    """Networks of one label each, side by side.

    Parameters
    ----------
    networks : sequence of nn.Module
        Of one label each, in the order of the labels.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def fit_components(self, flux: Tensor) -> None:
        """Let each network begin with what spectra can look like, where it knows how."""
        for network in self.networks:
            fit = getattr(network, "fit_components", None)
            if fit is not None:
                fit(flux)

    def forward(
        self, flux: Tensor, is_used: Tensor, conditions: Tensor, sigma: Tensor | None = None
    ) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels)."""
        outputs = [network(flux, is_used, conditions, sigma) for network in self.networks]
        return torch.cat([one[:, :1] for one in outputs] + [one[:, 1:] for one in outputs], dim=1)
