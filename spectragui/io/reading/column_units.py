"""What the names and units of table columns say of the spectral axis: unit, logarithm, quantity, medium."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spectragui.io.reading.column_names import Column, Columns
from spectragui.io.reading.name_parts import bare_name, quantity_of, unit_in_name
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.unit_words import units_in_text
from spectragui.io.reading.wavelength_units import base_of, parse_unit, split_unit

_LOGARITHM = re.compile(r"(log_?10|log|lg|ln|log_?e)[ _.(-]*(?=lam|wave|wl|wvl|freq|nu|energy|wn|λ)", re.I)


def stated_by_column(columns: Sequence[Column], chosen: Columns) -> Stated:
    """Return what name, unit, comment and UCD of the wavelength column say of unit and medium."""
    column, number = columns[chosen.wavelength], chosen.wavelength + 1
    unit, source, odd = _unit(column, number)
    logarithm, reason = "", ""
    found = _LOGARITHM.match(bare_name(column.name))
    if found and not split_unit(unit)[0]:
        logarithm, reason = base_of(found[1]), f"column {column.name} holds a logarithm"
    medium, medium_source = _medium(columns, column, number)
    quantity = quantity_of(column.name)
    return Stated(
        unit,
        source if unit else "",
        medium,
        medium_source,
        odd_unit=odd,
        logarithm=logarithm,
        logarithm_source=reason,
        quantity=quantity,
    )


def _unit(column: Column, number: int) -> tuple[str, str, str]:
    """Return unit, where it is said, and what is said that is none."""
    said = column.unit_source or f"TUNIT{number} = {column.unit!r}"
    unit = parse_unit(column.unit)
    if unit:
        return unit, said, ""
    unit = parse_unit(unit_in_name(column.name))
    if unit:
        return unit, f"column {column.name}", ""
    spoken = units_in_text([column.comment]) if column.comment else ()
    if len(spoken) == 1:
        return spoken[0], f"the comment of column {column.name}: {column.comment!r}", ""
    return "", said, column.unit or unit_in_name(column.name)


def _medium(columns: Sequence[Column], column: Column, number: int) -> tuple[str, str]:
    lower = column.name.lower()
    if "obs.atmos" in column.ucd.lower():
        return "air", f"TUCD{number} = {column.ucd!r}"
    if re.search(r"(^|[^a-z])air|air$", lower.replace("pair", "")):
        return "air", f"column {column.name}"
    if "vac" in lower:
        return "vacuum", f"column {column.name}"
    if f"{lower}_air" in (other.name.lower() for other in columns):
        return "vacuum", f"column {column.name} beside {column.name}_air"
    found = re.search(r"\b(vac(?:uum)?|air)\b", f"{column.unit} {column.comment}", re.I)
    if found:
        return ("air" if found[1].lower() == "air" else "vacuum"), f"unit or comment of column {column.name}"
    return "", ""
