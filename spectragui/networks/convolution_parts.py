"""What convolutional networks share: their channels, what they are told besides, their output."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from spectragui.core.errors import ModelError

_NOISE = 0.02  # of the continuum: directions in which maps vary less than with such noise count less
_BLOCK = 256
# Sigma per sqrt(km/s) in units of the continuum, as a channel of order one: S/N 100 in pixels of 1 km/s is 0.
_SIGMA_CENTRE, _SIGMA_SCALE = -4.6, 2.0  # of its ln


class LabelOutput(nn.Module):
    """The last layer: means and log sigmas of the scaled labels.

    Parameters
    ----------
    n_features, n_labels : int
    outputs : int
        2 = both come from the features; 1 = labels alone, with one sigma each for all spectra
        (`set_log_sigma`, measured after the training).
    """

    def __init__(self, n_features: int, n_labels: int, outputs: int = 2) -> None:
        super().__init__()
        self.linear = nn.Linear(n_features, outputs * n_labels)
        self.has_sigmas = outputs > 1
        if self.has_sigmas:
            nn.init.normal_(self.linear.weight, std=0.01)
        else:
            nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu")
            self.register_buffer("log_sigma", torch.zeros(n_labels))

    def set_log_sigma(self, log_sigma: Tensor) -> None:
        """Say how large the errors are, shape (n_labels,); nothing where sigmas are predicted."""
        if not self.has_sigmas:
            self.get_buffer("log_sigma").copy_(log_sigma)

    def forward(self, features: Tensor) -> Tensor:
        """Return shape (n_spectra, 2 n_labels)."""
        result: Tensor = self.linear(features)
        if self.has_sigmas:
            return result
        return torch.cat([result, self.get_buffer("log_sigma").expand_as(result)], dim=1)


def input_channels(
    flux: Tensor, is_used: Tensor, sigma: Tensor | None, channels: int, bin_pixels: int = 1
) -> Tensor:
    """Return the channels of a convolutional network, shape (n_spectra, channels, n_bins).

    Parameters
    ----------
    flux, is_used : Tensor, shape (n_spectra, n_pixels)
    sigma : Tensor or None, shape (n_spectra, n_pixels)
        1 sigma of the flux per sqrt(km/s), in units of the continuum.
    channels : int
        1 = flux; 3 = flux, sigma (its logarithm) and mask.
    bin_pixels : int
        Pixels averaged to one; last pixels that do not fit are left out.

    Raises
    ------
    ModelError
        If sigma is needed and not given.
    """
    rows = [flux]
    if channels > 1:
        if sigma is None:
            raise ModelError("This network needs the errors of the flux.")
        scaled = ((sigma.clamp(min=1e-6).log() - _SIGMA_CENTRE) / _SIGMA_SCALE).clamp(-2.0, 3.0)
        rows += [scaled * is_used, is_used]
    stacked = torch.stack(rows, dim=1)
    if bin_pixels == 1:
        return stacked
    n_bins = flux.shape[1] // bin_pixels
    cut = stacked[:, :, : n_bins * bin_pixels]
    return cut.reshape(*cut.shape[:2], n_bins, bin_pixels).mean(dim=3)


def told_numbers(features: Tensor, conditions: Tensor, n_told: int) -> Tensor:
    """Return features with the first conditions beside them; as they are where nothing is told."""
    return torch.cat([features, conditions[:, :n_told]], dim=1) if n_told else features


def principal_projection(
    maps_of: Callable[[Tensor, Tensor, Tensor | None], Tensor], flux: Tensor, n_kept: int
) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a linear layer that gives principal components of maps, scaled to one.

    Parameters
    ----------
    maps_of : callable
        Gives the maps of flux, mask and sigma, shape (n_spectra, n_maps).
    flux : Tensor, shape (n_spectra, n_pixels)
        Clean spectra.
    n_kept : int

    Returns
    -------
    weight : Tensor, shape (n_kept, n_maps)
    bias : Tensor, shape (n_kept,)

    Notes
    -----
    A random start needs far more batches: most of its directions are those in which no spectrum varies.
    """
    generator = torch.Generator().manual_seed(0)
    noise = _NOISE * torch.randn(flux.shape, generator=generator)
    clean = _in_blocks(maps_of, flux)
    mean = clean.mean(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        _, _, vectors = torch.pca_lowrank(clean - mean, q=min(n_kept + 10, *clean.shape), center=False)
    vectors = vectors[:, :n_kept]
    projected = (clean - mean) @ vectors
    n_noisy = min(len(flux), 2 * _BLOCK)
    moved = _in_blocks(maps_of, flux[:n_noisy] + noise[:n_noisy]) - clean[:n_noisy]
    variance = projected.var(0) + (moved @ vectors).var(0)
    weight = torch.zeros(n_kept, len(mean))
    weight[: vectors.shape[1]] = (vectors / variance.sqrt().clamp(min=1e-6)).T
    return weight, -weight @ mean


def _in_blocks(maps_of: Callable[[Tensor, Tensor, Tensor | None], Tensor], flux: Tensor) -> Tensor:
    blocks = []
    for block in flux.split(_BLOCK):
        ones = torch.ones_like(block)
        blocks.append(maps_of(block, ones, 0.01 * ones))
    return torch.cat(blocks)
