"""What real observations do to a spectrum: drawn at random while a network trains."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from spectragui.core.parameters import param
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.batched import BroadeningBatch

if TYPE_CHECKING:
    import torch

    from spectragui.networks.input_grid import InputGrid


@dataclasses.dataclass(frozen=True)
class AugmentationConfig:
    """How strongly, and how often, spectra are disturbed."""

    resolving_power_min: float = param(1000.0, help="Lowest resolving power.", minimum=500.0)
    resolving_power_max: float = param(115000.0, help="Highest resolving power.")
    high_resolution_part: float = param(0.5, help="Part drawn above R = 20,000 in any case.", maximum=1.0)
    unknown_part: float = param(0.05, help="Part whose resolving power is hidden.", maximum=1.0)
    resolving_power_error: float = param(0.02, help="Error of the stated resolving power, 1 sigma.")
    slow_part: float = param(0.5, help="Part with v sin i below 15 km/s.", maximum=1.0)
    vsini_max_kms: float = param(310.0, help="Largest v sin i.", unit="km/s")
    macroturbulence_max_kms: float = param(8.0, help="Largest macroturbulence.", unit="km/s")
    velocity_error_kms: float = param(0.4, help="Error of the velocity, sharp lines.", unit="km/s")
    velocity_error_part: float = param(0.015, help="The same, as a part of the line width.")
    snr_min: float = param(5.0, help="Lowest S/N per pixel.")
    snr_max: float = param(2000.0, help="Highest S/N per pixel.")
    continuum_error: float = param(0.02, help="Largest error of the continuum.")
    continuum_part: float = param(0.6, help="Part with an error of the continuum.", maximum=1.0)
    scattered_light: float = param(0.01, help="Scatter of additive light.")
    model_error_part: float = param(0.5, help="Part with the error of the physics.", maximum=1.0)
    model_error_max: float = param(1.5, help="Largest error of the physics, 1 = as in Sun, Arcturus.")
    gap_max: float = param(0.08, help="Longest gap, as a part of the window.", maximum=1.0)
    partial_part: float = param(0.5, help="Part that covers the window only in part.", maximum=1.0)


def draw_log_uniform(low: float, high: float, n: int, generator: torch.Generator) -> torch.Tensor:
    """Draw numbers whose logarithm is uniform."""
    import torch

    return low * (high / low) ** torch.rand(n, generator=generator)


def draw_broadening(config: AugmentationConfig, n: int, generator: torch.Generator) -> BroadeningBatch:
    """Draw resolving power, rotation, macroturbulence, velocity error and pixel width.

    Notes
    -----
    Half of the stars rotate slowly (uniform below 15 km/s, some not at all), the others are
    half uniform, half log-uniform to the largest v sin i. The velocity error grows with the
    width of the lines, as that of a cross-correlation does.
    """
    import torch

    def uniform() -> torch.Tensor:
        return torch.rand(n, generator=generator)

    least = config.resolving_power_min
    low = torch.where(uniform() < config.high_resolution_part, max(20000.0, least), least)
    power = low * (config.resolving_power_max / low) ** uniform()
    fast = torch.where(
        uniform() < 0.5,
        15.0 + (config.vsini_max_kms - 15.0) * uniform(),
        15.0 * (config.vsini_max_kms / 15.0) ** uniform(),
    )
    slow = (15.5 * uniform() - 0.5).clamp(min=0.0)
    vsini = torch.where(uniform() < config.slow_part, slow, fast)
    macro = config.macroturbulence_max_kms * uniform() * (uniform() < 0.6)
    width = torch.sqrt((SPEED_OF_LIGHT_KMS / power) ** 2 + 2.0 * vsini**2 + 50.0)
    sigma = torch.sqrt(config.velocity_error_kms**2 + (config.velocity_error_part * width) ** 2)
    velocity = sigma * torch.randn(n, generator=generator)
    pixel = SPEED_OF_LIGHT_KMS / power / (2.0 + 1.5 * uniform())
    return BroadeningBatch(vsini, macro, velocity, power, pixel)


def draw_continuum_error(
    grid: InputGrid, config: AugmentationConfig, n: int, generator: torch.Generator
) -> torch.Tensor:
    """Draw factors of a continuum that is not known well, shape (n, n_bins).

    Notes
    -----
    Smooth random curves of one correlation length per batch (12 to 150 Angstrom), and a slope
    within each of the orders that the spectrum may have been merged from.
    """
    import torch

    n_bins = grid.n_pixels // grid.bin_pixels
    bin_aa = (grid.wavelength_aa[-1] - grid.wavelength_aa[0]) / n_bins
    length = float(draw_log_uniform(12.0, 150.0, 1, generator)) / bin_aa
    position = torch.arange(n_bins, dtype=torch.float32)
    fall = torch.exp(-0.5 * (position / length) ** 2)
    # Row i is fall[|i - j|]: the same numbers as an exponential of all differences, a tenth of the time.
    kernel = torch.cat([fall.flip(0), fall[1:]]).unfold(0, n_bins, 1).flip(0)
    kernel /= kernel.square().sum(1).sqrt()[:, None]
    curve = torch.randn(n, n_bins, generator=generator) @ kernel.T
    order_bins = float(draw_log_uniform(40.0, 100.0, 1, generator)) / bin_aa
    order = (position + order_bins * float(torch.rand(1, generator=generator))) / order_bins
    ramp = torch.randn(n, int(order[-1]) + 2, generator=generator)[:, order.long()]
    curve = curve + 0.7 * ramp * (order % 1.0 - 0.5)
    amplitude = config.continuum_error * torch.rand(n, generator=generator)
    amplitude *= torch.rand(n, generator=generator) < config.continuum_part
    return 1.0 + amplitude[:, None] * curve


def draw_coverage(
    grid: InputGrid, config: AugmentationConfig, n: int, generator: torch.Generator
) -> torch.Tensor:
    """Draw which pixels are observed: 1 = used, 0 = not; shape (n, n_pixels).

    Notes
    -----
    Part of the spectra cover a stretch of the window only, have up to six gaps, or regular gaps
    between orders; some have bad pixels.
    """
    import torch

    n_pixels = grid.n_pixels
    pixel = torch.arange(n_pixels, dtype=torch.float32) / n_pixels
    is_partial = torch.rand(n, generator=generator) < config.partial_part
    kind = torch.rand(n, generator=generator)
    length = draw_log_uniform(0.1, 1.0, n, generator)
    length = torch.where(is_partial & (kind < 0.5), length, 1.0)
    start = (1.0 - length) * (1.6 * torch.rand(n, generator=generator) - 0.3).clamp(0.0, 1.0)
    used = (pixel >= start[:, None]) & (pixel < (start + length)[:, None])
    for _ in range(4):
        has_gap = is_partial & (torch.rand(n, generator=generator) < 0.4)
        width = draw_log_uniform(0.001, config.gap_max, n, generator) * has_gap
        left = torch.rand(n, generator=generator)
        rows = torch.nonzero(has_gap)[:, 0]
        inside = (pixel >= left[rows, None]) & (pixel < (left + width)[rows, None])
        used[rows] &= ~inside
    rows = torch.nonzero(is_partial & (kind > 0.8))[:, 0]
    period = draw_log_uniform(0.04, 0.12, len(rows), generator)
    phase = (pixel / period[:, None] + torch.rand(len(rows), 1, generator=generator)) % 1.0
    used[rows] &= phase > 0.5 * torch.rand(len(rows), 1, generator=generator)
    result = used.float()
    rows = torch.nonzero(torch.rand(n, generator=generator) < 0.2)[:, 0]
    bad = torch.rand(len(rows), n_pixels, generator=generator) < 0.01
    result[rows] *= ~bad
    return result
