"""The bundled denoiser beside filters, components and the paper's network."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.denoise.evaluation import OURS, heldout_report
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.training.denoiser.report import SNRS


def _errors(results: Results) -> dict[str, dict[float, float]]:
    report = heldout_report(results)
    ours = {snr: float(report.fixed["emulator", snr].mean_r.mean()) for snr in SNRS}
    return {OURS: ours, **report.rivals}


def draw(figure: Any, results: Results) -> None:
    """Draw the mean error of each method at both S/N."""
    errors = _errors(results)
    place = np.arange(len(errors))
    axes = figure.subplots()
    for number, snr in enumerate(SNRS):
        values = [100 * one[snr] for one in errors.values()]
        axes.barh(place + 0.4 * number - 0.2, values, 0.38, label=f"S/N {snr:g}")
    axes.set_yticks(place, list(errors))
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="mean |R| [%]")
    axes.legend(fontsize=8)


def text(results: Results) -> str:
    """Say what they are."""
    return (
        "Mean relative error of the same simulated observations: as they are, smoothed by the best of six "
        "windows, by wavelets, projected on components at the true velocity, by the paper's network as "
        "far as it "
        "was trained, by the bundled denoiser. The paper compares with no other method."
    )


def table(results: Results) -> ReportTable:
    """Return the errors."""
    rows = tuple((name, *(100 * one[snr] for snr in SNRS)) for name, one in _errors(results).items())
    return ReportTable((("method", ""), *((f"mean_abs_R_at_{snr:g}", "%") for snr in SNRS)), rows)


ITEM = register_item(
    ReportItem(
        "denoise",
        "denoising_methods",
        "Beside other methods",
        "",
        ("denoise.heldout",),
        text,
        draw,
        table,
        size=(8.0, 3.6),
    )
)
