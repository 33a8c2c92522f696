"""What a denoiser is compared with: filters, components without weights, the paper's network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.training.denoiser.heldout import HeldOut

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]
SAVGOL_PIXELS = (7, 11, 21, 31, 51, 81)
WAVELET_LEVELS = 6


def savitzky_golay(held: HeldOut) -> Floats:
    """Return the spectra smoothed by cubics, with the window (of six) that errs least against the truth."""
    from scipy.signal import savgol_filter

    tried = [savgol_filter(held.noisy, pixels, 3, axis=1) for pixels in SAVGOL_PIXELS]
    errors = [np.mean(np.abs(one / held.truth - 1.0)) for one in tried]
    return np.asarray(tried[int(np.argmin(errors))], dtype=np.float64)


def wavelet(held: HeldOut) -> Floats:
    """Return the spectra after soft thresholds on Haar coefficients, averaged over shifts.

    Notes
    -----
    The undecimated transform a trous; the threshold of each scale is that of Donoho & Johnstone 1994
    with the known noise.
    """
    smooth, kept = held.noisy.copy(), np.zeros_like(held.noisy)
    variance = np.square(held.sigma)
    for level in range(WAVELET_LEVELS):
        step = 2**level
        coarser = 0.5 * (smooth + np.roll(smooth, -step, axis=1))
        # Of a mean of 2^(level+1) pixels and its half: the difference has the variance of the sum over 4 n.
        kernel = np.ones(2 * step) / (2.0 * step) ** 2
        noise = np.sqrt(np.stack([np.convolve(row, kernel, mode="same") for row in variance]))
        detail = smooth - coarser
        threshold = noise * np.sqrt(2.0 * np.log(held.noisy.shape[1]))
        kept += np.sign(detail) * np.maximum(np.abs(detail) - threshold, 0.0)
        smooth = coarser
    return smooth + kept


def pca_projection(held: HeldOut, basis: SpectrumBasis) -> Floats:
    """Return projections on the rest-frame components at the true velocity, every pixel weighing alike."""
    import torch

    from spectragui.networks.spectrum_posterior import PosteriorSolver
    from spectragui.simulation.doppler_shift import log_shift_kms

    solver = PosteriorSolver(basis, held.wavelength_aa)
    shift = torch.as_tensor(log_shift_kms(held.quantities["v_rad"]), dtype=torch.float32)
    found = np.empty_like(held.noisy)
    for number, row in enumerate(held.noisy):
        state = torch.zeros(1, solver.n_z + 2)
        state[0, -1] = shift[number]
        scale = float(np.median(row))
        mean = solver.flux(state)[0].double().numpy()
        lines = solver.jacobian(state)[0, :, :-1].double().numpy()
        solution = np.linalg.lstsq(lines, row / scale - mean, rcond=None)[0]
        found[number] = scale * (mean + lines @ solution)
    return found


def hourglass(held: HeldOut, weights: Path) -> Floats:
    """Return the spectra denoised by a trained `HourglassAutoencoder` (flux scaled to a median of 0.5)."""
    import torch
    from safetensors.torch import load_file

    from spectragui.networks.denoising_autoencoder import HourglassAutoencoder

    state: dict[str, torch.Tensor] = load_file(weights)
    widths = [state[f"layers.{n}.weight"].shape[1] for n in range(len(state) // 4 + 1)]
    network = HourglassAutoencoder(tuple(widths)).eval()
    network.load_state_dict(state)
    scale = 0.5 / np.median(held.noisy, axis=1, keepdims=True)
    with torch.no_grad():
        out = network(torch.as_tensor(held.noisy * scale, dtype=torch.float32))
    return np.asarray(out.double().numpy() / scale)
