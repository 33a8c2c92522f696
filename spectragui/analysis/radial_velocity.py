"""Radial velocity by cross-correlation with template spectra, on any set of orders or arms.

The data are never interpolated: each native pixel meets the template interpolated at its place,
weighted by its inverse variance, and the sums over all shifts are done by Fourier transforms.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

MODEL_SCATTER = 0.02  # what templates err by, in units of the continuum: no pixel counts for more than S/N 50
MIN_DISTORTION_KMS = 0.3
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
class SegmentVelocity:
    """What one order or arm alone says.

    Attributes
    ----------
    velocity_kms, error_kms : float
    correlation : float
        Height of its own peak, 0 to 1.
    """

    velocity_kms: float
    error_kms: float
    correlation: float


@dataclasses.dataclass(frozen=True, eq=False)
class RadialVelocity:
    """Result of `measure_velocity`.

    Attributes
    ----------
    velocity_kms, error_kms : float
        Positive = receding; 1 sigma.
    correlation : float
        Weighted correlation coefficient of data and template at the peak, 0 to 1.
    second_peak : float
        The highest correlation elsewhere (further than 60 km/s and the width of the peak).
    template : int
        Index of the template with the highest peak.
    broadening_kms : float
        Gaussian FWHM put on the templates.
    segments : tuple of SegmentVelocity or None
        One for each segment; None where a segment alone has no peak.
    ccf_velocity_kms, ccf : ndarray, shape (n_shifts,)
        Correlation coefficient against velocity, for a plot.
    """

    velocity_kms: float
    error_kms: float
    correlation: float
    second_peak: float
    template: int
    broadening_kms: float
    segments: tuple[SegmentVelocity | None, ...]
    ccf_velocity_kms: NDArray[np.float64]
    ccf: NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class _Gridded:
    """Sums over the pixels of one segment (or all) on the templates' grid."""

    weight: NDArray[np.float64]  # (n_grid,)
    weighted_depth: NDArray[np.float64]  # (n_grid,)
    total: float  # sum of weight * depth^2
    n_pixels: int

    @staticmethod
    def sum_of(parts: Sequence[_Gridded]) -> _Gridded:
        return _Gridded(
            np.sum([part.weight for part in parts], axis=0),
            np.sum([part.weighted_depth for part in parts], axis=0),
            float(sum(part.total for part in parts)),
            sum(part.n_pixels for part in parts),
        )


def measure_velocity(
    segments: Sequence[Spectrum],
    templates: VelocityTemplates,
    *,
    limit_kms: float = 600.0,
    broadenings_kms: Sequence[float] = (0.0,),
) -> RadialVelocity:
    """Measure the radial velocity of a normalised spectrum against the best of some templates.

    Parameters
    ----------
    segments : sequence of Spectrum
        Orders or arms, flux divided by the continuum, wavelengths in the templates' medium.
    templates : VelocityTemplates
    limit_kms : float
        Search range, both sides of zero.
    broadenings_kms : sequence of float
        Gaussian FWHMs to try on the templates (line spread and rotation).

    Returns
    -------
    RadialVelocity

    Raises
    ------
    UnitError
        If no pixel of the data lies in the templates' range.

    Notes
    -----
    For each template the weighted correlation coefficient is computed at all shifts of the grid;
    its maximum is the maximum of the likelihood (Zucker 2003), found between grid points by a
    parabola. The error is Zucker's from the curvature of the peak, and where three or more
    segments have peaks of their own at least the error of their weighted mean from their scatter.

    References
    ----------
    Zucker 2003, MNRAS 342, 1291 (doi:10.1046/j.1365-8711.2003.06633.x).
    """
    parts = [_to_grid(segment, templates) for segment in segments]
    used = [part for part in parts if part.n_pixels > 0]
    if not used:
        raise UnitError("The spectrum has no pixels in the range of the velocity templates.")
    best = _best_template(_Gridded.sum_of(used), templates, limit_kms, broadenings_kms)
    n_shifts = (best.correlation.size - 1) // 2
    shifts = np.arange(-n_shifts, n_shifts + 1)
    peak, height, curvature = _parabola(best.correlation, int(np.argmax(best.correlation)))
    velocity = _velocity(peak - n_shifts, templates.step_kms)
    n_total = sum(part.n_pixels for part in used)
    error = _curvature_error(height, curvature, n_total, templates.step_kms)
    alone = tuple(
        _segment_velocity(part, best.depth, peak - n_shifts, templates.step_kms) if part.n_pixels else None
        for part in parts
    )
    velocities = np.array([_velocity(float(k), templates.step_kms) for k in shifts])
    away = np.abs(velocities - velocity) > max(60.0, 1.5 * best.broadening_kms)
    second = float(np.max(best.correlation[away], initial=0.0))
    return RadialVelocity(
        velocity,
        float(np.hypot(max(error, _scatter_error(alone)), 0.005)),
        height,
        second,
        best.template,
        best.broadening_kms,
        alone,
        velocities,
        best.correlation,
    )


