"""Figures 10 and 11: a new line and a deepened one, and what denoisers make of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.denoise.evaluation import (
    CALCIUM_AA,
    FACTOR,
    LINE_SNR,
    NEW_LINE_AA,
    OURS,
    PRESET,
    heldout_report,
)
from spectragui.reports.report_item import Compared, ReportItem, ReportTable, Results, register_item
from spectragui.training.parameters.report_figures import legend_above

_COLOURS = {OURS: "C1", PRESET: "C2"}


def draw(figure: Any, results: Results) -> None:
    """Draw the region of the triplet: original, changed, denoised; relative and absolute errors."""
    one = results["denoise.lines"]
    wave = np.asarray(one["rest_aa"])
    near = (wave > 8470.0) & (wave < 8690.0)
    top, middle, low = figure.subplots(3, 1, sharex=True, height_ratios=[2.4, 1, 1])
    top.plot(wave[near], one["truth"][near], color="C0", lw=1.2, label="original")
    top.plot(wave[near], one["changed"][near], color="C3", lw=0.9, label="with changed lines")
    for name, flux in one["denoised"].items():
        error = np.asarray(flux) - one["changed"]
        top.plot(wave[near], flux[near], color=_COLOURS[name], lw=0.9, ls="--", label=f"denoised, {name}")
        middle.plot(wave[near], 100 * (error / one["changed"])[near], color=_COLOURS[name], lw=0.8)
        low.plot(wave[near], error[near], color=_COLOURS[name], lw=0.8)
    for axes in (top, middle, low):
        for at in (*CALCIUM_AA, NEW_LINE_AA):
            axes.axvline(at, color="0.85", lw=0.8, zorder=0)
    top.set_ylabel("flux (median 0.5)")
    middle.set_ylabel("rel. error [%]")
    low.set_ylabel("error (median 0.5)")
    low.set_xlabel("wavelength [Å], vacuum, rest frame")
    legend_above(figure, top)


def reproduced(results: Results, name: str, at_aa: float) -> float:
    """Return which part of the change at a line a denoised spectrum shows [of its equivalent width]."""
    one = results["denoise.lines"]
    wave, truth = np.asarray(one["rest_aa"]), np.asarray(one["truth"])
    inside = np.abs(wave - at_aa) <= 6.0
    made = np.sum((1.0 - np.asarray(one["changed"]) / truth)[inside])
    return float(np.sum((1.0 - np.asarray(one["denoised"][name]) / truth)[inside]) / made)


def text(results: Results) -> str:
    """Say what was changed and what the window does about it."""
    new, deeper = (100 * reproduced(results, OURS, at) for at in (NEW_LINE_AA, CALCIUM_AA[1]))
    return (
        f"A new Voigt line (1.5 Å) at {NEW_LINE_AA:g} Å and the calcium line at {CALCIUM_AA[1]:.0f} Å "
        "deeper by a "
        f"factor {FACTOR:g}, in the star of Figure 1 at S/N {LINE_SNR:g}; errors are against the changed "
        "spectrum. The paper finds that neither change comes back, since no star has it. The bundled "
        f"denoiser shows {new:.0f} % of the new line and {deeper:.0f} % of the extra depth here. The table "
        "counts how often it flags such places by itself (lines of 5.5 to 7 sigma), and how often a sister "
        "line that nobody touched moved by more than 2 sigma."
    )


def table(results: Results) -> ReportTable:
    """Return the counts over many stars."""
    rows = tuple(
        (one.kind, one.snr, 100 * one.flagged, 100 * one.shown, 100 * one.moved, float(one.n_spectra))
        for one in heldout_report(results).cases
    )
    columns = (("change", ""), ("snr", ""), ("flagged", "%"), ("shown_median", "%"), ("sister_moved", "%"),
               ("spectra", ""))  # fmt: skip
    return ReportTable(columns, rows)


def compared(results: Results) -> list[Compared]:
    """Return the paper's words beside what is shown of each change."""
    rows = []
    for name in (OURS, PRESET):
        how = f"{name}, this spectrum"
        rows += [
            Compared("new line: part of it that is reproduced", "%", "none", "Sect. 4.3",
                     100 * reproduced(results, name, NEW_LINE_AA), how),
            Compared("deepened line: part of the extra depth", "%", "none (original depth)", "Sect. 4.3",
                     100 * reproduced(results, name, CALCIUM_AA[1]), how),
        ]  # fmt: skip
    return rows


ITEM = register_item(
    ReportItem("denoise", "unseen_lines", "Injected and deepened lines", "Figures 10 and 11",
               ("denoise.lines", "denoise.heldout"), text, draw, table, compared, size=(10.0, 6.5))
)  # fmt: skip
