"""Cross-correlation of spectra with templates on a grid of constant velocity step.

The data are never interpolated: each native pixel meets the template interpolated at its place,
weighted by its inverse variance, and the sums over all shifts are done by Fourier transforms.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

MODEL_SCATTER = 0.02  # what templates err by, in units of the continuum: no pixel counts for more than S/N 50
_FWHM_PER_SIGMA = 2.3548200450309493


@dataclasses.dataclass(frozen=True, eq=False)
class VelocityTemplates:
    """Normalised rest-frame spectra on a grid of constant velocity step.

    Attributes
    ----------
    first_wavelength_aa : float
        Air, rest frame.
    step_kms : float
        The step, log(lambda_{i+1} / lambda_i) * c.
    depths : ndarray, shape (n_templates, n_pixels)
        1 - normalised flux; zero at the continuum.
    """

    first_wavelength_aa: float
    step_kms: float
    depths: NDArray[np.float64]

    @property
    def wavelength_aa(self) -> NDArray[np.float64]:
        """Wavelength of the pixels [Angstrom, air], shape (n_pixels,)."""
        n_pixels = self.depths.shape[1]
        return self.first_wavelength_aa * np.exp(np.arange(n_pixels) * self.step_kms / SPEED_OF_LIGHT_KMS)

    @staticmethod
    def on_grid(
        wavelength_aa: NDArray[np.float64], flux: NDArray[np.float64], step_kms: float
    ) -> VelocityTemplates:
        """Put normalised spectra, shape (n_templates, n_pixels), on a grid of constant velocity step."""
        step = step_kms / SPEED_OF_LIGHT_KMS
        n_pixels = int(np.log(wavelength_aa[-1] / wavelength_aa[0]) / step) + 1
        grid = wavelength_aa[0] * np.exp(np.arange(n_pixels) * step)
        depths = np.stack([1.0 - np.interp(grid, wavelength_aa, row) for row in np.atleast_2d(flux)])
        return VelocityTemplates(float(wavelength_aa[0]), step_kms, depths)


@dataclasses.dataclass(frozen=True, eq=False)
class Gridded:
    """Sums over the pixels of one segment (or all) on the templates' grid."""

    weight: NDArray[np.float64]  # (n_grid,)
    weighted_depth: NDArray[np.float64]  # (n_grid,)
    total: float  # sum of weight * depth^2
    n_pixels: int

    @staticmethod
    def sum_of(parts: Sequence[Gridded]) -> Gridded:
        """Return the sums over all parts."""
        return Gridded(
            np.sum([part.weight for part in parts], axis=0),
            np.sum([part.weighted_depth for part in parts], axis=0),
            float(sum(part.total for part in parts)),
            sum(part.n_pixels for part in parts),
        )


def to_grid(segment: Spectrum, templates: VelocityTemplates) -> Gridded:
    """Share each pixel between its two neighbours on the grid: the adjoint of linear interpolation."""
    n_grid = templates.depths.shape[1]
    with np.errstate(invalid="ignore"):
        place = np.log(segment.wavelength_aa / templates.first_wavelength_aa)
    place = place * (SPEED_OF_LIGHT_KMS / templates.step_kms)
    good = segment.good & (place >= 0) & (place < n_grid - 1)
    n_pixels = int(np.count_nonzero(good))
    zeros = np.zeros(n_grid)
    if n_pixels < 10:
        return Gridded(zeros, zeros, 0.0, 0)
    place = place[good]
    depth = 1.0 - segment.flux[good]
    variance = np.full(n_pixels, MODEL_SCATTER**2)
    if segment.uncertainty is not None:
        variance = variance + segment.uncertainty[good] ** 2
    weight = 1.0 / variance
    depth = np.clip(depth - np.average(depth, weights=weight), -1.5, 1.5)
    left = place.astype(np.int64)
    right_share = place - left
    gridded: list[NDArray[np.float64]] = []
    for value in (weight, weight * depth):
        sums = np.bincount(left, value * (1.0 - right_share), n_grid).astype(np.float64)
        sums += np.bincount(left + 1, value * right_share, n_grid)
        gridded.append(sums)
    return Gridded(gridded[0], gridded[1], float(np.sum(weight * depth**2)), n_pixels)


def broaden(depth: NDArray[np.float64], fwhm_pixels: float) -> NDArray[np.float64]:
    """Convolve a line-depth spectrum, shape (n_pixels,), with a Gaussian of ``fwhm_pixels``."""
    if fwhm_pixels < 0.3:
        return depth
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(depth, fwhm_pixels / _FWHM_PER_SIGMA, mode="nearest", truncate=3.5))


def correlate(
    depth: NDArray[np.float64],
    transforms: tuple[NDArray[np.complex128], NDArray[np.complex128]],
    data: Gridded,
    n_shifts: int,
    n_fourier: int,
) -> NDArray[np.float64]:
    """Return the correlation coefficient at shifts -n_shifts..n_shifts, shape (2 n_shifts + 1,)."""
    from scipy import fft

    weight, weighted_depth = transforms
    template = np.conj(fft.rfft(depth, n_fourier))
    squared = np.conj(fft.rfft(depth**2, n_fourier))
    # Two real results in one complex transform would save a third; clarity wins here.
    cross, power, mean = (
        _wrap(fft.irfft(product, n_fourier), n_shifts)
        for product in (weighted_depth * template, weight * squared, weight * template)
    )
    variance = power - mean**2 / float(np.sum(data.weight))
    floor = 1e-3 * float(np.max(variance)) + 1e-300
    return np.asarray(cross / np.sqrt(np.maximum(variance, floor) * max(data.total, 1e-300)))


def _wrap(circular: NDArray[np.float64], n_shifts: int) -> NDArray[np.float64]:
    return np.concatenate((circular[-n_shifts:], circular[: n_shifts + 1]))


def parabola(curve: NDArray[np.float64], top: int) -> tuple[float, float, float]:
    """Return place, height and curvature (second difference) of the maximum about index ``top``."""
    top = int(np.clip(top, 1, curve.size - 2))
    left, middle, right = (float(value) for value in curve[top - 1 : top + 2])
    curvature = left - 2.0 * middle + right
    if curvature >= 0:
        return float(top), middle, 0.0
    offset = float(np.clip(0.5 * (left - right) / curvature, -0.5, 0.5))
    return top + offset, middle - 0.25 * (left - right) * offset, curvature


def velocity_of_shift(shift: float, step_kms: float) -> float:
    """Return the velocity [km/s] of a shift by ``shift`` steps, relativistic."""
    return float(SPEED_OF_LIGHT_KMS * np.tanh(shift * step_kms / SPEED_OF_LIGHT_KMS))


def curvature_error(height: float, curvature: float, n_pixels: int, step_kms: float) -> float:
    """Return the 1-sigma error [km/s] of a peak from its height and curvature (Zucker 2003)."""
    if curvature >= 0 or height <= 0:
        return np.inf
    height = min(height, 0.999999)
    information = n_pixels * (-curvature / step_kms**2 / height) * height**2 / (1.0 - height**2)
    return float(1.0 / np.sqrt(information))
