"""What would help a result most: one word a row, computed from the row itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from spectragui.core.flags import Flag

SIGNAL, COVERAGE, VELOCITY, RESOLUTION = "signal", "coverage", "velocity", "resolution"
OUTSIDE, FILE, COMPLETE = "outside", "file", "complete"

#: Word -> what it means, in the order in which rows are sorted: what a night can mend comes first.
FOLLOW_UP_WORDS: Mapping[str, str] = MappingProxyType(
    {
        SIGNAL: "more exposures: the signal-to-noise ratio limits the labels",
        COVERAGE: "more of the model's window: much of it is missing",
        VELOCITY: "look at medium and velocity: one of them is doubtful",
        RESOLUTION: "tell the resolving power, or take a spectrum of another",
        OUTSIDE: "another model: the star or the spectrum is outside what this one knows",
        FILE: "the file: it could not be read",
        COMPLETE: "nothing that is known of",
    }
)
GOOD_SNR, GOOD_COVERAGE = 50.0, 0.7  # from here on the physics, not the noise, limits the labels

_OUTSIDE = Flag.LABEL_RANGE | Flag.OUT_OF_DISTRIBUTION | Flag.LTE | Flag.DENOISED
_BY_FLAG = (
    (Flag.COVERAGE, COVERAGE),
    (Flag.LOW_SNR, SIGNAL),
    (Flag.VELOCITY | Flag.MEDIUM_ASSUMED, VELOCITY),
    (Flag.RESOLUTION, RESOLUTION),
)


def follow_up(row: Mapping[str, Any]) -> str:
    """Return what would help a row most, a word of `FOLLOW_UP_WORDS`; nothing for an empty row.

    Parameters
    ----------
    row : mapping
        At least ``flag_warn`` and ``flag_bad``; ``snr``, ``coverage`` and ``model`` where they are known.

    Notes
    -----
    What makes a result useless comes before what makes it doubtful, and that before what makes its errors
    large. A spectrum that does not look like the model's and is noisy too needs signal first: noise looks
    like nothing.
    """
    bad, warn = Flag(int(row.get("flag_bad", 0))), Flag(int(row.get("flag_warn", 0)))
    if bad & Flag.NOT_SERVED:
        return OUTSIDE if row.get("model") else FILE
    if not row.get("model"):
        return ""  # an empty row
    for bits in (bad, warn):
        if bits & _OUTSIDE and not bits & Flag.LOW_SNR:
            return OUTSIDE
        for flag, word in _BY_FLAG:
            if bits & flag:
                return word
        if bits & (Flag.CHI2 | _OUTSIDE):
            return OUTSIDE
    if _number(row, "snr") < GOOD_SNR:
        return SIGNAL
    return COVERAGE if _number(row, "coverage") < GOOD_COVERAGE else COMPLETE


def _number(row: Mapping[str, Any], name: str) -> float:
    value = float(row.get(name, math.nan))
    return value if math.isfinite(value) else math.inf
