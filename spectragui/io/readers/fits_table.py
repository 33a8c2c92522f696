"""FITS tables: a row a pixel, or a row a spectrum (ESO phase 3), by names, units and UCDs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoised import DENOISED
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.column_names import Column, Columns, choose_columns, find_flux, find_wavelength
from spectragui.io.reading.column_units import stated_by_column
from spectragui.io.reading.flux_units import flux_unit_text, is_calibrated
from spectragui.io.reading.linear_scale import comment_of
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_of_kind, split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.table_rows import are_arms, row_names, spectra_of_rows

_MOST_ORDERS = 500


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
        numbers = _like_tables(source, index)
        arms = [_Table.of(source, number, options) for number in numbers] if len(numbers) > 1 else []
        if arms and all(arm.is_one for arm in arms) and are_arms([arm.raw() for arm in arms]):
            return (_joined(arms, source),)
        found = [_Table.of(source, number, options).spectra() for number in numbers]
        return found[0] if len(found) == 1 else tuple(spectrum for spectra in found for spectrum in spectra)


@dataclasses.dataclass
class _Table:
    """A table of a FITS file with its chosen columns."""

    rows: Callable[[int], Any] | None
    n_rows: int
    columns: list[Column]
    chosen: Columns
    context: Context

    @classmethod
    def of(cls, source: Source, number: int, options: ReadOptions) -> _Table:
        columns = table_columns(source, number)
        context = Context(source, source.headers[number], options, "fits-table", product="table")
        field, n_rows = _field_of(source, number)
        chosen = choose_columns(columns, options, source)
        return cls(field, n_rows, columns, chosen, context)

    @property
    def is_one(self) -> bool:
        """Whether it holds one spectrum: a row a pixel, or one row of arrays."""
        if self.rows is None:
            return False
        first = np.asarray(self.rows(self.chosen.flux)[0])
        return first.ndim == 0 or (self.n_rows == 1 and first.ndim == 1)

    def raw(self) -> RawOrder:
        """Return its one spectrum as the file gives it."""
        assert self.rows is not None
        field = self.rows if np.asarray(self.rows(self.chosen.flux)[0]).ndim == 0 else _of_row(self.rows, 0)
        return _raw(field, self.chosen, self.context.options, _serious_bits(self.context.header))

    def spectra(self) -> Sequence[AnySpectrum]:
        """Return all its spectra."""
        return spectra_of_table(self.rows, self.n_rows, self.columns, self.chosen, self.context)


def _field_of(source: Source, number: int) -> tuple[Callable[[int], Any] | None, int]:
    """Return what gives a table's columns by number, None without rows, and the number of rows."""
    plain = source.plain_rows(number)
    if plain is not None and len(plain):
        names = plain.dtype.names or ()
        # Asked for several times, and what lies among other columns is slow to read.
        return functools.cache(lambda column: _native(plain[names[column]])), len(plain)
    data = source.data(number)
    return (data.field, len(data)) if data is not None and len(data) else (None, 0)


def _native(values: NDArray[Any]) -> NDArray[Any]:
    """Return values in the machine's byte order, one after the other, not to be written to."""
    values = values.astype(values.dtype.newbyteorder("="))
    values.flags.writeable = False
    return values


def _joined(arms: list[_Table], source: Source) -> AnySpectrum:
    """Return tables of one spectrum each, which cover different ranges, as the orders of one."""
    first = arms[0]
    first.context.stated = stated_by_column(first.columns, first.chosen)
    first.context.flux_unit = flux_unit_of(first.columns[first.chosen.flux], first.context)
    first.context.uncertainty_source = error_source(first.columns, first.chosen)
    names = ", ".join(arm.context.header.text("EXTNAME") or "?" for arm in arms)
    first.context.note(f"Extensions {names} are taken for parts of one spectrum.")
    return make_spectrum([arm.raw() for arm in arms], first.context)


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


def flux_unit_of(column: Column, context: Context) -> str:
    """Return the flux's unit: of its column, else BUNIT where that can be about nothing else (SDSS)."""
    if column.unit or "norm" in column.name.lower():
        return flux_unit_text(column.unit)
    stated = flux_unit_text(context.header.text("BUNIT"))
    return stated if is_calibrated(stated) else ""


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
    context.flux_unit = flux_unit_of(columns[chosen.flux], context)
    context.uncertainty_source = error_source(columns, chosen)
    if DENOISED in columns[chosen.flux].name.lower():
        context.meta.setdefault(DENOISED, f"a network (column {columns[chosen.flux].name})")
    bits = _serious_bits(context.header)
    n_axes = np.asarray(field(chosen.flux)[0]).ndim
    if n_axes == 0:
        return (make_spectrum(_by_order(field, chosen, context, bits), context),)
    if n_axes > 1:
        return tuple(
            make_spectrum(_orders_of_row(_of_row(field, row), chosen, context, bits), _own(context, n_rows))
            for row in range(n_rows)
        )

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


def _by_order(
    field: Callable[[int], Any], chosen: Columns, context: Context, bits: int | None
) -> list[RawOrder]:
    """Return a table of a row a pixel as one order, or as many as its column of order numbers has."""
    whole = _raw(field, chosen, context.options, bits)
    numbers = np.zeros(0) if chosen.order is None else np.asarray(field(chosen.order))
    known = np.unique(numbers[np.isfinite(numbers)]) if numbers.dtype.kind in "iuf" else numbers[:0]
    if not 1 < len(known) <= _MOST_ORDERS:
        return [whole]
    return [_of_order(whole, numbers == number, int(number)) for number in known]


def _of_order(whole: RawOrder, pixels: NDArray[np.bool_], number: int) -> RawOrder:
    sigma = None if whole.uncertainty is None else whole.uncertainty[pixels]
    mask = None if whole.mask is None else np.asarray(whole.mask)[pixels]
    return RawOrder(float_array(whole.wavelength)[pixels], whole.flux[pixels], sigma, mask, number)


def _own(context: Context, n_rows: int) -> Context:
    """Return a context of its own for a row, since notes are about one spectrum."""
    return context if n_rows == 1 else dataclasses.replace(context, notes=list(context.notes))


def _orders_of_row(
    field: Callable[[int], Any], chosen: Columns, context: Context, bits: int | None
) -> list[RawOrder]:
    """Return the orders of a row whose arrays are orders x pixels, as TDIM says."""
    flux = np.asarray(field(chosen.flux))
    flux = flux.reshape((-1, flux.shape[-1]))
    whole = _raw(field, chosen, context.options, bits)
    wavelength = np.broadcast_to(np.asarray(field(chosen.wavelength), dtype=np.float64), flux.shape)
    mask = None if whole.mask is None else np.asarray(whole.mask).ravel()
    context.is_echelle = True
    return split_rows(wavelength, flux, whole.uncertainty, mask)


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
    """Return the table and those after it with the same columns (JWST: EXTRACT1D; arms B, G, R)."""
    if source.options.extension.strip():
        return [index]
    columns = source.hdus[index].columns.names
    return [
        number
        for number, hdu in enumerate(source.hdus)
        if number == index or (number > index and hasattr(hdu, "columns") and hdu.columns.names == columns)
    ]


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
