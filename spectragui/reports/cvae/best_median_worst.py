"""True and generated spectra, and their residual: the best, a median and the worst one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LABELS
from spectragui.reports.cvae.evaluation import EXAMPLES, cases_of
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.simulation.generator import GENERATOR_LABELS
from spectragui.training.parameters.report_figures import legend_above

ENLARGED_AA = (5160.0, 5190.0)  # the magnesium triplet


def draw(figure: Any, results: Results) -> None:
    """Draw each spectrum, its generated one, and the residual below; a part of each larger, on the right."""
    wavelength = np.asarray(cases_of(results)[0].wavelength_aa)
    near = (wavelength >= ENLARGED_AA[0]) & (wavelength <= ENLARGED_AA[1])
    grid = {"height_ratios": [2.2, 1] * 3, "width_ratios": [1.7, 1]}
    axes = figure.subplots(6, 2, sharex="col", sharey="row", **grid)
    for number, name in enumerate(EXAMPLES):
        one = results["cvae.residuals"]["examples"][name]
        top, low = axes[2 * number], axes[2 * number + 1]
        for column, chosen in enumerate((np.ones(wavelength.size, dtype=bool), near)):
            _draw_pair(top[column], low[column], wavelength, one, chosen, "-" if column == 0 else "--")
        labels = np.asarray(one["labels"])
        words = f"{name}: Teff {labels[0]:.0f} K, log g {labels[1]:.2f}, [M/H] {labels[2]:+.2f}, "
        words += f"v sin i {labels[5]:.0f} km/s, R {labels[6]:,.0f}; "
        words += f"mean |residual| {100 * one['mean_error']:.3f} %"
        top[0].set_title(words, fontsize=8, loc="left")
        top[0].set_ylabel("norm. flux", fontsize=8)
        low[0].set_ylabel("resid. [%]", fontsize=8)
    axes[-1, 0].set_xlabel("wavelength [Å], air")
    axes[-1, 1].set_xlabel("wavelength [Å], air (a part, larger)")
    legend_above(figure, axes[0, 1])


def _draw_pair(
    top: Any, low: Any, wavelength: NDArray[Any], one: Mapping[str, Any], chosen: NDArray[Any], style: str
) -> None:
    true, made, width = np.asarray(one["true"]), np.asarray(one["generated"]), 0.5 if style == "-" else 0.9
    top.plot(wavelength[chosen], true[chosen], color="0.2", lw=width, label="true")
    top.plot(wavelength[chosen], made[chosen], color="C1", lw=width, ls=style, label="generated")
    low.plot(wavelength[chosen], 100 * (made - true)[chosen], color="C0", lw=width)
    low.axhline(0.0, color="0.6", lw=0.6)


def text(results: Results) -> str:
    """Say which spectra these are."""
    n = len(cases_of(results)[0].labels)
    return (
        f"Of {n} held-out spectra the one with the smallest, the median and the largest mean residual; on "
        "the right the magnesium triplet."
    )


def table(results: Results) -> ReportTable:
    """Return their labels and errors."""
    columns = [
        ("spectrum", ""),
        *((name, LABELS[name].unit) for name in GENERATOR_LABELS),
        ("mean_error", "%"),
    ]
    rows = []
    for name in EXAMPLES:
        one = results["cvae.residuals"]["examples"][name]
        rows.append((name, *(float(value) for value in one["labels"]), 100.0 * float(one["mean_error"])))
    return ReportTable(tuple(columns), tuple(rows))


ITEM = register_item(
    ReportItem(
        "cvae",
        "best_median_worst",
        "True, generated, residual",
        "Section 3.3",
        ("cvae.residuals",),
        text,
        draw,
        table,
        size=(11.0, 9.0),
    )
)
