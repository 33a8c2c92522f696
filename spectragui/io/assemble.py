"""Make clean spectra of raw columns: sorted wavelengths, checked flux, 1-sigma errors, notes.

Readers find the columns; everything that must hold for every spectrum is done here, once.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.io.axis_passport import Stated, make_axis
from spectragui.io.fits_header import Header
from spectragui.io.instrument_facts import InstrumentFacts, instrument_facts
from spectragui.io.read_options import ReadOptions
from spectragui.io.resolving_power import find_resolving_power
from spectragui.io.source import Source
from spectragui.io.velocity_keywords import barycentric_velocity, star_velocity, velocity_cards

_MIN_PIXELS = 8
_MIN_ORDER_PIXELS = 32  # a run of ascending wavelengths shorter than this is no order
_ZERO_RUN = 12  # as many exact zeros in a row are padding, not flux


@dataclasses.dataclass
class RawOrder:
    """Columns of one order as a reader found them.

    Attributes
    ----------
    wavelength, flux : ndarray, shape (n_pixels,)
        In the file's own unit and order.
    uncertainty : ndarray, shape (n_pixels,), or None
        1 sigma.
    mask : ndarray of bool, shape (n_pixels,), or None
        True = ignore.
    order : int or None
        Physical or running number.
    """

    wavelength: NDArray[Any]
    flux: NDArray[Any]
    uncertainty: NDArray[Any] | None = None
    mask: NDArray[Any] | None = None
    order: int | None = None


@dataclasses.dataclass
class Context:
    """What holds for the whole spectrum: where it comes from and what the file says of it.

    Attributes
    ----------
    source, header, options
    reader : str
        Registered name of the reader.
    stated : Stated
        What the layout of the file says of unit, medium and frame.
    product : str
        Kind of product, for the instrument table ("s1d").
    flux_unit : str
    uncertainty_source : str
        Where the uncertainty was read.
    meta : dict
        More entries of ``meta``.
    notes : list of str
        What was repaired or assumed, in sentences.
    is_echelle : bool
        Whether one order alone stays an `EchelleSpectrum`.
    """

    source: Source
    header: Header
    options: ReadOptions
    reader: str
    stated: Stated = dataclasses.field(default_factory=Stated)
    product: str = ""
    flux_unit: str = ""
    uncertainty_source: str = ""
    meta: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    is_echelle: bool = False

    def note(self, sentence: str) -> None:
        """Add a note, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)


def make_spectrum(raws: list[RawOrder], context: Context) -> AnySpectrum:
    """Make one spectrum of the orders that a reader found.

    Raises
    ------
    ReadError
        If nothing usable is left.
    """
    facts = instrument_facts(context.header, context.product)
    pieces = [piece for raw in raws for piece in _clean(raw, context)]
    pieces = [piece for piece in pieces if piece.flux.size >= _MIN_PIXELS]
    if not pieces:
        raise context.source.error(
            f"no pixel has both a wavelength and a flux (fewer than {_MIN_PIXELS} are left).",
            "Choose other columns with --wavelength-column and --flux-column.",
        )
    _check_flux(pieces, context)
    orders = _drop_empty_orders([_order(piece, context, facts) for piece in pieces], context)
    meta = _meta(orders, context, facts)
    if len(orders) == 1 and not context.is_echelle:
        return orders[0].replace(meta={**meta, **orders[0].meta})
    keys = (
        "resolving_power",
        "resolving_power_source",
        "file",
        "object",
        "normalised",
        "reader",
        "uncertainty_source",
    )
    shared = {key: meta[key] for key in keys if key in meta}
    return EchelleSpectrum(tuple(o.replace(meta={**shared, **o.meta}) for o in orders), meta)


def split_rows(
    wavelength: NDArray[Any],
    flux: NDArray[Any],
    sigma: NDArray[Any] | None = None,
    mask: NDArray[Any] | None = None,
) -> list[RawOrder]:
    """Return one raw order a row; all arrays of n_orders x n_pixels, the last two may be flat."""
    shape = flux.shape
    sigma = None if sigma is None else sigma.reshape(shape)
    mask = None if mask is None else mask.reshape(shape)
    return [
        RawOrder(
            wavelength[row],
            flux[row],
            None if sigma is None else sigma[row],
            None if mask is None else mask[row],
            row,
        )
        for row in range(shape[0])
    ]


