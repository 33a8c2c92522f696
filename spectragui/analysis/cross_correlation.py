"""Cross-correlation of spectra with templates on a grid of constant velocity step.

The data are never interpolated: each native pixel meets the template interpolated at its place,
weighted by its inverse variance, and the sums over all shifts are done by Fourier transforms.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.kept_bytes import KeptBytes
from spectragui.core.numerics import fourier_convolve
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

MODEL_SCATTER = 0.02  # what templates err by, in units of the continuum: no pixel counts for more than S/N 50
#: Broadened templates of all sets together, of each kind; one takes 160 kB, in the near infrared 530 kB.
MOST_KEPT_BYTES = 24 << 20
_FWHM_PER_SIGMA = 2.3548200450309493
_TRUNCATE, _LONG_KERNEL = (
    3.5,
    30,
)  # in sigma; pixels on each side, from where on Fourier transforms are faster

# By short kernels, and by long ones, which take far longer to make.
_by_short, _by_long = (
    KeptBytes[NDArray[np.float32]](MOST_KEPT_BYTES, operator.attrgetter("nbytes")) for _ in range(2)
)


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

    def broadened(self, template: int, fwhm_kms: float) -> NDArray[np.float64]:
        """Return the depths of one template convolved with a Gaussian, shape (n_pixels,)."""
        return self.broadened_single(template, fwhm_kms).astype(np.float64)

    def broadened_single(self, template: int, fwhm_kms: float) -> NDArray[np.float32]:
        """Return the same as it is kept, in single precision; not to be written to."""
        fwhm_pixels = fwhm_kms / self.step_kms
        kept = _by_long if _kernel_radius(fwhm_pixels) >= _LONG_KERNEL else _by_short
        key = (self, int(template), float(fwhm_kms))
        return kept.get(key, functools.partial(self._broadened, int(template), fwhm_pixels))

    def _broadened(self, template: int, fwhm_pixels: float) -> NDArray[np.float32]:
        # Kept in half the memory, and first and later calls give the same.
        depth = broaden(self.depths[template], fwhm_pixels).astype(np.float32)
        depth.flags.writeable = False
        return depth

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
    """Sums over the pixels of one segment (or all) on the part of the templates' grid that they meet."""

    first: int  # index on the templates' grid of the first value
    weight: NDArray[np.float64]  # (n,)
    weighted_depth: NDArray[np.float64]  # (n,)
    total: float  # sum of weight * depth^2
    n_pixels: int

    @staticmethod
    def sum_of(parts: Sequence[Gridded], n_grid: int) -> Gridded:
        """Return the sums over all parts on the whole grid of ``n_grid`` pixels."""
        weight, weighted_depth = np.zeros(n_grid), np.zeros(n_grid)
        for part in parts:
            here = slice(part.first, part.first + part.weight.size)
            weight[here] += part.weight
            weighted_depth[here] += part.weighted_depth
        total = float(sum(part.total for part in parts))
        return Gridded(0, weight, weighted_depth, total, sum(part.n_pixels for part in parts))


MIN_GRIDDED_PIXELS = 10


def to_grid(segment: Spectrum, templates: VelocityTemplates) -> Gridded:
    """Share each pixel between its two neighbours on the grid: the adjoint of linear interpolation."""
    (part,) = pieces_to_grid(segment, templates, np.array([0, len(segment)]))
    return part


