"""Whether a denoised spectrum is to be believed: in bits and in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spectragui.core.flags import Flag
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.denoiser import Denoiser, Estimate
from spectragui.inference.denoise.denoising_result import Region
from spectragui.inference.denoise.pixels import DenoiserPixels
from spectragui.inference.denoise.sharpness import SHARPNESS_BAD, SHARPNESS_SIGMA, sharpness
from spectragui.inference.observation.remark import Remark
from spectragui.inference.parameters.out_of_range import verdict_of
from spectragui.inference.prediction import Verdict

LOW_SNR = 3.0
COVERAGE = 0.75
CHI2_WARN, CHI2_BAD = 4.5, 10.0  # sigma of the mean square residual
WHITENESS_WARN, WHITENESS_BAD = 1e-3, 1e-7
SURPRISE_WARN, SURPRISE_BAD = 1.9, 3.0
VELOCITY_GAIN = 16.0
RESOLUTION = 1.25


class Proof(NamedTuple):
    """How far a denoised spectrum may be believed.

    Attributes
    ----------
    residual : ndarray, shape (n_pixels,)
        (noisy - denoised) / sigma.
    whiteness : float
        Probability that the residual is noise alone.
    regions : sequence of Region
    """

    residual: NDArray[np.float64]
    whiteness: float
    regions: Sequence[Region]


def judge_denoised(
    model: Denoiser,
    spectrum: Spectrum,
    pixels: DenoiserPixels,
    estimate: Estimate,
    proof: Proof,
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
    estimate : Estimate
        Of one spectrum.
    proof : Proof
    is_told : bool
        Whether the velocity was told.
    """
    remarks: list[Remark] = []
    residual, whiteness, regions = proof
    good = np.isfinite(residual)
    n_good = int(good.sum())
    excess = (float(np.mean(np.square(residual[good]))) - 1.0) * np.sqrt(0.5 * n_good)
    if excess > CHI2_WARN and pixels.has_errors:
        text = f"The data differ from the denoised spectrum by more than their noise ({excess:.0f} sigma)."
        remarks.append(Remark(Flag.CHI2, text, excess > CHI2_BAD))
    if whiteness < WHITENESS_WARN:
        text = f"The residual is not noise alone (p = {whiteness:.0e})."
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text, whiteness < WHITENESS_BAD))
    surprise = float(estimate.surprise[0])
    if surprise > SURPRISE_WARN:
        text = f"It does not look like the stars that the model was trained on ({surprise:.1f}; 1 is usual)."
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text, surprise > SURPRISE_BAD))
    if regions:
        text = f"Signal was removed or invented in {len(regions)} region{'s' if len(regions) > 1 else ''}."
        remarks.append(Remark(Flag.OUT_OF_DISTRIBUTION, text))
    if not is_told and float(estimate.velocity_gain[0]) < VELOCITY_GAIN:
        remarks.append(
            Remark(Flag.VELOCITY, "The radial velocity is uncertain: another fits nearly as well.")
        )
    snr = float(np.median(pixels.flux[pixels.good] / pixels.sigma[pixels.good]))
    if snr < LOW_SNR:
        remarks.append(Remark(Flag.LOW_SNR, f"The S/N is {snr:.1f} a pixel; training starts at about 3."))
    if pixels.coverage < COVERAGE:
        text = f"Only {100 * pixels.coverage:.0f} % of the model's window have good pixels."
        remarks.append(Remark(Flag.COVERAGE, text))
    if pixels.is_medium_assumed:
        remarks.append(Remark(Flag.MEDIUM_ASSUMED, "Air or vacuum was assumed, not read."))
    remarks += _resolution(model, spectrum) or _sharpness(model, pixels, estimate)
    # The flux hangs on the velocity: where that is doubtful, so is all of it.
    return verdict_of(remarks, harmless=Flag.MEDIUM_ASSUMED)


def _sharpness(model: Denoiser, pixels: DenoiserPixels, estimate: Estimate) -> list[Remark]:
    arrays = (estimate.flux[0], estimate.level[0], estimate.factor[0])
    wider = sharpness(pixels.flux, pixels.sigma, *arrays)
    if abs(wider) < SHARPNESS_SIGMA:
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