def float_array(values: Any) -> NDArray[np.float64]:
    """Return values as a flat float64 array in native byte order; masked entries become NaN."""
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    return np.ascontiguousarray(np.asarray(values).astype(np.float64)).ravel()


def sigma_from_variance(variance: Any) -> NDArray[np.float64]:
    """Return sqrt(variance); NaN where the variance is not positive."""
    values = float_array(variance)
    with np.errstate(invalid="ignore"):
        return np.where(values > 0, np.sqrt(np.abs(values)), np.nan)


def sigma_from_ivar(ivar: Any) -> NDArray[np.float64]:
    """Return 1 / sqrt(inverse variance); NaN where it is not positive (no information)."""
    values = float_array(ivar)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, 1.0 / np.sqrt(np.abs(values)), np.nan)


def _clean(raw: RawOrder, context: Context) -> list[RawOrder]:
    """Return ascending pieces of one order: usually one, more where order ends lie in one column."""
    wavelength, flux = float_array(raw.wavelength), float_array(raw.flux)
    if wavelength.size != flux.size:
        raise context.source.error(
            f"there are {wavelength.size} wavelengths for {flux.size} fluxes.",
            "Choose other columns with --wavelength-column and --flux-column.",
        )
    mask = np.zeros(flux.size, bool) if raw.mask is None else np.asarray(raw.mask, bool).ravel()
    sigma = None if raw.uncertainty is None else float_array(raw.uncertainty)
    good = np.isfinite(wavelength) & (wavelength > 0)
    piece = RawOrder(wavelength, flux, sigma, mask, raw.order)
    if not good.all():
        context.note(f"{np.count_nonzero(~good)} pixels without a wavelength were left out.")
        piece = _take(piece, good)
    return _ascending(piece, context)


def _take(raw: RawOrder, pixels: Any) -> RawOrder:
    sigma = None if raw.uncertainty is None else raw.uncertainty[pixels]
    mask = None if raw.mask is None else raw.mask[pixels]
    return RawOrder(raw.wavelength[pixels], raw.flux[pixels], sigma, mask, raw.order)


def _ascending(raw: RawOrder, context: Context) -> list[RawOrder]:
    step = np.diff(raw.wavelength)
    if np.all(step > 0):
        return [raw]
    if np.all(step < 0):
        return [_take(raw, slice(None, None, -1))]
    if np.count_nonzero(step < 0) > step.size / 2:
        raw = _take(raw, slice(None, None, -1))
        context.note("The wavelengths were descending and were reversed.")
        step = np.diff(raw.wavelength)
    ends = np.flatnonzero(step < 0) + 1
    pieces = np.split(np.arange(raw.wavelength.size), ends)
    if len(pieces) > 1 and min(map(len, pieces)) >= _MIN_ORDER_PIXELS:
        context.note(
            f"The wavelengths jump back {len(ends)} times: taken for the ends of {len(pieces)} orders."
        )
        return [_without_duplicates(_take(raw, piece), context) for piece in pieces]
    if len(pieces) > 1:
        context.note(f"The wavelengths were not ascending ({len(ends)} steps back) and were sorted.")
        raw = _take(raw, np.argsort(raw.wavelength, kind="stable"))
    return [_without_duplicates(raw, context)]


def _without_duplicates(raw: RawOrder, context: Context) -> RawOrder:
    keep = np.concatenate([[True], np.diff(raw.wavelength) > 0])
    if keep.all():
        return raw
    context.note(f"{np.count_nonzero(~keep)} pixels that repeat a wavelength were left out.")
    return _take(raw, keep)


def _check_flux(pieces: list[RawOrder], context: Context) -> None:
    flux = np.concatenate([piece.flux for piece in pieces])
    finite = flux[np.isfinite(flux)]
    if finite.size < _MIN_PIXELS:
        raise context.source.error(
            "every flux is NaN or infinite.", "Choose another flux with --flux-column or --extension."
        )
    if np.ptp(finite) == 0:
        raise context.source.error(
            f"the flux is constant ({finite[0]:g} in every pixel).",
            "Choose another flux with --flux-column or --extension.",
        )


