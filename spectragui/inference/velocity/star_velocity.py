"""Radial velocity of a star from whatever part of its spectrum there is, with error, frame and doubts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from spectragui.analysis.barycentric_correction import (
    BarycentricCorrection,
    barycentric_velocity_of,
    exposure_of,
    find_barycentric_correction,
)
from spectragui.analysis.wrong_medium import is_air_vacuum_velocity
from spectragui.core.denoised import require_errors
from spectragui.core.flags import Flag
from spectragui.core.numerics import MAD_TO_SIGMA
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import Frame, vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.observation.prepare import known_resolving_power, orders_in_medium
from spectragui.inference.observation.remark import Remark, denoised_remarks
from spectragui.inference.observation.reported_velocity import ReportedVelocity, report_velocity
from spectragui.inference.prediction import PredictOptions
from spectragui.inference.velocity.velocity_candidates import SetVelocity, VelocityOptions, try_sets
from spectragui.inference.velocity.velocity_remarks import doubts

__all__ = ["SetVelocity", "StarVelocity", "VelocityOptions", "measure_star_velocity"]


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
        return (
            MAD_TO_SIGMA * float(np.median(np.abs(alone - np.median(alone)))) if alone.size > 2 else math.nan
        )

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
    MeasurementError
        If the spectrum was denoised and has no errors.

    Notes
    -----
    All sets that overlap with the spectrum are tried. Of those without an ambiguous peak the one of
    the smallest total error counts, the others are reported beside it.
    """
    options = options or VelocityOptions()
    require_errors(spectrum)
    orders, is_assumed = orders_in_medium(spectrum, options.medium)
    power = known_resolving_power(spectrum, PredictOptions(resolving_power=options.resolving_power))
    range_aa = _range_in_air(spectrum, options)
    found = try_sets(orders, power, options, range_aa, part_of(progress, 0.0, 0.9))
    remarks = []
    if is_assumed:
        found, sentence = _likelier_medium(spectrum, found, power, options, range_aa)
        remarks.append(Remark(Flag.MEDIUM_ASSUMED, sentence))
    best, *others = found
    progress(0.95, "Barycentric correction")
    axis = orders_of(spectrum)[0].spectral_axis
    correction, reported = _reported(spectrum, best.found.velocity_kms, options)
    remarks += [*doubts(best, others, orders, options), *denoised_remarks(spectrum)]
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
    orders, _ = orders_in_medium(spectrum, "vacuum")
    said += f"vacuum was assumed, since in air the velocity would be {best.velocity_kms:.1f} km/s."
    return try_sets(orders, power, options, range_aa, no_progress), said


def _range_in_air(spectrum: AnySpectrum, options: VelocityOptions) -> tuple[float, float] | None:
    """Return the range that was told [Angstrom, as on the axis] in air."""
    if options.range_aa is None:
        return None
    axis = orders_of(spectrum)[0].spectral_axis
    medium = options.medium or axis.medium
    if medium != "vacuum":
        return options.range_aa
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
            barycentric_velocity_of(options.exposure or exposure_of(spectrum))  # says what is missing
    return correction, report_velocity(axis, velocity_kms, correction)


def _bits(remarks: Sequence[Remark], *, is_bad: bool) -> Flag:
    bits = Flag(0)
    for remark in remarks:
        if remark.is_bad or not is_bad:
            bits |= remark.flag
    return bits