def pieces_to_grid(
    segment: Spectrum, templates: VelocityTemplates, edges: NDArray[np.int64]
) -> list[Gridded]:
    """Do the same for each piece between pixels ``edges``, shape (n_pieces + 1,), each with its own mean."""
    n_grid, n_pieces = templates.depths.shape[1], edges.size - 1
    with np.errstate(invalid="ignore"):
        place = np.log(segment.wavelength_aa / templates.first_wavelength_aa)
    place = place * (SPEED_OF_LIGHT_KMS / templates.step_kms)
    good = np.flatnonzero(segment.good & (place >= 0) & (place < n_grid - 1))
    place, depth = place[good], 1.0 - segment.flux[good]
    variance = np.full(good.size, MODEL_SCATTER**2)
    if segment.uncertainty is not None:
        variance = variance + segment.uncertainty[good] ** 2
    weight = 1.0 / variance
    left = place.astype(np.int64)
    right_share = place - left
    counts = np.diff(np.searchsorted(good, edges))
    is_used = counts >= MIN_GRIDDED_PIXELS
    nothing = Gridded(0, np.zeros(0), np.zeros(0), 0.0, 0)
    if not is_used.any():
        return [nothing] * n_pieces
    kept = np.repeat(is_used, counts)
    left, right_share, weight, depth = left[kept], right_share[kept], weight[kept], depth[kept]
    sizes = counts[is_used]
    starts = np.cumsum(sizes) - sizes
    means = np.add.reduceat(weight * depth, starts) / np.add.reduceat(weight, starts)
    depth = np.minimum(np.maximum(depth - np.repeat(means, sizes), -1.5), 1.5)
    totals = np.add.reduceat(weight * depth**2, starts)
    firsts = np.minimum.reduceat(left, starts)
    lengths = np.maximum.reduceat(left, starts) - firsts + 2
    places = np.cumsum(lengths) - lengths
    index = left + np.repeat(places - firsts, sizes)
    sums: list[NDArray[np.float64]] = []
    for value in (weight, weight * depth):
        on_right = value * right_share
        one = np.bincount(index, value - on_right, int(lengths.sum())).astype(np.float64)
        one[1:] += np.bincount(index, on_right, int(lengths.sum()))[:-1]
        sums.append(one)
    rows = zip(
        firsts.tolist(), places.tolist(), lengths.tolist(), totals.tolist(), sizes.tolist(), strict=True
    )
    found = (
        Gridded(first, sums[0][place : place + length], sums[1][place : place + length], total, n_pixels)
        for first, place, length, total, n_pixels in rows
    )
    return [next(found) if used else nothing for used in is_used]


def _kernel_radius(fwhm_pixels: float) -> int:
    return int(_TRUNCATE * fwhm_pixels / _FWHM_PER_SIGMA + 0.5)


def broaden(depth: NDArray[np.float64], fwhm_pixels: float) -> NDArray[np.float64]:
    """Convolve a line-depth spectrum, shape (n_pixels,), with a Gaussian of ``fwhm_pixels``."""
    if fwhm_pixels < 0.3:
        return depth
    sigma, radius = fwhm_pixels / _FWHM_PER_SIGMA, _kernel_radius(fwhm_pixels)
    if radius < _LONG_KERNEL:
        from scipy.ndimage import gaussian_filter1d

        return np.asarray(gaussian_filter1d(depth, sigma, mode="nearest", truncate=_TRUNCATE))
    kernel = np.exp(-0.5 * np.square(np.arange(-radius, radius + 1) / sigma))
    padded = np.pad(depth, radius, mode="edge")
    return fourier_convolve(padded, kernel / kernel.sum())[2 * radius : padded.size]


def parabola(curve: NDArray[np.float64], top: int) -> tuple[float, float, float]:
    """Return place, height and curvature (second difference) of the maximum about index ``top``."""
    top = min(max(top, 1), curve.size - 2)
    left, middle, right = curve[top - 1 : top + 2].tolist()
    curvature = left - 2.0 * middle + right
    if curvature >= 0:
        return float(top), middle, 0.0
    offset = min(max(0.5 * (left - right) / curvature, -0.5), 0.5)
    return top + offset, middle - 0.25 * (left - right) * offset, curvature


def velocity_of_shift(shift: float, step_kms: float) -> float:
    """Return the velocity [km/s] of a shift by ``shift`` steps, relativistic."""
    return SPEED_OF_LIGHT_KMS * math.tanh(shift * step_kms / SPEED_OF_LIGHT_KMS)


def curvature_error(height: float, curvature: float, n_pixels: int, step_kms: float) -> float:
    """Return the 1-sigma error [km/s] of a peak from its height and curvature (Zucker 2003)."""
    if curvature >= 0 or height <= 0:
        return np.inf
    height = min(height, 0.999999)
    information = n_pixels * (-curvature / step_kms**2 / height) * height**2 / (1.0 - height**2)
    return 1.0 / math.sqrt(information) if information > 0 else math.inf