def _order(raw: RawOrder, context: Context, facts: InstrumentFacts) -> Spectrum:
    axis = make_axis(
        raw.wavelength, context.stated, context.header, facts, context.options, context.source.name
    )
    mask = _bad_pixels(raw, context)
    sigma = _usable_sigma(raw, context)
    meta = {} if raw.order is None else {"order": int(raw.order)}
    spectrum = Spectrum(axis, raw.flux, sigma, mask, context.flux_unit, meta)
    if axis.unit == "Angstrom":
        return spectrum
    spectrum = spectrum.in_angstrom()
    said = f"{axis.unit_source}; converted from {axis.unit}"
    return spectrum.replace(spectral_axis=spectrum.spectral_axis.replace(unit_source=said))


def _bad_pixels(raw: RawOrder, context: Context) -> NDArray[np.bool_]:
    mask = ~np.isfinite(raw.flux)
    if raw.mask is not None:
        mask |= raw.mask
    padding = _long_runs(raw.flux == 0.0, _ZERO_RUN)
    if padding.any():
        context.note("Long runs of pixels with a flux of exactly zero are masked: they hold no data.")
    return mask | padding


def _long_runs(flags: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Return ``flags`` without its runs of True that are shorter than ``length``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    result = np.zeros(flags.size, bool)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start >= length:
            result[start:stop] = True
    return result


def _usable_sigma(raw: RawOrder, context: Context) -> NDArray[np.float64] | None:
    sigma = raw.uncertainty
    if sigma is None:
        return None
    with np.errstate(invalid="ignore"):
        bad = ~(np.isfinite(sigma) & (sigma > 0))
    bad_with_flux = int(np.count_nonzero(bad & np.isfinite(raw.flux)))
    if bad.all():
        context.note("No pixel has a positive uncertainty: the uncertainties were ignored.")
        return None
    if bad_with_flux:
        context.note("Pixels whose uncertainty is zero, negative or not finite are masked.")
    return sigma


def _drop_empty_orders(orders: list[Spectrum], context: Context) -> list[Spectrum]:
    full = [order for order in orders if order.good.any()]
    if not full:
        raise context.source.error(
            "every pixel is masked or has no valid uncertainty.",
            "Choose other columns with --flux-column and --error-column.",
        )
    if len(full) < len(orders):
        context.note(f"{len(orders) - len(full)} orders without a usable pixel were left out.")
    return full


def _meta(orders: list[Spectrum], context: Context, facts: InstrumentFacts) -> dict[str, Any]:
    header, source = context.header, context.source
    meta: dict[str, Any] = {"file": str(source.path), "reader": context.reader}
    name = _object_name(header)
    instrument = facts.name or header.text("INSTRUME", "INSTRUMENT")
    entries = {"object": name, "instrument": instrument, "product": context.product}
    meta.update({key: value for key, value in entries.items() if value})
    meta.update(find_resolving_power(header, orders, facts))
    meta.update(_velocities(header))
    if any(order.uncertainty is not None for order in orders) and context.uncertainty_source:
        meta["uncertainty_source"] = context.uncertainty_source
    meta.update(context.meta)
    meta["header"] = list(header.cards)
    meta["notes"] = tuple(dict.fromkeys((*context.notes, *(_as_sentence(n) for n in source.notes))))
    return meta


def _object_name(header: Header) -> str:
    name = header.text(
        "OBJECT", "ESO OBS TARG NAME", "OHP TARG NAME", "TNG OBS TARG NAME", "OBJNAME", "TARGNAME", "TARGET",
        "DESIG", "OBJID", "OBJ_NAME",
    )  # fmt: skip
    return "" if name.strip("'* ") == "" else name


def _velocities(header: Header) -> dict[str, Any]:
    found: dict[str, Any] = {}
    velocity, source = star_velocity(header)
    if math.isfinite(velocity):
        found.update(v_rad_kms=velocity, v_rad_source=source)
    velocity, source = barycentric_velocity(header)
    if math.isfinite(velocity):
        found.update(berv_kms=velocity, berv_source=source)
    cards = velocity_cards(header)
    if cards:
        found["velocity_keywords"] = cards
    return found


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
