"""Second look at the pixels, when a generated spectrum shows what a star cannot have made."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.median import median
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.compare import fit_level, generate_on_pixels
from spectragui.inference.fit.model_error import physics_error
from spectragui.inference.observation.observation import Observation, Segment

OUTLIER_SIGMA = 6.0
OUTLIER_DEPTH = 0.12
CONTINUUM = 0.85  # generated flux above which no strong line is
FINEST_POWER = 115000.0  # lines can be so sharp where the resolving power is not known
WORSE_THAN_OTHERS = 2.0
MIN_SEGMENTS = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Cleaned:
    """What `clean_observation` returns, and what it found on the way.

    Attributes
    ----------
    observation : Observation
        The same one where nothing had to be done.
    notes : tuple of str
    levels : tuple of ndarray, shape (n_pixels,) each
        `fit_level` of the segments as they were before.
    """

    observation: Observation
    notes: tuple[str, ...]
    levels: tuple[NDArray[np.float64], ...]


def clean_observation(observation: Observation, labels: LabelSet) -> tuple[Observation, tuple[str, ...]]:
    """Mask outliers that are sharper than a line can be, and trust bad segments less.

    Parameters
    ----------
    observation : Observation
    labels : LabelSet
        First estimate.

    Returns
    -------
    observation : Observation
    notes : tuple of str
        What was done.

    Notes
    -----
    An outlier stands out of the generated spectrum by `OUTLIER_SIGMA` and by `OUTLIER_DEPTH`, is
    narrower than the line spread, and lies above the spectrum or where it has no strong line.
    A segment whose unexplained residual is more than `WORSE_THAN_OTHERS` times that of the others
    (lines of an iodine cell, bad blaze) has the excess added to its errors.
    """
    found = clean_with(observation, labels, generate_on_pixels(observation, labels))
    return found.observation, found.notes


def clean_with(
    observation: Observation, labels: LabelSet, generated: Sequence[NDArray[np.float64]]
) -> Cleaned:
    """Do the same where `generate_on_pixels` of the labels is known already."""
    segments, residuals, levels = [], [], []
    n_masked = 0
    for segment, model in zip(observation.segments, generated, strict=True):
        physics = physics_error(
            observation.model.patterns, segment.wavelength_aa, labels, observation.resolving_power
        )
        level = fit_level(segment, model, physics)
        residual = segment.flux - level * model
        power = observation.resolving_power if observation.is_resolving_power_known else FINEST_POWER
        is_continuum = model > CONTINUUM
        outliers = _find_outliers(segment, residual, level * physics, power, is_continuum)
        n_masked += int(np.count_nonzero(outliers))
        mask = segment.mask | outliers
        segments.append(dataclasses.replace(segment, flux=np.where(mask, 0.0, segment.flux), mask=mask))
        residuals.append(residual / level)
        levels.append(level)
    segments, n_bad = _trust_less(segments, residuals)
    notes = []
    if n_masked:
        notes.append(f"{n_masked} pixels hit by cosmic rays or dead were masked.")
    if n_bad:
        notes.append(f"{n_bad} of {len(segments)} orders fit worse than the others and count less.")
    if notes:
        observation = dataclasses.replace(observation, segments=tuple(segments))
    return Cleaned(observation, tuple(notes), tuple(levels))


def _find_outliers(
    segment: Segment,
    residual: NDArray[np.float64],
    physics: NDArray[np.float64],
    power: float,
    is_continuum: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    total = np.hypot(segment.uncertainty, physics)
    off = ~segment.mask & (np.abs(residual) > np.maximum(OUTLIER_SIGMA * total, OUTLIER_DEPTH))
    # A line that is deeper than generated is no dead pixel.
    off &= (residual > 0) | is_continuum
    result = np.zeros(off.shape, dtype=bool)
    if not off.any():
        return result
    step = median(np.diff(np.log(segment.wavelength_aa))) * SPEED_OF_LIGHT_KMS
    longest = max(1, int(0.8 * SPEED_OF_LIGHT_KMS / power / step))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], off.astype(np.int8), [0]))))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start <= longest:
            result[max(start - 1, 0) : stop + 1] = True
    return result


def _trust_less(segments: list[Segment], residuals: list[NDArray[np.float64]]) -> tuple[list[Segment], int]:
    if len(segments) < MIN_SEGMENTS:
        return segments, 0
    excess = np.array([_unexplained(s, r) for s, r in zip(segments, residuals, strict=True)])
    usual = median(excess)
    is_bad = excess > WORSE_THAN_OTHERS * max(usual, 0.01)
    result = []
    for segment, extra, bad in zip(segments, excess, is_bad, strict=True):
        sigma = np.hypot(segment.uncertainty, extra) if bad else segment.uncertainty
        result.append(dataclasses.replace(segment, uncertainty=sigma))
    return result, int(np.count_nonzero(is_bad))


def _unexplained(segment: Segment, residual: NDArray[np.float64]) -> float:
    good = ~segment.mask
    beyond = np.square(residual[good]) - np.square(segment.uncertainty[good])
    limit = np.quantile(beyond, 0.99)
    return float(np.sqrt(max(float(np.mean(np.minimum(beyond, limit))), 0.0)))
