"""True and generated spectra, and their residual: the best, a median and the worst one."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import LABELS
from spectragui.reports.cvae.evaluation import EXAMPLES, cases_of
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.simulation.generator import GENERATOR_LABELS


def draw(figure: Any, results: Results) -> None:
    """Draw each spectrum, its generated one, and the residual below."""
    wavelength = cases_of(results)[0].wavelength_aa
    axes = figure.subplots(6, 1, sharex=True, height_ratios=[2.2, 1] * 3)
    for number, name in enumerate(EXAMPLES):
        one = results["cvae.residuals"]["examples"][name]
        top, low = axes[2 * number], axes[2 * number + 1]
        top.plot(wavelength, one["true"], color="0.3", lw=0.6, label="true")
        top.plot(wavelength, one["generated"], color="C1", lw=0.5, label="generated")
        low.plot(wavelength, 100 * (np.asarray(one["generated"]) - one["true"]), color="C0", lw=0.4)
        low.axhline(0.0, color="0.6", lw=0.6)
        labels = np.asarray(one["labels"])
        words = f"{name}: Teff {labels[0]:.0f} K, log g {labels[1]:.2f}, [M/H] {labels[2]:+.2f}, "
        words += f"v sin i {labels[5]:.0f} km/s, R {labels[6]:,.0f}; "
        words += f"mean |residual| {100 * one['mean_error']:.3f} %"
        top.set_title(words, fontsize=8, loc="left")
        top.set_ylabel("norm. flux", fontsize=8)
        low.set_ylabel("resid. [%]", fontsize=8)
    axes[0].legend(fontsize=7, ncols=2, loc="lower right")
    axes[-1].set_xlabel("wavelength [Å], air")


def text(results: Results) -> str:
    """Say which spectra these are."""
    n = len(cases_of(results)[0].labels)
    return f"Of {n} held-out spectra the one with the smallest, the median and the largest mean residual."


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
        size=(10.0, 9.0),
    )
)
