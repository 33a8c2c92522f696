"""Text: two or more columns with or without names, CSV, ECSV; unit and medium where they are said."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoised import DENOISED
from spectragui.core.numerics import der_noise
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.column_names import Column, Columns, choose_columns, find_flux, find_wavelength
from spectragui.io.reading.column_units import stated_by_column
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.linear_scale import stated_by_keywords
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, sigma_of_kind
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.text_cards import comment_header
from spectragui.io.reading.text_table import TextTable, looks_like_numbers, read_text_table
from spectragui.io.reading.unit_words import units_in_text


@register_reader("text-columns", priority=90)
class TextColumnsReader:
    """A spectrum as columns of numbers in text."""

    description = "text, CSV or ECSV: columns of wavelength, flux and, where there are three, 1-sigma error"

    def identify(self, source: Source) -> bool:
        """Return whether the text begins with rows of numbers."""
        return source.kind == "text" and looks_like_numbers(source)

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one spectrum of the file."""
        return (spectrum_of_text(read_text_table(source), source, options, "text-columns"),)


def spectrum_of_text(table: TextTable, source: Source, options: ReadOptions, reader: str) -> AnySpectrum:
    """Return the spectrum of a table of numbers in text.

    Raises
    ------
    ReadError
        If its columns cannot be told, or no spectrum follows from them.
    """
    columns = columns_of_text(table)
    header = comment_header(table.comments)
    context = Context(source, header, options, reader)
    chosen = _choose(columns, table, options, source, context)
    context.stated = _stated(columns, chosen, header, table.comments)
    if not table.names:
        context.stated = dataclasses.replace(context.stated, quantity="")  # nobody said that it is one
    context.flux_unit = flux_unit_text(columns[chosen.flux].unit)
    context.meta.update(_resolving_power(header))
    if DENOISED in columns[chosen.flux].name.lower():
        context.meta.setdefault(DENOISED, f"a network (column {columns[chosen.flux].name})")
    is_unnamed = chosen.error is not None and (not table.names or not table.names[chosen.error])
    if is_unnamed and not options.error_column:
        chosen = _without_implausible_error(chosen, table, context)
    if chosen.error is not None:
        said = f"column {columns[chosen.error].name}"
        context.uncertainty_source = f"assumed: {said} of a table without names" if is_unnamed else said
        kind = {"variance": "sqrt of ", "ivar": "1 / sqrt of "}.get(chosen.error_kind, "")
        context.uncertainty_source = kind + context.uncertainty_source
    return make_spectrum(_orders(table, chosen, options), context)


def columns_of_text(table: TextTable) -> list[Column]:
    """Return the columns of a text table; those without a name are called by their usual place."""
    plain = _plain(table.values.shape[1])
    if not table.names:
        return plain
    units = table.units or ("",) * len(table.names)
    return [
        Column(name, unit, unit_source=f"column {name}") if name else usual
        for name, unit, usual in zip(table.names, units, plain, strict=True)
    ]


def _plain(n_columns: int) -> list[Column]:
    names = ["wavelength", "flux", "error"][:n_columns]
    return [Column(name) for name in (*names, *(f"column {i}" for i in range(4, n_columns + 1)))]


def _choose(
    columns: list[Column], table: TextTable, options: ReadOptions, source: Source, context: Context
) -> Columns:
    told = options.wavelength_column or options.flux_column
    known = find_wavelength(columns) is not None and find_flux(columns) is not None
    if not known and not told and len(columns) <= 3:
        context.note(
            f"The names of the columns ({', '.join(table.names)}) do not tell: taken in their order."
        )
        # Their units are kept: a name that is not known does not make a unit wrong.
        options = options.replace(wavelength_column="1", flux_column="2")
        if len(columns) == 3 and not options.error_column:
            options = options.replace(error_column="3")
    chosen = choose_columns(columns, options, source)
    if not table.names and not told:
        _check_ascends(table.values[:, chosen.wavelength], source)
    return chosen


def _check_ascends(wavelength: NDArray[np.float64], source: Source) -> None:
    """Raise if a column without a name cannot be wavelengths: those go one way but for a few jumps."""
    step = np.diff(wavelength)
    if min(np.count_nonzero(step < 0), np.count_nonzero(step > 0)) > 0.1 * step.size:
        raise source.error(
            "the columns have no names, and the first one neither ascends nor descends as wavelengths do.",
            "Say which columns they are with --wavelength-column and --flux-column.",
        )


