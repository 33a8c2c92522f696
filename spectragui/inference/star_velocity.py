"""Radial velocity of a star from whatever part of its spectrum there is, with error, frame and doubts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spectragui.analysis.barycentric_correction import BarycentricCorrection, find_barycentric_correction
from spectragui.analysis.ccf_peak import PeakFit, fit_peak
from spectragui.analysis.radial_velocity import RadialVelocity, measure_velocity
from spectragui.analysis.template_set import TemplateSet
from spectragui.analysis.wrong_medium import air_vacuum_velocity, is_air_vacuum_velocity
from spectragui.core.errors import ModelError, UnitError
from spectragui.core.flags import Flag
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, Frame
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.inference.prediction import PredictOptions
from spectragui.inference.prepare import known_resolving_power, orders_in_air
from spectragui.inference.remark import Remark
from spectragui.inference.reported_velocity import ReportedVelocity, report_velocity
from spectragui.inference.rest_frame import BROADENINGS_KMS, is_ambiguous
from spectragui.inference.velocity_segments import velocity_segments
from spectragui.inference.velocity_templates import (
    FALLBACK,
    TEMPLATE_SETS,
    template_set,
    template_set_of_file,
)
from spectragui.io.exposure_facts import Exposure

MIN_COVERAGE_AA = 15.0
MISMATCH = 0.02  # of the peak's width: how far a template quite unlike the star shifts it
DISAGREEMENT_SIGMA = 5.0
LEAST_GAIN = 0.1  # of the likelihood that the best set gains
AT_THE_END_KMS = 10.0
FAINT_RISE = 0.5
FAINT_CORRELATION = 0.15
VAGUE_KMS = 10.0
LOW_RESOLUTION_KMS = 450.0


@dataclasses.dataclass(frozen=True)
class VelocityOptions:
    """What a user may tell a velocity measurement.

    Attributes
    ----------
    template : str
        Name of a set of templates, or a file with a spectrum at rest; empty = what suits best.
    range_aa : (float, float) or None
        Only this part of the spectrum [Angstrom, in its own medium and frame].
    medium : {"air", "vacuum", ""}
        Of the wavelengths; empty = from the file.
    resolving_power : float or None
        wavelength / FWHM; None = from the file.
    is_barycentric : bool or None
        True = add the barycentric correction also where the frame is not known, and fail without
        one; False = never; None = in the observer's frame, where it is known.
    exposure : Exposure or None
        Coordinates, time and site that were told; None = from the header.
    limit_kms : float
        Search range, both sides of zero.
    """

    template: str = ""
    range_aa: tuple[float, float] | None = None
    medium: str = ""
    resolving_power: float | None = None
    is_barycentric: bool | None = None
    exposure: Exposure | None = None
    limit_kms: float = 600.0


@dataclasses.dataclass(frozen=True, eq=False)
class SetVelocity:
    """What one set of templates says, in the frame of the axis.

    Attributes
    ----------
    templates : TemplateSet
    found : RadialVelocity
    peak : PeakFit or None
        The fit of the summed cross-correlation function.
    error_kms : float
        Of the cross-correlation, of the template's unlikeness and of the set's zero point together.
    is_significant : bool
        Whether no other peak is nearly as high.
    """

    templates: TemplateSet
    found: RadialVelocity
    peak: PeakFit | None
    error_kms: float
    is_significant: bool

    @property
    def template_name(self) -> str:
        """The template that fits best."""
        return self.templates.names[self.found.template]


@dataclasses.dataclass(frozen=True, eq=False)
class StarVelocity:
    """A star's radial velocity.

    Attributes
    ----------
    velocity_kms, error_kms : float
        Positive = receding; 1 sigma.
    frame : str
        In which `velocity_kms` is.
    axis_velocity_kms : float
        In the frame of the spectrum's wavelengths.
    axis_frame : str
    correction : BarycentricCorrection or None
    is_corrected : bool
        Whether the correction was added.
    best : SetVelocity
        Behind the velocity.
    others : tuple of SetVelocity
        What other templates say.
    remarks : tuple of Remark
    """

    velocity_kms: float
    error_kms: float
    frame: Frame
    axis_velocity_kms: float
    axis_frame: Frame
    correction: BarycentricCorrection | None
    is_corrected: bool
    best: SetVelocity
    others: tuple[SetVelocity, ...]
    remarks: tuple[Remark, ...]

    @property
    def n_orders(self) -> int:
        """Stretches of the spectrum that were compared."""
        return sum(one is not None for one in self.best.found.segments) or 1

    @property
    def scatter_kms(self) -> float:
        """Robust standard deviation of what the stretches say one by one; NaN for fewer than three."""
        alone = np.array([one.velocity_kms for one in self.best.found.segments if one is not None])
        return 1.4826 * float(np.median(np.abs(alone - np.median(alone)))) if alone.size > 2 else math.nan

    @property
    def flag_warn(self) -> Flag:
        """Bits: read with care (also those of `flag_bad`)."""
        return _bits(self.remarks, is_bad=False)

    @property
    def flag_bad(self) -> Flag:
        """Bits: do not use."""
        return _bits(self.remarks, is_bad=True)


def measure_star_velocity(
    spectrum: AnySpectrum, options: VelocityOptions | None = None, progress: Progress = no_progress
) -> StarVelocity:
    """Measure the radial velocity of a star by cross-correlation with the templates that suit it.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        As read.
    options : VelocityOptions, optional
    progress : Progress
        Called for each set of templates; may raise `Cancelled`.

    Returns
    -------
    StarVelocity

    Raises
    ------
    ModelError
        If no template reaches the spectrum.
    UnitError
        If a barycentric correction is asked for and cannot be had.

    Notes
    -----
    All sets that overlap with the spectrum are tried. Of those without an ambiguous peak the one of
    the smallest total error counts, the others are reported beside it.
    """
    options = options or VelocityOptions()
    orders, is_assumed = orders_in_air(spectrum, options.medium)
    power = known_resolving_power(spectrum, PredictOptions(resolving_power=options.resolving_power))
    range_aa = _range_in_air(spectrum, options)
    found = _try_sets(orders, power, options, range_aa, part_of(progress, 0.0, 0.9))
    remarks = []
    if is_assumed:
        found, sentence = _likelier_medium(spectrum, found, power, options, range_aa)
        remarks.append(Remark(Flag.MEDIUM_ASSUMED, sentence))
    best, *others = found
    progress(0.95, "Barycentric correction")
    axis = orders_of(spectrum)[0].spectral_axis
    correction, reported = _reported(spectrum, best.found.velocity_kms, options)
    remarks += _remarks(best, others, orders, options)
    if reported.remark:
        remarks.append(Remark(Flag.VELOCITY, reported.remark))
    return StarVelocity(
        reported.velocity_kms,
        best.error_kms,
        reported.frame,
        best.found.velocity_kms,
        axis.frame,
        correction,
        reported.is_corrected,
        best,
        tuple(others),
        tuple(remarks),
    )


def _try_sets(
    orders: Sequence[Spectrum],
    power: float | None,
    options: VelocityOptions,
    range_aa: tuple[float, float] | None,
    progress: Progress,
) -> list[SetVelocity]:
    """Return what every set that overlaps says, the best first."""
    sets = _sets(orders, options)
    results = []
    for number, one in enumerate(sets):
        progress(number / len(sets), f"Comparing with {one.title}")
        segments = velocity_segments(orders, one, power, options.limit_kms, range_aa)
        result = _with_set(segments, one, power, options.limit_kms) if segments else None
        if result is not None:
            results.append(result)
    if not results:
        raise _no_template(orders)
    return _ranked(results, options.limit_kms)


def _ranked(results: list[SetVelocity], limit_kms: float) -> list[SetVelocity]:
    """Return the sets to be trusted first, by their errors; then the others, by their likelihood.

    A set is not trusted whose templates say hardly anything compared with another one: A stars show
    an M dwarf's template a peak, too.
    """
    most = max(one.found.likelihood_gain for one in results)
    trusted = [
        dataclasses.replace(
            one,
            is_significant=one.is_significant
            and one.found.likelihood_gain >= LEAST_GAIN * most
            and abs(one.found.velocity_kms) < limit_kms - AT_THE_END_KMS,
        )
        for one in results
    ]
    return sorted(
        trusted,
        key=lambda one: (0.0, one.error_kms) if one.is_significant else (1.0, -one.found.likelihood_gain),
    )


def _sets(orders: Sequence[Spectrum], options: VelocityOptions) -> list[TemplateSet]:
    if options.template:
        path = Path(options.template)
        known = options.template in TEMPLATE_SETS or not path.exists()
        return [template_set(options.template) if known else template_set_of_file(path)]
    chosen = [one for one in map(template_set, TEMPLATE_SETS) if _overlap_aa(one, orders) >= MIN_COVERAGE_AA]
    better = [one for one in chosen if one.name != FALLBACK]
    return better or chosen


def _overlap_aa(one: TemplateSet, orders: Sequence[Spectrum]) -> float:
    return sum(one.coverage_aa(float(o.wavelength_aa[0]), float(o.wavelength_aa[-1])) for o in orders)


def _with_set(
    segments: Sequence[Spectrum], one: TemplateSet, power: float | None, limit_kms: float
) -> SetVelocity | None:
    spread = SPEED_OF_LIGHT_KMS / power if power else 0.0
    own = SPEED_OF_LIGHT_KMS / one.resolving_power
    beyond = math.sqrt(max(spread**2 - own**2, 0.0))
    broadenings = [math.hypot(beyond, extra) for extra in (*BROADENINGS_KMS, LOW_RESOLUTION_KMS)]
    try:
        found = measure_velocity(segments, one.templates, limit_kms=limit_kms, broadenings_kms=broadenings)
    except UnitError:
        return None
    if not math.isfinite(found.error_kms):
        return None
    peak = fit_peak(found.ccf_velocity_kms, found.ccf, found.velocity_kms)
    width = max(peak.fwhm_kms if peak else 0.0, found.broadening_kms, 5.0)
    mismatch = MISMATCH * width * (1.0 - min(found.correlation, 1.0))
    error = float(np.sqrt(found.error_kms**2 + mismatch**2 + one.zero_point_kms**2))
    return SetVelocity(one, found, peak, error, not is_ambiguous(found))


def _likelier_medium(
    spectrum: AnySpectrum,
    found: list[SetVelocity],
    power: float | None,
    options: VelocityOptions,
    range_aa: tuple[float, float] | None,
) -> tuple[list[SetVelocity], str]:
    """Return what was found in air, or in vacuum where air shows the velocity of the wrong medium."""
    best = found[0].found
    low, high = found[0].templates.range_aa
    said = "The file does not say whether its wavelengths are in air or vacuum; "
    if best.velocity_kms < 0 or not is_air_vacuum_velocity(
        best.velocity_kms, best.error_kms, low, high, margin_kms=1.0
    ):
        return found, said + "air was assumed."
    orders, _ = orders_in_air(spectrum, "vacuum")
    said += f"vacuum was assumed, since in air the velocity would be {best.velocity_kms:.1f} km/s."
    return _try_sets(orders, power, options, range_aa, no_progress), said


def _range_in_air(spectrum: AnySpectrum, options: VelocityOptions) -> tuple[float, float] | None:
    """Return the range that was told [Angstrom, as on the axis] in air."""
    if options.range_aa is None:
        return None
    axis = orders_of(spectrum)[0].spectral_axis
    medium = options.medium or axis.medium
    if medium != "vacuum":
        return options.range_aa
    from spectragui.core.spectral_axis import vacuum_to_air

    low, high = (float(value) for value in vacuum_to_air(np.asarray(options.range_aa)))
    return low, high


def _reported(
    spectrum: AnySpectrum, velocity_kms: float, options: VelocityOptions
) -> tuple[BarycentricCorrection | None, ReportedVelocity]:
    axis = orders_of(spectrum)[0].spectral_axis
    if options.is_barycentric is False:
        return None, report_velocity(axis, velocity_kms, None)
    correction = find_barycentric_correction(spectrum, options.exposure)
    if options.is_barycentric:
        if axis.frame == "unknown":
            axis = axis.replace(frame="observer")
        if correction is None and axis.frame == "observer":
            from spectragui.analysis.barycentric_correction import barycentric_velocity_of, exposure_of

            barycentric_velocity_of(options.exposure or exposure_of(spectrum))  # says what is missing
    return correction, report_velocity(axis, velocity_kms, correction)


def _remarks(
    best: SetVelocity, others: Sequence[SetVelocity], orders: Sequence[Spectrum], options: VelocityOptions
) -> list[Remark]:
    found, remarks = best.found, []
    second = (
        f"a second peak at {found.second_velocity_kms:.0f} km/s is {found.second_peak:.2f} high, "
        f"the first {found.correlation:.2f}"
    )
    if abs(found.velocity_kms) > options.limit_kms - AT_THE_END_KMS:
        sentence = f"The velocity lies at the end of the search, {options.limit_kms:.0f} km/s."
        remarks.append(Remark(Flag.VELOCITY, sentence, True))
    elif is_ambiguous(found):
        remarks.append(Remark(Flag.VELOCITY, f"The velocity is ambiguous: {second}.", True))
    elif found.second_rise > FAINT_RISE:
        remarks.append(Remark(Flag.VELOCITY, f"The peak stands out little: {second}."))
    if found.correlation < FAINT_CORRELATION:
        sentence = f"The templates are little like the spectrum (correlation {found.correlation:.2f})."
        remarks.append(Remark(Flag.VELOCITY, sentence))
    if best.error_kms > VAGUE_KMS and best.templates.name != FALLBACK:
        remarks.append(Remark(Flag.VELOCITY, f"The velocity is known to {best.error_kms:.0f} km/s only."))
    remarks += _medium_remarks(best, orders)
    if best.templates.name == FALLBACK:
        sentence = (
            "No template reaches this range: a few strong lines were used, good to some 10 km/s "
            "(a file of a similar star can be given with --template)."
        )
        remarks.append(Remark(Flag.VELOCITY, sentence))
    for other in others:
        apart = abs(other.found.velocity_kms - found.velocity_kms)
        if (
            best.is_significant
            and other.is_significant
            and apart > DISAGREEMENT_SIGMA * math.hypot(other.error_kms, best.error_kms)
        ):
            sentence = (
                f"Templates disagree: {other.templates.title} say {other.found.velocity_kms:.1f} "
                f"± {other.error_kms:.1f} km/s in the same frame, {best.templates.title} "
                f"{found.velocity_kms:.1f}."
            )
            remarks.append(Remark(Flag.VELOCITY, sentence))
    return remarks


def _medium_remarks(best: SetVelocity, orders: Sequence[Spectrum]) -> list[Remark]:
    low = max(best.templates.range_aa[0], min(float(o.wavelength_aa[0]) for o in orders))
    high = min(best.templates.range_aa[1], max(float(o.wavelength_aa[-1]) for o in orders))
    found = best.found
    if not is_air_vacuum_velocity(found.velocity_kms, found.error_kms, low, high):
        return []
    wrong = np.mean(air_vacuum_velocity(low, high))
    sentence = (
        f"A velocity of {found.velocity_kms:.1f} km/s is what air taken for vacuum (or the reverse) looks "
        f"like, {wrong:.1f} km/s: check the medium."
    )
    return [Remark(Flag.MEDIUM_ASSUMED, sentence)]


def _no_template(orders: Sequence[Spectrum]) -> ModelError:
    low = min(float(order.wavelength_aa[0]) for order in orders)
    high = max(float(order.wavelength_aa[-1]) for order in orders)
    ranges = "; ".join(template_set(name).title for name in TEMPLATE_SETS)
    return ModelError(
        f"No velocity template reaches what is usable of {low:.0f} to {high:.0f} Å. There are: {ranges}.",
        "Give a spectrum of a similar star at rest: --template FILE.",
    )


def _bits(remarks: Sequence[Remark], *, is_bad: bool) -> Flag:
    bits = Flag(0)
    for remark in remarks:
        if remark.is_bad or not is_bad:
            bits |= remark.flag
    return bits
