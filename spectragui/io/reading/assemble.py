"""Make clean spectra of raw columns: sorted wavelengths, checked flux, 1-sigma errors, notes.

Readers find the columns; everything that must hold for every spectrum is done here, once.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoised import DENOISED
from spectragui.core.errors import ReadError
from spectragui.core.spectral_axis import SpectralAxis, read_only
from spectragui.core.spectrum import BLAZE_KEYS, AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import InstrumentFacts, instrument_facts
from spectragui.io.headers.velocity_keywords import barycentric_velocity, star_velocity, velocity_cards
from spectragui.io.reading.axis_passport import find_passport
from spectragui.io.reading.axis_unit import AxisUnit, find_axis_unit, is_plausible
from spectragui.io.reading.blaze_images import usable_blaze, why_no_blaze
from spectragui.io.reading.clean_order import bad_pixels, clean_order, usable_sigma
from spectragui.io.reading.error_files import with_sigma_beside
from spectragui.io.reading.flux_units import is_calibrated
from spectragui.io.reading.gaia_sampling import with_gaia_kind
from spectragui.io.reading.iodine import iodine_cell
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.resolving_power import find_resolving_power
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.unit_clues import text_units, unit_clue

_MIN_PIXELS = 8
_PADDING = 1e20


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
    blaze_source : str
        Where the orders' blaze was read ("extension CONT").
    blaze_kind : {"file", "companion"}
    meta : dict
        More entries of ``meta``.
    notes : list of str
        What was repaired or assumed, in sentences.
    is_echelle : bool
        Whether one order alone stays an `EchelleSpectrum`.
    has_blaze : bool or None
        Whether the orders still hold their blaze; None = the file does not say.
    simulated_source : str
        What says that the spectrum is simulated; empty = nothing does.
    """

    source: Source
    header: Header
    options: ReadOptions
    reader: str
    stated: Stated = dataclasses.field(default_factory=Stated)
    product: str = ""
    flux_unit: str = ""
    uncertainty_source: str = ""
    blaze_source: str = ""
    blaze_kind: str = "file"
    meta: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)
    is_echelle: bool = False
    has_blaze: bool | None = None
    simulated_source: str = ""

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
    if len(raws) == 1:
        context.header = with_gaia_kind(context.header, raws[0].wavelength)
    facts = instrument_facts(context.header, context.product)
    if not context.uncertainty_source and all(raw.uncertainty is None for raw in raws):
        raws, context.uncertainty_source = with_sigma_beside(context.source, raws)
    unit = _unit(raws, context, facts)
    raws = [dataclasses.replace(raw, wavelength=_wavelengths(raw, unit)) for raw in raws]
    pieces = [piece for raw in raws for piece in _clean(raw, context)]
    pieces = [piece for piece in pieces if piece.flux.size >= _MIN_PIXELS]
    if not pieces:
        raise context.source.error(
            f"no pixel has both a wavelength and a flux (fewer than {_MIN_PIXELS} are left).",
            "Choose other columns with --wavelength-column and --flux-column.",
        )
    _check_flux(pieces, context)
    pieces = _with_checked_blaze(pieces, context)
    passport = _passport(pieces, unit, context, facts)
    orders = _drop_empty_orders([_order(piece, context, passport) for piece in pieces], context)
    meta = _meta(orders, context, facts)
    if len(orders) == 1 and not context.is_echelle:
        return orders[0].replace(meta={**meta, **orders[0].meta})
    keys = (
        "resolving_power",
        "resolving_power_source",
        "file",
        "object",
        "normalised",
        "simulated",
        "simulated_source",
        DENOISED,
        "has_blaze",
        "reader",
        "uncertainty_source",
        *BLAZE_KEYS,
    )
    shared = {key: meta[key] for key in keys if key in meta}
    return EchelleSpectrum(tuple(o.replace(meta={**shared, **o.meta}) for o in orders), meta)


def _unit(raws: list[RawOrder], context: Context, facts: InstrumentFacts) -> AxisUnit:
    """Return the unit of the numbers that stand for wavelengths in the file."""
    ends: list[float] = []
    for raw in raws:
        numbers = float_array(raw.wavelength)
        # Padding is zeros, negative or huge; logarithms of microns may be negative.
        numbers = numbers[np.isfinite(numbers) & (numbers != 0) & (np.abs(numbers) < _PADDING)]
        positive = numbers[numbers > 0]
        numbers = positive if positive.size > 0.5 * numbers.size else numbers
        ends.extend((float(numbers.min()), float(numbers.max())) if numbers.size else ())
    if not ends:
        raise context.source.error(
            "no pixel has a wavelength.", "Choose another column with --wavelength-column."
        )
    extent = np.array([min(ends), max(ends)])
    _use_text(extent, context)
    clue = unit_clue(context.header, facts, raws)
    return find_axis_unit(extent, context.stated, context.options, context.source.name, clue)


def _use_text(extent: NDArray[np.float64], context: Context) -> None:
    """Let HISTORY and COMMENT cards say the unit, where the layout says none."""
    if context.options.unit or context.stated.unit or context.stated.odd_unit:
        return
    said, where = text_units(context.header)
    if len(said) == 1 and is_plausible(extent, said[0]):
        context.stated = dataclasses.replace(context.stated, unit=said[0], unit_source=where)


