"""Everything of a spectrum that is not a column (passport, units, meta) as JSON and back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SpectralAxis, VelocityStep
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.io.meta_json import meta_from_json, meta_to_json

_AXIS_FIELDS = ("unit", "medium", "frame", "unit_source", "medium_source", "frame_source")


@dataclasses.dataclass(frozen=True)
class Columns:
    """Columns of one or more orders, one after the other.

    Attributes
    ----------
    wavelength, flux, uncertainty : ndarray, shape (n_pixels,)
        Uncertainty NaN where an order has none.
    mask : ndarray of bool, shape (n_pixels,)
    order : ndarray of int, shape (n_pixels,)
        Index of the order, from 0.
    """

    wavelength: NDArray[np.float64]
    flux: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    mask: NDArray[np.bool_]
    order: NDArray[np.int32]


def columns_of(spectrum: AnySpectrum) -> Columns:
    """Return the columns of a spectrum, orders in ascending wavelength."""
    orders = orders_of(spectrum)
    nothing = [np.full(len(o), np.nan) if o.uncertainty is None else o.uncertainty for o in orders]
    return Columns(
        np.concatenate([o.spectral_axis.values for o in orders]),
        np.concatenate([o.flux for o in orders]),
        np.concatenate(nothing),
        np.concatenate([~o.good for o in orders]),
        np.repeat(np.arange(len(orders), dtype=np.int32), [len(o) for o in orders]),
    )


def passport_to_json(spectrum: AnySpectrum) -> str:
    """Return as JSON what `columns_of` leaves out."""
    content = {
        "format": 1,
        "is_echelle": isinstance(spectrum, EchelleSpectrum),
        "meta": json.loads(meta_to_json(spectrum.meta)),
        "orders": [_order_entry(order) for order in orders_of(spectrum)],
    }
    return json.dumps(content)


def spectrum_from_json(text: str, columns: Columns) -> AnySpectrum:
    """Return the spectrum of columns and JSON.

    Raises
    ------
    ValueError, KeyError, TypeError
        If the text is damaged or does not fit the columns.
    """
    content = json.loads(text)
    orders = [_order(entry, columns, columns.order == i) for i, entry in enumerate(content["orders"])]
    meta = meta_from_json(json.dumps(content["meta"]))
    if content["is_echelle"]:
        return EchelleSpectrum(tuple(orders), meta)
    return orders[0].replace(meta=meta)


def _order_entry(order: Spectrum) -> dict[str, Any]:
    axis = order.spectral_axis
    entry: dict[str, Any] = {name: getattr(axis, name) for name in _AXIS_FIELDS}
    entry["velocity_history"] = [dataclasses.asdict(step) for step in axis.velocity_history]
    entry["flux_unit"] = order.flux_unit
    entry["has_uncertainty"] = order.uncertainty is not None
    entry["meta"] = json.loads(meta_to_json(order.meta))
    return entry


def _order(entry: dict[str, Any], columns: Columns, pixels: NDArray[np.bool_]) -> Spectrum:
    history = tuple(VelocityStep(**step) for step in entry["velocity_history"])
    axis = SpectralAxis(
        columns.wavelength[pixels], **{name: entry[name] for name in _AXIS_FIELDS}, velocity_history=history
    )
    sigma = columns.uncertainty[pixels] if entry["has_uncertainty"] else None
    meta = meta_from_json(json.dumps(entry["meta"]))
    return Spectrum(axis, columns.flux[pixels], sigma, columns.mask[pixels], entry["flux_unit"], meta)
