"""Figures 2.1 and 2.2: the bands of ALHAMBRA and of J-PAS."""

from __future__ import annotations

from typing import Any

from spectragui.core.photometry import band_set
from spectragui.inference.photometry.filter_figure import draw_bands
from spectragui.reports.report_item import ReportItem, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw both sets, one below the other."""
    for axes, name in zip(figure.subplots(2, 1), ("alhambra", "jpas"), strict=True):
        draw_bands(axes, band_set(name))


def text(results: Results) -> str:
    """Say whose numbers they are."""
    return (
        "Response of each band, 1 at its largest; J-PAS as boxes of its widths, since no curves are bundled. "
        f"Sources: {band_set('alhambra').source} {band_set('jpas').source}"
    )


ITEM = register_item(
    ReportItem("alhambra", "alhambra_bands", "Bands of ALHAMBRA and of J-PAS", "Figures 2.1 and 2.2", (),
               text, draw, size=(10.0, 6.5))
)  # fmt: skip
