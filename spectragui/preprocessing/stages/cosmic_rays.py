"""Find hits of cosmic rays: features sharper than the spectrograph can make a line."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.numerics import FWHM_PER_SIGMA, BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.filling import FILLED_NOTE, fill_masked, regions_of_runs
from spectragui.preprocessing.gaps import find_pieces
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import StageResult, register_stage

UNKNOWN_FWHM = 2.0  # pixels: what no spectrograph is much sharper than
PASSES = 2
DEAD_FWHM = 1.2  # pixels: no line is so sharp, whatever the resolving power is thought to be
SAFETY = 0.9  # of how much of a line its neighbours must show: line spreads are no Gaussians


@register_stage("cosmic_rays", priority=40)
@dataclasses.dataclass(frozen=True)
class CosmicRays(PixelStage):
    """Find and take out hits: narrow excursions upward, sharper than the line spread."""

    title = "Cosmic rays"
    help = (
        "Find hits sharper than the spectrograph can make a line, so that emission lines and sharp "
        "absorption lines stay."
    )

    threshold: float = param(
        6.0,
        label="Threshold",
        unit="sigma",
        minimum=3.0,
        maximum=50.0,
        step=0.5,
        help="How far a hit stands above what its neighbours allow.",
    )
    widest: int = param(
        3, label="Widest hit", unit="px", minimum=1, maximum=10, help="Wider features are taken for lines."
    )
    fwhm_pix: float = param(
        0.0,
        label="Line spread",
        unit="px",
        minimum=0.0,
        maximum=50.0,
        step=0.1,
        help="FWHM of the sharpest lines; 0 = from the resolving power, 2 px where it is not known.",
    )
    dead: bool = param(
        True, label="Dead pixels too", help="Also single pixels so far down as no line can be so sharply."
    )
    grow: int = param(1, label="Grow by", unit="px", minimum=0, maximum=20, help="Neighbours taken along.")
    treatment: str = param(
        "mask",
        label="Treatment",
        choices=("mask", "interpolate"),
        help="Mask the hits, or interpolate over them.",
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order with its hits masked or filled."""
        require_good(order, 1)
        found = np.zeros(len(order), dtype=bool)
        sigma = order.uncertainty
        if sigma is None:
            sigma = estimate_noise(order.flux, order.mask)
        for piece in find_pieces(order.wavelength_aa):
            part = order.wavelength_aa[piece]
            fwhm = self.fwhm_pix or _fwhm_pixels(part, order.meta.get("resolving_power"))
            flux, mask = order.flux[piece], order.mask[piece]
            # First, whether wanted or not: beside a dead pixel a peak between lines looks like a hit.
            dead = find_hits(-flux, sigma[piece], mask, DEAD_FWHM, self.threshold, 1)
            hits = find_hits(flux, sigma[piece], mask | dead, fwhm, self.threshold, self.widest)
            found[piece] = hits | dead if self.dead else hits
        regions = regions_of_runs(order.wavelength_aa, found, "cosmic ray", index)
        if self.grow and found.any():
            found = np.convolve(found, np.ones(2 * self.grow + 1), mode="same") > 0.5
        found &= ~order.mask
        changed = order.replace(mask=order.mask | found)
        what = "hits or dead pixels" if self.dead else "hits"
        notes: tuple[str, ...] = (f"{len(regions)} {what} found.",) if regions else ()
        if self.treatment == "interpolate" and found.any():
            changed = _filled(order, changed, found)
            notes += (FILLED_NOTE,)
        return StageResult(changed, regions=regions, notes=notes)


def find_hits(
    flux: FloatArray, sigma: FloatArray, mask: BoolArray, fwhm_pix: float, threshold: float, widest: int
) -> BoolArray:
    """Mark pixels of hits.

    Parameters
    ----------
    flux, sigma : ndarray, shape (n_pixels,)
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.
    fwhm_pix : float
        Of the line spread.
    threshold : float
        In sigma.
    widest : int
        Longest run of pixels that is taken for one hit.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)

    Notes
    -----
    A line that the spectrograph has spread shows in the pixels beside its core at least a fraction r
    of its height, r that of the line spread alone centred on the core: also any blend of lines, since
    each of them does. A run of 1 to ``widest`` pixels is a hit if its mean stands above the lowest
    flux nearby by more than its two neighbours' mean divided by r allows, and above all that is
    nearby: what shows between two absorption lines can be sharper than the line spread, but not
    higher than the continuum. A second pass finds what a larger hit hid.
    """
    found = np.zeros(flux.size, dtype=bool)
    good = ~mask & np.isfinite(flux)
    if flux.size < 5 or not good.any():
        return found
    level = float(np.median(np.abs(flux[good])))
    if level > 0.0 and not 1e-100 < level < 1e100:  # squares of it are no numbers
        flux, sigma = flux / level, sigma / level
    values = np.where(good, flux, np.interp(np.arange(flux.size), np.flatnonzero(good), flux[good]))
    variance = np.where(good, np.square(np.where(good, sigma, 0.0)), 0.0)
    for _ in range(PASSES):
        new = _find_once(values, variance, good & ~found, fwhm_pix, threshold, widest) & ~found
        if not new.any():
            break
        found |= new
        left = np.flatnonzero(good & ~found)
        if left.size == 0:
            break
        values = np.where(found, np.interp(np.arange(flux.size), left, flux[left]), values)
    return found & good


