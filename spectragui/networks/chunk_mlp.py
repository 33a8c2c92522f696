"""`chunk_mlp`: each stretch of the spectrum has its own linear embedding; a dense network joins them.

Lines do not move (the velocity is taken out before), so a convolution's freedom from position is
not needed; a stretch that was not observed is simply missing, with a number that says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectragui.networks.architectures import NetworkShape, register_network


@register_network("chunk_mlp")
class ChunkMLP(nn.Module):
    """Embed chunks linearly, then mix them with what is known besides.

    Parameters
    ----------
    shape : NetworkShape
    chunk_pixels : int
        Pixels of a chunk; divides the number of pixels.
    n_features : int
        Numbers that a chunk is embedded in.
    hidden : sequence of int
        Widths of the dense layers.
    """

    def __init__(
        self,
        shape: NetworkShape,
        chunk_pixels: int = 128,
        n_features: int = 24,
        hidden: Sequence[int] = (1024, 512, 256),
    ) -> None:
        super().__init__()
        self.n_chunks = shape.grid.n_pixels // chunk_pixels
        self.chunk_pixels = chunk_pixels
        scale = 10.0 / math.sqrt(chunk_pixels)  # x = flux / mean - 1 is of order 0.1
        self.embedding = nn.Parameter(torch.randn(self.n_chunks, chunk_pixels, n_features).mul_(scale))
        self.bias = nn.Parameter(torch.zeros(self.n_chunks, 1, n_features))
        self.by_conditions = nn.Parameter(
            torch.randn(self.n_chunks, shape.n_conditions, n_features).mul_(0.1)
        )
        widths = [self.n_chunks * (n_features + 1) + shape.n_conditions, *hidden]
        layers: list[nn.Module] = []
        for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Linear(n_in, n_out), nn.LayerNorm(n_out), nn.SiLU()]
        layers.append(nn.Linear(widths[-1], 2 * shape.n_labels))
        self.dense = nn.Sequential(*layers)

    def fit_components(self, flux: Tensor, n_components: int = 40) -> None:
        """Keep of the embeddings only what spectra can look like.

        Parameters
        ----------
        flux : Tensor, shape (n_spectra, n_pixels)
            Clean spectra, normalised, all pixels used.
        n_components : int
            Principal components of each chunk (about its zero) that are kept.

        Notes
        -----
        A random start also weighs pixels in ways in which no spectrum varies; training hardly
        removes that, and at S/N 10 it lets noise in (Teff 69 K instead of 60 K).
        """
        chunks = flux.reshape(len(flux), self.n_chunks, self.chunk_pixels).transpose(0, 1)
        _, vectors = torch.linalg.eigh(chunks.transpose(1, 2) @ chunks)  # ascending
        kept = vectors[:, :, -min(n_components, self.chunk_pixels) :]
        with torch.no_grad():
            self.embedding.copy_(kept @ (kept.transpose(1, 2) @ self.embedding))

    def forward(
        self, flux: Tensor, is_used: Tensor, conditions: Tensor, sigma: Tensor | None = None
    ) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels)."""
        shape = (len(flux), self.n_chunks, self.chunk_pixels)
        coverage = is_used.reshape(shape).mean(-1)  # (n_spectra, n_chunks)
        chunks = flux.reshape(shape).transpose(0, 1)  # (n_chunks, n_spectra, chunk_pixels)
        features = torch.bmm(chunks, self.embedding)
        features = features + self.bias + conditions @ self.by_conditions
        features = nn.functional.silu(features) * coverage.T[:, :, None]
        joined = features.transpose(0, 1).flatten(1)
        result: Tensor = self.dense(torch.cat([joined, coverage, conditions], dim=1))
        return result
