"""FITS tables: a row a pixel, or a row a spectrum (ESO phase 3), by names, units and UCDs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.column_units import stated_by_column
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.column_names import Column, Columns, choose_columns, find_flux, find_wavelength
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.linear_scale import comment_of
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_of_kind
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.table_rows import row_names, spectra_of_rows


@register_reader("fits-table", priority=50)
class FitsTableReader:
    """Spectra as columns of a FITS table."""

    description = "FITS table with columns of wavelength and flux (also ESO phase 3, one row a spectrum)"

    def identify(self, source: Source) -> bool:
        """Return whether a table has columns of wavelength and flux."""
        return source.kind == "fits" and _table_extension(source, source.options) is not None

    def read(self, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
        """Return the spectra of the first table that holds any, and of the tables like it."""
        index = _table_extension(source, options)
        if index is None:
            raise source.error("there is no table of that name or number.", "Choose another --extension.")
        found: list[Sequence[AnySpectrum]] = []
        for number in _like_tables(source, index):
            columns, data = table_columns(source, number), source.data(number)
            chosen = choose_columns(columns, options, source)
            context = Context(source, source.headers[number], options, "fits-table", product="table")
            n_rows = 0 if data is None else len(data)
            rows = data.field if n_rows else None
            found.append(spectra_of_table(rows, n_rows, columns, chosen, context))
        return found[0] if len(found) == 1 else tuple(spectrum for spectra in found for spectrum in spectra)


def table_columns(source: Source, index: int) -> list[Column]:
    """Return name, unit and UCD of a table's columns."""
    hdu, header = source.hdus[index], source.headers[index]
    return [
        Column(
            column.name,
            str(column.unit or ""),
            header.text(f"TUCD{number}"),
            comment=header.text(f"TCOMM{number}") or comment_of(header, f"TTYPE{number}"),
        )
        for number, column in enumerate(hdu.columns, start=1)
    ]


def error_source(columns: list[Column], chosen: Columns) -> str:
    """Return in words where the uncertainty was read."""
    if chosen.error is None:
        return ""
    name = columns[chosen.error].name
    return {
        "sigma": f"column {name}",
        "variance": f"sqrt of column {name}",
        "ivar": f"1 / sqrt of column {name}",
        "relative": f"column {name} x flux",
    }[chosen.error_kind]


def spectra_of_table(
    field: Callable[[int], Any] | None, n_rows: int, columns: list[Column], chosen: Columns, context: Context
) -> Sequence[AnySpectrum]:
    """Return the spectra of a table of any format; many are made when they are asked for.

    Parameters
    ----------
    field : callable
        Gives the column of a number: shape (n_rows,), or (n_rows, n_pixels) for a row a spectrum.
    n_rows : int
    columns, chosen
        What the columns are called, and which of them hold the spectrum.
    context : Context
        Unit, medium and the source of errors are filled in here.

    Raises
    ------
    ReadError
        If the table is empty, or holds no usable spectrum.
    """
    if field is None or n_rows == 0:
        raise context.source.error("the table has no rows.", "Choose another --extension.")
    context.stated = stated_by_column(columns, chosen)
    context.flux_unit = flux_unit_text(columns[chosen.flux].unit)
    context.uncertainty_source = error_source(columns, chosen)
    bits = _serious_bits(context.header)
    if np.asarray(field(chosen.flux)[0]).ndim == 0:
        return (make_spectrum([_raw(field, chosen, context.options, bits)], context),)

    def raw(row: int) -> RawOrder:
        return _raw(_of_row(field, row), chosen, context.options, bits)

    return spectra_of_rows(n_rows, raw, context, row_names(field, columns, n_rows))


def _of_row(field: Callable[[int], Any], row: int) -> Callable[[int], Any]:
    return lambda number: field(number)[row]


def _raw(field: Callable[[int], Any], chosen: Columns, options: ReadOptions, bits: int | None) -> RawOrder:
    wavelength = float_array(field(chosen.wavelength))
    sigma = None
    if chosen.error is not None:
        sigma = sigma_of_kind(field(chosen.error), chosen.error_kind, field(chosen.flux))
    return RawOrder(wavelength, np.asarray(field(chosen.flux)), sigma, _mask(field, chosen, options, bits))


def _mask(field: Callable[[int], Any], chosen: Columns, options: ReadOptions, bits: int | None = None) -> Any:
    column = chosen.good if chosen.mask is None else chosen.mask
    if column is None:
        return None
    flags = np.asarray(field(column)).ravel()
    if flags.dtype.kind == "f" and not options.mask_column:
        return None
    return bad_by_rule(flags, options, bits=bits, good_is_set=chosen.mask is None)


def _serious_bits(header: Header) -> int | None:
    """Return the bits of data quality that spoil a pixel, where the archive says so; None = all."""
    if header.text("TELESCOP") == "JWST":
        return 1  # DO_NOT_USE
    bits = header.number("SDQFLAGS")  # HST
    return int(bits) if 0 < bits < 2**31 else None


def _like_tables(source: Source, index: int) -> list[int]:
    """Return the table and those after it of the same name and columns (JWST: EXTRACT1D)."""
    name, columns = source.hdus[index].name, source.hdus[index].columns.names
    others = [
        number
        for number, hdu in enumerate(source.hdus)
        if number > index and hasattr(hdu, "columns") and hdu.name == name and hdu.columns.names == columns
    ]
    return [index, *(others if name else [])]


def _are_told(columns: list[Column], options: ReadOptions) -> bool:
    """Whether wavelength and flux are named by an option or tell themselves."""
    wavelength = bool(options.wavelength_column) or find_wavelength(columns) is not None
    flux = bool(options.flux_column) or find_flux(columns) is not None
    return wavelength and flux


def _table_extension(source: Source, options: ReadOptions) -> int | None:
    wanted = options.extension.strip()
    for index, hdu in enumerate(source.hdus):
        if not hasattr(hdu, "columns") or (wanted and wanted not in (str(index), hdu.name)):
            continue
        columns = table_columns(source, index)
        if wanted or _are_told(columns, options):
            return index
    return None
