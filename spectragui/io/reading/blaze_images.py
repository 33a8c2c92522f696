"""The blaze that a file or a file beside it gives: read, and tested whether it is one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.source import Source

Floats = NDArray[np.float64]

LEAST = 0.01  # of an order's maximum: what lets less through is no blaze to divide by
CONSTANT = 0.01  # range within an order, relative: less is constant
BLOCKS = 48  # of an order, in each of which flux and blaze are compared
BRIGHT_PERCENTILE = 80.0  # of the flux in a block: between the lines
LEAST_RANGE = 0.05  # of ln blaze in an order that can tell whether the flux follows it
LIKE = (0.6, 1.5)  # d ln flux / d ln blaze: about 1 where the flux holds it, 2 where it holds the errors
FOLLOWS_LINES = 0.5  # correlation of neighbouring pixels' changes with those of the flux
REACH = 3  # pixels to both sides of one whose change is compared
LEAST_CHANGE = 1e-3  # of ln blaze from pixel to pixel: less is smooth
_FITS_SUFFIX = re.compile(r"\.(fits?|fts)(\.gz)?$", re.IGNORECASE)
_BLAZE_NAME = re.compile(r"(^|[_\s.-])blaze([_\s.-]|$)", re.IGNORECASE)
_FLUX_NAME = re.compile(r"(^|[_\s.-])(e2ds|s2d|ccf|s1d)([_\s.-]|$)", re.IGNORECASE)


def usable_blaze(blaze: NDArray[Any]) -> Floats:
    """Return a blaze function, NaN where it is below one per cent of its order's maximum."""
    values = np.asarray(blaze, dtype=np.float64)
    finite = np.where(np.isfinite(values), values, 0.0)
    top = np.max(finite, axis=-1, keepdims=True)
    return np.where(finite > LEAST * top, values, np.nan)


def divided_by_blaze(order: RawOrder) -> RawOrder:
    """Return an order with flux and error divided by its blaze, which is kept."""
    if order.blaze is None:
        return order
    good = usable_blaze(order.blaze)
    sigma = None if order.uncertainty is None else order.uncertainty / good
    return dataclasses.replace(order, flux=order.flux / good, uncertainty=sigma)


def why_no_blaze(orders: Sequence[RawOrder]) -> str:
    """Return why what the orders hold as their blaze is none; empty where it is one.

    Notes
    -----
    A blaze is positive and not constant; it is smooth where the star has lines (errors and the flux
    itself are not), and between the lines the flux goes with it: d ln flux / d ln blaze is about 1. Errors
    of counts go with the square root of the flux, and a flux that was divided already goes with nothing.
    """
    known = [order for order in orders if order.blaze is not None and np.any(np.isfinite(order.blaze))]
    if not known:
        return "it is nowhere positive"
    if np.mean([_is_constant(order.blaze) for order in known]) > 0.5:
        return "it is constant"
    if np.mean([_is_error(order) for order in known]) > 0.5:
        return "it holds the errors"
    follows = [value for order in known if (value := _line_correlation(order)) is not None]
    if follows and float(np.median(follows)) > FOLLOWS_LINES:
        return "it follows the lines, as errors do"
    slopes = np.array([found for order in known if (found := _slope(order)) is not None])
    if slopes.size == 0:
        return ""  # too flat to be told from anything, and to do harm
    slope = _weighted_median(slopes[:, 0], slopes[:, 1])
    if slope > LIKE[1]:
        return "the flux runs steeper, as it does against errors"
    return "the flux does not run with it" if slope < LIKE[0] else ""


def _is_constant(blaze: NDArray[Any] | None) -> bool:
    values = np.asarray(blaze)[np.isfinite(blaze)]  # type: ignore[arg-type]
    if values.size == 0:
        return True
    low, middle, high = np.percentile(values, (1, 50, 99))
    return bool(high - low <= CONSTANT * abs(middle))


def _is_error(order: RawOrder) -> bool:
    """Whether the blaze is the order's errors, times a factor."""
    if order.uncertainty is None:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(order.uncertainty) / np.asarray(order.blaze)
    ratio = ratio[np.isfinite(ratio) & (ratio > 0)]
    return ratio.size > BLOCKS and bool(np.percentile(ratio, 95) < 1.02 * np.percentile(ratio, 5))


def _logarithms(order: RawOrder) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    flux, blaze = np.asarray(order.flux, np.float64), np.asarray(order.blaze, np.float64)
    good = np.isfinite(flux) & np.isfinite(blaze) & (flux > 0) & (blaze > 0)
    if order.mask is not None:
        good &= ~np.asarray(order.mask, bool)
    return np.log(np.where(good, flux, 1.0)), np.log(np.where(good, blaze, 1.0)), good


def _line_correlation(order: RawOrder) -> float | None:
    """Return how changes from pixel to pixel go with those of the flux; None where it is smooth."""
    flux, blaze, good = _logarithms(order)
    middle = slice(REACH, -REACH)
    usable = good[middle] & good[: -2 * REACH] & good[2 * REACH :]
    if np.count_nonzero(usable) < BLOCKS:
        return None
    changes = [(v[middle] - 0.5 * (v[: -2 * REACH] + v[2 * REACH :]))[usable] for v in (flux, blaze)]
    if float(np.std(changes[1])) < LEAST_CHANGE:
        return 0.0
    return float(np.corrcoef(changes[0], changes[1])[0, 1])


def _slope(order: RawOrder) -> tuple[float, float] | None:
    """Return d ln flux / d ln blaze between the lines, and the variance of ln blaze as its weight."""
    flux, blaze, good = _logarithms(order)
    points = []
    for part in np.array_split(np.arange(flux.size), BLOCKS):
        own = part[good[part]]
        if own.size >= max(3, part.size // 2):
            points.append((np.percentile(flux[own], BRIGHT_PERCENTILE), np.median(blaze[own])))
    if len(points) < BLOCKS // 3:
        return None
    y, x = np.array(points).T
    x, y = x - np.median(x), y - np.median(y)
    variance = float(np.var(x))
    if np.sqrt(variance) < LEAST_RANGE:
        return None
    return float(np.polyfit(x, y, 1)[0]), variance


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, 0.5 * total[-1])])


def blaze_files_beside(source: Source, shape: tuple[int, ...]) -> list[Path]:
    """Return FITS files in the same folder that are called blaze, hold no flux and have the shape."""
    fibre = re.search(r"_([AB])\.fits", source.path.name)
    found = []
    for path in sorted(source.path.parent.iterdir()):
        stem = _FITS_SUFFIX.sub("", path.name)
        is_named = _FITS_SUFFIX.search(path.name) and _BLAZE_NAME.search(stem) and not _FLUX_NAME.search(stem)
        if path == source.path or not is_named:
            continue
        other = re.search(r"_([AB])\.fits", path.name)
        same_fibre = fibre is None or other is None or fibre.group(1) == other.group(1)
        if same_fibre and blaze_image(path, shape) is not None:
            found.append(path)
    return found


def blaze_image(path: Path, shape: tuple[int, ...] | None) -> Floats | None:
    """Return the first image of a FITS file that has a shape (None: any of two axes); None without one."""
    try:
        source = Source(path)
        try:
            if source.kind != "fits":
                return None
            for index, hdu in enumerate(source.hdus):
                if not hdu.is_image or len(hdu.shape) != 2:
                    continue
                if shape is None or hdu.shape == shape:
                    return np.asarray(source.data(index), dtype=np.float64)
        finally:
            source.close()
    except ReadError:
        return None
    return None
