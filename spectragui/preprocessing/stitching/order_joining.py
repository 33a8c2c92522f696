"""Average orders in their overlaps: each order gives its pixels up to where the next one takes over."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from spectragui.preprocessing.stitching.level_match import Levels
from spectragui.preprocessing.stitching.order_pixels import (
    LANCZOS,
    Flags,
    Floats,
    OnOtherPixels,
    OrderPixels,
    smooth_level,
    values_on,
)

LEAST_HIT = 0.1  # of the flux: smaller differences may be errors of the wavelengths, in the flanks of lines
LONGEST_HIT = 7  # pixels, with what interpolation spreads of it
HIT_REACH = (4, 5, 6)  # pixels: beyond a hit and what interpolation spreads of it
REACH = 2  # orders to each side that may overlap with one


@dataclasses.dataclass(frozen=True, eq=False)
class Joint:
    """What lies between an order and the next.

    Attributes
    ----------
    takeover_aa : float
        From here on the redder order's pixels are used.
    is_hard : bool
        Nothing is averaged across it.
    """

    takeover_aa: float
    is_hard: bool


@dataclasses.dataclass(frozen=True, eq=False)
class JoinedPixels:
    """Pixels of the stitched spectrum: arrays of the shape (n,)."""

    wavelength_aa: Floats
    flux: Floats
    sigma: Floats
    good: Flags


def own_stretch(number: int, orders: Sequence[OrderPixels], joints: Sequence[Joint]) -> slice:
    """Return the pixels of the ``number``-th order that become pixels of the stitched spectrum."""
    order = orders[number]
    low = max([order.first_aa, *(joint.takeover_aa for joint in joints[:number])])
    high = min([np.nextafter(order.last_aa, np.inf), *(joint.takeover_aa for joint in joints[number:])])
    start, stop = np.searchsorted(order.wavelength_aa, (low, high))
    return slice(int(start), int(max(start, stop)))


def join_order(
    number: int,
    orders: Sequence[OrderPixels],
    joints: Sequence[Joint],
    levels: Levels,
    method: str,
    reject: float = 0.0,
) -> JoinedPixels:
    """Return the stitched pixels that are pixels of one order.

    Notes
    -----
    An average of the order's own pixel and its neighbours' values there; the own pixel and what is
    interpolated from another order are independent, so the errors add in quadrature.
    """
    order, pixels = orders[number], own_stretch(number, orders, joints)
    wavelength = order.wavelength_aa[pixels]
    factor = levels.factor(number, wavelength)
    flux, sigma, good = order.flux[pixels] * factor, order.sigma[pixels] * factor, order.good[pixels]
    if method == "cut" or wavelength.size == 0:
        return JoinedPixels(wavelength, flux, sigma, good)
    others = _neighbours(number, orders, joints, levels, wavelength)
    if reject > 0:
        good, others = _without_hits(flux, sigma, good, others, reject)
    own_weight = order.weight[pixels] / np.square(factor)
    weight = np.where(good, 1.0 if method == "mean" else own_weight, 0.0)
    sums = [weight, weight * np.where(good, flux, 0.0), np.square(weight * np.where(good, sigma, 0.0))]
    is_shared = np.zeros(flux.size, dtype=bool)
    for part, values in others:
        share = np.where(values.holds, _other_weight(method, values, sums[0][part]), 0.0)
        is_shared[part] |= share > 0
        sums[0][part] += share
        sums[1][part] += share * values.flux
        sums[2][part] += np.square(share * values.sigma)
    total = np.where(is_shared, sums[0], 1.0)
    return JoinedPixels(
        wavelength,
        np.where(is_shared, sums[1] / total, flux),
        np.where(is_shared, np.sqrt(sums[2]) / total, sigma),
        good | is_shared,
    )


def _other_weight(method: str, values: OnOtherPixels, given: Floats) -> Floats:
    if method == "first":  # only where no order before it has a good pixel
        return np.where(given > 0, 0.0, 1.0)
    return np.ones(given.size) if method == "mean" else values.weight


Neighbours = list[tuple[slice, OnOtherPixels]]


def _neighbours(
    number: int,
    orders: Sequence[OrderPixels],
    joints: Sequence[Joint],
    levels: Levels,
    wavelength: Floats,
) -> Neighbours:
    """Return (pixels, values) of the orders that reach into these wavelengths, levelled, the bluer first."""
    found: Neighbours = []
    for other in range(max(0, number - REACH), min(len(orders), number + REACH + 1)):
        between = joints[min(number, other) : max(number, other)]
        if other == number or any(joint.is_hard for joint in between):
            continue
        start, stop = np.searchsorted(wavelength, (orders[other].first_aa, orders[other].last_aa))
        if stop > start:
            part = slice(int(start), int(stop))
            values = values_on(orders[other], wavelength[part])
            found.append((part, values.times(levels.factor(other, wavelength[part]))))
    return found


def _without_hits(
    flux: Floats, sigma: Floats, good: Flags, others: Neighbours, reject: float
) -> tuple[Flags, Neighbours]:
    """Take out what stands high above another order's value at the same place: a hit of a cosmic ray."""
    kept_good, kept_others = good.copy(), []
    for part, values in others:
        both = good[part] & values.holds
        error = np.hypot(np.where(both, sigma[part], 1.0), np.where(both, values.sigma, 1.0))
        # Against the run of the difference: what an unlike level or a wrong blaze makes is no hit.
        difference = np.where(both, flux[part] - values.flux, 0.0)
        difference -= smooth_level(difference, both)
        least = LEAST_HIT * np.abs(np.minimum(flux[part], values.flux))
        clear = _short(both & (np.abs(difference) > np.maximum(reject * error, least)), LONGEST_HIT)
        # The higher one must stand out of its own order, else the lower one is what is wrong.
        kept_good[part] &= ~(clear & (_height(flux[part]) > 0.5 * difference) & (difference > 0))
        theirs = clear & (_height(values.flux) > -0.5 * difference) & (difference < 0)
        # Interpolation spreads a hit of the other order over the pixels that it uses.
        spread = _grown(theirs, LANCZOS - 1)
        kept_others.append((part, dataclasses.replace(values, holds=values.holds & ~spread)))
    return kept_good, kept_others


