"""Clean one order: wavelengths sorted and unique, padding masked, errors checked; each with a note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError
from spectragui.io.reading.raw_order import RawOrder, float_array

Note = Callable[[str], None]

_MIN_ORDER_PIXELS = 32  # a run of ascending wavelengths shorter than this is no order
_NO_DATA = 1e30  # popler writes -1e32, others the largest float
_EQUAL_RUN, _MOST_EQUAL = 100, 0.5
_USUAL_VALUES = (0.0, 1.0)  # no data, and the continuum of a model
_ZERO_RUN = 12  # as many exact zeros in a row are padding, not flux


def clean_order(raw: RawOrder, note: Note) -> list[RawOrder]:
    """Return ascending pieces of one order: usually one, more where order ends lie in one column.

    Parameters
    ----------
    raw : RawOrder
    note : callable
        Is told in a sentence what was repaired.

    Raises
    ------
    ReadError
        If wavelength and flux differ in length.
    """
    wavelength, flux = float_array(raw.wavelength), float_array(raw.flux)
    if wavelength.size != flux.size:
        raise ReadError(
            f"there are {wavelength.size} wavelengths for {flux.size} fluxes.",
            "Choose other columns with --wavelength-column and --flux-column.",
        )
    mask = np.zeros(flux.size, bool) if raw.mask is None else np.asarray(raw.mask, bool).ravel()
    sigma = None if raw.uncertainty is None else float_array(raw.uncertainty)
    with np.errstate(invalid="ignore"):
        none = np.abs(flux) >= _NO_DATA
    if none.any() and not none.all():
        note(f"Pixels with a flux of {flux[none][0]:g} are masked: they hold no data.")
        flux = np.where(none, np.nan, flux)
    good = np.isfinite(wavelength) & (wavelength > 0)
    blaze = None if raw.blaze is None else float_array(raw.blaze)
    piece = RawOrder(wavelength, flux, sigma, mask, raw.order, blaze)
    if not good.all():
        note(f"{np.count_nonzero(~good)} pixels without a wavelength were left out.")
        piece = _take(piece, good)
    return _ascending(piece, note)


def _take(raw: RawOrder, pixels: Any) -> RawOrder:
    sigma = None if raw.uncertainty is None else raw.uncertainty[pixels]
    mask = None if raw.mask is None else raw.mask[pixels]
    blaze = None if raw.blaze is None else raw.blaze[pixels]
    return RawOrder(raw.wavelength[pixels], raw.flux[pixels], sigma, mask, raw.order, blaze)


def _ascending(raw: RawOrder, note: Note) -> list[RawOrder]:
    step = np.diff(raw.wavelength)
    if np.all(step > 0):
        return [raw]
    if np.all(step < 0):
        return [_take(raw, slice(None, None, -1))]
    if np.count_nonzero(step < 0) > step.size / 2:
        raw = _take(raw, slice(None, None, -1))
        note("The wavelengths were descending and were reversed.")
        step = np.diff(raw.wavelength)
    ends = np.flatnonzero(step < 0) + 1
    pieces = np.split(np.arange(raw.wavelength.size), ends)
    if len(pieces) > 1 and min(map(len, pieces)) >= _MIN_ORDER_PIXELS:
        note(f"The wavelengths jump back {len(ends)} times: taken for the ends of {len(pieces)} orders.")
        return [_without_duplicates(_take(raw, piece), note) for piece in pieces]
    if len(pieces) > 1:
        note(f"The wavelengths were not ascending ({len(ends)} steps back) and were sorted.")
        raw = _take(raw, np.argsort(raw.wavelength, kind="stable"))
    return [_without_duplicates(raw, note)]


def _without_duplicates(raw: RawOrder, note: Note) -> RawOrder:
    keep = np.concatenate([[True], np.diff(raw.wavelength) > 0])
    if keep.all():
        return raw
    note(f"{np.count_nonzero(~keep)} pixels that repeat a wavelength were left out.")
    return _take(raw, keep)


def bad_pixels(raw: RawOrder, note: Note) -> NDArray[np.bool_]:
    """Return which pixels are not to be used: told so, without a flux, or padding; True = ignore."""
    mask = ~np.isfinite(raw.flux)
    if raw.mask is not None:
        mask |= raw.mask
    _note_equal_values(raw.flux, note)
    padding = _long_runs(raw.flux == 0.0, _ZERO_RUN)
    if padding.any():
        note("Long runs of pixels with a flux of exactly zero are masked: they hold no data.")
    return mask | padding


def _note_equal_values(flux: NDArray[np.float64], note: Note) -> None:
    """Say so where many pixels in a row have the same flux: a damaged block, saturation, or filling."""
    if np.count_nonzero(flux[1:] == flux[:-1]) < _EQUAL_RUN - 1:
        return
    change = np.flatnonzero(np.diff(flux) != 0.0)  # NaN differs from itself
    starts = np.concatenate([[0], change + 1])
    lengths = np.diff(np.concatenate([starts, [flux.size]]))
    values = flux[starts]
    is_odd = (lengths >= _EQUAL_RUN) & ~np.isin(values, _USUAL_VALUES) & np.isfinite(values)
    # Where few values occur at all (counts, a box as a model) runs of them are nothing odd.
    if is_odd.any() and lengths[is_odd].sum() < _MOST_EQUAL * flux.size:
        value, number = values[is_odd][0], int(lengths[is_odd].sum())
        note(f"{number} pixels lie in long runs of the same flux ({value:g}): damaged, saturated or filled.")


def _long_runs(flags: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Return ``flags`` without its runs of True that are shorter than ``length``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    result = np.zeros(flags.size, bool)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start >= length:
            result[start:stop] = True
    return result


def usable_sigma(raw: RawOrder, note: Note) -> NDArray[np.float64] | None:
    """Return the uncertainty, or None where no pixel has a positive one."""
    sigma = raw.uncertainty
    if sigma is None:
        return None
    with np.errstate(invalid="ignore"):
        bad = ~(np.isfinite(sigma) & (sigma > 0))
    bad_with_flux = int(np.count_nonzero(bad & np.isfinite(raw.flux)))
    if bad.all():
        note("No pixel has a positive uncertainty: the uncertainties were ignored.")
        return None
    if bad_with_flux:
        note("Pixels whose uncertainty is zero, negative or not finite are masked.")
    return sigma
