"""Bias, scatter and outliers of redshifts by redshift, of every method."""

from __future__ import annotations

from typing import Any

from spectragui.reports.alhambra.evaluation import heldout_report
from spectragui.reports.report_item import ReportItem, Results, register_item
from spectragui.training.photometry.figures import draw_by_redshift


def draw(figure: Any, results: Results) -> None:
    """Draw the three against the true redshift."""
    draw_by_redshift(figure, heldout_report(results))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Median residual, robust scatter and part of outliers in bins of the true redshift: bundled network, "
        "the thesis' networks, template fit. The thesis explains its limit at z = 0.9 (dotted) by the few "
        "galaxies beyond; one number for all redshifts hides it."
    )


ITEM = register_item(
    ReportItem("alhambra", "redshift_errors", "Bias and scatter by redshift", "Section 4.1",
               ("alhambra.heldout", "alhambra.rivals"), text, draw, size=(9.0, 6.5))
)  # fmt: skip
