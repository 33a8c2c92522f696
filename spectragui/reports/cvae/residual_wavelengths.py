"""Signed and absolute residual by wavelength."""

from __future__ import annotations

from typing import Any

from spectragui.reports.cvae.evaluation import cases_of
from spectragui.reports.report_item import ReportItem, Results, register_item
from spectragui.training.generator.figures import draw_pixels


def draw(figure: Any, results: Results) -> None:
    """Draw both of each case."""
    draw_pixels(figure, cases_of(results))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Mean over held-out spectra of |generated - true| and of generated - true, pixel by pixel: where the "
        "signed curve stays at zero, errors scatter; where it follows the absolute one, they are the same in "
        "all spectra."
    )


ITEM = register_item(
    ReportItem(
        "cvae",
        "residual_wavelengths",
        "Residual by wavelength",
        "Section 4",
        ("cvae.residuals",),
        text,
        draw,
        size=(10.0, 5.2),
    )
)
