"""A denoised spectrum against the noise-free one that it was simulated from."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoising_result import Denoised


def read_truth(path: str | os.PathLike[str], found: Denoised) -> NDArray[np.float64]:
    """Return the noise-free flux on the pixels of a denoised spectrum, shape (n_pixels,).

    Raises
    ------
    ReadError
        If the file has other pixels, or is no single spectrum.
    """
    from spectragui.io.read import read_files

    spectrum = read_files([path])[0]
    own = found.spectrum
    assert isinstance(own, Spectrum)
    if not isinstance(spectrum, Spectrum) or len(spectrum) != len(own):
        raise ReadError(
            f"{os.fspath(path)} is not on the pixels of {found.noisy.name}.", "Give its own truth."
        )
    if not np.allclose(spectrum.wavelength_aa, own.wavelength_aa, rtol=1e-6):
        raise ReadError(
            f"{os.fspath(path)} has other wavelengths than {found.noisy.name}.", "Give its own truth."
        )
    return spectrum.flux


def errors_against(found: Denoised, truth: NDArray[np.float64]) -> dict[str, float]:
    """Return the measures of Pal & Dobos (2024), Section 4.1, over pixels that were not masked.

    Returns
    -------
    dict
        ``mean_absolute``, ``mean_relative``, ``max_relative``, ``bias`` (mean of R with its sign),
        ``kl_divergence`` (of the truth from the denoised spectrum, both as distributions over pixels),
        ``within_1_sigma``.
    """
    own, noisy = found.spectrum, found.noisy
    assert isinstance(own, Spectrum) and isinstance(noisy, Spectrum) and own.uncertainty is not None
    good = noisy.good & own.good & np.isfinite(truth) & (truth > 0)
    error = (own.flux - truth)[good]
    relative = error / truth[good]
    p = truth[good] / np.sum(truth[good])
    q = np.maximum(own.flux[good], 1e-12 * np.median(truth[good]))
    q = q / np.sum(q)
    return {
        "mean_absolute": float(np.mean(np.abs(error))),
        "mean_relative": float(np.mean(np.abs(relative))),
        "max_relative": float(np.max(np.abs(relative))),
        "bias": float(np.mean(relative)),
        "kl_divergence": float(np.sum(p * np.log(p / q))),
        "within_1_sigma": float(np.mean(np.abs(error) < own.uncertainty[good])),
    }
