"""Write the results as VOTable 1.4 (plain TABLEDATA), which TOPCAT, Aladin and astropy read.

astropy's own writer refuses the unit dex, which IVOA's VOUnit lacks and every catalogue uses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from spectragui.core.results import Column
from spectragui.core.wording import plain_text

_DATATYPES = {
    "text": 'datatype="unicodeChar" arraysize="*"',
    "integer": 'datatype="long"',
    "number": 'datatype="double"',
}
_UNITS = {"Angstrom": "0.1nm"}  # VOUnit deprecates the Angstrom
_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
"""
FOOT = "</TABLEDATA>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"


def votable_text(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], name: str, description: str
) -> str:
    """Return complete rows of a table as a VOTable document."""
    head = f"{HEAD}<TABLE name={quoteattr(name)}>\n<DESCRIPTION>{escape(description)}</DESCRIPTION>\n"
    fields = "".join(field_of(column) for column in columns)
    return head + fields + "<DATA>\n<TABLEDATA>\n" + "".join(_row(row, columns) for row in rows) + FOOT


def field_of(column: Column) -> str:
    """Return the FIELD of a column; its ID is its name, where that may be one: astropy calls columns so."""
    name_of_unit = _UNITS.get(column.unit, column.unit)
    unit = f" unit={quoteattr(name_of_unit)}" if column.unit else ""
    ucd = f" ucd={quoteattr(column.ucd)}" if column.ucd else ""
    name = quoteattr(plain_text(column.name))
    own_id = f" ID={name}" if _XML_NAME.fullmatch(column.name) else ""
    head = f"<FIELD{own_id} name={name} {_DATATYPES[column.kind]}{unit}{ucd}>"
    return f"{head}<DESCRIPTION>{escape(plain_text(column.description))}</DESCRIPTION></FIELD>\n"


def _row(row: Mapping[str, Any], columns: Sequence[Column]) -> str:
    return "<TR>" + "".join(f"<TD>{_cell(column, row[column.name])}</TD>" for column in columns) + "</TR>\n"


def _cell(column: Column, value: Any) -> str:
    if column.kind == "text":
        return escape(plain_text(str(value)))  # XML has no way to write a control character
    if column.kind == "integer":
        return str(int(value))
    return "NaN" if value is None or math.isnan(float(value)) else repr(float(value))
