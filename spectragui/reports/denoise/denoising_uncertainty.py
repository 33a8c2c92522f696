"""Whether the uncertainty of a denoised spectrum is what it says."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from spectragui.reports.denoise.evaluation import OURS, heldout_report
from spectragui.reports.report_item import Must, ReportItem, ReportTable, Results, register_item
from spectragui.training.denoiser.report import SNR_BINS
from spectragui.training.parameters.model_comparison import plain_log_ticks


def _bins(results: Results) -> list[tuple[float, float, int, float]]:
    report = heldout_report(results)
    snr, inside = report.quantities["snr"], report.natural.inside
    found = []
    for low, high in itertools.pairwise(SNR_BINS):
        chosen = (snr >= low) & (snr < high)
        if chosen.sum() >= 5:
            found.append((low, high, int(chosen.sum()), float(inside[chosen].mean())))
    return found


def draw(figure: Any, results: Results) -> None:
    """Draw the part of pixels within 1 sigma by S/N."""
    rows = _bins(results)
    axes = figure.subplots()
    axes.axhspan(63, 73, color="0.9")
    axes.axhline(68.3, color="0.5", lw=0.8)
    axes.plot([np.sqrt(low * high) for low, high, _, _ in rows], [100 * part for *_, part in rows], "o-")
    axes.set(xscale="log", xlabel="S/N (median)", ylabel="pixels within 1 sigma [%]", ylim=(50, 85))
    plain_log_ticks(axes.xaxis)


def text(results: Results) -> str:
    """Say what it means."""
    return (
        "Part of the pixels whose true flux lies within the stated 1 sigma of the denoised one; grey: "
        "68 ± 5 %. "
        "The paper's network states no uncertainty."
    )


def table(results: Results) -> ReportTable:
    """Return the bins."""
    rows = tuple((f"{low:g}-{high:g}", float(n), 100 * part) for low, high, n, part in _bins(results))
    return ReportTable((("snr", ""), ("spectra", ""), ("within_1_sigma", "%")), rows)


def musts(results: Results) -> list[Must]:
    """Return whether each of S/N 10, 30 and 100 holds."""
    rows = []
    for snr in (10.0, 30.0, 100.0):
        found = [one for one in _bins(results) if one[0] <= snr < one[1]]
        what = f"pixels within 1 sigma at S/N {snr:g}"
        if not found:
            rows.append(Must(what, "68 ± 5 %", "too few nights so deep", None, OURS))
            continue
        low, high, n, part = found[0]
        rows.append(Must(what, "68 ± 5 %", f"{100 * part:.1f} %", abs(part - 0.68) <= 0.05,
                         f"{OURS}, {n} nights of S/N {low:g}-{high:g}"))  # fmt: skip
    return rows


ITEM = register_item(
    ReportItem("denoise", "denoising_uncertainty", "Uncertainty", "", ("denoise.heldout",), text, draw, table,
               musts=musts, size=(7.0, 3.6))
)  # fmt: skip
