"""Find pixels that no star made (zeros, saturated plateaus, spikes of cosmic rays), and treat them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import StageError
from spectragui.core.parameters import param
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.filling import FILLED_NOTE, fill_masked, regions_of_runs
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import StageResult, register_stage

MIN_FILL_PIXELS = 20
MAX_SPIKE_PIXELS = 12
MAX_SPIKE_FRACTION = 0.03


def find_empty(flux: NDArray[np.float64], snr: float) -> NDArray[np.bool_]:
    """Mark pixels without signal: not finite, zero, filled up, or negative beyond noise.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    snr : float
        Median flux / sigma; below 10 negative pixels are noise and stay.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
        True = empty.
    """
    bad = ~np.isfinite(flux) | (flux == 0) | _find_fill(flux)
    if snr > 10:
        with np.errstate(invalid="ignore"):
            bad |= flux < 0
    return bad


def _find_fill(flux: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark long runs of one and the same value, unless it is the continuum of a noise-free spectrum."""
    with np.errstate(invalid="ignore"):
        changes = np.flatnonzero(np.diff(flux) != 0)
    starts = np.concatenate(([0], changes + 1))
    stops = np.concatenate((changes + 1, [flux.size]))
    bad = np.zeros(flux.shape, dtype=bool)
    long = np.flatnonzero(stops - starts >= MIN_FILL_PIXELS)
    if long.size:
        upper = float(np.nanpercentile(flux, 90))
        for start, stop in zip(starts[long], stops[long], strict=True):
            bad[start:stop] = abs(flux[start] - upper) > 0.1 * abs(upper)
    return bad


def find_plateaus(flux: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark saturated or clipped pixels: the maximum, where it is reached again and again.

    Parameters
    ----------
    flux : ndarray, shape (n_pixels,)
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
        True = at the ceiling.

    Notes
    -----
    A noise-free normalised spectrum reaches its maximum often too, but that maximum is its
    continuum; so the ceiling must stand clear of the 75th percentile of the flux.
    """
    bad = np.zeros(flux.shape, dtype=bool)
    good = ~mask & np.isfinite(flux)
    if np.count_nonzero(good) < 20:
        return bad
    top = float(np.max(flux[good]))
    upper = float(np.percentile(flux[good], 75))
    at_top = good & (flux == top)
    if np.count_nonzero(at_top) > 3 and top > 1.02 * upper > 0:
        bad = at_top
    return bad


def find_spikes(
    flux: NDArray[np.float64], uncertainty: NDArray[np.float64], mask: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark narrow excursions above the continuum: cosmic rays, hot pixels, sky lines.

    Parameters
    ----------
    flux, uncertainty : ndarray, shape (n_pixels,)
        Divided by a coarse continuum.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore.

    Returns
    -------
    ndarray of bool, shape (n_pixels,)
        True = spike, its neighbours included.

    Notes
    -----
    Only runs of at most `MAX_SPIKE_PIXELS`, and nothing at all where more than
    `MAX_SPIKE_FRACTION` of the pixels stand out: broad or plentiful emission belongs to the
    object, and the verdict must see it.
    """
    with np.errstate(invalid="ignore"):
        high = ~mask & (flux > 1.12 + 5.0 * uncertainty)
    if not high.any() or np.count_nonzero(high) > MAX_SPIKE_FRACTION * max(int(np.sum(~mask)), 1):
        return np.zeros(flux.shape, dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], high.astype(np.int8), [0]))))
    bad = np.zeros(flux.shape, dtype=bool)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start <= MAX_SPIKE_PIXELS:
            bad[max(start - 2, 0) : stop + 2] = True
    return bad


@register_stage("bad_pixels", priority=30)
@dataclasses.dataclass(frozen=True)
class BadPixels(PixelStage):
    """Find pixels that hold no signal and mask them, or interpolate over short runs of them."""

    title = "Bad pixels"
    help = (
        "Find pixels without signal (zeros, fill values, saturation, negative beyond noise) and treat them."
    )

    saturated: bool = param(
        True, label="Saturated", help="Also pixels at a ceiling that the flux reaches again and again."
    )
    grow: int = param(0, label="Grow by", unit="px", minimum=0, maximum=20, help="Neighbours taken along.")
    treatment: str = param(
        "mask",
        label="Treatment",
        choices=("mask", "interpolate"),
        help="Mask them; or interpolate short runs, the masked ones of the file too, with errors to match.",
    )
    longest: int = param(
        5,
        label="Longest run filled",
        unit="px",
        minimum=1,
        maximum=200,
        help="Longer runs stay masked.",
        used_if=("treatment", ("interpolate",)),
    )
    largest_part: float = param(
        1.0,
        label="Largest bad part",
        minimum=0.01,
        maximum=1.0,
        step=0.05,
        help="An order with a larger part of bad pixels is left out; 1 = never.",
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order with its bad pixels masked or filled."""
        require_good(order, 1)
        found = self._find(order)
        bad = order.mask | found
        part = float(np.mean(bad))
        if part > self.largest_part or part == 1.0:
            raise StageError(
                f"{100 * part:.0f} % of the pixels are bad.",
                "Allow a larger bad part, or leave the order out.",
            )
        regions = regions_of_runs(order.wavelength_aa, found, "bad pixels", index)
        notes: tuple[str, ...] = ()
        if regions:
            notes = (f"{np.count_nonzero(found)} bad pixels found in {len(regions)} places.",)
        changed = order.replace(mask=bad)
        if self.treatment == "interpolate":
            changed, filled = fill_masked(changed, self.longest)
            notes += (FILLED_NOTE,) if filled else ()
        return StageResult(changed, regions=regions, notes=notes)

    def _find(self, order: Spectrum) -> NDArray[np.bool_]:
        flux = np.where(order.mask, np.nan, order.flux)
        good = flux[~order.mask]
        sigma = estimate_noise(flux, order.mask) if order.uncertainty is None else order.uncertainty
        noise = float(np.median(sigma[~order.mask]))
        snr = float(np.median(good)) / noise if noise > 0 else np.inf
        found = find_empty(flux, snr)
        if self.saturated:
            found |= find_plateaus(flux, order.mask | found)
        found &= ~order.mask
        if self.grow and found.any():
            found = np.convolve(found, np.ones(2 * self.grow + 1), mode="same") > 0.5
        return found
