"""What is in a file: extensions, columns, shapes, guessed roles, first values; for the import assistant.

Cheap: headers and a few rows, no spectrum is made. Never raises for a damaged file: what is wrong
stands in ``FileSurvey.problem``.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.errors import SpectraGUIError, first_sentence
from spectragui.io.headers.fits_cards import Card
from spectragui.io.reading import companion_images as images
from spectragui.io.reading.column_names import Column, column_roles
from spectragui.io.reading.hdf5_file import opened_hdf5
from spectragui.io.reading.linear_scale import has_linear_scale
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.source import Source, library_errors

#: Roles that a column or an extension may play.
ROLES = ("wavelength", "flux", "error", "mask", "order")
_ROWS = 6
_MOST_DATA_SETS = 300


@dataclasses.dataclass(frozen=True)
class SurveyColumn:
    """A column of a table.

    Attributes
    ----------
    name, unit : str
    shape : tuple of int
        Of one entry: () for a number a row, (n_pixels,) for an array a row.
    role : str
        Guessed: one of `ROLES`, or empty.
    first : tuple of str
        The first values as text.
    """

    name: str
    unit: str = ""
    shape: tuple[int, ...] = ()
    role: str = ""
    first: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class SurveyPart:
    """An extension of a FITS file, a group of an HDF5 file, or the whole of a text.

    Attributes
    ----------
    index : int
        What ``ReadOptions.extension`` takes (as text).
    name : str
    kind : {"image", "table", "text", "empty"}
    shape : tuple of int
        In numpy's order; of tables (n_rows, n_columns).
    role : str
        Of an image: "flux", "wavelength", "error", "mask", or empty.
    unit : str
        BUNIT of an image.
    scale : str
        In words, the wavelength scale that the header gives; empty = none.
    columns : tuple of SurveyColumn
    cards : list of (keyword, value, comment)
        The part's own header.
    """

    index: int
    name: str
    kind: str
    shape: tuple[int, ...] = ()
    role: str = ""
    unit: str = ""
    scale: str = ""
    columns: tuple[SurveyColumn, ...] = ()
    cards: tuple[Card, ...] = ()

    @property
    def roles(self) -> set[str]:
        """Roles that its columns play."""
        return {column.role for column in self.columns}

    @property
    def label(self) -> str:
        """Number, name and size, for a list: "1 SCIDATA, image of 170 x 9111"."""
        size = " x ".join(str(n) for n in self.shape)
        words = {"image": f"image of {size}", "table": f"table of {size}", "text": f"text, {size}"}
        return f"{self.index} {self.name}".strip() + ", " + words.get(self.kind, "no data")


@dataclasses.dataclass(frozen=True)
class FileSurvey:
    """What a file holds.

    Attributes
    ----------
    path : Path
    kind : {"fits", "text", "hdf5", "binary"}
    parts : tuple of SurveyPart
    reader : str
        Name of the reader that knows the layout; empty = none does.
    first_lines : tuple of str
        Of a text.
    problem : str
        Why nothing, or not all, could be looked at; empty = all well.
    """

    path: Path
    kind: str
    parts: tuple[SurveyPart, ...] = ()
    reader: str = ""
    first_lines: tuple[str, ...] = ()
    problem: str = ""

    def part(self, extension: str) -> SurveyPart | None:
        """Return the part of a name or number, None without one."""
        wanted = extension.strip().lower()
        return next((p for p in self.parts if wanted in (str(p.index), p.name.lower())), None)

    @property
    def main_part(self) -> SurveyPart | None:
        """The part that most likely holds the flux: the first with a flux column or a flux image."""
        with_flux = [p for p in self.parts if p.role == "flux" or {"wavelength", "flux"} <= p.roles]
        return next(iter(with_flux or [p for p in self.parts if p.kind != "empty"]), None)


def survey_file(path: str | os.PathLike[str], options: ReadOptions = ReadOptions()) -> FileSurvey:
    """Look into a file without making a spectrum of it.

    Parameters
    ----------
    path : path-like
    options : ReadOptions
        What the user has said so far: decides which reader is found.

    Returns
    -------
    FileSurvey
    """
    try:
        source = Source(path, options)
    except SpectraGUIError as error:
        return FileSurvey(Path(path), "binary", problem=str(error))
    with source.catching_warnings():
        try:
            return dataclasses.replace(_survey(source), reader=_reader_of(source))
        except SpectraGUIError as error:
            return FileSurvey(source.path, source.kind, problem=str(error))
        except library_errors() as error:
            said = f"{source.name}: the file is damaged ({first_sentence(error)})."
            return FileSurvey(source.path, source.kind, problem=said)
        finally:
            source.close()


def _reader_of(source: Source) -> str:
    from spectragui.io.read import identify

    try:
        return identify(source)
    except SpectraGUIError:
        return ""


def _survey(source: Source) -> FileSurvey:
    if source.kind == "fits":
        parts = tuple(_extension(source, index) for index in range(len(source.hdus)))
        return FileSurvey(source.path, source.kind, parts)
    if source.kind == "text":
        lines = tuple(source.text.splitlines()[:40])
        return FileSurvey(source.path, source.kind, _text_parts(source), first_lines=lines)
    parts = _data_sets(source) if source.kind == "hdf5" else ()
    return FileSurvey(source.path, source.kind, parts)


def _data_sets(source: Source) -> tuple[SurveyPart, ...]:
    """Return the arrays of an HDF5 file, with their paths as names."""
    with opened_hdf5(source) as file:
        found: list[tuple[str, tuple[int, ...]]] = []
        file.visititems(lambda name, item: _note_shape(found, name, item))
    return tuple(SurveyPart(i, name, "image", shape) for i, (name, shape) in enumerate(found))


def _note_shape(found: list[tuple[str, tuple[int, ...]]], name: str, item: Any) -> bool | None:
    if hasattr(item, "shape") and item.shape:
        found.append((name, tuple(int(n) for n in item.shape)))
    return True if len(found) >= _MOST_DATA_SETS else None  # True stops the visit


def _extension(source: Source, index: int) -> SurveyPart:
    hdu, own = source.hdus[index], source.own_headers[index]
    cards = tuple(own.cards)
    name = own.text("EXTNAME")
    if hasattr(hdu, "columns"):
        n_rows = int(own.number("NAXIS2")) if "NAXIS2" in own else 0
        columns = _table_columns(source, index, n_rows)
        return SurveyPart(index, name, "table", (n_rows, len(columns)), columns=columns, cards=cards)
    if not hdu.shape:
        return SurveyPart(index, name, "empty", cards=cards)
    shape = tuple(int(n) for n in hdu.shape)
    scale = ""
    if has_linear_scale(own):
        step = "CD1_1" if "CD1_1" in own else "CDELT1"
        scale = f"{own.quote('CRVAL1')}, {own.quote(step)}"
    elif "WAT2_001" in own:
        scale = "IRAF multispec (WAT2 cards)"
    role = images.role_of(source, index) or ("flux" if max(shape) >= 8 else "")
    return SurveyPart(index, name, "image", shape, role, own.text("BUNIT"), scale, cards=cards)


def _table_columns(source: Source, index: int, n_rows: int) -> tuple[SurveyColumn, ...]:
    hdu, own = source.hdus[index], source.own_headers[index]
    columns = [
        Column(str(c.name), str(c.unit or ""), own.text(f"TUCD{i}")) for i, c in enumerate(hdu.columns, 1)
    ]
    roles = column_roles(columns)
    rows = source.data(index)[:_ROWS] if n_rows else None
    found = []
    for number, column in enumerate(columns):
        values = None if rows is None else np.asarray(rows.field(number))
        shape = () if values is None else values.shape[1:]
        first = () if values is None else _as_text(values.ravel()[:_ROWS])
        found.append(SurveyColumn(column.name, column.unit, shape, roles.get(number, ""), first))
    return tuple(found)


def _text_parts(source: Source) -> tuple[SurveyPart, ...]:
    from spectragui.io.reading.text_table import read_text_table

    try:
        table = read_text_table(source)
    except SpectraGUIError:
        return ()
    n_columns = table.values.shape[1]
    names = tuple(name or f"column {i}" for i, name in enumerate(table.names or [""] * n_columns, start=1))
    units = table.units or ("",) * n_columns
    roles = column_roles([Column(name, unit) for name, unit in zip(names, units, strict=True)])
    if not table.names:
        roles = dict(enumerate(("wavelength", "flux", "error")[:n_columns]))
    columns = tuple(
        SurveyColumn(name, unit, (), roles.get(i, ""), _as_text(table.values[:_ROWS, i]))
        for i, (name, unit) in enumerate(zip(names, units, strict=True))
    )
    return (SurveyPart(0, "", "text", table.values.shape, columns=columns),)


def _as_text(values: Any) -> tuple[str, ...]:
    array = np.asarray(values)
    return tuple(f"{v:.7g}" if array.dtype.kind == "f" else str(v)[:40] for v in array.tolist())
