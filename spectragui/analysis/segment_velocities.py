"""What each of many segments says alone, about the velocity of the whole: all of them at once."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import (
    Gridded,
    curvature_error,
    velocity_of_shift,
)
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

LEAST_HEIGHT = 0.2


@dataclasses.dataclass(frozen=True, eq=False)
class SegmentVelocity:
    """What one order or arm alone says.

    Attributes
    ----------
    velocity_kms, error_kms : float
    correlation : float
        Height of its own peak, 0 to 1.
    ccf_velocity_kms, ccf : ndarray, shape (n_shifts,)
        Its correlation coefficient about the velocity of the whole, for a plot.
    """

    velocity_kms: float
    error_kms: float
    correlation: float
    ccf_velocity_kms: NDArray[np.float64]
    ccf: NDArray[np.float64]


def segment_velocities(
    parts: Sequence[Gridded], depth: NDArray[np.float64], shift: float, step_kms: float, reach_kms: float
) -> list[SegmentVelocity | None]:
    """Return what each segment says, searched about a shift of the whole; None without a peak of its own.

    Parameters
    ----------
    parts : sequence of Gridded
        Those without a pixel give None.
    depth : ndarray, shape (n_grid,)
        The template.
    shift : float
        Of the whole, in steps of the grid.
    step_kms, reach_kms : float
    """
    from scipy import fft

    reach, middle = int(np.ceil(reach_kms / step_kms)), round(shift)
    shifts = np.arange(middle - reach, middle + reach + 1)
    velocities = SPEED_OF_LIGHT_KMS * np.tanh(shifts * step_kms / SPEED_OF_LIGHT_KMS)
    # Segments of about the same length share one transform.
    batches: dict[int, list[int]] = collections.defaultdict(list)
    for number, part in enumerate(parts):
        if part.n_pixels:
            batches[fft.next_fast_len(part.weight.size + 2 * reach, real=True)].append(number)
    found: list[SegmentVelocity | None] = [None] * len(parts)
    for n_fourier, numbers in _merged(batches).items():
        curves = _curves([parts[number] for number in numbers], depth, middle, reach, n_fourier)
        rows, places, heights, curvatures = _peaks(curves)
        for row, place, height, curvature in zip(rows, places, heights, curvatures, strict=True):
            number = numbers[row]
            error = curvature_error(height, curvature, parts[number].n_pixels, step_kms)
            velocity = velocity_of_shift(place + float(shifts[0]), step_kms)
            found[number] = segment_velocity(velocity, error, height, velocities, curves[row])
    return found


def segment_velocity(
    velocity_kms: float,
    error_kms: float,
    height: float,
    ccf_velocity_kms: NDArray[np.float64],
    ccf: NDArray[np.float64],
) -> SegmentVelocity | None:
    """Return what a peak says, None where it is not high enough."""
    if height < LEAST_HEIGHT or not np.isfinite(error_kms):
        return None
    return SegmentVelocity(velocity_kms, error_kms, height, ccf_velocity_kms, ccf)


def slice_about(place: float, reach: int, size: int) -> slice:
    """Return the indices within ``reach`` of a place."""
    middle = round(place)
    return slice(max(middle - reach, 0), min(middle + reach + 1, size))


def _merged(batches: dict[int, list[int]]) -> dict[int, list[int]]:
    """Put batches together whose lengths differ by less than a half."""
    merged: dict[int, list[int]] = {}
    for length in sorted(batches, reverse=True):
        fitting = [other for other in merged if other < 1.5 * length]
        merged.setdefault(min(fitting, default=length), []).extend(batches[length])
    return merged


def _curves(
    parts: Sequence[Gridded], depth: NDArray[np.float64], middle: int, reach: int, n_fourier: int
) -> NDArray[np.float64]:
    """Return the correlation coefficient of each part at shifts middle - reach .. middle + reach."""
    from scipy import fft

    sizes = np.array([part.weight.size for part in parts])
    rows = np.repeat(np.arange(len(parts)), sizes)
    columns = np.arange(rows.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    data = np.zeros((2, len(parts), n_fourier))
    data[0, rows, columns] = np.concatenate([part.weight for part in parts])
    data[1, rows, columns] = np.concatenate([part.weighted_depth for part in parts])
    # Where the template's stretch of each part begins; what lies beyond its end meets no pixel.
    lows = np.array([part.first - middle - reach for part in parts])
    places = lows[:, None] + np.arange(n_fourier)
    is_inside = (places >= 0) & (places < depth.size)
    stretches = np.where(is_inside, depth[np.clip(places, 0, depth.size - 1)], 0.0)
    weight, weighted = fft.rfft(data, axis=-1)
    template, squared = fft.rfft(np.stack([stretches, np.square(stretches)]), axis=-1)
    products = np.stack([np.conj(weighted) * template, np.conj(weight) * squared, np.conj(weight) * template])
    # At offset j the part meets the template at the shift middle + reach - j.
    cross, power, mean = fft.irfft(products, n_fourier, axis=-1)[..., 2 * reach :: -1]
    total = data[0].sum(axis=1, keepdims=True)
    variance = np.maximum(power - mean**2 / total, 1e-12 * total)
    sums = np.array([[max(part.total, 1e-300)] for part in parts])
    return np.asarray(cross / np.sqrt(variance * sums))


def _peaks(curves: NDArray[np.float64]) -> tuple[list[int], list[float], list[float], list[float]]:
    """Return the rows whose highest value is a peak, not at an end, and its place, height and curvature.

    As `spectragui.analysis.cross_correlation.parabola`, all rows at once.
    """
    tops = curves.argmax(axis=1)
    rows = np.flatnonzero((tops > 1) & (tops < curves.shape[1] - 2))
    tops = tops[rows]
    left, middle, right = (curves[rows, tops + side] for side in (-1, 0, 1))
    curvature = left - 2.0 * middle + right
    is_round = curvature < 0.0
    offset = np.clip(0.5 * (left - right) / np.where(is_round, curvature, 1.0), -0.5, 0.5)
    place = np.where(is_round, tops + offset, tops)
    height = np.where(is_round, middle - 0.25 * (left - right) * offset, middle)
    curvature = np.where(is_round, curvature, 0.0)
    return rows.tolist(), place.tolist(), height.tolist(), curvature.tolist()
