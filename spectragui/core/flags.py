"""The bits of a verdict: why a result should be read with care, or not at all."""

from __future__ import annotations

import enum


class Flag(enum.IntFlag):
    """Reasons for caution; the same bits in ``flag_warn`` and ``flag_bad``."""

    LABEL_RANGE = 1
    OUT_OF_DISTRIBUTION = 2
    CHI2 = 4
    LOW_SNR = 8
    COVERAGE = 16
    MEDIUM_ASSUMED = 32
    VELOCITY = 64
    RESOLUTION = 128
    NOT_SERVED = 256
    UPPER_LIMIT = 512
    LTE = 1024
    DENOISED = 2048


FLAG_WORDS = {
    Flag.LABEL_RANGE: "a label lies at the edge of, or outside, what the model was trained on",
    Flag.OUT_OF_DISTRIBUTION: "the spectrum does not look like those the model was trained on",
    Flag.CHI2: "the spectrum generated at these labels does not match the data",
    Flag.LOW_SNR: "the signal-to-noise ratio is low",
    Flag.COVERAGE: "the spectrum covers only a part of the model's window",
    Flag.MEDIUM_ASSUMED: "air or vacuum was assumed, not read",
    Flag.VELOCITY: "the radial velocity is uncertain",
    Flag.RESOLUTION: "the resolving power is outside the trained range, or was not known",
    Flag.NOT_SERVED: "the model cannot serve this spectrum",
    Flag.UPPER_LIMIT: "v sin i is an upper limit at this resolving power",
    Flag.LTE: "metal-poor: the spectra the model learnt from assume LTE",
    Flag.DENOISED: "the flux is not data: a network denoised it",
}


def flag_names(bits: int) -> str:
    """Return the names of the bits that are set, comma-separated."""
    return ",".join(str(flag.name) for flag in Flag if flag & bits)