def measure_distortion(
    segment: Spectrum,
    templates: VelocityTemplates,
    found: RadialVelocity,
    *,
    chunk_aa: float = 9.0,
    reach_kms: float = 15.0,
) -> NDArray[np.float64] | None:
    """Measure how the velocity runs along a segment whose wavelength calibration is bent.

    Parameters
    ----------
    segment : Spectrum
        One order or arm, normalised.
    templates : VelocityTemplates
    found : RadialVelocity
        Of the whole spectrum.
    chunk_aa : float
        Length of the pieces that are measured one by one [Angstrom].
    reach_kms : float
        Search range about the velocity of the whole.

    Returns
    -------
    ndarray, shape (n_pixels,), or None
        Velocity at each pixel, a cubic in wavelength; None where it does not differ from a
        constant by more than `MIN_DISTORTION_KMS` and three times what noise makes of it.
    """
    depth = broaden(templates.depths[found.template], found.broadening_kms / templates.step_kms)
    shift = SPEED_OF_LIGHT_KMS * np.arctanh(found.velocity_kms / SPEED_OF_LIGHT_KMS) / templates.step_kms
    wavelength = segment.wavelength_aa
    n_chunks = int((wavelength[-1] - wavelength[0]) / chunk_aa)
    places, velocities, errors = [], [], []
    for pixels in np.array_split(np.arange(len(segment)), n_chunks) if n_chunks >= 5 else []:
        part = _to_grid(segment.select(slice(int(pixels[0]), int(pixels[-1]) + 1)), templates)
        if part.n_pixels < 30:
            continue
        one = _segment_velocity(part, depth, shift, templates.step_kms, reach_kms)
        if one is not None and one.correlation > 0.5:
            places.append(float(wavelength[pixels].mean()))
            velocities.append(one.velocity_kms)
            errors.append(one.error_kms)
    if len(places) < 5:
        return None
    return _smooth_distortion(np.array(places), np.array(velocities), np.array(errors), wavelength)


def _smooth_distortion(
    places: NDArray[np.float64],
    velocities: NDArray[np.float64],
    errors: NDArray[np.float64],
    wavelength_aa: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    middle, half = float(places.mean()), 0.5 * float(places[-1] - places[0])
    x = (places - middle) / half
    keep = np.abs(velocities - np.median(velocities)) < 12.0
    weight = 1.0 / np.hypot(errors, 0.1)
    for _ in range(4):
        if np.count_nonzero(keep) < 5:
            return None
        coefficients = np.polynomial.legendre.legfit(x[keep], velocities[keep], 3, w=weight[keep])
        off = np.abs(velocities - np.polynomial.legendre.legval(x, coefficients))
        keep = off < 3.0 * max(1.4826 * float(np.median(off[keep])), 0.1)
    curve = np.polynomial.legendre.legval(np.clip((wavelength_aa - middle) / half, -1.0, 1.0), coefficients)
    noise = np.sqrt(4.0 / np.count_nonzero(keep)) * max(
        float(np.median(errors[keep])), float(np.std(off[keep]))
    )
    if float(np.std(curve)) < max(MIN_DISTORTION_KMS, 3.0 * noise):
        return None
    return np.asarray(curve)


def _to_grid(segment: Spectrum, templates: VelocityTemplates) -> _Gridded:
    """Share each pixel between its two neighbours on the grid: the adjoint of linear interpolation."""
    n_grid = templates.depths.shape[1]
    with np.errstate(invalid="ignore"):
        place = np.log(segment.wavelength_aa / templates.first_wavelength_aa)
    place = place * (SPEED_OF_LIGHT_KMS / templates.step_kms)
    good = segment.good & (place >= 0) & (place < n_grid - 1)
    n_pixels = int(np.count_nonzero(good))
    zeros = np.zeros(n_grid)
    if n_pixels < 10:
        return _Gridded(zeros, zeros, 0.0, 0)
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
    return _Gridded(gridded[0], gridded[1], float(np.sum(weight * depth**2)), n_pixels)


@dataclasses.dataclass(frozen=True, eq=False)
class _Best:
    template: int
    broadening_kms: float
    depth: NDArray[np.float64]  # (n_grid,)
    correlation: NDArray[np.float64]  # (2 n_shifts + 1,)


def _best_template(
    data: _Gridded, templates: VelocityTemplates, limit_kms: float, broadenings_kms: Sequence[float]
) -> _Best:
    from scipy import fft

    n_grid = templates.depths.shape[1]
    n_shifts = int(np.ceil(limit_kms / templates.step_kms))
    n_fourier = fft.next_fast_len(n_grid + n_shifts + 1, real=True)
    transforms = (fft.rfft(data.weight, n_fourier), fft.rfft(data.weighted_depth, n_fourier))
    best: _Best | None = None
    candidates = range(templates.depths.shape[0])
    # All templates at the first broadening; the others only on the three best.
    heights = []
    for number, broadening in enumerate(broadenings_kms):
        for template in candidates:
            depth = broaden(templates.depths[template], broadening / templates.step_kms)
            curve = _correlate(depth, transforms, data, n_shifts, n_fourier)
            height = float(np.max(curve))
            heights.append((height, template))
            if best is None or height > float(np.max(best.correlation)):
                best = _Best(template, float(broadening), depth, curve)
        if number == 0:
            candidates = [template for _, template in sorted(heights, reverse=True)[:3]]  # type: ignore[assignment]
    assert best is not None
    return best


def broaden(depth: NDArray[np.float64], fwhm_pixels: float) -> NDArray[np.float64]:
    """Convolve a line-depth spectrum, shape (n_pixels,), with a Gaussian of ``fwhm_pixels``."""
    if fwhm_pixels < 0.3:
        return depth
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(depth, fwhm_pixels / _FWHM_PER_SIGMA, mode="nearest", truncate=3.5))


