"""CARMENES: tables WAVE SPEC CONT SIG with the orders in one column, or images an order a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import RawOrder, float_array, split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FIRST_NIR_WAVELENGTH = 9600.0  # Angstrom
_NIR_PIXELS = 4080  # of an order that lies on two detectors
LARGEST_ERROR = 0.5  # of the median flux: a column of errors is smaller
_GAP_STEPS = 10.0  # a step longer than as many usual ones ends an order (or a half order)


@register_reader("carmenes", priority=25)
class CarmenesReader:
    """Spectra of the CARMENES pipeline CARACAL, visible and near infrared."""

    description = "CARMENES (CARACAL): orders or half-orders in one table, or as images SPEC SIG WAVE"

    def identify(self, source: Source) -> bool:
        """Return whether the header names CARMENES and there are SPEC and WAVE."""
        if source.kind != "fits" or "CARM" not in source.headers[0].text("INSTRUME").upper():
            return False
        return _table(source) is not None or {"SPEC", "WAVE"} <= {hdu.name for hdu in source.hdus}

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the echelle spectrum."""
        header = source.headers[0]
        context = Context(source, header, options, "carmenes", is_echelle=True)
        channel = header.text("SUBSYS").lower() or "vis"
        context.product = channel
        context.stated = Stated("Angstrom", "the CARACAL pipeline writes Angstrom")
        context.uncertainty_source = "SIG"
        index = _table(source)
        orders = _from_images(source, context) if index is None else _from_table(source, index, context)
        if "SUBSYS" not in header:
            _add_channel(context, orders)
        return (make_spectrum(orders, context),)


def _add_channel(context: Context, orders: list[RawOrder]) -> None:
    """Say by the wavelengths which channel it is, where the header does not."""
    middle = float(np.nanmedian(np.concatenate([float_array(order.wavelength) for order in orders])))
    channel = "nir" if middle > _FIRST_NIR_WAVELENGTH else "vis"
    context.header = Header([*context.header.cards, ("SUBSYS", channel, "told by the wavelengths")])


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        if hasattr(hdu, "columns") and {"WAVE", "SPEC", "SIG"} <= {
            name.upper() for name in hdu.columns.names
        }:
            return index
    return None


def _from_table(source: Source, index: int, context: Context) -> list[RawOrder]:
    data = source.data(index)
    names = {name.upper() for name in source.hdus[index].columns.names}
    blaze = np.asarray(data["CONT"], dtype=np.float64) if "CONT" in names else None
    flux, errors = (np.asarray(data[name], dtype=np.float64) for name in ("SPEC", "SIG"))
    sigma, blaze = _errors_and_blaze(flux, errors, blaze, context, "column")
    if flux.ndim == 2:
        return split_rows(np.asarray(data["WAVE"], dtype=np.float64), flux, sigma, blaze=blaze)
    wavelength = float_array(data["WAVE"])
    if {"TACFLUX", "TACDFLUX"} <= names:
        return _corrected_by_molecfit(data, names, context)
    assert sigma is not None
    # In MASK_I, 1 marks pixels that are good (all but the ends of some orders).
    mask = np.asarray(data["MASK_I"]) == 0 if "MASK_I" in names else np.zeros(flux.size, bool)
    pieces = split_at_gaps(wavelength)
    context.note(f"The orders lie in one column; {len(pieces)} pieces were told apart by their gaps.")
    parts = [None if blaze is None else blaze[p] for p in pieces]
    return [RawOrder(wavelength[p], flux[p], sigma[p], mask[p], i, parts[i]) for i, p in enumerate(pieces)]


def _errors_and_blaze(
    flux: NDArray[np.float64],
    sigma: NDArray[np.float64] | None,
    continuum: NDArray[np.float64] | None,
    context: Context,
    what: str,
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return SIG and CONT as errors and blaze, their names put right where they are exchanged."""
    if continuum is None or (sigma is not None and continuum.shape != sigma.shape):
        return sigma, None
    if sigma is not None and _are_exchanged(flux, continuum, sigma):
        context.uncertainty_source = f"{what} CONT"
        context.note(f"The {what} SIG is constant and CONT holds the errors: their names are exchanged.")
        return continuum, None
    context.blaze_source = f"{what} CONT"
    return sigma, continuum


def _corrected_by_molecfit(data: Any, names: set[str], context: Context) -> list[RawOrder]:
    """Return the orders of a table to which molecfit added the telluric-corrected columns."""
    wavelength = float_array(data["WAVE"])
    flux, sigma = float_array(data["TACFLUX"]), float_array(data["TACDFLUX"])
    bad = np.zeros(flux.size, bool)
    if "TACQUAL" in names:
        bad = np.asarray(data["TACQUAL"]).ravel() == 0
    pieces = split_at_gaps(wavelength)
    context.uncertainty_source = "column TACDFLUX"
    context.note("The flux is TACFLUX, corrected for telluric lines by molecfit.")
    return [RawOrder(wavelength[p], flux[p], sigma[p], bad[p], i) for i, p in enumerate(pieces)]


def _are_exchanged(
    flux: NDArray[np.float64], continuum: NDArray[np.float64], sigma: NDArray[np.float64]
) -> bool:
    """Whether SIG is constant and CONT has the size of errors: files of 2017 have the names exchanged."""
    is_constant = bool(np.nanmax(sigma) == np.nanmin(sigma))
    is_small = float(np.nanmedian(continuum)) < LARGEST_ERROR * float(np.nanmedian(np.abs(flux)))
    return is_constant and is_small and bool(np.nanmax(continuum) > np.nanmin(continuum))


def split_at_gaps(wavelength: NDArray[np.float64]) -> list[slice]:
    """Return the stretches of a column of wavelengths between steps back and long steps forward."""
    step = np.diff(wavelength)
    usual = float(np.median(step[step > 0]))
    ends = np.flatnonzero((step <= 0) | (step > _GAP_STEPS * usual)) + 1
    edges = [0, *ends.tolist(), wavelength.size]
    return [slice(start, stop) for start, stop in zip(edges[:-1], edges[1:], strict=True)]


def _from_images(source: Source, context: Context) -> list[RawOrder]:
    images = {
        hdu.name: np.asarray(source.data(i))
        for i, hdu in enumerate(source.hdus)
        if hdu.is_image and hdu.shape
    }
    continuum = images.get("CONT")
    if continuum is not None and continuum.shape != images["SPEC"].shape:
        continuum = None
    sigma, blaze = _errors_and_blaze(images["SPEC"], images.get("SIG"), continuum, context, "extension")
    orders = split_rows(images["WAVE"], images["SPEC"], sigma, blaze=blaze)
    if images["SPEC"].shape[1] != _NIR_PIXELS:
        return orders
    halves = (slice(0, _NIR_PIXELS // 2), slice(_NIR_PIXELS // 2, None))
    return [_part(order, half, 2 * i + j) for i, order in enumerate(orders) for j, half in enumerate(halves)]


def _part(order: RawOrder, pixels: slice, number: int) -> RawOrder:
    sigma = None if order.uncertainty is None else order.uncertainty[pixels]
    blaze = None if order.blaze is None else order.blaze[pixels]
    return RawOrder(order.wavelength[pixels], order.flux[pixels], sigma, None, number, blaze)
