"""PyReduce and REDUCE: one row of arrays orders x pixels, and which columns of each order are valid."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.readers.fits_table import table_columns
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.column_names import Columns
from spectragui.io.reading.column_units import stated_by_column
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source


@register_reader("pyreduce", priority=37)
class PyReduceReader:
    """Echelle orders as PyReduce writes them (.ech)."""

    description = "PyReduce and REDUCE (.ech): arrays SPEC, SIG, CONT, WAVE of orders x pixels, valid COLUMNS"

    def identify(self, source: Source) -> bool:
        """Return whether a table has arrays of spectra and wavelengths, orders x pixels."""
        return source.kind == "fits" and _table(source) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one echelle spectrum of the file."""
        index = _table(source)
        assert index is not None
        columns, row = table_columns(source, index), source.data(index)[0]
        names = [column.name.upper() for column in columns]
        context = Context(
            source, source.headers[index], options, "pyreduce", product="orders", is_echelle=True
        )
        context.stated = stated_by_column(columns, Columns(names.index("WAVE"), names.index("SPEC")))
        flux = np.asarray(row["SPEC"], dtype=np.float64)
        sigma = np.asarray(row["SIG"], dtype=np.float64) if "SIG" in names else None
        context.uncertainty_source = "" if sigma is None else "column SIG"
        mask = None
        if "COLUMNS" in names:
            ends = np.asarray(row["COLUMNS"]).reshape((-1, 2))
            if len(ends) == len(flux):
                place = np.arange(flux.shape[1])
                mask = (place < ends[:, :1]) | (place >= ends[:, 1:])
                context.note("Pixels outside the valid columns of their order are masked (COLUMNS).")
        return (make_spectrum(split_rows(np.asarray(row["WAVE"]), flux, sigma, mask), context),)


def _table(source: Source) -> int | None:
    for index, hdu in enumerate(source.hdus):
        names = {name.upper() for name in hdu.columns.names} if hasattr(hdu, "columns") else set()
        if {"SPEC", "WAVE", "COLUMNS"} <= names and len(source.data(index)) == 1:
            row = source.data(index)[0]
            shapes = {np.asarray(row[name]).shape for name in ("SPEC", "WAVE")}
            if len(shapes) == 1 and len(shapes.pop()) == 2:
                return index
    return None