def _correlate(
    depth: NDArray[np.float64],
    transforms: tuple[NDArray[np.complex128], NDArray[np.complex128]],
    data: _Gridded,
    n_shifts: int,
    n_fourier: int,
) -> NDArray[np.float64]:
    """Correlation coefficient at shifts -n_shifts..n_shifts, shape (2 n_shifts + 1,)."""
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


def _parabola(curve: NDArray[np.float64], top: int) -> tuple[float, float, float]:
    """Place, height and curvature (second difference) of the maximum about index ``top``."""
    top = int(np.clip(top, 1, curve.size - 2))
    left, middle, right = (float(value) for value in curve[top - 1 : top + 2])
    curvature = left - 2.0 * middle + right
    if curvature >= 0:
        return float(top), middle, 0.0
    offset = float(np.clip(0.5 * (left - right) / curvature, -0.5, 0.5))
    return top + offset, middle - 0.25 * (left - right) * offset, curvature


def _velocity(shift: float, step_kms: float) -> float:
    return float(SPEED_OF_LIGHT_KMS * np.tanh(shift * step_kms / SPEED_OF_LIGHT_KMS))


def _curvature_error(height: float, curvature: float, n_pixels: int, step_kms: float) -> float:
    if curvature >= 0 or height <= 0:
        return np.inf
    height = min(height, 0.999999)
    information = n_pixels * (-curvature / step_kms**2 / height) * height**2 / (1.0 - height**2)
    return float(1.0 / np.sqrt(information))


def _segment_velocity(
    part: _Gridded, depth: NDArray[np.float64], shift: float, step_kms: float, reach_kms: float = 90.0
) -> SegmentVelocity | None:
    reach = int(np.ceil(reach_kms / step_kms))
    used = np.flatnonzero(part.weight)
    first, last = int(used[0]), int(used[-1]) + 1
    middle = int(round(shift))
    padded = np.pad(depth, reach + abs(middle) + 1)
    start = first - middle + abs(middle) + 1  # of the template's stretch at the shift middle + reach
    windows = np.lib.stride_tricks.sliding_window_view(padded, last - first)[start : start + 2 * reach + 1]
    weight, weighted = part.weight[first:last], part.weighted_depth[first:last]
    cross, mean = windows @ weighted, windows @ weight
    power = np.square(windows) @ weight
    variance = np.maximum(power - mean**2 / weight.sum(), 1e-12 * weight.sum())
    curve = (cross / np.sqrt(variance * max(part.total, 1e-300)))[::-1]
    top = int(np.argmax(curve))
    peak, height, curvature = _parabola(curve, top)
    error = _curvature_error(height, curvature, part.n_pixels, step_kms)
    if not 1 < top < curve.size - 2 or height < 0.2 or not np.isfinite(error):
        return None
    return SegmentVelocity(_velocity(peak - reach + middle, step_kms), error, height)


def _scatter_error(alone: Sequence[SegmentVelocity | None]) -> float:
    found = [one for one in alone if one is not None]
    if len(found) < 3:
        return 0.0
    velocity = np.array([one.velocity_kms for one in found])
    weight = 1.0 / np.array([one.error_kms for one in found]) ** 2
    middle = float(np.median(velocity))
    # A robust scatter: one order with a wrong peak must not blow the error up.
    near = np.abs(velocity - middle) <= 5.0 * max(1.4826 * float(np.median(np.abs(velocity - middle))), 0.02)
    if np.count_nonzero(near) < 3:
        return 0.0
    mean = np.average(velocity[near], weights=weight[near])
    spread = np.average((velocity[near] - mean) ** 2, weights=weight[near])
    return float(np.sqrt(spread / (np.count_nonzero(near) - 1)))
