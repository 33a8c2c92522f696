"""The proof beside a denoised spectrum: whether its residual is white, lines changed, signal was removed."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.alarms import Alarms
from spectragui.inference.denoise.denoiser import Estimate
from spectragui.inference.denoise.denoising_result import LineChange, Region
from spectragui.inference.denoise.sharpness import sharpness
from spectragui.inference.denoise.strong_lines import DenoisedPixels, line_changes, line_region

Floats = NDArray[np.float64]
N_LAGS = 20
SMALLEST_PROBABILITY = 1e-300  # below it numbers end
#: FWHM of the profiles that regions are searched with [km/s]; the narrowest is that of R = 5000.
PROFILES_KMS = (60.0, 110.0, 220.0)
#: Regions less significant are not looked at; from where on they are shown, the model's alarms say.
LEAST_SIGMA = 3.5
LINE_PREFERRED = 1.3


def whiteness(residual: Floats) -> float:
    """Return the probability of residuals [sigma, NaN = masked] so correlated, were they white noise.

    Notes
    -----
    Ljung & Box 1978, Biometrika 65, 297, lags 1 to 20, pairs with a masked pixel left out.
    """
    from scipy.special import chdtrc

    good = np.isfinite(residual)
    if good.sum() < 5 * N_LAGS:
        return float("nan")
    values = np.where(good, residual - np.mean(residual[good]), 0.0)
    values = np.clip(values, -6.0, 6.0)
    power = float(np.sum(values**2)) / good.sum()
    statistic = 0.0
    counted = good.astype(np.float64)
    for lag in range(1, N_LAGS + 1):
        n_pairs = float(counted[lag:] @ counted[:-lag])
        if n_pairs < 10:
            continue
        correlation = float(values[lag:] @ values[:-lag]) / n_pairs / power
        statistic += n_pairs * correlation**2
    return float(chdtrc(N_LAGS, statistic))  # the chi2 distribution's survival function


def probability_words(probability: float) -> str:
    """Return "p = 0.42", "p = 3e-05", or that it is too small for a number."""
    if probability < SMALLEST_PROBABILITY:
        return f"p < {SMALLEST_PROBABILITY:.0e}"
    return f"p = {probability:.2f}" if probability >= 0.01 else f"p = {probability:.0e}"


def whiteness_words(probability: float) -> str:
    """Return what a probability of `whiteness` means."""
    if not np.isfinite(probability):
        return "Too few pixels to say whether the residual is noise."
    said = probability_words(probability)
    if probability >= 0.05:
        return f"The residual looks like noise alone ({said})."
    if probability >= 0.001:
        by_chance = f"one spectrum of {1 / probability:.0f} is so by chance"
        return f"The residual is a little correlated ({said}): {by_chance}."
    return f"The residual is not noise alone ({said}): the network left or removed signal."


@dataclasses.dataclass(frozen=True, eq=False)
class Proof:
    """What is measured of one denoised spectrum, whatever the limits are.

    Attributes
    ----------
    residual : ndarray, shape (n_pixels,)
        (noisy - denoised) / sigma, the model's own error in sigma; NaN where masked.
    whiteness : float
        Probability of the residual's correlation.
    lines : tuple of LineChange
    regions : tuple of Region
        More significant than `LEAST_SIGMA`, on the model's vacuum wavelengths.
    chi2 : float
        Excess of the mean square residual over 1 [sigma].
    sharpness, surprise, velocity_gain : float
        See `sharpness`, `Estimate`.
    velocity_contrast : float
        The gain over the sum of the pixels' squared S/N [1e-4]: how much of the light lines are.
    resolving_power : float
        That it was denoised with; 0 = the model serves one.
    snr : float
        Median of the good pixels, by the denoised flux.
    """

    residual: Floats
    whiteness: float
    lines: tuple[LineChange, ...]
    regions: tuple[Region, ...]
    chi2: float
    sharpness: float
    surprise: float
    velocity_gain: float
    velocity_contrast: float
    resolving_power: float = 0.0
    snr: float = 0.0


def denoised_pixels(
    wavelength_aa: Floats, noisy: Floats, sigma: Floats, estimate: Estimate, alarms: Alarms, row: int = 0
) -> DenoisedPixels:
    """Return the pixels of one row of an estimate, for `prove`."""
    scale = float(estimate.error_scale[row])
    return DenoisedPixels(
        *(wavelength_aa, noisy, sigma),
        *(estimate.flux[row], estimate.level[row], estimate.factor[row] / scale),
        float(estimate.shift_kms[row]),
        scale,
        alarms.model_error,
    )


def prove(pixels: DenoisedPixels, estimate: Estimate, row: int = 0) -> Proof:
    """Measure a denoised spectrum against its noisy one.

    Parameters
    ----------
    pixels : DenoisedPixels
        Of the row, from `denoised_pixels`.
    estimate : Estimate
    row : int
        Of the estimate.
    """
    flux, level, sigma = pixels.denoised, pixels.level, pixels.sigma
    good = np.isfinite(sigma)
    leverage = np.where(good, estimate.leverage[row], 0.0)
    # The components themselves are wrong by a little: what is judged allows for it.
    total = np.hypot(sigma, pixels.model_error * flux)
    residual = np.where(good, (pixels.noisy - flux) / total, np.nan)
    gain = float(estimate.velocity_gain[row])
    ratios = flux[good] / sigma[good]
    return Proof(
        residual,
        whiteness(residual / np.sqrt(np.clip(1.0 - leverage, 0.3, 1.0))),
        line_changes(pixels),
        regions(
            pixels.wavelength_aa, residual, flux, level, leverage, profiles_kms(estimate.resolving_power)
        ),
        (float(np.mean(np.square(residual[good]))) - 1.0) * float(np.sqrt(0.5 * good.sum())),
        sharpness(pixels.noisy, total, flux, level, pixels.factor),
        float(estimate.surprise[row]),
        gain,
        1e4 * gain / max(float(np.sum(np.square(ratios))), 1e-300),
        estimate.resolving_power,
        float(np.median(ratios)),
    )


def shown_regions(
    proof: Proof, alarms: Alarms, wavelength_aa: Floats, shift_kms: float
) -> list[tuple[Region, LineChange | None]]:
    """Return the regions beyond a model's alarms, ascending, each with the line that it is, if it is one."""
    found: list[tuple[Region, LineChange | None]] = [
        (line_region(line, shift_kms, wavelength_aa, proof.residual), line)
        for line in proof.lines
        if abs(line.misfit_sigma) > alarms.line
    ]
    found += [(region, None) for region in proof.regions if region.significance > alarms.region]
    # Where both say it, the line is the better name, unless something else is there by far.
    found.sort(key=lambda one: -one[0].significance * (1.0 if one[1] is None else LINE_PREFERRED))
    shown: list[tuple[Region, LineChange | None]] = []
    for region, line in found:
        if not any(_overlap(region, other) for other, _ in shown):
            shown.append((region, line))
    return sorted(shown, key=lambda one: one[0].start_aa)