def _without_implausible_error(chosen: Columns, table: TextTable, context: Context) -> Columns:
    """Return the columns without a third one that has not the size of the flux's noise."""
    if chosen.error is None:
        return chosen
    third, noise = table.values[:, chosen.error], der_noise(table.values[:, chosen.flux])
    typical = float(np.nanmedian(third)) if np.isfinite(third).any() else math.nan
    if typical > 0 and (0.05 * noise < typical < 10.0 * noise or not noise > 0):
        return chosen
    context.note("The third column is not taken for errors: it has not the size of the flux's noise.")
    return dataclasses.replace(chosen, error=None)


def _stated(columns: list[Column], chosen: Columns, header: Header, comments: tuple[str, ...]) -> Stated:
    """Return what names, units and comments say of unit, medium and frame."""
    stated = stated_by_column(columns, chosen)
    text = " ".join(str(value) for _, value, _ in header.cards).lower()
    if not stated.medium and ("vacuum" in text) != (
        re.search(r"\b(in|standard) air\b|air wavelength", text) is not None
    ):
        medium = "vacuum" if "vacuum" in text else "air"
        stated = dataclasses.replace(stated, medium=medium, medium_source=f"comment in the file: {medium}")
    if not stated.unit and not stated.odd_unit:
        stated = _with_unit_of_comments(stated, header, comments)
    frame, frame_source = _frame_in(text)
    return dataclasses.replace(stated, frame=frame, frame_source=frame_source)


def _with_unit_of_comments(stated: Stated, header: Header, comments: tuple[str, ...]) -> Stated:
    """Return what is said with the unit and the logarithm that comments speak of."""
    if math.isfinite(header.number("CRVAL1")) or header.text("CUNIT1"):
        # The header of the FITS file that the table was made of: logarithms do not outlive that.
        scale = stated_by_keywords(header)
        if scale.unit and not scale.logarithm:
            return dataclasses.replace(
                stated, unit=scale.unit, unit_source=f"{scale.unit_source} in a comment"
            )
    units = units_in_text(comments)
    if len(units) == 1:
        said = next((line for line in comments if units_in_text([line])), "")
        source = f"comment in the file: {said[:60]}"
        return dataclasses.replace(stated, unit=units[0], unit_source=source)
    return stated


def _frame_in(text: str) -> tuple[str, str]:
    """Return the frame that comments speak of; "unknown" where they contradict one another."""
    words = {
        "barycentric": r"barycentr|\bbjd corrected",
        "heliocentric": r"heliocentr",
        "rest": r"rest[ -]frame|rv[ -]corrected|corrected for radial velocity",
        "observer": r"observer'?s? frame|topocentric|not (barycentric|rv)[a-z -]*corrected",
    }
    found = [frame for frame, pattern in words.items() if re.search(pattern, text)]
    if len(found) == 1:
        return found[0], "comment in the file"
    return (
        ("unknown", f"the file's comments contradict themselves ({', '.join(found)})") if found else ("", "")
    )


def _resolving_power(header: Header) -> dict[str, object]:
    """Return the resolving power that a comment states as "R = 75,000" or "R ~ 75000"."""
    text = "\n".join(f"{keyword}: {value}" for keyword, value, _ in header.cards)
    found = re.search(r"(?:^|\W)(?:R|resolving power)\s*[=~:]+\s*(\d[\d,]{2,8})\b", text, re.I)
    if not found:
        return {}
    value = float(found.group(1).replace(",", ""))
    return {
        "resolving_power": value,
        "resolving_power_source": f"comment in the file: {found.group(0).strip()}",
    }


def _orders(table: TextTable, chosen: Columns, options: ReadOptions) -> list[RawOrder]:
    values = table.values
    wavelength = values[:, chosen.wavelength]
    sigma = None
    if chosen.error is not None:
        sigma = sigma_of_kind(values[:, chosen.error], chosen.error_kind, values[:, chosen.flux])
    flags = chosen.good if chosen.mask is None else chosen.mask
    mask = None
    if flags is not None:
        mask = bad_by_rule(values[:, flags], options, good_is_set=chosen.mask is None)
    if chosen.order is None:
        return [RawOrder(wavelength, values[:, chosen.flux], sigma, mask)]
    numbers = values[:, chosen.order]
    return [
        RawOrder(
            wavelength[numbers == number],
            values[numbers == number, chosen.flux],
            None if sigma is None else sigma[numbers == number],
            None if mask is None else mask[numbers == number],
            int(number),
        )
        for number in np.unique(numbers[np.isfinite(numbers)])
    ]
