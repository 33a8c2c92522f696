"""Spectral energy distributions of held-out objects: what the networks see."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.photometry_result import TYPE_NAMES
from spectragui.reports.alhambra.evaluation import heldout_report
from spectragui.reports.report_item import ReportItem, Results, register_item
from spectragui.training.photometry.measures import label_of


def draw(figure: Any, results: Results) -> None:
    """Draw a galaxy of each type, and a star: magnitudes with errors, limits as arrows."""
    report = heldout_report(results)
    table = report.table
    order = np.argsort(table.band_set.pivots_aa)
    wave = table.band_set.pivots_aa[order] / 1e4
    axes_list = figure.subplots(2, 3, sharex=True).flat
    for axes, row in zip(axes_list, chosen_rows(results), strict=True):
        magnitude, error = table.magnitudes[row, order], table.errors[row, order]
        axes.errorbar(wave, magnitude, error, fmt="o", markersize=3, linewidth=0.8)
        limit = np.where(table.detected[row, order], np.nan, table.limits[row, order])
        axes.plot(wave, limit, "v", color="0.6", markersize=5)
        z, found = label_of(table, "z")[row], float(report.result["z"][row])
        kind = label_of(table, "type")[row]
        words = (
            f"{TYPE_NAMES[int(kind) - 1]}: z {z:.3f}, network {found:.3f}"
            if np.isfinite(z)
            else f"star: p(star) {float(report.result['p_star'][row]):.3f}"
        )
        axes.set_title(words, fontsize=9)
        axes.set_xscale("log")
        axes.set_xticks([0.4, 0.6, 1.0, 2.0], ["0.4", "0.6", "1", "2"])
        axes.minorticks_off()
        axes.invert_yaxis()
    figure.supxlabel("wavelength [µm]")
    figure.supylabel("AB magnitude [mag]")


def chosen_rows(results: Results) -> list[int]:
    """Return one bright galaxy of each type, and a star."""
    table = heldout_report(results).table
    kind, star = label_of(table, "type"), label_of(table, "star")
    bright = np.where(np.isfinite(table.reference_magnitude), table.reference_magnitude, 99.0)
    rows = []
    for wanted in (*(kind == number for number in range(1, 6)), star == 1.0):
        order = np.argsort(np.where(wanted, np.abs(bright - 21.0), 99.0))
        rows.append(int(order[0]))
    return rows


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "One held-out object of each type of the mock and a star, each near F814W = 21: magnitudes with "
        "errors; triangles are the 1 sigma limits of bands in which nothing was detected. The thesis takes "
        "such bands as magnitude 27; here they are masked, with their limit."
    )


ITEM = register_item(
    ReportItem("alhambra", "energy_distributions", "Spectral energy distributions", "", ("alhambra.heldout",),
               text, draw, size=(10.0, 5.5))
)  # fmt: skip