def _overlap(one: Region, other: Region) -> bool:
    return one.start_aa < other.stop_aa and one.stop_aa > other.start_aa


def alarms_reached(proof: Proof, alarms: Alarms) -> list[str]:
    """Return the names of the alarms that a spectrum reaches."""
    reached = {
        "chi2": proof.chi2 > alarms.chi2,
        "whiteness": proof.whiteness < 10.0**-alarms.whiteness,
        "surprise": proof.surprise > alarms.surprise,
        "velocity_gain": proof.velocity_gain < alarms.velocity_gain,
        "velocity_contrast": proof.velocity_contrast < alarms.velocity_contrast,
        "region": any(region.significance > alarms.region for region in proof.regions),
        "line": any(abs(line.misfit_sigma) > alarms.line for line in proof.lines),
        "sharpness": abs(proof.sharpness) > alarms.sharpness,
    }
    return [name for name, is_reached in reached.items() if is_reached]


def profiles_kms(resolving_power: float) -> tuple[float, ...]:
    """Return the FWHM of the profiles that regions are searched with; 0 = those of `PROFILES_KMS`."""
    if not resolving_power > 0:
        return PROFILES_KMS
    own = SPEED_OF_LIGHT_KMS / resolving_power
    return (own, 2.0 * own, *(one for one in (4.0 * own, *PROFILES_KMS) if one > 3.0 * own))


