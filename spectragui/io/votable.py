"""Write the results as VOTable 1.4 (plain TABLEDATA), which TOPCAT, Aladin and astropy read.

astropy's own writer refuses the unit dex, which IVOA's VOUnit lacks and every catalogue uses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from spectragui.core.results import RESULT_COLUMNS, Column

_DATATYPES = {
    "text": 'datatype="unicodeChar" arraysize="*"',
    "integer": 'datatype="long"',
    "number": 'datatype="double"',
}
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
<TABLE name="results">
<DESCRIPTION>Stellar parameters read by SpectraGUI, one row a spectrum and model</DESCRIPTION>
"""
_FOOT = "</TABLEDATA>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"


def votable_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return complete rows of the results table as a VOTable document."""
    fields = "".join(_field(column) for column in RESULT_COLUMNS)
    return _HEAD + fields + "<DATA>\n<TABLEDATA>\n" + "".join(_row(row) for row in rows) + _FOOT


def _field(column: Column) -> str:
    unit = f" unit={quoteattr(column.unit)}" if column.unit else ""
    ucd = f" ucd={quoteattr(column.ucd)}" if column.ucd else ""
    name = quoteattr(column.name)
    head = f"<FIELD ID={name} name={name} {_DATATYPES[column.kind]}{unit}{ucd}>"
    return f"{head}<DESCRIPTION>{escape(column.description)}</DESCRIPTION></FIELD>\n"


def _row(row: Mapping[str, Any]) -> str:
    return (
        "<TR>"
        + "".join(f"<TD>{_cell(column, row[column.name])}</TD>" for column in RESULT_COLUMNS)
        + "</TR>\n"
    )


def _cell(column: Column, value: Any) -> str:
    if column.kind == "text":
        return escape(str(value))
    if column.kind == "integer":
        return str(int(value))
    return "NaN" if value is None or math.isnan(float(value)) else repr(float(value))
