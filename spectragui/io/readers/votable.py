"""VOTable: spectra of the virtual observatory, by names, units and UCDs of their fields."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from spectragui.core.errors import first_sentence
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.readers.fits_table import spectra_of_table
from spectragui.io.reading.assemble import Context
from spectragui.io.reading.column_names import Column, choose_columns, find_flux, find_wavelength
from spectragui.io.reading.gaia_tables import is_of_sources, rows_of_table, spectra_of_sources
from spectragui.io.reading.limits import TooLargeError
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source, library_errors
from spectragui.io.reading.xml_check import ForeignFileError, check_votable


@register_reader("votable", priority=70)
class VOTableReader:
    """A spectrum as a VOTable."""

    description = "VOTable with fields of wavelength and flux"

    def identify(self, source: Source) -> bool:
        """Return whether the text begins as a VOTable does."""
        return source.kind == "text" and b"<VOTABLE" in source.head

    def read(self, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
        """Return the spectra of all tables that hold any."""
        tables = _tables(source)
        for table in tables:
            if is_of_sources(column.name for column in _columns(table)) and table.params:
                return _sources(table, source, options)
        found: list[AnySpectrum] = []
        for table in tables:
            columns = _columns(table)
            told = options.wavelength_column and options.flux_column
            if told or (find_wavelength(columns) is not None and find_flux(columns) is not None):
                spectra = _read_table(table, columns, source, options)
                if len(tables) == 1 or len(spectra) > 1:
                    return spectra
                found.extend(spectra)
        if found:
            return tuple(found)
        names = ", ".join(column.name for table in tables for column in _columns(table)[:8])
        raise source.error(
            f"no field of this VOTable tells to be wavelength and flux ({names or 'it has none'}).",
            "Name them with --wavelength-column and --flux-column.",
        )


def _sources(table: Any, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
    """Return the spectra of GaiaXPy: a source a row, the sampling as a PARAM."""
    params = {str(param.name).lower(): param for param in table.params}
    param = params.get("sampling")
    told = None if param is None else np.asarray(param.value, dtype=np.float64).ravel()
    names = [str(field.name or field.ID) for field in table.fields]
    rows = rows_of_table(table.array, names)
    return spectra_of_sources(rows, (told, "PARAM sampling"), source, options, "votable")


def _tables(source: Source) -> list[Any]:
    with source.catching_warnings():
        from astropy.io import votable

        try:
            content = source.text.encode()
            check_votable(content, source.limits)
            document = votable.parse(io.BytesIO(content), verify="ignore")
            return [table for table in document.iter_tables() if len(table.fields)]
        except ForeignFileError as error:
            raise source.error(f"{error}.", "Save the table with its data inside.") from error
        except TooLargeError as error:
            raise source.too_large(error) from error
        except library_errors() as error:
            raise source.error(
                f"the VOTable is damaged ({first_sentence(error)}).", "Download it again.", error
            ) from error
        finally:
            source.notes.clear()  # remarks on the standard, which are of no use to the user


def _columns(table: Any) -> list[Column]:
    return [Column(str(f.name or f.ID), str(f.unit or ""), str(f.ucd or "")) for f in table.fields]


def _read_table(
    table: Any, columns: list[Column], source: Source, options: ReadOptions
) -> Sequence[AnySpectrum]:
    chosen = choose_columns(columns, options, source)
    cards = [(str(p.name).upper(), _plain(p.value), "") for p in table.params if p.value is not None]
    context = Context(source, Header(cards), options, "votable")
    return spectra_of_table(
        lambda number: _filled(table.array, number), len(table.array), columns, chosen, context
    )


def _filled(array: Any, number: int) -> Any:
    """Return a field's values, NaN where a number is missing."""
    values = array[array.dtype.names[number]]
    return np.ma.filled(values, np.nan) if values.dtype.kind == "f" else np.asarray(values)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value if np.isscalar(value) else str(value)