def _short(flags: Flags, longest: int) -> Flags:
    """Return flags without runs longer than ``longest``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    length = np.repeat(edges[1::2] - edges[::2], edges[1::2] - edges[::2])
    short = flags.copy()
    short[flags] = length <= longest
    return short


def _height(flux: Floats) -> Floats:
    """Return by how much each pixel stands above what lies `HIT_REACH` pixels to both sides of it."""
    padded = np.pad(flux, HIT_REACH[-1], mode="edge")
    offsets = [sign * shift + HIT_REACH[-1] for shift in HIT_REACH for sign in (-1, 1)]
    return flux - np.mean([padded[offset : offset + flux.size] for offset in offsets], axis=0)


def _grown(flags: Flags, pixels: int) -> Flags:
    """Return flags with as many neighbours to each side."""
    grown = flags.copy()
    for shift in range(1, pixels + 1):
        grown[shift:] |= flags[:-shift]
        grown[:-shift] |= flags[shift:]
    return grown


def joined(parts: Sequence[JoinedPixels]) -> JoinedPixels:
    """Put the orders' stretches one after the other, no two pixels closer than half a pixel."""
    kept = []
    end, step = -np.inf, 0.0
    for part in parts:
        first = int(np.searchsorted(part.wavelength_aa, end + 0.5 * step, side="right"))
        if part.wavelength_aa.size - first < 2:
            continue
        rest = JoinedPixels(*(getattr(part, field.name)[first:] for field in dataclasses.fields(part)))
        kept.append(rest)
        end, step = rest.wavelength_aa[-1], rest.wavelength_aa[-1] - rest.wavelength_aa[-2]
    names = [field.name for field in dataclasses.fields(JoinedPixels)]
    return JoinedPixels(*(np.concatenate([getattr(part, name) for part in kept]) for name in names))


def weight_share(
    number: int, orders: Sequence[OrderPixels], joints: Sequence[Joint], method: str, stride: int = 8
) -> tuple[Floats, Floats]:
    """Return wavelengths and the order's part of the total weight there, 0 to 1, for display."""
    order = orders[number]
    wavelength = order.wavelength_aa[::stride]
    inside = (wavelength >= order.first_aa) & (wavelength <= order.last_aa)
    own = np.where(inside, 1.0 if method == "mean" else order.weight[::stride], 0.0)
    if method in ("first", "cut"):
        own = np.ones(wavelength.size) * inside
    total = own.copy()
    for other in range(max(0, number - REACH), min(len(orders), number + REACH + 1)):
        between = joints[min(number, other) : max(number, other)]
        if other == number:
            continue
        if method in ("first", "cut") or any(joint.is_hard for joint in between):
            beyond = [joint.takeover_aa for joint in between]
            own[(wavelength >= min(beyond)) if other > number else (wavelength < max(beyond))] = 0.0
            continue
        there = (wavelength >= orders[other].first_aa) & (wavelength <= orders[other].last_aa)
        other_weight = np.interp(wavelength, orders[other].wavelength_aa, orders[other].weight)
        total += np.where(there, 1.0 if method == "mean" else other_weight, 0.0)
    return wavelength, own / np.where(total > 0, total, 1.0)
