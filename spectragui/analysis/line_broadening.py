"""Measure how broad the lines of a spectrum are, against a template that is sharper."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import MODEL_SCATTER, VelocityTemplates
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

WIDE_AA = 24.0
H_BETA_AA, H_BETA_WIDTH_AA = 4861.3, 25.0  # broad by itself, it tells nothing
COARSE_WIDTHS = 3
WIDTHS_KMS = tuple(float(width) for width in np.geomspace(1.8, 400.0, 22))


def measure_broadening(
    segments: Sequence[Spectrum], templates: VelocityTemplates, template: int
) -> tuple[float, float]:
    """Find the Gaussian FWHM that makes a template most alike the data.

    Parameters
    ----------
    segments : sequence of Spectrum
        Normalised and at rest, in the templates' medium.
    templates : VelocityTemplates
    template : int
        Which of them.

    Returns
    -------
    fwhm_kms, correlation : float
        Line spread, rotation and macroturbulence of the data together; and the weighted
        correlation coefficient reached.

    Notes
    -----
    The correlation coefficient on a logarithmic grid of widths, coarse first; its maximum by a parabola.
    """
    data = [one for one in map(_prepared, segments, itertools.repeat(templates)) if one is not None]

    @functools.cache
    def height(number: int) -> float:
        return _correlation(data, templates.broadened_single(template, WIDTHS_KMS[number]))

    # Every third width first; then uphill from the best of them.
    last = len(WIDTHS_KMS) - 1
    top = max([*range(0, last, COARSE_WIDTHS), last], key=height)
    while True:
        beside = max((n for n in (top - 1, top + 1) if 0 <= n <= last), key=height)
        if height(beside) <= height(top):
            break
        top = beside
    if not 0 < top < last:
        return WIDTHS_KMS[top], height(top)
    heights = {number: height(number) for number in range(top - 1, top + 2)}
    left, middle, right = heights.values()
    curvature = left - 2.0 * middle + right
    offset = 0.5 * (left - right) / curvature if curvature < 0 else 0.0
    logarithm = np.log(WIDTHS_KMS[top]) + offset * np.log(WIDTHS_KMS[1] / WIDTHS_KMS[0])
    return float(np.exp(logarithm)), float(middle)


def template_correlation(
    segments: Sequence[Spectrum], templates: VelocityTemplates, template: int, fwhm_kms: float
) -> float:
    """Return the weighted correlation coefficient of data at rest with a broadened template.

    Parameters
    ----------
    segments : sequence of Spectrum
        Normalised and at rest, in the templates' medium.
    templates : VelocityTemplates
    template : int
    fwhm_kms : float
        Of the Gaussian that the template is broadened by.
    """
    data = [one for one in map(_prepared, segments, itertools.repeat(templates)) if one is not None]
    return _correlation(data, templates.broadened_single(template, fwhm_kms))


@dataclasses.dataclass(frozen=True, eq=False)
class _Data:
    """Good pixels of one segment: where they lie on the templates' grid, and what no width changes."""

    left: NDArray[np.int64]
    right_share: NDArray[np.float64]
    weight: NDArray[np.float64]  # of sum 1
    weighted_depth: NDArray[np.float64]  # sum 0
    total: float  # of weights
    power: float
    n_running: int


def _prepared(segment: Spectrum, templates: VelocityTemplates) -> _Data | None:
    good = segment.good & (np.abs(segment.wavelength_aa - H_BETA_AA) > H_BETA_WIDTH_AA)
    n_pixels = int(np.count_nonzero(good))
    if n_pixels < 20:
        return None
    place = np.log(segment.wavelength_aa[good] / templates.first_wavelength_aa)
    place *= SPEED_OF_LIGHT_KMS / templates.step_kms
    place = np.clip(place, 0.0, templates.depths.shape[1] - 1)
    left = np.minimum(place.astype(np.int64), templates.depths.shape[1] - 2)
    variance = np.full(n_pixels, MODEL_SCATTER**2)
    if segment.uncertainty is not None:
        variance += segment.uncertainty[good] ** 2
    weight = 1.0 / variance
    total = float(weight.sum())
    weight /= total
    n_running = _n_running(n_pixels, segment)
    observed = np.clip(_without_wide(1.0 - segment.flux[good], n_running), -1.5, 1.5)
    observed -= float(weight @ observed)
    weighted = weight * observed
    return _Data(left, place - left, weight, weighted, total, float(weighted @ observed), n_running)


def _correlation(data: Sequence[_Data], depth: NDArray[np.float32]) -> float:
    """Return the weighted correlation coefficient of prepared data with a template."""
    cross = observed = model = 0.0
    for one in data:
        on_left, on_right = (depth[place].astype(np.float64) for place in (one.left, one.left + 1))
        here = _without_wide(on_left + one.right_share * (on_right - on_left), one.n_running)
        mean = float(one.weight @ here)
        cross += one.total * float(one.weighted_depth @ here)
        observed += one.total * one.power
        model += one.total * (float(one.weight @ np.square(here)) - mean**2)
    return cross / math.sqrt(max(observed * max(model, 0.0), 1e-300))


def _n_running(n_pixels: int, segment: Spectrum) -> int:
    """Return the width of the running mean [pixels], 0 where none is taken out."""
    length = float(segment.wavelength_aa[-1] - segment.wavelength_aa[0])
    wanted = int(n_pixels * WIDE_AA / max(length, 1e-9))
    return wanted if 5 <= wanted < n_pixels // 2 else 0


def _without_wide(values: NDArray[np.float64], n_running: int) -> NDArray[np.float64]:
    """Subtract the running mean over `WIDE_AA`: wings of hydrogen lines do not tell the broadening."""
    if not n_running:
        return values
    from scipy.ndimage import uniform_filter1d

    return np.asarray(values - uniform_filter1d(values, n_running, mode="nearest"))