def regions(
    wavelength_aa: Floats,
    residual: Floats,
    denoised: Floats,
    level: Floats,
    leverage: Floats,
    profiles: tuple[float, ...] = PROFILES_KMS,
) -> tuple[Region, ...]:
    """Return where the residual may hold more than noise, in ascending wavelength.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n,)
        Vacuum, for the widths; see `Region` for what is returned.
    residual : ndarray, shape (n,)
        (noisy - denoised) / sigma; NaN where masked.
    denoised, level, leverage : ndarray, shape (n,)
    profiles : tuple of float
        FWHM of what is searched for [km/s].
    """
    pixel_kms = SPEED_OF_LIGHT_KMS * float(np.median(np.diff(wavelength_aa) / wavelength_aa[:-1]))
    good = np.isfinite(residual)
    values = np.where(good, residual, 0.0)
    spread = np.where(good, np.clip(1.0 - leverage, 0.2, 1.0), 0.0)
    best = np.zeros(values.size)
    span = np.zeros(values.size)
    for fwhm in profiles:
        sigma_pixels = max(fwhm / 2.3548 / pixel_kms, 0.5)
        half = int(np.ceil(2.5 * sigma_pixels))
        profile = np.exp(-0.5 * np.square(np.arange(-half, half + 1) / sigma_pixels))
        top = np.convolve(values, profile, mode="same")[: values.size]
        bottom = np.sqrt(np.convolve(spread, profile**2, mode="same")[: values.size])
        score = np.where(bottom > 0.5, top / np.maximum(bottom, 1e-9), 0.0)
        better = np.abs(score) > np.abs(best)
        best, span = np.where(better, score, best), np.where(better, 1.2 * sigma_pixels, span)
    return tuple(_regions_of(best, span, wavelength_aa, residual, denoised / level))


def _regions_of(
    score: Floats, span: Floats, wavelength_aa: Floats, residual: Floats, normalised: Floats
) -> list[Region]:
    left = np.abs(score).copy()
    found: list[Region] = []
    while left.size and left.max() > LEAST_SIGMA and len(found) < 40:
        peak = int(np.argmax(left))
        half = max(int(round(span[peak])), 2)
        low, high = max(peak - half, 0), min(peak + half, left.size - 1)
        left[max(peak - 3 * half, 0) : peak + 3 * half + 1] = 0.0
        found.append(_region(score, low, high, peak, wavelength_aa, residual, normalised))
    return sorted(found, key=lambda one: one.start_aa)


def _region(
    score: Floats, low: int, high: int, peak: int, wavelength_aa: Floats, residual: Floats, normalised: Floats
) -> Region:
    part = residual[low : high + 1]
    chi2 = float(np.nanmean(np.square(part)))
    above, size = score[peak] > 0, abs(float(score[peak]))
    has_line = float(np.min(normalised[low : high + 1])) < 0.93
    kind = "invented" if above and has_line else "removed"
    what = (
        "the denoised spectrum has absorption that the data do not have"
        if kind == "invented"
        else (
            "emission of the data is missing from it"
            if above
            else "absorption of the data is missing from it"
        )
    )
    start, stop = float(wavelength_aa[low]), float(wavelength_aa[high])
    words = f"{kind.capitalize()} at {0.5 * (start + stop):.1f} A: {what} ({size:.1f} sigma)."
    return Region(start, stop, chi2, size, kind, words)  # type: ignore[arg-type]
