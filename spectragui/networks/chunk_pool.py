"""`chunk_pool`: spectra of any length and sampling, of one arm or several, without resampling.

Each stretch ("chunk") of the wavelengths has templates of its own, functions of the wavelength. A pixel
counts with what of a template lies between its edges, so that pixels of any width and number, and gaps,
need no common grid: the network's weights follow the pixels. Chunks without light are not there; those
with light are pooled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from spectragui.networks.architectures import NetworkShape, register_network

SUM, ATTENTION, LSTM = 0, 1, 2


@register_network("chunk_pool")
class ChunkPool(nn.Module):
    """Weigh the pixels of each chunk, pool the chunks that were observed, mix.

    Parameters
    ----------
    shape : NetworkShape
        Its pixels are the steps of the templates. Conditions are four for each arm.
    chunk_pixels : int
        Template steps of a chunk.
    n_features : int
        Templates of a chunk.
    width : int
        Numbers that a chunk gives to the pool.
    pooling : int
        0 = sum over chunks (Deep Sets), 1 = attention, 2 = LSTM along the chunks.
    hidden : sequence of int
        Widths of the dense layers after the pool.
    arm_chunks : sequence of int
        Chunks of each arm, one arm after the other; none = one arm.
    """

    def __init__(
        self,
        shape: NetworkShape,
        chunk_pixels: int = 64,
        n_features: int = 24,
        width: int = 192,
        pooling: int = SUM,
        hidden: Sequence[int] = (256, 128),
        arm_chunks: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.chunk_pixels, self.pooling = chunk_pixels, pooling
        self.n_chunks = shape.grid.n_pixels // chunk_pixels
        arms = tuple(arm_chunks) or (self.n_chunks,)
        if sum(arms) != self.n_chunks or shape.n_conditions % len(arms):
            raise ValueError("the chunks of the arms are not those of the pixels")
        n_told = shape.n_conditions // len(arms)
        told = [[arm * n_told + one for one in range(n_told)] for arm, n in enumerate(arms) for _ in range(n)]
        self.told_of = told  # columns of the conditions of each chunk
        self.templates = nn.Parameter(
            torch.randn(self.n_chunks, chunk_pixels, n_features) * 10.0 / math.sqrt(chunk_pixels)
        )
        self.bias = nn.Parameter(torch.zeros(self.n_chunks, n_features))
        self.by_conditions = nn.Parameter(torch.randn(self.n_chunks, n_told, n_features) * 0.1)
        self.values = nn.Parameter(
            torch.randn(self.n_chunks, n_features + 1, width) / math.sqrt(n_features * self.n_chunks)
        )
        self.scores = nn.Parameter(torch.zeros(self.n_chunks, n_features + 1))
        if pooling == LSTM:
            self.memory = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        sizes = [width + len(arms) + shape.n_conditions, *hidden]
        layers: list[nn.Module] = []
        for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
            layers += [nn.Linear(n_in, n_out), nn.LayerNorm(n_out), nn.SiLU()]
        self.dense = nn.Sequential(*layers, nn.Linear(sizes[-1], 2 * shape.n_labels))
        self.arms = arms

    def fit_components(self, flux: Tensor, n_components: int = 30) -> None:
        """Keep of the templates only what spectra, shape (n_spectra, n_pixels), can look like."""
        chunks = flux.reshape(len(flux), self.n_chunks, self.chunk_pixels).transpose(0, 1)
        _, vectors = torch.linalg.eigh(chunks.transpose(1, 2) @ chunks)  # ascending
        kept = vectors[:, :, -min(n_components, self.chunk_pixels) :]
        with torch.no_grad():
            self.templates.copy_(kept @ (kept.transpose(1, 2) @ self.templates))

    def forward(
        self, flux: Tensor, is_used: Tensor, conditions: Tensor, sigma: Tensor | None = None
    ) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels).

        Here pixels are the templates' own steps, as in training; see `forward_pixels` for any others.
        """
        shape = (len(flux), self.n_chunks, self.chunk_pixels)
        coverage = is_used.reshape(shape).mean(-1)
        chunks = flux.reshape(shape).transpose(0, 1)
        return self._pooled(torch.bmm(chunks, self.templates).transpose(0, 1), coverage, conditions)

    def forward_pixels(
        self, values: Tensor, left: Tensor, right: Tensor, share: Tensor, conditions: Tensor
    ) -> Tensor:
        """Return the same for one spectrum on pixels of any width.

        Parameters
        ----------
        values : Tensor, shape (n_pixels,)
            Normalised flux of the pixels that are used, continuum at zero.
        left, right : Tensor, shape (n_pixels,)
            Edges of the pixels in steps of the templates, 0 = where the first begins.
        share : Tensor, shape (n_pixels,)
            Its part where several pixels cover the same place, 1 where it is alone.
        conditions : Tensor, shape (n_conditions,)

        Returns
        -------
        Tensor, shape (1, 2 n_labels)
        """
        n_steps = self.n_chunks * self.chunk_pixels
        flat = self.templates.reshape(n_steps, -1)
        running = torch.cat([flat.new_zeros(1, flat.shape[1]), flat.cumsum(0)])

        def up_to(edge: Tensor) -> Tensor:
            place = edge.clamp(0.0, float(n_steps))
            low = place.floor().long().clamp(max=n_steps - 1)
            part = (place - low)[:, None]
            return running[low] + part * flat[low]

        left, right = left.clamp(0.0, float(n_steps)), right.clamp(0.0, float(n_steps))
        border = ((left / self.chunk_pixels).floor() + 1.0) * self.chunk_pixels
        middle = torch.minimum(right, border)  # where a pixel reaches into the next chunk
        features, coverage = flat.new_zeros(self.n_chunks, flat.shape[1]), flat.new_zeros(self.n_chunks)
        for start, stop in ((left, middle), (middle, right)):
            chunk = (start / self.chunk_pixels).long().clamp(0, self.n_chunks - 1)
            weights = (up_to(stop) - up_to(start)) * share[:, None]
            features.index_add_(0, chunk, values[:, None] * weights)
            coverage.index_add_(0, chunk, share * (stop - start) / self.chunk_pixels)
        return self._pooled(features[None], coverage.clamp(max=1.0)[None], conditions[None])

    def _pooled(self, features: Tensor, coverage: Tensor, conditions: Tensor) -> Tensor:
        told = conditions[:, self.told_of]  # (n_spectra, n_chunks, n_told)
        by_told = torch.einsum("nct,ctf->ncf", told, self.by_conditions)
        features = nn.functional.silu(features + self.bias + by_told)
        features = torch.cat([features, torch.ones_like(features[:, :, :1])], dim=2) * coverage[:, :, None]
        if self.pooling == SUM:
            pooled = features.flatten(1) @ self.values.flatten(0, 1)
        else:
            values = torch.einsum("ncf,cfw->ncw", features, self.values)
            pooled = self._of_chunks(values, features, coverage)
        by_arm = [part.mean(1, keepdim=True) for part in coverage.split(list(self.arms), dim=1)]
        result: Tensor = self.dense(torch.cat([pooled, *by_arm, conditions], dim=1))
        return result

    def _of_chunks(self, values: Tensor, features: Tensor, coverage: Tensor) -> Tensor:
        if self.pooling == LSTM:
            steps, _ = self.memory(values * math.sqrt(self.n_chunks))
            total: Tensor = (steps * coverage[:, :, None]).sum(1) / coverage.sum(1, keepdim=True).clamp(
                min=1e-3
            )
            return total
        scores = (features * self.scores).sum(2) + coverage.clamp(min=1e-6).log()
        weights = torch.softmax(scores, dim=1)[:, :, None] * self.n_chunks
        return (values * weights).sum(1)
