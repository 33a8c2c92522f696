"""The blaze that came with the spectrum: of its file, or of a file beside it."""

from __future__ import annotations

import numpy as np

from spectragui.core.numerics import FloatArray
from spectragui.core.spectrum import BLAZE_KEYS, AnySpectrum, EchelleSpectrum, Spectrum, orders_of

SCALE = "blaze_scale"  # what a blaze is divided by; in ``meta`` only while a stage runs
LEAST_COMMON = 0.2  # of a blaze's top: less is not looked at where neighbours are compared
CLEARLY_BETTER = 0.5  # orders agree so much better with scales of their own


def blaze_of_file(order: Spectrum) -> tuple[FloatArray | None, str]:
    """Return the blaze that came with an order, on its pixels, and where it is from; None without one."""
    blaze = order.meta.get("blaze")
    if blaze is None:
        return None, ""
    return np.asarray(blaze, dtype=np.float64), str(order.meta.get("blaze_source", ""))


def has_known_blaze(spectrum: AnySpectrum) -> bool:
    """Whether a blaze came with any order."""
    return any("blaze" in order.meta for order in orders_of(spectrum))


def has_blaze_to_take_out(spectrum: AnySpectrum) -> bool:
    """Whether a blaze came with any order and is still in its flux."""
    return any("blaze" in order.meta and not is_out(order) for order in orders_of(spectrum))


def is_out(order: Spectrum) -> bool:
    """Whether the reader has divided an order by its blaze."""
    return not order.meta.get("has_blaze", True)


def recorded(spectrum: AnySpectrum) -> AnySpectrum:
    """Return the spectrum as it was recorded: times the blaze where the reader has divided by it."""
    if isinstance(spectrum, Spectrum):
        return _recorded(spectrum)
    orders = tuple(_recorded(order) for order in spectrum.orders)
    is_in = any(order.meta.get("has_blaze") for order in orders)
    return EchelleSpectrum(orders, {**spectrum.meta, "has_blaze": True} if is_in else spectrum.meta)


def _recorded(order: Spectrum) -> Spectrum:
    blaze, _ = blaze_of_file(order)
    if blaze is None or not is_out(order):
        return order
    sigma = None if order.uncertainty is None else order.uncertainty * blaze
    return order.replace(flux=order.flux * blaze, uncertainty=sigma).with_meta(has_blaze=True)


def without_blaze(spectrum: AnySpectrum) -> AnySpectrum:
    """Return a spectrum whose orders say nothing of a blaze: it is out."""
    orders = tuple(
        order.replace(meta={k: v for k, v in order.meta.items() if k not in (*BLAZE_KEYS, SCALE)})
        for order in orders_of(spectrum)
    )
    if isinstance(spectrum, Spectrum):
        return orders[0]
    return EchelleSpectrum(orders, {k: v for k, v in spectrum.meta.items() if k not in BLAZE_KEYS})


def with_common_scale(spectrum: EchelleSpectrum) -> EchelleSpectrum:
    """Return orders that know what their blaze is divided by: one number for all, or each its own top.

    Notes
    -----
    A blaze that was measured says how much light each order gets compared with the next, and that is
    kept. Some pipelines write each order's blaze in units of its own; then the orders agree much better
    where they overlap with each blaze at its own top, and that is taken.
    """
    tops = [_top(order) for order in spectrum.orders]
    known = [top for top in tops if top is not None]
    if not known:
        return spectrum
    common = float(np.median(known))
    unlike = [_unlike(spectrum, scales) for scales in ([common] * len(tops), tops)]
    own = unlike[1] < CLEARLY_BETTER * unlike[0]
    scales = [top if own else common for top in tops]
    orders = tuple(
        order if top is None else order.with_meta(**{SCALE: scale})
        for order, top, scale in zip(spectrum.orders, tops, scales, strict=True)
    )
    return spectrum.replace(orders=orders)


def _top(order: Spectrum) -> float | None:
    blaze, _ = blaze_of_file(order)
    values = np.array([]) if blaze is None else blaze[order.good & np.isfinite(blaze)]
    return float(np.max(values)) if values.size and np.max(values) > 0 else None


def _unlike(spectrum: EchelleSpectrum, scales: list[float] | list[float | None]) -> float:
    """Return the median difference of neighbours' ln flux in their overlaps, each over its scaled blaze."""
    found = []
    parts = [_flat_part(order, scale) for order, scale in zip(spectrum.orders, scales, strict=True)]
    for (blue_x, blue), (red_x, red) in zip(parts[:-1], parts[1:], strict=True):
        if min(blue_x.size, red_x.size) == 0:
            continue
        own, other = blue[blue_x >= red_x[0]], red[red_x <= blue_x[-1]]
        if min(own.size, other.size) >= 10:
            levels = float(np.median(own)), float(np.median(other))
            if min(levels) > 0:
                found.append(abs(np.log(levels[0] / levels[1])))
    return float(np.median(found)) if found else 0.0


def _flat_part(order: Spectrum, scale: float | None) -> tuple[FloatArray, FloatArray]:
    blaze, _ = blaze_of_file(order)
    if blaze is None or scale is None:
        return np.zeros(0), np.zeros(0)
    wavelength, direction = order.wavelength_aa, slice(None)
    if wavelength[0] > wavelength[-1]:
        direction = slice(None, None, -1)
    used = (order.good & (blaze > LEAST_COMMON * np.nanmax(blaze)))[direction]
    divisor = np.ones(blaze.size) if is_out(order) else blaze / scale
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = order.flux / divisor
    return wavelength[direction][used], flat[direction][used]
