"""One order as the stitching sees it: good pixels, a smooth weight, and its values on other pixels."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import find_gaps
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.noise_estimate import estimate_noise

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK_PIXELS = 32  # over which errors are smoothed to weights
EASED_PART = 0.05  # of an order, at each end, over which its weight grows from nothing
EDGE_PIXELS, DARK = 5, 0.3  # ends are searched so far for pixels darker than this part of the level
LANCZOS = 3  # pixels to each side that interpolation uses
TABLE_STEPS = 8192  # between two pixels, at which its weights are tabled


@dataclasses.dataclass(frozen=True, eq=False)
class OrderPixels:
    """An order, ready to be joined with its neighbours.

    Attributes
    ----------
    index : int
        In the spectrum that is stitched.
    wavelength_aa, flux, sigma : ndarray, shape (n_pixels,)
        ``sigma`` is estimated where the file gives none.
    good : ndarray of bool, shape (n_pixels,)
        Not masked, and not in an end that is left out.
    weight : ndarray, shape (n_pixels,)
        Inverse variance, smoothed, and eased to nothing at the ends of what is good, so that a neighbour of
        another level enters without a step; positive everywhere.
    """

    index: int
    wavelength_aa: Floats
    flux: Floats
    sigma: Floats
    good: Flags
    weight: Floats

    @functools.cached_property
    def first_aa(self) -> float:
        """Wavelength of the first good pixel."""
        return float(self.wavelength_aa[np.argmax(self.good)])

    @functools.cached_property
    def last_aa(self) -> float:
        """Wavelength of the last good pixel."""
        return float(self.wavelength_aa[self.good.size - 1 - int(np.argmax(self.good[::-1]))])


def order_pixels(order: Spectrum, index: int, edge_level: float) -> OrderPixels | None:
    """Return an order without its noisy ends; None where nothing good is left.

    Parameters
    ----------
    order : Spectrum, in Angstrom
    index : int
    edge_level : float
        Ends whose S/N is below this part of the order's best (90th percentile) are left out.
    """
    good = np.array(order.good)
    if np.count_nonzero(good) < 2 * LANCZOS:
        return None
    flux = np.where(np.isfinite(order.flux), order.flux, 0.0)
    sigma = order.uncertainty
    if sigma is None:
        sigma = estimate_noise(order.flux, ~good)
    variance = smooth_level(np.square(sigma), good)
    if edge_level > 0:
        level = smooth_level(flux, good)
        good &= ~noisy_ends(level / np.sqrt(variance), edge_level)
        good &= ~dark_ends(flux, level, good)
        if np.count_nonzero(good) < 2 * LANCZOS:
            return None
    return OrderPixels(index, order.wavelength_aa, flux, sigma, good, eased_ends(good) / variance)


def smooth_level(values: Floats, good: Flags) -> Floats:
    """Return the run of the median of good values, linear between the middles of blocks.

    Notes
    -----
    Weights made of it do not know the noise of single pixels: weights of the pixels' own errors,
    which follow the pixels' own counts, would prefer those that scattered low.
    """
    n_blocks = -(-values.size // BLOCK_PIXELS)
    padded = np.full(n_blocks * BLOCK_PIXELS, np.inf)
    padded[: values.size] = np.where(good, values, np.inf)  # sorted to the end, past the good ones
    blocks = np.sort(padded.reshape(n_blocks, BLOCK_PIXELS), axis=1)
    count = np.isfinite(blocks).sum(axis=1)
    some = np.flatnonzero(count)
    if some.size == 0:
        return np.zeros(values.size)
    low, high = blocks[some, (count[some] - 1) // 2], blocks[some, count[some] // 2]
    places = np.minimum((some + 0.5) * BLOCK_PIXELS, values.size) - 0.5
    return np.interp(np.arange(values.size), places, 0.5 * (low + high))


def dark_ends(flux: Floats, level: Floats, good: Flags) -> Flags:
    """Return which of the outermost good pixels are dark: the edge of the detector, no line."""
    dark = np.zeros(flux.size, dtype=bool)
    pixels = np.flatnonzero(good)
    for end in (pixels[:EDGE_PIXELS], pixels[::-1][:EDGE_PIXELS]):
        found = np.flatnonzero(flux[end] < DARK * level[end])
        dark[end[: found[-1] + 1 if found.size else 0]] = True
    return dark


def eased_ends(good: Flags) -> Floats:
    """Return a factor that grows linearly from either end of the good pixels to 1."""
    first, last = int(np.argmax(good)), good.size - 1 - int(np.argmax(good[::-1]))
    pixels = np.arange(good.size)
    length = max(1.0, EASED_PART * good.size)
    return np.clip(np.minimum(pixels - first + 1, last - pixels + 1) / length, 1e-6, 1.0)


def noisy_ends(snr: Floats, edge_level: float) -> Flags:
    """Return which pixels lie before the first, or after the last, of sufficient S/N."""
    bright = snr >= edge_level * np.percentile(snr, 90)
    ends = np.ones(snr.size, dtype=bool)
    ends[int(np.argmax(bright)) : snr.size - int(np.argmax(bright[::-1]))] = False
    return ends


@dataclasses.dataclass(frozen=True, eq=False)
class OnOtherPixels:
    """An order's values on another order's pixels: flux, error, whether they hold, and the smooth weight."""

    flux: Floats
    sigma: Floats
    holds: Flags
    weight: Floats

    def times(self, factor: Floats) -> OnOtherPixels:
        """Return the values multiplied by a factor."""
        return OnOtherPixels(
            self.flux * factor, self.sigma * factor, self.holds, self.weight / np.square(factor)
        )


def values_on(order: OrderPixels, wavelength_aa: Floats) -> OnOtherPixels:
    """Interpolate an order onto other pixels of about the same width.

    Parameters
    ----------
    order : OrderPixels
    wavelength_aa : ndarray, shape (n,), ascending

    Returns
    -------
    OnOtherPixels
        Arrays of the shape (n,). Without a value (``holds`` False) where one of the six pixels used
        is not good, lies beyond a gap, or beyond the order's end.

    Notes
    -----
    Lanczos with three pixels to each side, weights normalised: averaging over the pixels' overlap
    would blur lines by up to a pixel's width. sigma^2 = sum of weight^2 sigma_i^2 is the scatter of each
    value; neighbouring values share pixels and are correlated, which it cannot tell.
    """
    n_pixels = order.wavelength_aa.size
    place = np.interp(wavelength_aa, order.wavelength_aa, np.arange(n_pixels), left=-1.0, right=-1.0)
    before = np.floor(place)
    first = np.clip(before.astype(np.intp) - LANCZOS + 1, 0, n_pixels - 2 * LANCZOS)
    pixels = first[:, None] + np.arange(2 * LANCZOS)
    inside = (place >= LANCZOS - 1) & (place <= n_pixels - LANCZOS)
    bad = ~order.good
    bad_before = np.concatenate([[0], np.cumsum(bad)])
    gaps = np.zeros(n_pixels, dtype=np.intp)
    gaps[find_gaps(order.wavelength_aa)] = 1
    gaps_before = np.concatenate([[0], np.cumsum(gaps)])
    last = first + 2 * LANCZOS - 1
    holds = inside & (bad_before[last + 1] == bad_before[first]) & (gaps_before[last] == gaps_before[first])
    weights = _lanczos_table()[np.round((place - before) * TABLE_STEPS).astype(np.intp)] * holds[:, None]
    sigma = np.where(order.good, order.sigma, 0.0)
    return OnOtherPixels(
        np.einsum("ij,ij->i", weights, order.flux[pixels]),
        np.sqrt(np.einsum("ij,ij->i", np.square(weights), np.square(sigma)[pixels])),
        holds,
        np.interp(wavelength_aa, order.wavelength_aa, order.weight),
    )


@functools.cache
def _lanczos_table() -> Floats:
    """Return normalised weights of the six pixels around a place, shape (TABLE_STEPS + 1, 6).

    A row for each place between two pixels; the nearest row is off by less than 1e-4 of a pixel.
    """
    distance = np.linspace(0.0, 1.0, TABLE_STEPS + 1)[:, None] - np.arange(1 - LANCZOS, LANCZOS + 1)
    weights = np.sinc(distance) * np.sinc(distance / LANCZOS) * (np.abs(distance) < LANCZOS)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
