"""What is doubtful about a star's velocity, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from spectragui.analysis.wrong_medium import air_vacuum_velocity, is_air_vacuum_velocity
from spectragui.core.flags import Flag
from spectragui.core.spectrum import Spectrum
from spectragui.inference.observation.remark import Remark
from spectragui.inference.observation.rest_frame import is_ambiguous
from spectragui.inference.observation.velocity_templates import FALLBACK
from spectragui.inference.velocity.velocity_candidates import AT_THE_END_KMS, SetVelocity, VelocityOptions

DISAGREEMENT_SIGMA = 5.0
FAINT_RISE = 0.5
FAINT_CORRELATION = 0.15
VAGUE_KMS = 10.0


def doubts(
    best: SetVelocity, others: Sequence[SetVelocity], orders: Sequence[Spectrum], options: VelocityOptions
) -> list[Remark]:
    """Return what is doubtful about the best set's velocity, beside what the others say."""
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
        # Where the templates are unlike the spectrum, too, it is no star's peak.
        is_bad = found.correlation < FAINT_CORRELATION
        remarks.append(Remark(Flag.VELOCITY, f"The peak stands out little: {second}.", is_bad))
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