def _find_once(
    values: FloatArray, variance: FloatArray, good: BoolArray, fwhm_pix: float, threshold: float, widest: int
) -> BoolArray:
    found = np.zeros(values.size, dtype=bool)
    reach = 2 * int(np.ceil(max(fwhm_pix, 2.0))) + widest
    smooth = np.convolve(np.pad(values, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    low_level, high_level = _levels_nearby(smooth, reach, widest)
    for width in range(1, widest + 1):
        if values.size < width + 2:
            break
        ratio = SAFETY * neighbour_ratio(fwhm_pix, width)
        inner = _running_mean(values, width)[1:-1]
        inner_variance = _running_mean(variance, width)[1:-1] / width
        outer_variance = 0.25 * (variance[: -width - 1] + variance[width + 1 :])
        middle = 1 + (width - 1) // 2
        low = low_level[middle : middle + inner.size]
        # A dead neighbour, below all that is nearby, says nothing of the shape.
        outer = 0.5 * (np.maximum(values[: -width - 1], low) + np.maximum(values[width + 1 :], low))
        excess = inner - low - np.maximum(outer - low, 0.0) / ratio
        noise = np.sqrt(inner_variance + outer_variance / ratio**2)
        hit = (excess > threshold * noise) & good[: -width - 1] & good[width + 1 :]
        hit &= inner > high_level[middle : middle + inner.size] + 0.5 * threshold * np.sqrt(inner_variance)
        for shift in range(width):
            found[1 + shift : 1 + shift + hit.size] |= hit
    return found


def _levels_nearby(smooth: FloatArray, reach: int, widest: int) -> tuple[FloatArray, FloatArray]:
    """Return the lowest flux within ``reach``, and the highest beside each pixel, itself left out."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    low = minimum_filter1d(smooth, 2 * reach + 1, mode="nearest")
    length, gap = 2 * reach + 1, widest + 2
    highest = np.pad(maximum_filter1d(smooth, length, mode="nearest"), reach + gap, mode="edge")
    left, right = highest[: smooth.size], highest[2 * (reach + gap) :]
    return np.asarray(low), np.maximum(left, right)


def neighbour_ratio(fwhm_pix: float, width: int) -> float:
    """Return what the pixels beside a run show of a spread line centred on it, over the run's mean."""
    sharpness = 0.5 * (FWHM_PER_SIGMA / max(fwhm_pix, 1.0)) ** 2
    inside = np.arange(width) - 0.5 * (width - 1)
    inner = float(np.mean(np.exp(-sharpness * inside**2)))
    return float(np.exp(-sharpness * (0.5 * (width + 1)) ** 2)) / inner


def _running_mean(values: FloatArray, width: int) -> FloatArray:
    return np.convolve(values, np.ones(width) / width, mode="valid")


def _fwhm_pixels(wavelength_aa: FloatArray, resolving_power: float | None) -> float:
    if not resolving_power or wavelength_aa.size < 2:
        return UNKNOWN_FWHM
    step = float(np.median(np.diff(np.log(wavelength_aa))))
    return max(1.2, 1.0 / (float(resolving_power) * step))


def _filled(order: Spectrum, masked: Spectrum, found: BoolArray) -> Spectrum:
    """Fill the hits, and leave masked what was masked before."""
    longest = int(np.count_nonzero(found))
    filled, _ = fill_masked(masked, longest)
    keep = ~found
    sigma = filled.uncertainty
    if sigma is not None and order.uncertainty is not None:
        sigma = np.where(keep, order.uncertainty, sigma)
    flux = np.where(keep, order.flux, filled.flux)
    return filled.replace(flux=flux, uncertainty=sigma, mask=np.where(keep, order.mask, filled.mask))