def _wavelengths(raw: RawOrder, unit: AxisUnit) -> NDArray[np.float64]:
    return unit.wavelengths(float_array(raw.wavelength)) if unit.logarithm else raw.wavelength


def _clean(raw: RawOrder, context: Context) -> list[RawOrder]:
    try:
        return clean_order(raw, context.note)
    except ReadError as error:
        raise context.source.error(error.message, error.hint) from error


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


def _with_checked_blaze(pieces: list[RawOrder], context: Context) -> list[RawOrder]:
    """Return the orders with their blaze if it is one, else without it and with a note."""
    if not any(piece.blaze is not None for piece in pieces):
        return pieces
    pieces = [
        dataclasses.replace(p, blaze=None if p.blaze is None else usable_blaze(p.blaze)) for p in pieces
    ]
    if context.has_blaze is False:
        return pieces
    reason = why_no_blaze(pieces)
    if not reason:
        context.has_blaze = True
        context.note(f"The blaze is still in the flux; it is known: {context.blaze_source}.")
        return pieces
    context.note(f"The blaze of {context.blaze_source} is not used: {reason}.")
    context.blaze_source = ""
    return [dataclasses.replace(piece, blaze=None) for piece in pieces]


def _passport(
    pieces: list[RawOrder], unit: AxisUnit, context: Context, facts: InstrumentFacts
) -> dict[str, Any]:
    """Return unit, medium and frame, the same for all orders."""
    ends = [end for piece in pieces for end in (piece.wavelength[0], piece.wavelength[-1])]
    extent = np.array([min(ends), max(ends)])
    name = context.source.name
    return find_passport(extent, unit, context.stated, context.header, facts, context.options, name)


def _order(raw: RawOrder, context: Context, passport: dict[str, Any]) -> Spectrum:
    axis = SpectralAxis(raw.wavelength, **passport)
    mask, sigma = bad_pixels(raw, context.note), usable_sigma(raw, context.note)
    meta: dict[str, Any] = {} if raw.order is None else {"order": int(raw.order)}
    if raw.blaze is not None:
        meta["blaze"] = read_only(raw.blaze)
    spectrum = Spectrum(axis, raw.flux, sigma, mask, context.flux_unit, meta)
    if axis.unit == "Angstrom":
        return spectrum
    spectrum = spectrum.in_angstrom()
    said = f"{axis.unit_source}; converted from {axis.unit}"
    return spectrum.replace(spectral_axis=spectrum.spectral_axis.replace(unit_source=said))


def _drop_empty_orders(orders: list[Spectrum], context: Context) -> list[Spectrum]:
    full = [order for order in orders if order.good.any()]
    if not full:
        raise context.source.error(
            "every pixel is masked or has no valid uncertainty.",
            "Choose other columns with --flux-column and --error-column, or say --mask-rule none.",
        )
    if len(full) < len(orders):
        context.note(f"{len(orders) - len(full)} orders without a usable pixel were left out.")
    return full


def _meta(orders: list[Spectrum], context: Context, facts: InstrumentFacts) -> dict[str, Any]:
    header, source = context.header, context.source
    meta: dict[str, Any] = {
        "file": str(source.path),
        "file_sha256": source.sha256,
        "reader": context.reader,
    }
    name = _object_name(header)
    instrument = facts.name or header.text("INSTRUME", "INSTRUMENT")
    entries = {"object": name, "instrument": instrument, "product": context.product}
    meta.update({key: value for key, value in entries.items() if value})
    meta.update(find_resolving_power(header, orders, facts))
    meta.update(_velocities(header))
    if any(order.uncertainty is not None for order in orders) and context.uncertainty_source:
        meta["uncertainty_source"] = context.uncertainty_source
    if any("blaze" in order.meta for order in orders):
        meta.update(blaze_source=context.blaze_source, blaze_kind=context.blaze_kind)
    iodine = iodine_cell(header)
    if iodine:
        meta["iodine_cell"] = True
        context.note(f"The iodine cell was in the beam ({iodine}): its lines lie in 4980-6200 A.")
    if header.get("SIMULATE") is True:
        meta.update(simulated=True, simulated_source="SIMULATE = True")
    elif context.simulated_source:
        meta.update(simulated=True, simulated_source=context.simulated_source)
    if header.text(DENOISED.upper()):
        meta[DENOISED] = header.text(DENOISED.upper())
    meta.update(context.meta)
    meta.update(_blaze(context, meta))
    meta["header"] = list(header.cards)
    meta["notes"] = tuple(dict.fromkeys((*context.notes, *(_as_sentence(n) for n in source.notes))))
    return meta


def _blaze(context: Context, meta: dict[str, Any]) -> dict[str, bool]:
    """Return whether a blaze is in the flux, where it is known: none is in normalised or calibrated flux."""
    if context.has_blaze is not None:
        return {"has_blaze": context.has_blaze}
    is_free = bool(meta.get("normalised")) or is_calibrated(context.flux_unit)
    return {"has_blaze": False} if is_free else {}


def _object_name(header: Header) -> str:
    name = header.text(
        "OBJECT", "ESO OBS TARG NAME", "OHP TARG NAME", "TNG OBS TARG NAME", "OBJNAME", "TARGNAME", "TARGET",
        "DESIG", "OBJID", "OBJ_NAME", "TARGET NAME",
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
