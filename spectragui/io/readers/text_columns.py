"""Text: two or more columns with or without names, CSV, ECSV; unit and medium where they are said."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import der_noise
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import instrument_named_in
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.column_names import Column, Columns, choose_columns, find_flux, find_wavelength
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, sigma_of_kind
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.text_table import TextTable, looks_like_numbers, read_text_table
from spectragui.io.stated import Stated
from spectragui.io.wavelength_units import parse_unit


@register_reader("text-columns", priority=90)
class TextColumnsReader:
    """A spectrum as columns of numbers in text."""

    description = "text, CSV or ECSV: columns of wavelength, flux and, where there are three, 1-sigma error"

    def identify(self, source: Source) -> bool:
        """Return whether the text begins with rows of numbers."""
        return source.kind == "text" and looks_like_numbers(source.head.decode("latin-1"))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one spectrum of the file."""
        table = read_text_table(source)
        columns = [Column(name, _unit_in(name)) for name in table.names] or _plain(table.values.shape[1])
        header = comment_header(table.comments)
        context = Context(source, header, options, "text-columns")
        chosen = _choose(columns, table, options, source, context)
        context.stated = _stated(columns, chosen, header)
        context.meta.update(_resolving_power(header))
        if not table.names and not options.error_column:
            chosen = _without_implausible_error(chosen, table, context)
        if chosen.error is not None:
            said = f"column {columns[chosen.error].name}"
            context.uncertainty_source = said if table.names else f"assumed: {said} of a table without names"
        return (make_spectrum(_orders(table, chosen, options), context),)


def comment_header(comments: tuple[str, ...]) -> Header:
    """Return "KEY = value" and "KEY: value" in comment lines as a header, the rest as comments."""
    cards: list[tuple[str, object, str]] = []
    for line in comments:
        found = re.match(r"[-\s]*([A-Za-z][\w ./-]{0,40}?)\s*[=:]\s*(.+)$", line)
        cards.append(
            (found.group(1).strip().upper(), found.group(2).strip(), "") if found else ("COMMENT", line, "")
        )
    known = instrument_named_in("\n".join(str(value) for _, value, _ in cards))
    if known and not any(keyword in ("INSTRUME", "INSTRUMENT") for keyword, *_ in cards):
        cards.append(("INSTRUME", known, "named in a comment"))
    return Header(cards)


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
        columns[:] = _plain(len(columns))
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


def _unit_in(name: str) -> str:
    """Return the unit that a column's name holds: "wavelength [nm]", "wave_nm", "lambda(um)"."""
    found = re.search(r"[\[(]([^\])]+)[\])]|[_ ](nm|um|angstroms?|aa?|microns?|cm-1|hz)$", name, re.I)
    return (found.group(1) or found.group(2)) if found else ""


def _stated(columns: list[Column], chosen: Columns, header: Header) -> Stated:
    column = columns[chosen.wavelength]
    unit = parse_unit(column.unit)
    text = " ".join(str(value) for _, value, _ in header.cards).lower()
    lower = column.name.lower()
    medium = "vacuum" if "vac" in lower else "air" if re.search(r"(^|[_ (])air", lower) else ""
    medium_source = f"column {column.name}" if medium else ""
    if not medium and ("vacuum" in text) != (
        re.search(r"\b(in|standard) air\b|air wavelength", text) is not None
    ):
        medium = "vacuum" if "vacuum" in text else "air"
        medium_source = f"comment in the file: {medium}"
    frame, frame_source = _frame_in(text)
    odd = "" if unit else column.unit
    source = f"column {column.name}" if unit else ""
    return Stated(unit, source, medium, medium_source, frame, frame_source, odd)


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
