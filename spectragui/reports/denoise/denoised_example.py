"""Figures 4 and 5: original and denoised spectrum, the error, and the calcium triplet."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.spectral_axis import doppler_factor
from spectragui.reports.denoise.evaluation import CALCIUM_AA, OURS, PRESET, STAR_WORDS
from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.training.parameters.report_figures import legend_above

_COLOURS = {OURS: "C1", PRESET: "C2"}


def draw(figure: Any, results: Results) -> None:
    """Draw the whole spectrum left, the triplet right; relative errors below."""
    one = results["denoise.example"]
    wave, shift = np.asarray(one["wavelength_aa"]), doppler_factor(float(one["v_rad"]))
    axes = figure.subplots(2, 2, height_ratios=[2, 1], width_ratios=[1.6, 1], sharex="col")
    ends = (CALCIUM_AA[0] * shift - 40.0, CALCIUM_AA[2] * shift + 40.0)
    near = (wave > ends[0]) & (wave < ends[1])
    for column, chosen in enumerate((np.ones(wave.size, dtype=bool), near)):
        top, low = axes[:, column]
        top.plot(wave[chosen], one["noisy"][chosen], color="0.85", lw=0.5, label="noisy")
        top.plot(wave[chosen], one["truth"][chosen], color="C0", lw=1.0, label="original")
        for name, flux in reversed(one["denoised"].items()):  # what is bundled lies on top
            error = 100 * (np.asarray(flux) / one["truth"] - 1.0)
            top.plot(wave[chosen], flux[chosen], color=_COLOURS[name], lw=0.8, ls="--", label=name)
            low.plot(wave[chosen], error[chosen], color=_COLOURS[name], lw=0.6, label=name)
        low.set_xlabel("wavelength [Å], vacuum")
        low.set_yscale("symlog", linthresh=1.0)
        top.set_ylim(0.0, 1.1)
    axes[0, 0].set_ylabel("flux (median 0.5)")
    axes[1, 0].set_ylabel("relative error [%]")
    legend_above(figure, axes[0, 0])
    axes[0, 0].set_title(f"{STAR_WORDS}; S/N {one['snr']:.1f}", fontsize=9)
    axes[0, 1].set_title("Ca II triplet", fontsize=9)


def table(results: Results) -> ReportTable:
    """Return the measures that the paper writes into its figure."""
    rows = []
    for name, kept in results["denoise.example"]["measures"].items():
        values = {key: float(np.asarray(value)[0]) for key, value in kept.items()}
        rows.append(
            (
                name,
                values["mean_e"],
                values["max_e"],
                100 * values["mean_r"],
                100 * values["max_r"],
                values["kl"],
            )
        )
    columns = (
        ("denoiser", ""),
        ("mean_abs_E", ""),
        ("max_abs_E", ""),
        ("mean_abs_R", "%"),
        ("max_abs_R", "%"),
        ("KL_divergence", ""),
    )
    return ReportTable(columns, tuple(rows))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "The noisy star of Figure 1 denoised by the bundled `pfs-dae` and by the paper's network as "
        "far as it "
        "was trained; below, the relative error (linear within 1 %). |E| is at a median flux of 0.5, "
        "as in the "
        "paper, which finds its largest errors at the strongest lines."
    )


ITEM = register_item(
    ReportItem(
        "denoise",
        "denoised_example",
        "Original, denoised, error",
        "Figures 4 and 5",
        ("denoise.example",),
        text,
        draw,
        table,
        size=(11.0, 5.5),
    )
)
