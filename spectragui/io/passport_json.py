"""Everything of a spectrum that is not a column (passport, units, meta) as JSON and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.spectral_axis import SpectralAxis, VelocityStep, read_only
from spectragui.core.spectrum import CORRELATION, AnySpectrum, EchelleSpectrum, Spectrum, orders_of

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
    blaze : ndarray, shape (n_pixels,), or None
        That came with the orders, NaN in those without; None where none has one.
    """

    wavelength: NDArray[np.float64]
    flux: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    mask: NDArray[np.bool_]
    order: NDArray[np.int32]
    blaze: NDArray[np.float64] | None = None

    def of_order(self, index: int) -> Columns:
        """Return the columns of one order."""
        pixels = self.order == index
        return Columns(
            self.wavelength[pixels],
            self.flux[pixels],
            self.uncertainty[pixels],
            self.mask[pixels],
            self.order[pixels],
            None if self.blaze is None else self.blaze[pixels],
        )

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """Return the columns of some orders one after the other."""
        return cls(
            np.concatenate([part.wavelength for part in parts]),
            np.concatenate([part.flux for part in parts]),
            np.concatenate([part.uncertainty for part in parts]),
            np.concatenate([part.mask for part in parts]),
            np.concatenate([part.order for part in parts]),
            _joined_blaze([(part.blaze, part.flux.size) for part in parts]),
        )


def _joined_blaze(parts: Sequence[tuple[Any, int]]) -> NDArray[np.float64] | None:
    if all(blaze is None for blaze, _ in parts):
        return None
    return np.concatenate([np.full(size, np.nan) if blaze is None else blaze for blaze, size in parts])


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
        _joined_blaze([(o.meta.get("blaze"), len(o)) for o in orders]),
    )


def correlation_of(spectrum: AnySpectrum) -> NDArray[np.float32] | None:
    """Return what the errors of all orders' pixels have in common, one order after the other.

    Returns
    -------
    ndarray, shape (n_pixels, n_components), or None
        None where an order has nothing of the kind.
    """
    orders = orders_of(spectrum)
    rows = [order.meta[CORRELATION] for order in orders if CORRELATION in order.meta]
    if len(rows) < len(orders) or len({row.shape[1] for row in rows}) != 1:
        return None
    return np.concatenate(rows).astype(np.float32)


def with_correlation(spectrum: AnySpectrum, rows: NDArray[Any] | None) -> AnySpectrum:
    """Return a spectrum with what `correlation_of` gave, where that fits its pixels."""
    orders = orders_of(spectrum)
    if rows is None or rows.ndim != 2 or len(rows) != sum(map(len, orders)):
        return spectrum
    ends = np.cumsum([len(order) for order in orders])[:-1]
    parts = np.split(np.asarray(rows), ends)
    marked = tuple(
        order.with_meta(**{CORRELATION: read_only(part)}) for order, part in zip(orders, parts, strict=True)
    )
    return spectrum.replace(orders=marked) if isinstance(spectrum, EchelleSpectrum) else marked[0]


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
    orders = [_order(entry, columns.of_order(i)) for i, entry in enumerate(content["orders"])]
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


def _order(entry: dict[str, Any], columns: Columns) -> Spectrum:
    history = tuple(VelocityStep(**step) for step in entry["velocity_history"])
    axis = SpectralAxis(
        columns.wavelength, **{name: entry[name] for name in _AXIS_FIELDS}, velocity_history=history
    )
    sigma = columns.uncertainty if entry["has_uncertainty"] else None
    meta = meta_from_json(json.dumps(entry["meta"]))
    if columns.blaze is not None and np.isfinite(columns.blaze).any():
        meta["blaze"] = read_only(columns.blaze)
    return Spectrum(axis, columns.flux, sigma, columns.mask, entry["flux_unit"], meta)


def meta_to_json(meta: Mapping[str, Any]) -> str:
    """Return ``meta`` as one line of ASCII JSON; entries that JSON cannot hold are left out."""
    kept = {key: _encoded(value) for key, value in meta.items() if _can_be_kept(value)}
    return json.dumps(kept)


def meta_from_json(text: str) -> dict[str, Any]:
    """Return the ``meta`` that `meta_to_json` wrote.

    Raises
    ------
    ValueError
        If the text is damaged.
    """
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("the stored meta is no mapping")
    return {key: _decoded(value) for key, value in values.items()}


def _can_be_kept(value: Any) -> bool:
    if value is None or isinstance(value, (bool, int, float, str, np.generic, LabelSet)):
        return True
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _can_be_kept(item) for key, item in value.items())
    return isinstance(value, (tuple, list)) and all(map(_can_be_kept, value))


def _encoded(value: Any) -> Any:
    if isinstance(value, LabelSet):
        return {"__labels__": dict(value.values), "errors": dict(value.errors)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return {"__tuple__": [_encoded(item) for item in value]}
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _encoded(item) for key, item in value.items()}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if isinstance(value, dict) and "__tuple__" in value:
        return tuple(_decoded(item) for item in value["__tuple__"])
    if isinstance(value, dict) and "__labels__" in value:
        return LabelSet(value["__labels__"], value["errors"])
    if isinstance(value, dict):
        return {key: _decoded(item) for key, item in value.items()}
    return value
