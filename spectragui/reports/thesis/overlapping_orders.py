"""Overlaps of orders: order i wins over i + 1, beside weights by inverse variance."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item

_SHOWN_AA = 6.0  # on both sides of an overlap


def overlap_ends(results: Results) -> tuple[float, float]:
    """Return where the first two orders overlap [Angstrom]."""
    first, second = results["thesis.frame"]["orders"][:2]
    return float(second["wavelength_aa"][0]), float(first["wavelength_aa"][-1])


def draw(figure: Any, results: Results) -> None:
    """Draw both orders, then the stitched spectrum by either rule, and their difference."""
    frame, (low, high) = results["thesis.frame"], overlap_ends(results)
    top, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=[1.3, 1.3, 1])
    for number, order in enumerate(frame["orders"][:2]):
        top.plot(
            order["wavelength_aa"], order["flux"], lw=0.7, label=f"order {'i' if not number else 'i + 1'}"
        )
    for (name, one), colour in zip(frame["stitched"].items(), ("C0", "C1"), strict=True):
        middle.plot(one["wavelength_aa"], one["flux"], lw=0.7, color=colour, label=name)
    wave, difference = rules_apart(results)
    lower.plot(wave, 100 * difference, lw=0.6, color="C3")
    for axes in (top, middle, lower):
        axes.axvspan(low, high, color="0.93", zorder=0)
        axes.set_xlim(low - _SHOWN_AA, high + _SHOWN_AA)
    for axes in (top, middle):
        axes.set_ylabel("normalised flux")
        axes.set_ylim(0.0, 1.3)
        axes.legend(fontsize=8, loc="lower right")
    lower.set_ylabel("difference [%]")
    lower.set_xlabel("wavelength [Å], vacuum, as observed (grey: the overlap)")


def rules_apart(results: Results) -> Any:
    """Return wavelengths near the overlap, and inverse variance minus "order i wins" there."""
    first, second = results["thesis.frame"]["stitched"].values()
    low, high = overlap_ends(results)
    wave = np.asarray(first["wavelength_aa"])
    near = (wave > low - _SHOWN_AA) & (wave < high + _SHOWN_AA)
    other = np.interp(wave[near], second["wavelength_aa"], second["flux"])
    return wave[near], other - np.asarray(first["flux"])[near]


def text(results: Results) -> str:
    """Say what each rule does."""
    low, high = overlap_ends(results)
    return (
        f"Two neighbouring orders of the simulated frame overlap at {low:.1f}-{high:.1f} Å. By the "
        "thesis' rule "
        "order i wins and order i + 1 only fills its gaps; by inverse variance, the default here, both "
        "count by "
        "their errors, which is less noisy where both are good."
    )


def table(results: Results) -> ReportTable:
    """Return the scatter against the truth inside the overlap, of either rule."""
    truth, (low, high) = results["thesis.frame"]["truth"], overlap_ends(results)
    rows = []
    for name, one in results["thesis.frame"]["stitched"].items():
        wave, flux = np.asarray(one["wavelength_aa"]), np.asarray(one["flux"])
        inside = (wave > low) & (wave < high) & np.isfinite(flux)
        true = np.interp(wave[inside], truth["wavelength_aa"], truth["flux"], left=np.nan, right=np.nan)
        ratio = flux[inside] - true
        ratio = ratio[np.isfinite(ratio)]
        rows.append((name, 100 * float(np.std(ratio)) if ratio.size else np.nan, float(ratio.size)))
    return ReportTable((("rule", ""), ("scatter_against_truth", "%"), ("pixels", "")), tuple(rows))


ITEM = register_item(
    ReportItem("thesis", "overlapping_orders", "Overlaps: order i wins", "Chapter 4", ("thesis.frame",), text,
               draw, table, size=(10.0, 6.0))
)  # fmt: skip
