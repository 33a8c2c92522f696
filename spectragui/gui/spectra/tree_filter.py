"""What the filter of the tree may ask of an open spectrum."""

from __future__ import annotations

import math
from typing import Any

from spectragui.core.row_filter import Kind, RowFilter
from spectragui.core.spectrum import orders_of
from spectragui.gui.session.state import OpenSpectrum

FILTER_COLUMNS: dict[str, Kind] = {
    **dict.fromkeys(("name", "file", "object", "instrument", "medium", "frame"), "text"),
    **dict.fromkeys(("snr", "start", "stop", "orders"), "number"),
}
FILTER_TIP = (
    "Words of name or file, or an expression:\nsnr > 50 and medium == air,  start < 5000 (Angstrom),\n"
    f"of {', '.join(FILTER_COLUMNS)}"
)


def passing_ids(spectra: tuple[OpenSpectrum, ...], row_filter: RowFilter) -> set[str]:
    """Return the ids of the spectra that pass a filter."""
    if not row_filter.text:
        return {item.id for item in spectra}
    return {item.id for item in spectra if row_filter(_filter_row(item), _filter_text(item))}


def make_tree_filter(text: str) -> RowFilter:
    """Return a filter of open spectra.

    Raises
    ------
    SettingsError
        If an expression cannot be understood.
    """
    return RowFilter(text, FILTER_COLUMNS)


def _filter_row(item: OpenSpectrum) -> dict[str, Any]:
    """Return what an expression may ask of a spectrum."""
    orders = orders_of(item.spectrum)
    axis = orders[0].spectral_axis
    ends = (
        [math.nan] if axis.unit == "pixel" else [float(e) for o in orders for e in o.wavelength_aa[[0, -1]]]
    )
    return {
        "name": item.name,
        "file": item.file_name,
        "object": str(item.spectrum.meta.get("object", "")),
        "instrument": str(item.spectrum.meta.get("instrument", "")),
        "medium": axis.medium,
        "frame": axis.frame,
        "snr": item.snr,
        "start": min(ends),
        "stop": max(ends),
        "orders": len(orders),
    }


def _filter_text(item: OpenSpectrum) -> str:
    return " ".join((item.name, *item.files, str(item.spectrum.meta.get("object", ""))))
