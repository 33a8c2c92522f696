"""Whether a denoised spectrum is to be believed: in bits and in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spectragui.core.flags import Flag
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.inference.denoise.denoising_result import Region
from spectragui.inference.denoise.pixels import DenoiserPixels
from spectragui.inference.denoise.proof import Proof, probability_words
from spectragui.inference.observation.remark import Remark
from spectragui.inference.parameters.out_of_range import verdict_of
from spectragui.inference.prediction import Verdict

LOW_SNR = 3.0
COVERAGE = 0.75
#: Far beyond the alarms of any model: bad, not doubtful.
CHI2_BAD, WHITENESS_BAD, SURPRISE_BAD, SHARPNESS_BAD = 10.0, 1e-7, 3.0, 6.0
RESOLUTION = 1.25


def judge_denoised(
    model: Denoiser,
    spectrum: Spectrum,
    pixels: DenoiserPixels,
    proof: Proof,
    regions: Sequence[Region],
    *,
    is_told: bool,
) -> Verdict:
    """Judge a denoised spectrum.

    Parameters
    ----------
    model : Denoiser
    spectrum : Spectrum
        The noisy one.
    pixels : DenoiserPixels
    proof : Proof
    regions : sequence of Region
        Those that are shown.
    is_told : bool
        Whether the velocity was told.
    """
    alarms = model.alarms_at(proof.resolving_power, proof.snr)
    remarks: list[Remark] = []
    if proof.chi2 > alarms.chi2 and pixels.has_errors:
        text = (
            f"The data differ from the denoised spectrum by more than their noise ({proof.chi2:.0f} sigma)."
        )
        remarks.append(Remark(Flag.CHI2, text, proof.chi2 > max(CHI2_BAD, 2.0 * alarms.chi2)))
    if proof.whiteness < 10.0**-alarms.whiteness:
        text = f"The residual is not noise alone ({probability_words(proof.whiteness)})."
        is_bad = proof.whiteness < min(WHITENESS_BAD, 10.0 ** (-2.0 * alarms.whiteness))
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text, is_bad))
    if proof.surprise > alarms.surprise:
        size = f"{proof.surprise:.1f}; 1 is usual"
        text = f"It does not look like the stars that the model was trained on ({size})."
        is_bad = proof.surprise > max(SURPRISE_BAD, 1.3 * alarms.surprise)
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text, is_bad))
    if regions:
        text = f"Signal was removed or invented in {len(regions)} region{'s' if len(regions) > 1 else ''}."
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text))
    if not is_told and proof.velocity_gain < alarms.velocity_gain:
        remarks.append(
            Remark(Flag.VELOCITY, "The radial velocity is uncertain: another fits nearly as well.")
        )
    elif not is_told and proof.velocity_contrast < alarms.velocity_contrast:
        text = "Its lines are weaker than those of the stars that the model was trained on."
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text))
    snr = float(np.median(pixels.flux[pixels.good] / pixels.sigma[pixels.good]))
    if snr < LOW_SNR:
        remarks.append(Remark(Flag.LOW_SNR, f"The S/N is {snr:.1f} a pixel; training starts at about 3."))
    if pixels.reached < COVERAGE:
        text = f"Good pixels reach only {100 * pixels.reached:.0f} % of the model's window."
        remarks.append(Remark(Flag.COVERAGE, text))
    if pixels.is_medium_assumed:
        remarks.append(Remark(Flag.MEDIUM_ASSUMED, "Air or vacuum was assumed, not read."))
    remarks += _resolution(model, spectrum) or _sharpness(model, proof.sharpness, alarms.sharpness)
    # The flux hangs on the velocity: where that is doubtful, so is all of it.
    return verdict_of(remarks, harmless=Flag.MEDIUM_ASSUMED)


def _sharpness(model: Denoiser, wider: float, limit: float) -> list[Remark]:
    if abs(wider) < limit:
        return []
    power = float(np.sqrt(np.prod(model.card.domain.resolving_power)))
    word = "wider" if wider > 0 else "sharper"
    text = (
        f"The lines are {word} ({abs(wider):.1f} sigma) than a star's at a resolving power of {power:,.0f}."
    )
    return [Remark(Flag.RESOLUTION, text, abs(wider) > SHARPNESS_BAD)]


def _resolution(model: Denoiser, spectrum: Spectrum) -> list[Remark]:
    told = spectrum.meta.get("resolving_power")
    low, high = model.card.domain.resolving_power
    if not isinstance(told, int | float) or not np.isfinite(told):
        return []
    if low / RESOLUTION <= told <= high * RESOLUTION:
        return []
    trained = f"{low:,.0f} to {high:,.0f}"
    return [Remark(Flag.RESOLUTION, f"The resolving power is {told:,.0f}; the model knows {trained}.", True)]
