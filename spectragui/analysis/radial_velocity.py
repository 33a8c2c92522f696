"""Radial velocity by cross-correlation with template spectra, on any set of orders or arms."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.cross_correlation import (
    Gridded,
    VelocityTemplates,
    curvature_error,
    parabola,
    to_grid,
    velocity_of_shift,
)
from spectragui.analysis.segment_velocities import (
    SegmentVelocity,
    segment_velocities,
    segment_velocity,
    slice_about,
)
from spectragui.analysis.template_search import best_template
from spectragui.core.errors import UnitError
from spectragui.core.numerics import MAD_TO_SIGMA
from spectragui.core.spectral_axis import FASTEST_STAR_KMS, SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum

NO_LINES = "The spectrum has no lines in the range of the velocity templates."
SEGMENT_REACH_KMS = 90.0  # search of one segment about the velocity of the whole


@dataclasses.dataclass(frozen=True, eq=False)
class RadialVelocity:
    """Result of `measure_velocity`.

    Attributes
    ----------
    velocity_kms, error_kms : float
        Positive = receding; 1 sigma.
    correlation : float
        Weighted correlation coefficient of data and template at the peak, 0 to 1.
    second_peak, second_velocity_kms : float
        Height of the other peak that stands out most (further than 60 km/s and the width of the
        highest one), and where it is.
    second_rise : float
        How far it rises above the saddle between the two, in units of what the highest one does.
    template : int
        Index of the template with the highest peak.
    broadening_kms : float
        Gaussian FWHM put on the templates.
    n_pixels : int
        Pixels that were compared.
    segments : tuple of SegmentVelocity or None
        One for each segment; None where a segment alone has no peak.
    ccf_velocity_kms, ccf : ndarray, shape (n_shifts,)
        Correlation coefficient against velocity, for a plot.
    """

    velocity_kms: float
    error_kms: float
    correlation: float
    second_peak: float
    second_velocity_kms: float
    second_rise: float
    template: int
    broadening_kms: float
    n_pixels: int
    segments: tuple[SegmentVelocity | None, ...]
    ccf_velocity_kms: NDArray[np.float64]
    ccf: NDArray[np.float64]

    @property
    def likelihood_gain(self) -> float:
        """By how much log-likelihood the highest peak is ahead of the second one (Zucker 2003)."""
        first, second = (min(abs(height), 0.999999) for height in (self.correlation, self.second_peak))
        return float(0.5 * self.n_pixels * np.log((1.0 - second**2) / (1.0 - first**2)))


def measure_velocity(
    segments: Sequence[Spectrum],
    templates: VelocityTemplates,
    *,
    limit_kms: float = FASTEST_STAR_KMS,
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
        If no pixel of the data lies in the templates' range, or the flux is the same everywhere.

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
    parts = [to_grid(segment, templates) for segment in segments]
    used = [part for part in parts if part.n_pixels > 0]
    if not used:
        raise UnitError("The spectrum has no pixels in the range of the velocity templates.")
    whole = Gridded.sum_of(used, templates.depths.shape[1])
    if not whole.total > 0.0:
        raise UnitError(NO_LINES)
    best = best_template(whole, templates, limit_kms, broadenings_kms)
    n_shifts = (best.correlation.size - 1) // 2
    shifts = np.arange(-n_shifts, n_shifts + 1)
    peak, height, curvature = parabola(best.correlation, int(np.argmax(best.correlation)))
    if not np.isfinite(peak):
        raise UnitError(NO_LINES)
    velocity = velocity_of_shift(peak - n_shifts, templates.step_kms)
    n_total = sum(part.n_pixels for part in used)
    error = curvature_error(height, curvature, n_total, templates.step_kms)
    reach = max(SEGMENT_REACH_KMS, 2.5 * best.broadening_kms)
    velocities = SPEED_OF_LIGHT_KMS * np.tanh(shifts * templates.step_kms / SPEED_OF_LIGHT_KMS)
    alone: tuple[SegmentVelocity | None, ...]
    if len(parts) == 1:  # what it says alone is what the whole says
        near = slice_about(peak, math.ceil(reach / templates.step_kms), best.correlation.size)
        curve = (velocities[near], best.correlation[near])
        alone = (segment_velocity(velocity, error, height, *curve),)
    else:
        alone = tuple(segment_velocities(parts, best.depth, peak - n_shifts, templates.step_kms, reach))
    away = np.abs(velocities - velocity) > max(60.0, 1.5 * best.broadening_kms)
    other, rise = _second_peak(best.correlation, away)
    return RadialVelocity(
        velocity,
        float(np.hypot(max(error, _scatter_error(alone)), 0.005)),
        height,
        max(float(best.correlation[other]), 0.0),
        float(velocities[other]),
        rise,
        best.template,
        best.broadening_kms,
        n_total,
        alone,
        velocities,
        best.correlation,
    )


def _second_peak(curve: NDArray[np.float64], away: NDArray[np.bool_]) -> tuple[int, float]:
    """Return place and relative rise of the other local maximum that stands out most.

    Ripples on the flank of a broad peak (Balmer lines) are high, but rise little above the saddle.
    """
    top = int(np.argmax(curve))
    saddle = np.empty(curve.size)
    saddle[top:] = np.minimum.accumulate(curve[top:])
    saddle[: top + 1] = np.minimum.accumulate(curve[top::-1])[::-1]
    is_peak = np.zeros(curve.size, dtype=bool)
    is_peak[1:-1] = (curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])
    rise = np.where(is_peak & away, (curve - saddle) / np.maximum(curve[top] - saddle, 1e-9), 0.0)
    other = int(np.argmax(rise))
    if rise[other] > 0.0:
        return other, float(rise[other])
    return int(np.argmin(curve)), 0.0


def _scatter_error(alone: Sequence[SegmentVelocity | None]) -> float:
    found = [one for one in alone if one is not None]
    if len(found) < 3:
        return 0.0
    velocity = np.array([one.velocity_kms for one in found])
    weight = 1.0 / np.array([one.error_kms for one in found]) ** 2
    middle = float(np.median(velocity))
    # A robust scatter: one order with a wrong peak must not blow the error up.
    near = np.abs(velocity - middle) <= 5.0 * max(
        MAD_TO_SIGMA * float(np.median(np.abs(velocity - middle))), 0.02
    )
    if np.count_nonzero(near) < 3:
        return 0.0
    mean = np.average(velocity[near], weights=weight[near])
    spread = np.average((velocity[near] - mean) ** 2, weights=weight[near])
    return float(np.sqrt(spread / (np.count_nonzero(near) - 1)))
