"""Figures 6 to 9: mean and maximum of absolute and relative errors against S/N, Teff, log g and [Fe/H]."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.card_musts import emulator_musts
from spectragui.reports.denoise.evaluation import OURS, PRESET, heldout_report
from spectragui.reports.report_item import (
    Compared,
    Must,
    ReportItem,
    ReportTable,
    Results,
    below,
    register_item,
)
from spectragui.training.parameters.report_figures import legend_above

_QUANTITIES = {"snr": "S/N (median)", "teff": "Teff [K]", "logg": "log g [dex]", "m_h": "[Fe/H] [dex]"}
_MEASURES = (("mean_e", "max_e", "|E| (median flux 0.5)", 1.0), ("mean_r", "max_r", "|R| [%]", 100.0))


def draw(figure: Any, results: Results) -> None:
    """Draw a column a quantity: absolute errors above, relative ones below."""
    report = heldout_report(results)
    theirs = results["denoise.hourglass"]
    axes = figure.subplots(2, len(_QUANTITIES), sharey="row", sharex="col")
    for row, (mean, largest, words, factor) in zip(axes, _MEASURES, strict=True):
        for axis, (name, label) in zip(row, _QUANTITIES.items(), strict=True):
            x = report.quantities[name]
            axis.plot(
                x, factor * getattr(report.natural, largest), ".", ms=2, color="0.7", label=f"max, {OURS}"
            )
            axis.plot(x, factor * getattr(report.natural, mean), ".", ms=3, color="C1", label=f"mean, {OURS}")
            axis.plot(
                theirs["quantities"][name],
                factor * np.asarray(theirs["natural"][mean]),
                "x",
                ms=3,
                color="C2",
                label=f"mean, {PRESET}",
            )
            axis.set_yscale("log")
            if name == "snr":
                axis.set_xscale("log")
                axis.set_ylabel(words)
            if mean == "mean_r":  # the lower row
                axis.set_xlabel(label)
    legend_above(figure, axes[0, 0])


def _mean_near(results: Results, low: float, high: float, source: Any = None) -> float:
    kept = results["denoise.hourglass"] if source is None else source
    snr, mean = np.asarray(kept["quantities"]["snr"]), np.asarray(kept["natural"]["mean_r"])
    chosen = (snr >= low) & (snr < high)
    return 100 * float(mean[chosen].mean()) if chosen.any() else float("nan")


def text(results: Results) -> str:
    """Say what is seen, in the paper's order."""
    report = heldout_report(results)
    mean, known = 100 * report.natural.mean_r, report.quantities
    cool = known["teff"] < 3750.0
    words = "no star was that cool"
    if cool.sum() > 1:
        words = f"{np.std(mean[cool]):.2f} % there against {np.std(mean[~cool]):.2f} %"
    slope = np.polyfit(known["m_h"], np.log10(mean), 1)[0]
    return (
        f"{len(mean)} drawn nights of the bundled denoiser, and the paper's network as far as it was "
        "trained. "
        "The paper sees errors fall with S/N with an upturn below 10, more spread below 3750 K (ours: "
        f"{words}), larger errors at the ends of log g, and a rise with [Fe/H] (ours: "
        f"{slope:+.2f} dex of |R| per dex)."
    )


def table(results: Results) -> ReportTable:
    """Return errors at fixed S/N, of both truths."""
    rows = []
    for (source, snr), one in heldout_report(results).fixed.items():
        rows.append(
            (
                source,
                snr,
                100 * float(one.mean_r.mean()),
                100 * float(one.max_r.mean()),
                100 * float(one.bias.mean()),
                float(one.kl.mean()),
                float(len(one.mean_r)),
            )
        )
    columns = (
        ("truth", ""),
        ("snr", ""),
        ("mean_abs_R", "%"),
        ("max_abs_R", "%"),
        ("bias", "%"),
        ("KL_divergence", ""),
        ("spectra", ""),
    )
    return ReportTable(columns, tuple(rows))


def compared(results: Results) -> list[Compared]:
    """Return the paper's statements beside ours."""
    report = heldout_report(results)
    n = len(report.natural.mean_r)
    mean, snr = report.natural.mean_r, report.quantities["snr"]
    wide = mean[(snr > 10) & (snr < 120)]
    decade = float(wide.max() / wide.min()) if wide.size else float("nan")
    own = results["denoise.heldout"]
    return [
        Compared(
            "mean |R| at S/N about 10",
            "%",
            "sub-percent",
            "Sect. 5",
            _mean_near(results, 8, 12, own),
            f"{OURS}, S/N 8-12 of {n} nights",
        ),
        Compared(
            "mean |R| at S/N about 10, its own network",
            "%",
            "sub-percent",
            "Sect. 5",
            _mean_near(results, 8, 12),
            f"{PRESET}, as far as it was trained",
        ),
        Compared(
            "largest over smallest mean |R| for 10 < S/N < 120",
            "",
            "within a decade",
            "Sect. 4.2",
            decade,
            f"{OURS}, {n} nights",
        ),
        Compared(
            "mean |R| at S/N 5-10",
            "%",
            "an upturn",
            "Sect. 4.2",
            _mean_near(results, 5, 10, own),
            f"{OURS}, {n} nights",
        ),
    ]


def musts(results: Results) -> list[Must]:
    """Return what the bundled denoiser must reach."""
    report = heldout_report(results)
    rows = emulator_musts("pfs-emulator")
    for snr, limit in ((10.0, 0.010), (30.0, 0.005)):
        one = report.fixed.get(("grid", snr))
        value = float("nan") if one is None else float(one.mean_r.mean())
        n = 0 if one is None else len(one.mean_r)
        rows.append(
            below(
                f"mean relative error at S/N {snr:g}",
                limit,
                value,
                "%",
                f"{OURS}, {n} held-out computed spectra",
                100.0,
            )
        )
    return rows


ITEM = register_item(
    ReportItem(
        "denoise",
        "denoising_errors",
        "Errors against S/N, Teff, log g and [Fe/H]",
        "Figures 6 to 9",
        ("denoise.heldout", "denoise.hourglass"),
        text,
        draw,
        table,
        compared,
        musts,
        size=(11.0, 5.8),
    )
)
