"""ECSV: columns with units, and a passport where SpectraGUI wrote the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spectragui.core.errors import first_sentence
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.passport_json import Columns
from spectragui.io.readers.fits_table import spectra_of_table
from spectragui.io.readers.own_files import rebuild
from spectragui.io.reading.assemble import Context
from spectragui.io.reading.column_names import Column, choose_columns
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source


@register_reader("ecsv", priority=80)
class EcsvReader:
    """A table in astropy's enhanced CSV."""

    description = "ECSV table with columns of wavelength and flux"

    def identify(self, source: Source) -> bool:
        """Return whether the text begins as ECSV does."""
        return source.kind == "text" and source.head.lstrip().startswith(b"# %ECSV")

    def read(self, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
        """Return the spectrum of the table."""
        table = _read_table(source)
        passport = table.meta.get("spectragui_passport")
        if isinstance(passport, str) and {"wave", "flux", "err", "mask"} <= set(table.colnames):
            rows = np.asarray(table["correlation"], np.float64) if "correlation" in table.colnames else None
            return (rebuild(passport, _own_columns(table), source, options, _cards(table), rows),)
        columns = [Column(name, str(table[name].unit or "")) for name in table.colnames]
        chosen = choose_columns(columns, options, source)
        header = Header(_cards(table))
        context = Context(source, header, options, "ecsv")
        return spectra_of_table(lambda n: _filled(table.columns[n]), len(table), columns, chosen, context)


def _filled(column: Any) -> Any:
    """Return a column's values, NaN where a number is missing."""
    is_float = hasattr(column, "filled") and column.dtype.kind == "f"
    return column.filled(np.nan) if is_float else np.asarray(column)


def _read_table(source: Source) -> Any:
    from astropy.table import Table

    with source.catching_warnings():
        try:
            return Table.read(source.text.splitlines(), format="ascii.ecsv")
        except (ValueError, TypeError, KeyError, IndexError, OSError) as error:
            raise source.error(
                f"the ECSV table is damaged ({first_sentence(error)}).", "Write or download it again.", error
            ) from error


def _cards(table: Any) -> list[tuple[str, Any, str]]:
    scalars = {str(key): value for key, value in table.meta.items() if np.isscalar(value)}
    return [(key.upper(), value, "") for key, value in scalars.items() if key != "spectragui_passport"]


def _own_columns(table: Any) -> Columns:
    order = table["order"] if "order" in table.colnames else np.zeros(len(table))
    return Columns(
        np.asarray(table["wave"], dtype=np.float64),
        np.asarray(np.ma.filled(table["flux"], np.nan), dtype=np.float64),
        np.asarray(np.ma.filled(table["err"], np.nan), dtype=np.float64),
        np.asarray(table["mask"], dtype=bool),
        np.asarray(order, dtype=np.int32),
        np.asarray(np.ma.filled(table["blaze"], np.nan), dtype=np.float64)
        if "blaze" in table.colnames
        else None,
    )
