"""IUE MXLO and MXHI: rows of arrays whose wavelengths are given by a start and a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FLUX = ("FLUX", "ABS_CAL", "NET")
_SIGMA = ("SIGMA", "NOISE")


@register_reader("iue", priority=28)
class IueReader:
    """Final-archive spectra of the International Ultraviolet Explorer."""

    description = "IUE MXLO and MXHI: rows of flux with WAVELENGTH and DELTAW as numbers"

    def identify(self, source: Source) -> bool:
        """Return whether a table has start, step and rows of flux."""
        return source.kind == "fits" and _table(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return a spectrum an aperture, or the orders of a high-resolution spectrum."""
        index = _table(source)
        assert index is not None
        data, names = source.data(index), set(source.hdus[index].columns.names)
        flux = next(name for name in _FLUX if name in names)
        raws = [_raw(data, row, names, flux, options) for row in range(len(data))]
        if "ORDER" in names:
            return (make_spectrum(raws, _context(source, index, flux, names, options, is_echelle=True)),)
        return tuple(
            make_spectrum([raw], _context(source, index, flux, names, options, is_echelle=False))
            for raw in raws
        )


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        names = set(hdu.columns.names) if hasattr(hdu, "columns") else set()
        if {"WAVELENGTH", "DELTAW", "QUALITY"} <= names and names & set(_FLUX):
            return index
    return None


def _raw(data: Any, row: int, names: set[str], flux: str, options: ReadOptions) -> RawOrder:
    values = float_array(data[flux][row])
    step = np.arange(values.size, dtype=np.float64)
    wavelength = float(data["WAVELENGTH"][row]) + float(data["DELTAW"][row]) * step
    sigma = next((float_array(data[name][row]) for name in _SIGMA if name in names), None)
    bad = bad_by_rule(np.asarray(data["QUALITY"][row]).ravel(), options)
    order = int(data["ORDER"][row]) if "ORDER" in names else None
    if "NPOINTS" in names and 0 < int(data["NPOINTS"][row]) < values.size:
        wavelength[int(data["NPOINTS"][row]) :] = np.nan
    return RawOrder(wavelength, values, sigma, bad, order)


def _context(
    source: Source, index: int, flux: str, names: set[str], options: ReadOptions, *, is_echelle: bool
) -> Context:
    context = Context(source, source.headers[index], options, "iue", is_echelle=is_echelle)
    context.stated = Stated(
        "Angstrom", "WAVELENGTH and DELTAW", "vacuum", "IUE NEWSIPS manual: wavelengths in vacuum"
    )
    column = source.hdus[index].columns[flux]
    context.flux_unit = flux_unit_text(str(column.unit or ""))
    used = next((name for name in _SIGMA if name in names), "")
    context.uncertainty_source = f"column {used}" if used else ""
    context.meta["instrument"] = "IUE"
    return context
