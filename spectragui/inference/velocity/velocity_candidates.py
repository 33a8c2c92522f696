"""What each set of templates says of a spectrum's velocity, the one to be trusted first."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spectragui.analysis.ccf_peak import PeakFit, fit_peak
from spectragui.analysis.radial_velocity import RadialVelocity, measure_velocity
from spectragui.analysis.template_set import TemplateSet
from spectragui.core.errors import ModelError, UnitError
from spectragui.core.progress import Progress
from spectragui.core.spectral_axis import FASTEST_STAR_KMS, SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum
from spectragui.inference.observation.rest_frame import BROADENINGS_KMS, is_ambiguous
from spectragui.inference.observation.velocity_templates import (
    FALLBACK,
    TEMPLATE_SETS,
    template_set,
    template_set_of_file,
)
from spectragui.inference.velocity.velocity_segments import velocity_segments
from spectragui.io.headers.exposure_facts import Exposure

MIN_COVERAGE_AA = 15.0
MISMATCH = 0.02  # of the peak's width: how far a template quite unlike the star shifts it
LEAST_GAIN = 0.1  # of the likelihood that the best set gains
AT_THE_END_KMS = 10.0
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
    limit_kms: float = FASTEST_STAR_KMS


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


def try_sets(
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
        return [named_templates(options.template)]
    chosen = [one for one in map(template_set, TEMPLATE_SETS) if _overlap_aa(one, orders) >= MIN_COVERAGE_AA]
    better = [one for one in chosen if one.name != FALLBACK]
    return better or chosen


def named_templates(name: str) -> TemplateSet:
    """Return the set of templates of a name, or of a file with a spectrum at rest.

    Raises
    ------
    ModelError
        If there is none.
    """
    path = Path(name)
    is_known = name in TEMPLATE_SETS or not path.exists()
    return template_set(name) if is_known else template_set_of_file(path)


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


def _no_template(orders: Sequence[Spectrum]) -> ModelError:
    low = min(float(order.wavelength_aa[0]) for order in orders)
    high = max(float(order.wavelength_aa[-1]) for order in orders)
    ranges = "; ".join(template_set(name).title for name in TEMPLATE_SETS)
    return ModelError(
        f"No velocity template reaches what is usable of {low:.0f} to {high:.0f} Å. There are: {ranges}.",
        "Give a spectrum of a similar star at rest: --template FILE.",
    )
