"""`vgg`: three convolutions of 64, 128 and 256 filters, an average over the spectrum, a linear layer.

As in the thesis (`resources/training/paper-vgg.toml`): 124,291 weights for one channel and three labels.
Before the average it sees 18 pixels; what the spectrum is like further apart, it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from spectragui.networks.architectures import NetworkShape, register_network
from spectragui.networks.convolution_parts import LabelOutput, input_channels, told_numbers


@register_network("vgg")
class VGG(nn.Module):
    """Convolve three times (kernel 3, padded), pool by 2 after the first two, average, linear.

    Parameters
    ----------
    shape : NetworkShape
    filters : sequence of int
        Numbers of filters.
    kernel_pixels, pool_pixels : int
        Length of the filters, and of the maximum pooling.
    bin_pixels : int
        Pixels averaged to one before anything else.
    average_parts : int
        The average is taken in so many parts of the spectrum; 1 = over all of it.
    hidden : sequence of int
        Widths of dense layers between average and labels; none in the thesis.
    channels : int
        1 = flux; 3 = flux, sigma and mask.
    conditions : int
        1 = resolving power, S/N and misfit are told; 0 = nothing is.
    outputs : int
        Numbers a label: 2 = label and sigma, 1 = label alone.
    """

    def __init__(
        self,
        shape: NetworkShape,
        filters: Sequence[int] = (64, 128, 256),
        kernel_pixels: int = 3,
        pool_pixels: int = 2,
        bin_pixels: int = 1,
        average_parts: int = 1,
        hidden: Sequence[int] = (),
        channels: int = 1,
        conditions: int = 1,
        outputs: int = 2,
    ) -> None:
        super().__init__()
        self.bin_pixels, self.pool_pixels, self.channels = bin_pixels, pool_pixels, channels
        self.average_parts = average_parts
        widths = [channels, *filters]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(n_in, n_out, kernel_pixels, padding=kernel_pixels // 2)
            for n_in, n_out in zip(widths[:-1], widths[1:], strict=True)
        )
        self.n_told = shape.n_conditions if conditions else 0
        sizes = [filters[-1] * average_parts + self.n_told, *hidden]
        self.dense = nn.Sequential(
            *(
                layer
                for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)
                for layer in (nn.Linear(n_in, n_out), nn.ReLU())
            )
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv1d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")  # He normal
        self.labels = LabelOutput(sizes[-1], shape.n_labels, outputs)

    def forward(
        self, flux: Tensor, is_used: Tensor, conditions: Tensor, sigma: Tensor | None = None
    ) -> Tensor:
        """Return means and log sigmas of the scaled labels, shape (n_spectra, 2 n_labels)."""
        maps = input_channels(flux, is_used, sigma, self.channels, self.bin_pixels)
        # In two dimensions and channels last, and with ReLU after the pooling (the largest of what ReLU
        # leaves is what ReLU leaves of the largest), torch needs three quarters of the time.
        maps = maps[:, :, None, :].contiguous(memory_format=torch.channels_last)
        for number, module in enumerate(self.convolutions):
            convolution = cast(nn.Conv1d, module)
            weight = convolution.weight[:, :, None].contiguous(memory_format=torch.channels_last)
            padding = (0, convolution.kernel_size[0] // 2)
            maps = functional.conv2d(maps, weight, convolution.bias, padding=padding)
            if number + 1 < len(self.convolutions):
                maps = functional.max_pool2d(maps, (1, self.pool_pixels))
            maps = functional.relu(maps)
        maps = maps[:, :, 0, :]
        features = functional.adaptive_avg_pool1d(maps, self.average_parts).flatten(1)
        result: Tensor = self.labels(self.dense(told_numbers(features, conditions, self.n_told)))
        return result
