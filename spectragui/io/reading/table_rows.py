"""Tables with a spectrum a row: many objects, made when they are asked for, or orders of one."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spectragui.core.numerics import median_snr
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.column_names import Column
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.spectrum_list import SpectrumEntry, SpectrumList

# What calls an object by name, the best first.
_NAMES = (r"obj(ect)?_?(name)?$", r"(target|star|source)_?(name|id)?$", r"(main_)?name$", r".*_id$|id$|.*id$")
_LEAST_FLUXES = 8
_IN_ANGSTROM = {"Angstrom": 1.0, "nm": 10.0, "um": 1e4, "m": 1e10}

RawOfRow = Callable[[int], RawOrder]


def spectra_of_rows(
    n_rows: int, raw: RawOfRow, context: Context, names: Sequence[str] = ()
) -> Sequence[AnySpectrum]:
    """Return rows as spectra of their own where they cover the same range, else as orders of one.

    Parameters
    ----------
    n_rows : int
    raw : callable
        Gives the row of a number.
    context : Context
    names : sequence of str
        What the table calls its rows; empty where it does not.
    """
    if n_rows == 1:
        return (make_spectrum([raw(0)], context),)
    ranges = [_range(raw(row)) for row in range(n_rows)]
    if _spread(ranges):
        return (make_spectrum([raw(row) for row in range(n_rows)], context),)
    lit = [row for row in range(n_rows) if _has_flux(raw(row))] or list(range(n_rows))

    def make(index: int) -> AnySpectrum:
        # Each has a context of its own: notes are about one spectrum.
        row = lit[index]
        meta = {**context.meta, **({"object": names[row], "identifier": names[row]} if names else {})}
        own = dataclasses.replace(context, notes=list(context.notes), meta=meta)
        return make_spectrum([raw(row)], own)

    factor = _IN_ANGSTROM.get(context.stated.unit, math.nan)
    entries = []
    for index, row in enumerate(lit):
        low, high = (factor * end for end in ranges[row])
        name = names[row] if names else f"row {row + 1}"
        identifier = names[row] if names else ""
        entries.append(SpectrumEntry(index, name, _snr(raw(row)), (low, high), identifier))
    return SpectrumList(entries, make)


def are_arms(raws: Sequence[RawOrder]) -> bool:
    """Return whether spectra begin at places of their own: parts of one rather than several objects."""
    return _spread([_range(raw) for raw in raws])


def _spread(ranges: Sequence[tuple[float, float]]) -> bool:
    starts, ends = np.array(ranges).T
    return not np.nanmax(starts) - np.nanmin(starts) < 0.2 * np.nanmedian(ends - starts)


def row_names(field: Callable[[int], Any], columns: Sequence[Column], n_rows: int) -> tuple[str, ...]:
    """Return what a table calls its rows; empty where no column tells."""
    for pattern in _NAMES:
        for number, column in enumerate(columns):
            if not re.match(pattern, column.name.strip().lower()):
                continue
            values = np.asarray(field(number))
            if values.ndim == 1 and values.dtype.kind in "SUiu" and len(set(values.tolist())) > 1:
                return tuple(_text(value) for value in values.tolist()[:n_rows])
    return ()


def _text(value: Any) -> str:
    return value.decode("latin-1").strip() if isinstance(value, bytes) else str(value).strip()


def _range(raw: RawOrder) -> tuple[float, float]:
    values = float_array(raw.wavelength)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (math.nan, math.nan)


def _has_flux(raw: RawOrder) -> bool:
    flux = float_array(raw.flux)
    finite = flux[np.isfinite(flux)]
    return finite.size >= _LEAST_FLUXES and bool(np.ptp(finite) > 0)


def _snr(raw: RawOrder) -> float:
    if raw.uncertainty is None:
        return math.nan
    return median_snr(float_array(raw.flux), float_array(raw.uncertainty))
