"""Find a spectrum's velocity, and put its segments in the rest frame, each by its own."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.barycentric_correction import find_barycentric_correction
from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.analysis.line_broadening import measure_broadening, template_correlation
from spectragui.analysis.radial_velocity import RadialVelocity, measure_velocity
from spectragui.analysis.wavelength_distortion import measure_distortion
from spectragui.analysis.wrong_medium import is_air_vacuum_velocity
from spectragui.core.flags import Flag
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import FASTEST_STAR_KMS, SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.inference.observation.observation import Segment
from spectragui.inference.observation.remark import Remark
from spectragui.inference.observation.reported_velocity import ReportedVelocity, report_velocity
from spectragui.inference.observation.segments import MIN_SEGMENT_PIXELS
from spectragui.inference.observation.velocity_templates import usual_template

MAX_DISAGREEMENT_KMS = 40.0  # of the arms of one instrument; more is a wrong peak
# A second peak that rises so far beside the first, or is so little less likely: either may be the star.
AMBIGUOUS_RISE, AMBIGUOUS_GAIN = 0.75, 8.0
SHARPER = 0.6
# Ratio from which it is told; the spectrum is not to be used from there on where lines are resolved by far
# less than stars rotate, and from the second ratio at resolving powers at which stars without any rotation,
# unlike all templates, reach 1.7 themselves.
SHARPNESS_WARNED, SHARPNESS_BAD = 1.07, 1.75
SHARPNESS_POWERS = (40_000.0, 90_000.0)
BROADENINGS_KMS = (0.0, 12.0, 35.0, 90.0, 200.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Velocity:
    """The velocity of a spectrum in the frame of its wavelengths.

    Attributes
    ----------
    value_kms, error_kms : float
    measured : RadialVelocity or None
        The cross-correlation; None where the user gave the velocity.
    """

    value_kms: float
    error_kms: float
    measured: RadialVelocity | None


def find_velocity(
    segments: Sequence[Spectrum],
    templates: VelocityTemplates,
    given_kms: float | None,
    resolving_power: float | None,
) -> Velocity:
    """Measure the velocity by cross-correlation, unless it is given.

    Parameters
    ----------
    segments : sequence of Spectrum
        Normalised, in the medium of the templates.
    templates : VelocityTemplates
    given_kms : float or None
    resolving_power : float or None
        Where known: templates are made as broad.
    """
    if given_kms is not None:
        return Velocity(float(given_kms), 0.0, None)
    line_spread = SPEED_OF_LIGHT_KMS / resolving_power if resolving_power else 0.0
    broadenings = [float(np.hypot(line_spread, extra)) for extra in BROADENINGS_KMS]
    found = measure_velocity(segments, templates, limit_kms=FASTEST_STAR_KMS, broadenings_kms=broadenings)
    return Velocity(found.velocity_kms, found.error_kms, found)


def looks_like_vacuum(velocity: Velocity, window_aa: tuple[float, float]) -> bool:
    """Say whether a velocity is what a star at rest shows if vacuum wavelengths are taken for air."""
    if velocity.value_kms < 0:
        return False
    return is_air_vacuum_velocity(velocity.value_kms, velocity.error_kms, *window_aa, margin_kms=1.0)


def is_ambiguous(found: RadialVelocity) -> bool:
    """Say whether the second peak of a cross-correlation is nearly as good as the first.

    Notes
    -----
    Measured on simulated spectra, see docs/physics.md.
    """
    return found.second_rise > AMBIGUOUS_RISE or found.likelihood_gain < AMBIGUOUS_GAIN


def velocity_remarks(velocity: Velocity, window_aa: tuple[float, float]) -> list[Remark]:
    """Return what is doubtful about a measured velocity."""
    found = velocity.measured
    if found is None:
        return []
    remarks = []
    if is_air_vacuum_velocity(found.velocity_kms, found.error_kms, *window_aa):
        sentence = (
            f"A velocity of {found.velocity_kms:.1f} km/s is what air taken for vacuum (or the reverse) "
            "looks like: check the medium."
        )
        remarks.append(Remark(Flag.MEDIUM_ASSUMED, sentence))
    if abs(found.velocity_kms) > FASTEST_STAR_KMS - 10.0:
        sentence = f"The velocity lies at the end of the search, {FASTEST_STAR_KMS:.0f} km/s."
        remarks.append(Remark(Flag.VELOCITY, sentence, True))
    elif is_ambiguous(found):
        sentence = (
            f"The velocity is ambiguous: a second peak at {found.second_velocity_kms:.0f} km/s is nearly as "
            f"high ({found.second_peak:.2f}, the first {found.correlation:.2f})."
        )
        remarks.append(Remark(Flag.VELOCITY, sentence))
    elif found.error_kms > 10.0:
        remarks.append(Remark(Flag.VELOCITY, f"The velocity is known to {found.error_kms:.0f} km/s only."))
    return remarks


def segment_velocities(
    segments: Sequence[Spectrum],
    templates: VelocityTemplates,
    velocity: Velocity,
    progress: Progress = no_progress,
) -> list[float | NDArray[np.float64]]:
    """Return the velocity of each segment: its own, or one that runs along it, where well measured."""
    found, v_axis = velocity.measured, velocity.value_kms
    if found is None:
        return [v_axis] * len(segments)
    velocities: list[float | NDArray[np.float64]] = []
    for number, (segment, one) in enumerate(zip(segments, found.segments, strict=True)):
        progress(number / len(segments), "Measuring the velocity of each order")
        bent = measure_distortion(segment, templates, found)
        is_own = one is not None and one.error_kms < 0.3 and one.correlation > 0.6 * found.correlation
        if bent is not None:
            velocities.append(bent)
        elif one is not None and is_own and _differ(one.velocity_kms, v_axis, one.error_kms):
            velocities.append(one.velocity_kms)
        else:
            velocities.append(v_axis)
    return velocities


def _differ(own_kms: float, all_kms: float, error_kms: float) -> bool:
    return 4.0 * error_kms < abs(own_kms - all_kms) < MAX_DISAGREEMENT_KMS


def at_rest(
    segments: Sequence[Spectrum],
    velocities: Sequence[float | NDArray[np.float64]],
    window_aa: tuple[float, float],
    gaps_aa: Sequence[tuple[float, float]] = (),
) -> list[Segment]:
    """Shift segments to the rest frame, cut them to the window there, and mask gaps of the model."""
    result = []
    for segment, velocity in zip(segments, velocities, strict=True):
        wavelength = segment.wavelength_aa / _doppler(velocity)
        inside = slice(*(int(i) for i in np.searchsorted(wavelength, window_aa)))
        assert segment.uncertainty is not None
        mask = segment.mask[inside].copy()
        for low, high in gaps_aa:
            mask |= (wavelength[inside] > low) & (wavelength[inside] < high)
        if np.count_nonzero(~mask) >= MIN_SEGMENT_PIXELS:
            arrays = (wavelength[inside], segment.flux[inside], segment.uncertainty[inside], mask)
            result.append(Segment(*arrays))
    return result


def _doppler(velocity_kms: float | NDArray[np.float64]) -> NDArray[np.float64]:
    beta = np.asarray(velocity_kms) / SPEED_OF_LIGHT_KMS
    return np.asarray(np.sqrt((1.0 + beta) / (1.0 - beta)))


def estimate_resolving_power(
    segments: Sequence[Segment],
    templates: VelocityTemplates,
    velocity: Velocity,
    limits: tuple[float, float],
    own: float = math.inf,
) -> float:
    """Return the resolving power, within limits, that makes the best template as broad as the data."""
    width, _ = measure_broadening(_as_spectra(segments), templates, _template(velocity, templates))
    width = math.hypot(width, SPEED_OF_LIGHT_KMS / own)  # templates have their own
    return float(np.clip(SPEED_OF_LIGHT_KMS / width, *limits))


def resolution_remarks(
    segments: Sequence[Segment],
    templates: VelocityTemplates,
    velocity: Velocity,
    resolving_power: float,
    own: float = math.inf,
) -> list[Remark]:
    """Say so where the lines are sharper than the resolving power that was told allows.

    Notes
    -----
    A template broadened to `SHARPER` of the line spread must not fit better than one broadened
    to it: real stars and simulated ones have ratios of unexplained variance below 1.
    """
    spectra, template = _as_spectra(segments), _template(velocity, templates)
    if resolving_power > SHARPER * own:  # templates of so low a resolving power cannot tell
        return []
    width = SPEED_OF_LIGHT_KMS / resolving_power
    told, sharper = (
        1.0 - template_correlation(spectra, templates, template, factor * width) ** 2
        for factor in (1.0, SHARPER)
    )
    if told < SHARPNESS_WARNED * sharper:
        return []
    limits = (SHARPNESS_WARNED, SHARPNESS_BAD)
    is_bad = told > sharper * float(np.interp(np.log(resolving_power), np.log(SHARPNESS_POWERS), limits))
    verb = "are" if is_bad else "seem"
    sentence = f"The lines {verb} sharper than a resolving power of {resolving_power:,.0f} allows."
    return [Remark(Flag.RESOLUTION, sentence, is_bad)]


def _template(velocity: Velocity, templates: VelocityTemplates) -> int:
    return usual_template(templates) if velocity.measured is None else velocity.measured.template


def _as_spectra(segments: Sequence[Segment]) -> list[Spectrum]:
    return [Spectrum(SpectralAxis(s.wavelength_aa), s.flux, s.uncertainty, s.mask) for s in segments]


def reported_velocity(spectrum: AnySpectrum, velocity: Velocity) -> tuple[ReportedVelocity, list[Remark]]:
    """Return the barycentric velocity where the frame is known, else as observed, with a remark."""
    axis = orders_of(spectrum)[0].spectral_axis
    correction = find_barycentric_correction(spectrum) if axis.frame == "observer" else None
    reported = report_velocity(axis, velocity.value_kms, correction)
    if reported.frame in ("observer", "unknown"):
        return reported, [Remark(Flag.VELOCITY, reported.remark)]
    return reported, []
