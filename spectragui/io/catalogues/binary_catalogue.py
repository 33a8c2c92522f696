"""Catalogues in FITS, VOTable and Parquet."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import CatalogueError, ReadError, first_sentence
from spectragui.io.catalogues.raw_catalogue import (
    MOST_VALUES,
    RawCatalogue,
    as_column,
    check_size,
    unique_names,
)
from spectragui.io.reading.limits import Limits, TooLargeError
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.source import Source, library_errors
from spectragui.io.reading.xml_check import ForeignFileError, check_votable

PARQUET_MAGIC = b"PAR1"


def read_fits_catalogue(source: Source, *, only_head: bool = False) -> RawCatalogue:
    """Read the largest table of a FITS file, or only the names of its columns.

    Raises
    ------
    CatalogueError
        If it has no table.
    ReadError
        If it is damaged or too large.
    """
    tables = [hdu for hdu in source.astropy_hdus if hasattr(type(hdu), "columns")]
    if not tables:
        raise CatalogueError(
            f"{source.name}: this FITS file holds no table.", "A catalogue is a table with a row an object."
        )
    index = max(range(len(source.astropy_hdus)), key=lambda i: _n_cells(source.astropy_hdus[i]))
    hdu = source.astropy_hdus[index]
    check_size(int(hdu.header.get("NAXIS2", 0)), len(hdu.columns), source.limits, source.name)
    data = None if only_head else source.data(index)
    names, remarks = unique_names(column.name for column in hdu.columns)
    columns: dict[str, NDArray[Any]] = {}
    units: dict[str, str] = {}
    for name, definition in zip(names, hdu.columns, strict=True):
        if definition.unit:
            units[name] = str(definition.unit)
        if data is None:
            columns[name] = np.empty(0)
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                values = np.ma.masked_array(data.field(definition.name))
            except library_errors() as error:
                raise CatalogueError(
                    f"{source.name}: the column {name} is damaged ({first_sentence(error)})."
                ) from error
        if definition.null is not None and values.dtype.kind in "iu":
            values = np.ma.masked_equal(values, definition.null)
        _keep(columns, name, values, remarks)
    if len(tables) > 1:
        remarks.append(f"The file has {len(tables)} tables; extension {index} is read.")
    return RawCatalogue(source.path, columns, units, "fits", source.sha256, tuple(remarks))


def _n_cells(hdu: Any) -> int:
    return int(hdu.header.get("NAXIS2", 0)) * len(hdu.columns) if hasattr(type(hdu), "columns") else -1


def _keep(columns: dict[str, NDArray[Any]], name: str, values: Any, remarks: list[str]) -> None:
    column = as_column(values)
    if column is None:
        remarks.append(f"The column {name} holds no numbers and no texts, and is left out.")
    else:
        columns[name] = column


def read_votable_catalogue(source: Source) -> RawCatalogue:
    """Read the first table of a VOTable that has rows.

    Raises
    ------
    CatalogueError
        If it is damaged, too large, or has none.
    """
    with source.catching_warnings():
        from astropy.io import votable

        try:
            content = source.text.encode()
            check_votable(content, source.limits)
            document = votable.parse(io.BytesIO(content), verify="ignore")
            tables = [table for table in document.iter_tables() if len(table.fields) and len(table.array)]
        except ForeignFileError as error:
            raise CatalogueError(
                f"{source.name}: {error}.", "Save the table with its data inside."
            ) from error
        except TooLargeError as error:
            raise source.too_large(error) from error
        except library_errors() as error:
            raise CatalogueError(
                f"{source.name}: the VOTable is damaged ({first_sentence(error)}).", "Download it again."
            ) from error
        finally:
            source.notes.clear()
    if not tables:
        raise CatalogueError(f"{source.name}: this VOTable has no table with rows.")
    table = max(tables, key=lambda one: len(one.array) * len(one.fields))
    check_size(len(table.array), len(table.fields), source.limits, source.name)
    names, remarks = unique_names(str(field.name or field.ID) for field in table.fields)
    columns: dict[str, NDArray[Any]] = {}
    for name, key in zip(names, table.array.dtype.names, strict=True):
        _keep(columns, name, table.array[key], remarks)
    units = {n: str(f.unit) for n, f in zip(names, table.fields, strict=True) if f.unit}
    return RawCatalogue(source.path, columns, units, "votable", source.sha256, tuple(remarks))


def read_parquet_catalogue(
    path: Path, limits: Limits, sha256: str, *, only_head: bool = False
) -> RawCatalogue:
    """Read a Parquet file, or only the names of its columns.

    Raises
    ------
    CatalogueError
        If pyarrow is not installed, or the file is damaged or too large.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise CatalogueError(
            f"{path.name}: Parquet is read by pyarrow, which is not installed.",
            "Install it: pip install pyarrow; or save the catalogue as FITS.",
        ) from error
    try:
        file = pq.ParquetFile(path)
        meta = file.metadata
        check_size(meta.num_rows, meta.num_columns, limits, path.name)
        n_bytes = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        if n_bytes > limits.file_bytes:
            raise CatalogueError(f"{path.name}: it holds {n_bytes:,} bytes, unpacked: more than is read.")
        names, remarks = unique_names(file.schema_arrow.names)
        columns: dict[str, NDArray[Any]] = {}
        for number, name in enumerate(names):
            if only_head:
                columns[name] = np.empty(0)
                continue
            arrow = file.read(columns=[file.schema_arrow.names[number]]).column(0)
            if pa.types.is_nested(arrow.type) or pa.types.is_temporal(arrow.type):
                remarks.append(f"The column {name} holds no numbers and no texts, and is left out.")
                continue
            if pa.types.is_dictionary(arrow.type):
                arrow = arrow.cast(arrow.type.value_type)
            _keep(columns, name, _from_arrow(arrow), remarks)
    except (pa.ArrowException, *library_errors()) as error:
        if isinstance(error, ReadError):
            raise
        raise CatalogueError(
            f"{path.name}: the Parquet file is damaged ({first_sentence(error)}).", "Copy it again."
        ) from error
    return RawCatalogue(path, columns, {}, "parquet", sha256, tuple(remarks))


def _from_arrow(arrow: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_decimal(arrow.type):
        arrow = arrow.cast(pa.float64())
    if pa.types.is_integer(arrow.type) and arrow.null_count:
        return arrow.cast(pa.float64()).to_numpy()  # nulls become NaN
    if pa.types.is_boolean(arrow.type):
        arrow = arrow.cast(pa.int8())
    if pa.types.is_floating(arrow.type) or pa.types.is_integer(arrow.type):
        return arrow.to_numpy()
    return np.array(arrow.to_pylist(), dtype=object)


def open_source(path: Path, max_values: int = 0) -> Source:
    """Return the file as a source whose limits are those of catalogues."""
    return Source(path, ReadOptions(max_values=max_values or MOST_VALUES))
