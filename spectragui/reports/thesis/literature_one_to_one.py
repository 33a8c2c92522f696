"""Predicted against the literature for real stars, with the errors of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import MAIN_LABELS
from spectragui.reports.report_item import Must, ReportItem, ReportTable, Results, register_item
from spectragui.reports.thesis.evaluation import BUNDLED
from spectragui.training.parameters.report_figures import legend_above, with_unit

_COLOURS = {BUNDLED: "C0", "mdwarf-starnet": "C3"}
_DWARF_LIMITS = {"teff": 100.0, "logg": 0.15, "m_h": 0.25}


def _stars(results: Results) -> list[dict[str, Any]]:
    return list(results["thesis.stars"]["stars"])


def draw(figure: Any, results: Results) -> None:
    """Draw a panel a label."""
    stars = [one for one in _stars(results) if one["labels"]]
    for axes, label in zip(figure.subplots(1, len(MAIN_LABELS)), MAIN_LABELS, strict=True):
        for name in dict.fromkeys(one["model"] for one in stars):
            rows = [one for one in stars if one["model"] == name]
            known, said = ([one[key][label] for one in rows] for key in ("known", "labels"))
            e_known, e_said = ([one[key][label] for one in rows] for key in ("e_known", "errors"))
            axes.errorbar(
                known,
                said,
                e_said,
                e_known,
                fmt="o",
                ms=4,
                lw=0.8,
                label=name,
                color=_COLOURS.get(name, "C1"),
                alpha=0.8,
            )
        ends = np.array(
            [min(one["known"][label] for one in stars), max(one["known"][label] for one in stars)]
        )
        axes.plot(ends, ends, "k-", lw=0.8)
        axes.set_xlabel(f"literature {with_unit(label)}")
        axes.set_ylabel(f"network: {with_unit(label)}")
    legend_above(figure, figure.axes[0])


def text(results: Results) -> str:
    """Say which stars these are."""
    return (
        "Real spectra that judge (Gaia benchmark stars and others within the grid): the bundled StarNet and "
        "the thesis' network as far as it was trained; GJ 699 by HPF and TRES with `mdwarf-starnet`, "
        "whose line "
        "list was fitted to it. Network alone, no fit. The thesis' CARMENES spectra are not at hand."
    )


def table(results: Results) -> ReportTable:
    """Return predicted minus literature of each star."""
    rows = []
    for one in _stars(results):
        values = [float(one["labels"].get(n, np.nan)) - float(one["known"][n]) for n in MAIN_LABELS]
        word = one["message"] or ("flagged" if one["is_flagged"] else "good")
        rows.append((one["object"], one["instrument"], one["model"], *values, word))
    columns = (
        ("star", ""),
        ("instrument", ""),
        ("network", ""),
        ("d_teff", "K"),
        ("d_logg", "dex"),
        ("d_m_h", "dex"),
        ("verdict", ""),
    )
    return ReportTable(columns, tuple(rows))


def musts(results: Results) -> list[Must]:
    """Return whether GJ 699 comes out as it must."""
    rows = []
    for one in _stars(results):
        if one["model"] != "mdwarf-starnet" or not one["labels"]:
            continue
        off = {name: one["labels"][name] - one["known"][name] for name in MAIN_LABELS}
        met = all(abs(off[n]) <= limit for n, limit in _DWARF_LIMITS.items()) and not one["is_flagged"]
        shown = f"{off['teff']:+.0f} K, {off['logg']:+.3f}, {off['m_h']:+.3f}"
        shown += ", flagged" if one["is_flagged"] else ""
        rows.append(
            Must(
                f"{one['object']} by {one['instrument']}, network",
                "100 K, 0.15, 0.25, not flagged",
                shown,
                met,
                "mdwarf-starnet, real spectrum",
            )
        )
    return rows


ITEM = register_item(
    ReportItem(
        "thesis",
        "literature_one_to_one",
        "Predicted against the literature",
        "Chapter 6",
        ("thesis.stars",),
        text,
        draw,
        table,
        musts=musts,
        size=(11.0, 4.0),
    )
)
