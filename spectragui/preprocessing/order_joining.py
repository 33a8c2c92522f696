"""Average orders in their overlaps: each order gives its pixels up to where the next one takes over."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from spectragui.preprocessing.level_match import Levels
from spectragui.preprocessing.order_pixels import Flags, Floats, OnOtherPixels, OrderPixels, values_on

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
    number: int, orders: Sequence[OrderPixels], joints: Sequence[Joint], levels: Levels, method: str
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
    own_weight = order.weight[pixels] / np.square(factor)
    weight = np.where(good, 1.0 if method == "mean" else own_weight, 0.0)
    sums = [weight, weight * np.where(good, flux, 0.0), np.square(weight * np.where(good, sigma, 0.0))]
    is_shared = np.zeros(flux.size, dtype=bool)
    for other, part, values in _neighbours(number, orders, joints, wavelength):
        other_factor = levels.factor(other, wavelength[part])
        share = np.where(values.holds, _other_weight(method, values, other_factor, sums[0][part]), 0.0)
        is_shared[part] |= share > 0
        sums[0][part] += share
        sums[1][part] += share * values.flux * other_factor
        sums[2][part] += np.square(share * values.sigma * other_factor)
    total = np.where(is_shared, sums[0], 1.0)
    return JoinedPixels(
        wavelength,
        np.where(is_shared, sums[1] / total, flux),
        np.where(is_shared, np.sqrt(sums[2]) / total, sigma),
        good | is_shared,
    )


def _other_weight(method: str, values: OnOtherPixels, factor: Floats, given: Floats) -> Floats:
    if method == "first":  # only where no order before it has a good pixel
        return np.where(given > 0, 0.0, 1.0)
    return np.ones(factor.size) if method == "mean" else values.weight / np.square(factor)


def _neighbours(
    number: int, orders: Sequence[OrderPixels], joints: Sequence[Joint], wavelength: Floats
) -> list[tuple[int, slice, OnOtherPixels]]:
    """Return (number, pixels, values) of the orders that reach into these wavelengths, the bluer first."""
    found = []
    for other in range(max(0, number - REACH), min(len(orders), number + REACH + 1)):
        between = joints[min(number, other) : max(number, other)]
        if other == number or any(joint.is_hard for joint in between):
            continue
        start, stop = np.searchsorted(wavelength, (orders[other].first_aa, orders[other].last_aa))
        if stop > start:
            part = slice(int(start), int(stop))
            found.append((other, part, values_on(orders[other], wavelength[part])))
    return found


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
