"""Table 6.1: StarNet and VGG for T, TG and TGM."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import LABELS
from spectragui.reports.card_musts import case_musts, emulator_musts, judged_elsewhere
from spectragui.reports.report_item import (
    Compared,
    Must,
    ReportItem,
    ReportTable,
    Results,
    below,
    register_item,
)
from spectragui.reports.thesis.evaluation import BUNDLED, PRESETS, compared_rows, error_of
from spectragui.training.parameters.model_comparison import FIGURES, SHOWN_CASE, THESIS, is_possible
from spectragui.training.parameters.report import (
    H_BAND_TARGETS,
    MDWARF_TARGETS,
    NIR_TARGETS,
    SLOW_TARGETS,
)
from spectragui.training.parameters.report_figures import legend_above

_BUNDLED = (
    ("optical-any-length", SLOW_TARGETS),
    ("mdwarf-starnet", MDWARF_TARGETS),
    ("mdwarf-vgg", MDWARF_TARGETS),
    ("mdwarf-nir", NIR_TARGETS),
    ("hband-starnet", H_BAND_TARGETS),
)


def _preset(network: str, words: str) -> str:
    return f"paper-{network.lower()}-{words}"


def draw(figure: Any, results: Results) -> None:
    """Draw MAE and RMSE of Teff, the thesis' and ours."""
    names = [f"{network} {words}" for network, words, _, _ in THESIS]
    place = np.arange(len(names))
    left, right = figure.subplots(1, 2, sharey=True)
    ours = [error_of(results, _preset(network, words), "teff") for network, words, _, _ in THESIS]
    bars: list[Any] = []
    for axes, title, printed, key in (
        (left, "MAE", [mae for _, _, mae, _ in THESIS], "MAE"),
        (right, "RMSE", [mse**0.5 for _, _, _, mse in THESIS], "RMSE"),
    ):
        grey = axes.barh(place - 0.2, printed, 0.38, color="0.65", label="thesis (of what is not said)")
        bars += zip(grey, THESIS, strict=True)
        axes.barh(
            place + 0.2, [one.get(key, np.nan) for one in ours], 0.38, color="C0", label="ours, Teff [K]"
        )
        axes.set_yticks(place, names)
        axes.set(title=title, xlabel=f"{title} [K]")
    left.invert_yaxis()
    legend_above(figure, left)
    for bar, (_, _, mae, mse) in bars:  # after the legend, which would take the hatching of the first for all
        bar.set_hatch("" if is_possible(mae, mse) else "///")


def text(results: Results) -> str:
    """Say what is comparable."""
    return (
        f"Errors of computed spectra ({SHOWN_CASE} per pixel; 3900-9750 K, R 20,000-115,000, v sin i "
        "below 30 "
        "km/s) that nothing was trained on. Grey: the thesis' numbers as printed, its RMSE from its "
        "MSE; it says "
        "neither of which data nor, for TG and TGM, of which label. Hatched: its MSE is below its "
        "MAE², which no set of errors can have."
    )


def table(results: Results) -> ReportTable:
    """Return MAE, MSE, RMSE, R2 and bias of each network and label at S/N 50."""
    rows = tuple(
        (
            r.model,
            r.labels,
            r.label,
            LABELS[r.label].unit or "-",
            *(float(r.values[name]) for name in FIGURES),
            float(r.n_spectra),
        )
        for r in compared_rows(results)
        if r.data == SHOWN_CASE
    )
    columns = (
        ("network", ""),
        ("labels", ""),
        ("label", ""),
        ("unit", ""),
        *((name, "") for name in FIGURES),
        ("spectra", ""),
    )
    return ReportTable(columns, rows)


def compared(results: Results) -> list[Compared]:
    """Return each printed MAE and MSE beside ours of Teff."""
    rows = []
    for network, words, mae, mse in THESIS:
        ours, name = error_of(results, _preset(network, words), "teff"), _preset(network, words)
        said = "" if is_possible(mae, mse) else f"impossible: MSE < MAE² = {mae**2:.0f}"
        how = f"{name}, Teff, {SHOWN_CASE}"
        nothing = float("nan")
        rows += [
            Compared(f"{network} {words}: MAE", "K", mae, "Table 6.1", ours.get("MAE", nothing), how, said),
            Compared(f"{network} {words}: MSE", "K²", mse, "Table 6.1", ours.get("MSE", nothing), how, said),
        ]
    return rows


def musts(results: Results) -> list[Must]:
    """Return what the models after the thesis must reach."""
    value = error_of(results, BUNDLED, "teff").get("MAE", float("nan"))
    n = next((r.n_spectra for r in compared_rows(results) if r.model == BUNDLED), 0)
    rows = [below("optical-starnet: MAE of Teff at S/N 50", 45.0, value, "K", f"{n} held-out spectra")]
    judged = len({(r.model, r.label) for r in compared_rows(results) if r.model in PRESETS})
    rows.append(
        Must(
            "the T / TG / TGM comparison",
            "6 networks, 12 labels",
            f"{judged} of 12",
            judged == 12,
            "this page",
        )
    )
    for name, targets in _BUNDLED:
        rows += case_musts(name, targets)
    rows += emulator_musts("mdwarf-emulator")
    rows.append(
        judged_elsewhere(
            "one network a label beside T, TG, TGM",
            "in one report",
            "`train paper-starnet --one-a-label`, `evaluate`",
        )
    )
    rows.append(
        judged_elsewhere(
            "verdict on 200 cases outside each model's domain",
            "95 % flagged, false alarms < 5 %",
            "docs/experiments.md",
        )
    )
    return rows


ITEM = register_item(
    ReportItem(
        "thesis",
        "network_comparison",
        "StarNet and VGG for one, two and three labels",
        "Table 6.1",
        ("thesis.comparison",),
        text,
        draw,
        table,
        compared,
        musts,
        size=(10.0, 4.2),
    )
)
