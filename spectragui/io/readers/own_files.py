"""Files that SpectraGUI wrote: FITS and ECSV with a passport; they read back equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SpectraGUIError, first_sentence
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.io.headers.fits_cards import Card
from spectragui.io.headers.written_cards import is_structure
from spectragui.io.passport_json import Columns, spectrum_from_json, with_correlation
from spectragui.io.reading.axis_unit import AxisUnit, find_axis_unit
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.writers import CORRELATION_EXTENSION, FITS_EXTENSION, PASSPORT_EXTENSION


@register_reader("spectragui-fits", priority=10)
class OwnFitsReader:
    """A FITS file with the extensions SPECTRUM and PASSPORT, once or more often."""

    description = "FITS table written by SpectraGUI"

    def identify(self, source: Source) -> bool:
        """Return whether both extensions are there."""
        if source.kind != "fits":
            return False
        return {FITS_EXTENSION, PASSPORT_EXTENSION} <= {hdu.name for hdu in source.hdus}

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectra as they were written: one, or as many as there are tables."""
        names = [hdu.name for hdu in source.hdus]
        return tuple(
            rebuild(
                _passport(source, passport),
                _columns(source, tables),
                source,
                options,
                [card for card in source.headers[tables[0]].cards if not is_structure(card[0])],
                _correlation(source, tables[-1], passport),
            )
            for tables, passport in _spectra(source, names)
        )


def _spectra(source: Source, names: Sequence[str]) -> list[tuple[list[int], int]]:
    """Return the tables of every spectrum, an order each, and the passport that comes behind them."""
    found: list[tuple[list[int], int]] = []
    tables: list[int] = []
    for number, name in enumerate(names):
        if name == FITS_EXTENSION:
            tables.append(number)
        elif name == PASSPORT_EXTENSION:
            found.append((tables, number))
            tables = []
    if tables or not all(tables for tables, _ in found):
        raise source.error("not every spectrum in it has its passport.", "Write the file again.")
    return found


def _passport(source: Source, number: int) -> str:
    return np.asarray(source.data(number)).astype(np.uint8).tobytes().decode("ascii", "replace")


def _correlation(source: Source, table: int, passport: int) -> NDArray[Any] | None:
    """Return what stands between the table of a spectrum and its passport, where that is written."""
    for number in range(table + 1, passport):
        if source.hdus[number].name == CORRELATION_EXTENSION:
            return np.asarray(source.data(number), dtype=np.float64)
    return None


def _columns(source: Source, numbers: Sequence[int]) -> Columns:
    return Columns.joined([_columns_of_table(source, number) for number in numbers])


def _columns_of_table(source: Source, number: int) -> Columns:
    data = source.data(number)
    has_orders = "ORDER" in data.names
    return Columns(
        np.asarray(data["WAVE"], dtype=np.float64),
        np.asarray(data["FLUX"], dtype=np.float64),
        np.asarray(data["ERR"], dtype=np.float64),
        np.asarray(data["MASK"], dtype=bool),
        np.asarray(data["ORDER"] if has_orders else np.zeros(len(data)), dtype=np.int32),
        np.asarray(data["BLAZE"], dtype=np.float64) if "BLAZE" in data.names else None,
    )


def rebuild(
    passport: str,
    columns: Columns,
    source: Source,
    options: ReadOptions,
    cards: Sequence[Card],
    correlation: NDArray[Any] | None = None,
) -> AnySpectrum:
    """Return the spectrum of stored columns and passport; options that contradict it win.

    Parameters
    ----------
    passport : str
    columns : Columns
    source : Source
    options : ReadOptions
    cards : sequence of (keyword, value, comment)
        The file's own, shown where the spectrum had no header before it was written (a generated one).
    correlation : ndarray, shape (n_pixels, n_components), optional
        Of denoised fluxes.

    Raises
    ------
    ReadError
        If the passport is damaged.
    """
    try:
        spectrum = with_correlation(spectrum_from_json(passport, columns), correlation)
    except (ValueError, KeyError, TypeError, IndexError, SpectraGUIError) as error:
        raise source.error(
            f"its passport is damaged ({first_sentence(error)}).", "Write the file again.", error
        ) from error
    told = {}
    for name in ("medium", "frame"):
        value = getattr(options, name)
        if value:
            told.update({name: value, f"{name}_source": options.said(name)})
    if options.unit:
        values = np.concatenate([order.spectral_axis.values for order in orders_of(spectrum)])
        extent = np.array([values.min(), values.max()])
        unit = find_axis_unit(extent, Stated(), options, source.name)
        spectrum = _without_logarithm(spectrum, unit)
        told.update(unit=unit.unit, unit_source=unit.source)
    if told:
        spectrum = _with_axis(spectrum, told)
    changes: dict[str, Any] = {
        "file": str(source.path),
        "file_sha256": source.sha256,
        "reader": "spectragui-fits" if source.kind == "fits" else "ecsv",
    }
    if not spectrum.meta.get("header"):
        changes["header"] = list(cards)
    if spectrum.meta.get("file"):
        changes["original_file"] = str(spectrum.meta.get("original_file", spectrum.meta["file"]))
    return spectrum.with_meta(**changes)


def _without_logarithm(spectrum: AnySpectrum, unit: AxisUnit) -> AnySpectrum:
    """Return the spectrum on the wavelengths whose logarithms its axis is told to hold."""
    if not unit.logarithm:
        return spectrum
    orders = tuple(
        order.replace(
            spectral_axis=order.spectral_axis.replace(values=unit.wavelengths(order.spectral_axis.values))
        )
        for order in orders_of(spectrum)
    )
    return spectrum.replace(orders=orders) if isinstance(spectrum, EchelleSpectrum) else orders[0]


def _with_axis(spectrum: AnySpectrum, changes: dict[str, str]) -> AnySpectrum:
    """Return the spectrum with a corrected passport; in Angstrom if the unit was corrected."""
    changed = tuple(_corrected(order, changes) for order in orders_of(spectrum))
    return spectrum.replace(orders=changed) if isinstance(spectrum, EchelleSpectrum) else changed[0]


def _corrected(order: Spectrum, changes: dict[str, str]) -> Spectrum:
    axis = order.spectral_axis.replace(**changes)
    if "unit" in changes and "medium" not in changes and axis.medium_source.startswith("assumed"):
        axis = axis.replace(medium="unknown", medium_source="the file does not say")
    order = order.replace(spectral_axis=axis)
    if "unit" not in changes or axis.unit == "Angstrom":
        return order
    order = order.in_angstrom()
    said = f"{axis.unit_source}; converted from {axis.unit}"
    return order.replace(spectral_axis=order.spectral_axis.replace(unit_source=said))
