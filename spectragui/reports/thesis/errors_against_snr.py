"""Error of each label against the signal-to-noise ratio."""

from __future__ import annotations

from typing import Any

from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.reports.thesis.evaluation import compared_rows
from spectragui.training.parameters.model_comparison import draw_against_snr


def draw(figure: Any, results: Results) -> None:
    """Draw a line a network."""
    draw_against_snr(figure, compared_rows(results))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Mean absolute error on held-out spectra by S/N per pixel: the six networks of the thesis as "
        "far as they "
        "were trained, and the bundled StarNet. The thesis prints no error by S/N."
    )


def table(results: Results) -> ReportTable:
    """Return the mean absolute errors."""
    rows = tuple(
        (r.model, r.label, r.data.rsplit(" ", 1)[-1], float(r.values["MAE"]), float(r.n_spectra))
        for r in compared_rows(results)
        if r.label == "teff"
    )
    return ReportTable((("network", ""), ("label", ""), ("snr", ""), ("MAE", "K"), ("spectra", "")), rows)


ITEM = register_item(
    ReportItem(
        "thesis",
        "errors_against_snr",
        "Error against S/N",
        "",
        ("thesis.comparison",),
        text,
        draw,
        table,
        size=(11.0, 4.2),
    )
)
