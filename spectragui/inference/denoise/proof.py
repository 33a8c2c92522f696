"""The proof beside a denoised spectrum: whether its residual is white, lines changed, signal was removed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.denoising_result import LineChange, Region

Floats = NDArray[np.float64]
N_LAGS = 20
#: FWHM of the profiles that regions are searched with [km/s]; the narrowest is that of R = 5000.
PROFILES_KMS = (60.0, 110.0, 220.0)
#: Significance of a region: about 5 % false alarms a spectrum of 4096 pixels.
REGION_SIGMA = 4.4
LINE_HALF_KMS = 130.0
N_LINES = 14


def whiteness(residual: Floats) -> float:
    """Return the probability of residuals [sigma, NaN = masked] so correlated, were they white noise.

    Notes
    -----
    Ljung & Box 1978, Biometrika 65, 297, lags 1 to 20, pairs with a masked pixel left out.
    """
    from scipy.stats import chi2

    good = np.isfinite(residual)
    if good.sum() < 5 * N_LAGS:
        return float("nan")
    values = np.where(good, residual - np.mean(residual[good]), 0.0)
    values = np.clip(values, -6.0, 6.0)
    power = float(np.sum(values**2)) / good.sum()
    statistic = 0.0
    for lag in range(1, N_LAGS + 1):
        n_pairs = int(np.sum(good[lag:] & good[:-lag]))
        if n_pairs < 10:
            continue
        correlation = float(np.sum(values[lag:] * values[:-lag])) / n_pairs / power
        statistic += n_pairs * correlation**2
    return float(chi2.sf(statistic, N_LAGS))


def whiteness_words(probability: float) -> str:
    """Return what a probability of `whiteness` means."""
    if not np.isfinite(probability):
        return "Too few pixels to say whether the residual is noise."
    said = f"p = {probability:.2f}" if probability >= 0.01 else f"p = {probability:.0e}"
    if probability >= 0.05:
        return f"The residual looks like noise alone ({said})."
    if probability >= 0.001:
        by_chance = f"one spectrum of {1 / probability:.0f} is so by chance"
        return f"The residual is a little correlated ({said}): {by_chance}."
    return f"The residual is not noise alone ({said}): the network left or removed signal."


def line_changes(
    wavelength_aa: Floats,
    noisy: Floats,
    sigma: Floats,
    denoised: Floats,
    level: Floats,
    factor: Floats,
    shift_kms: float,
) -> tuple[LineChange, ...]:
    """Return the equivalent widths of the strong lines before and after, the deepest first.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n,)
        Vacuum; the other arrays of the same length, sigma infinite where masked.
    factor : ndarray, shape (n, k)
        Of the covariance of ``denoised``.
    shift_kms : float
        Of the star.
    """
    from spectragui.io.line_lists.line_lists import stellar_lines

    arrays = (np.gradient(wavelength_aa) / level, noisy, sigma, denoised, level, factor)
    good = np.isfinite(sigma)
    found = []
    for line in stellar_lines():
        if line.kind != "line":
            continue
        at = line.wavelength_vacuum_aa * np.exp(shift_kms / SPEED_OF_LIGHT_KMS)
        half = at * LINE_HALF_KMS / SPEED_OF_LIGHT_KMS
        inside = np.abs(wavelength_aa - at) < half
        if (
            at - half < wavelength_aa[0]
            or at + half > wavelength_aa[-1]
            or (inside & good).sum() < 0.6 * inside.sum()
        ):
            continue
        found.append(_line_change(line, *(array[inside & good] for array in arrays)))
    found.sort(key=lambda one: -one.ew_denoised)
    return tuple(found[:N_LINES])


def _line_change(
    line: object,
    weight: Floats,
    noisy: Floats,
    sigma: Floats,
    denoised: Floats,
    level: Floats,
    factor: Floats,
) -> LineChange:
    """Return what became of a line; arrays are of its pixels, ``weight`` is their width over the level."""
    before = float(np.sum((level - noisy) * weight))
    after = float(np.sum((level - denoised) * weight))
    noise = float(np.sqrt(np.sum(np.square(sigma * weight))))
    own = float(np.linalg.norm(weight @ factor))
    # The denoised flux holds a part of the same noise: the variance of the difference is smaller by it.
    difference = np.sqrt(max(noise**2 - own**2, 0.1 * noise**2))
    return LineChange(
        line.name,  # type: ignore[attr-defined]
        line.wavelength_vacuum_aa,  # type: ignore[attr-defined]
        before,
        noise,
        after,
        own,
        float((after - before) / difference),
    )


def regions(
    wavelength_aa: Floats, residual: Floats, denoised: Floats, level: Floats, leverage: Floats
) -> tuple[Region, ...]:
    """Return where the residual holds more than noise, in ascending wavelength.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n,)
        Vacuum, for the widths; see `Region` for what is returned.
    residual : ndarray, shape (n,)
        (noisy - denoised) / sigma; NaN where masked.
    denoised, level, leverage : ndarray, shape (n,)
    """
    pixel_kms = SPEED_OF_LIGHT_KMS * float(np.median(np.diff(wavelength_aa) / wavelength_aa[:-1]))
    good = np.isfinite(residual)
    values = np.where(good, residual, 0.0)
    spread = np.where(good, np.clip(1.0 - leverage, 0.2, 1.0), 0.0)
    best = np.zeros(values.size)
    span = np.zeros(values.size)
    for fwhm in PROFILES_KMS:
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
    while left.size and left.max() > REGION_SIGMA and len(found) < 40:
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
