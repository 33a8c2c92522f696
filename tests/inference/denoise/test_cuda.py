"""A denoiser on CUDA gives what it gives on the CPU, to 1e-3; skipped where there is no CUDA device.

As a script it prints the largest difference, or that it was not run.
"""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoising_result import DenoiseOptions
from tests.inference.denoise.outside_cases import known_star

TOLERANCE = 1e-3
SNRS = (5.0, 10.0, 30.0, 100.0)


def has_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def largest_difference() -> float:
    """Return the largest difference of denoised fluxes and uncertainties between the devices, relative."""
    worst = 0.0
    for number, snr in enumerate(SNRS):
        star = known_star(np.random.default_rng(number), snr)
        cpu, cuda = (
            denoise_spectrum(star, DenoiseOptions(device=device)).spectrum for device in ("cpu", "cuda")
        )
        for name in ("flux", "uncertainty"):
            one, other = getattr(cpu, name), getattr(cuda, name)
            worst = max(worst, float(np.nanmax(np.abs(other / one - 1.0))))
    return worst


@pytest.mark.skipif(not has_cuda(), reason="no CUDA device")
def test_cuda_gives_what_the_cpu_gives() -> None:
    assert largest_difference() < TOLERANCE


if __name__ == "__main__":
    print(f"largest difference {largest_difference():.1e}" if has_cuda() else "not run: no CUDA device")
