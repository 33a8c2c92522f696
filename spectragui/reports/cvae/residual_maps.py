"""Section 4.2: residuals over the space of parameters, means and medians of the cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.cvae.evaluation import OURS, cases_of
from spectragui.reports.report_item import Compared, Must, ReportItem, Results, below, register_item
from spectragui.simulation.generator import GENERATOR_LABELS
from spectragui.training.generator.figures import PLANES, draw_plane

CELLS = 5
_LIMIT = 2e-3


def draw(figure: Any, results: Results) -> None:
    """Draw means (above) and medians (below) over the three planes."""
    result = cases_of(results)[0]
    axes = figure.subplots(2, len(PLANES))
    for row, statistic in zip(axes, ("mean", "median"), strict=True):
        for axis, plane in zip(row, PLANES, strict=True):
            draw_plane(figure, axis, result, plane, statistic, 7)
        row[0].set_title(f"{statistic} of a cell [% of the continuum]", fontsize=9, loc="left")


def cells(results: Results, statistic: str) -> Any:
    """Return the cells of the map in Teff and log g [of the continuum]; NaN where no spectrum is."""
    from scipy.stats import binned_statistic_2d

    result = cases_of(results)[0]
    x, y = (result.labels[:, GENERATOR_LABELS.index(name)] for name in PLANES[0])
    return binned_statistic_2d(x, y, result.mean_error, statistic, CELLS).statistic


def text(results: Results) -> str:
    """Say what is compared with what."""
    return (
        "Mean |generated - true| of each spectrum, over pixels; its mean (above) and median (below) in the "
        "cells of three planes, for v sin i 0-300 km/s and R 1000-115,000. The paper's map prints averages: "
        "they are compared with averages, over "
        f"{CELLS} x {CELLS} cells in Teff and log g."
    )


def compared(results: Results) -> list[Compared]:
    """Return the map's largest cell and the part below the paper's limit."""
    n = len(cases_of(results)[0].labels)
    means, medians = cells(results, "mean"), cells(results, "median")
    how = f"{OURS}, {n} held-out spectra, {int(np.isfinite(means).sum())} cells"
    part = 100 * float(np.mean(means[np.isfinite(means)] < _LIMIT))
    return [
        Compared(
            "map of averages: largest cell",
            "of the continuum",
            "< 2e-3 everywhere",
            "Sect. 4.2",
            float(np.nanmax(means)),
            how,
        ),
        Compared("map of averages: cells below 2e-3", "%", 100.0, "Sect. 4.2", part, how),
        Compared(
            "map of medians: largest cell",
            "of the continuum",
            "",
            "",
            float(np.nanmax(medians)),
            how,
            "the paper maps averages",
        ),
    ]


def musts(results: Results) -> list[Must]:
    """Return what generated spectra must reach, and the paper's two statements."""
    first, last = cases_of(results)
    how = f"{OURS}, {len(first.labels)} held-out spectra a case"
    return [
        below(
            "mean |generated - true|, v sin i 0-300, R 1000-115,000",
            first.case.must,
            float(first.mean_error.mean()),
            "%",
            how,
            100.0,
        ),
        below(
            "mean |generated - true|, R > 50,000, v sin i < 20",
            last.case.must,
            float(last.mean_error.mean()),
            "%",
            how,
            100.0,
        ),
        below("paper's abstract: median |residual|", 1.8e-3, float(np.median(first.median_error)), "", how),
        below(
            "paper's map: every cell of averages", _LIMIT, float(np.nanmax(cells(results, "mean"))), "", how
        ),
    ]


ITEM = register_item(
    ReportItem(
        "cvae",
        "residual_maps",
        "Residuals over the space of parameters",
        "Section 4.2",
        ("cvae.residuals",),
        text,
        draw,
        None,
        compared,
        musts,
        size=(11.0, 6.2),
    )
)
