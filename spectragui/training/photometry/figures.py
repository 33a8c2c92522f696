"""Figures of the report on the networks of photometry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from spectragui.analysis.photometry_statistics import (
    agreement_by,
    completeness_and_purity,
    confusion,
    redshift_residuals,
    roc_curve,
)
from spectragui.core.photometry_result import TYPE_NAMES
from spectragui.training.parameters.report_figures import legend_above
from spectragui.training.photometry.measures import OBSERVED, STAR_EDGES, label_of

if TYPE_CHECKING:
    from spectragui.training.photometry.evaluation import PhotometryReport

_Z_EDGES = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.05, 1.2, 1.5, 1.8, 2.2, 3.2])
Draw = Callable[[Any], None]


def report_figures(report: PhotometryReport) -> list[tuple[str, Draw]]:
    """Return the figures that a report allows: name of the file, and what draws it."""
    known = {
        name: np.isfinite(label_of(report.table, name))
        for name in ("z", "star", "log_mass", "m_abs_b", "type")
    }
    figures: list[tuple[str, Draw]] = []
    if known["z"].any():
        figures += [
            ("redshift.png", lambda figure: draw_redshift(figure, report)),
            ("redshift_by_z.png", lambda figure: draw_by_redshift(figure, report)),
        ]
    if report.pit.size:
        figures.append(("pit.png", lambda figure: draw_pit(figure, report)))
    if known["star"].any() and len(np.unique(label_of(report.table, "star")[known["star"]])) == 2:
        figures.append(("stellarity.png", lambda figure: draw_stellarity(figure, report)))
    if known["log_mass"].any():
        figures.append(("mass.png", lambda figure: draw_mass(figure, report)))
    if known["type"].any() and np.nanmax(label_of(report.table, "type")) <= 5:
        figures.append(("type.png", lambda figure: draw_type(figure, report)))
    if any(m.condition == "6 bands" for m in report.measures):
        figures.append(("bands.png", lambda figure: draw_bands(figure, report)))
    return figures


def draw_redshift(figure: Any, report: PhotometryReport) -> None:
    """Draw predicted against true redshift, bright and faint."""
    z, magnitude = label_of(report.table, "z"), np.asarray(report.table.reference_magnitude)
    for axes, (title, chosen) in zip(
        figure.subplots(1, 2),
        (("F814W < 22.5", magnitude < 22.5), ("F814W ≥ 22.5", magnitude >= 22.5)),
        strict=True,
    ):
        rows = chosen & np.isfinite(z) & np.isfinite(report.result["z"])
        cells = axes.hexbin(
            z[rows], report.result["z"][rows], gridsize=90, bins="log", mincnt=1, extent=(0, 3.2, 0, 3.2)
        )
        _count_bar(figure, axes, cells)
        line = np.array([0.0, 3.2])
        axes.plot(line, line, color="0.3", linewidth=0.8)
        for sign in (-1, 1):
            axes.plot(line, line + sign * 0.15 * (1 + line), color="0.3", linewidth=0.6, linestyle="--")
        axes.set(
            title=title,
            xlabel="catalogue redshift z",
            ylabel="network: redshift z",
            xlim=(0, 3.2),
            ylim=(0, 3.2),
        )


def _count_bar(figure: Any, axes: Any, cells: Any) -> None:
    """Say what the colours of cells count; there is nothing to say where all counts are the same."""
    counts = np.asarray(cells.get_array())
    if counts.size and counts.max() > counts.min() > 0:
        figure.colorbar(cells, ax=axes, label="galaxies in a cell")


def draw_by_redshift(figure: Any, report: PhotometryReport) -> None:
    """Draw bias, scatter and outliers against true redshift, of every method."""
    z = label_of(report.table, "z")
    true = z[np.isfinite(z)]
    series = report.redshifts or {"network": report.result["z"][np.isfinite(z)]}
    names = (("bias", "median dz/(1+z)"), ("scatter", "sigma NMAD"), ("outliers", "outliers > 0.15"))
    for axes, (field, label) in zip(figure.subplots(3, 1, sharex=True), names, strict=True):
        for method, values in series.items():
            if len(values) != len(true):
                continue
            found = agreement_by(true, redshift_residuals(values, true), _Z_EDGES)
            axes.plot(
                found.centres,
                [getattr(one, field) for one in found.bins],
                marker="o",
                markersize=3,
                label=method,
            )
        axes.axvline(0.9, color="0.6", linewidth=0.8, linestyle=":")
        axes.set_ylabel(label)
        if field != "bias":
            axes.set_yscale("log")
    axes.set_xlabel("catalogue z (dotted: the thesis' limit)")
    figure.axes[0].set_ylim(-0.15, 0.15)
    legend_above(figure, figure.axes[0])


def draw_pit(figure: Any, report: PhotometryReport) -> None:
    """Draw the ranks of true redshifts in their probabilities, and the part within 68 % by magnitude."""
    left, right = figure.subplots(1, 2)
    left.hist(report.pit, bins=40, range=(0, 1), density=True, color="0.6")
    left.axhline(1.0, color="0.2", linewidth=0.8)
    left.set(xlabel="rank of the true redshift", ylabel="density")
    found = [
        m for m in report.measures
        if m.task == "redshift" and m.quantity == "inside_68_percent" and m.selection.startswith("F814W")
    ]  # fmt: skip
    right.plot(range(len(found)), [m.value for m in found], marker="o")
    right.axhspan(0.64, 0.72, color="0.9")
    right.set_xticks(range(len(found)), [m.selection.removeprefix("F814W ") for m in found])
    right.set(xlabel="F814W [mag, AB]", ylabel="true redshifts within the 68 % interval", ylim=(0.5, 0.85))


def draw_stellarity(figure: Any, report: PhotometryReport) -> None:
    """Draw the ROC, calibration, completeness and purity of stars."""
    star = label_of(report.table, "star") == 1.0
    magnitude = np.asarray(report.table.reference_magnitude, dtype=np.float64)
    roc_axes, calibration, by_magnitude = figure.subplots(1, 3)
    for column, label in (("p_star", "with size and shape"), ("p_star_photometry", "colours alone")):
        p = report.result[column].astype(np.float64)
        roc = roc_curve(p, star)
        roc_axes.plot(roc.false_positive, roc.true_positive, label=f"{label}: {roc.area:.4f}")
        place = np.clip((np.nan_to_num(p) * 10).astype(int), 0, 9)
        means = [(p[place == k].mean(), star[place == k].mean()) for k in range(10) if (place == k).any()]
        calibration.plot(*np.array(means).T, marker="o", label=label)
        found = completeness_and_purity(magnitude, star, p > 0.5, STAR_EDGES)
        (line,) = by_magnitude.plot(
            found.centres, found.completeness, marker="o", label=f"completeness, {label}"
        )
        by_magnitude.plot(
            found.centres, found.purity, linestyle="--", color=line.get_color(), label=f"purity, {label}"
        )
    roc_axes.set(xlabel="galaxies called stars", ylabel="stars found", xlim=(-0.01, 0.3))
    calibration.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
    calibration.set(xlabel="p_star", ylabel="part that are stars")
    by_magnitude.set(xlabel="F814W [mag, AB]", ylabel="part of the stars", ylim=(0, 1.02))
    for axes in (roc_axes, by_magnitude):
        axes.legend(fontsize=7)


def draw_mass(figure: Any, report: PhotometryReport) -> None:
    """Draw stellar mass and absolute magnitude one to one."""
    for axes, name in zip(figure.subplots(1, 2), ("log_mass", "m_abs_b"), strict=True):
        true = label_of(report.table, name)
        rows = np.isfinite(true) & np.isfinite(report.result[name])
        if not rows.any():
            continue
        ends = np.quantile(true[rows], [0.001, 0.999])
        cells = axes.hexbin(
            true[rows], report.result[name][rows], gridsize=80, bins="log", mincnt=1, extent=(*ends, *ends)
        )
        _count_bar(figure, axes, cells)
        axes.plot(ends, ends, color="0.3", linewidth=0.8)
        shown = {"log_mass": "log stellar mass [dex(M☉)]", "m_abs_b": "absolute B magnitude [mag, AB]"}[name]
        axes.set(xlabel=f"catalogue {shown}", ylabel=f"network: {shown}")


def draw_type(figure: Any, report: PhotometryReport) -> None:
    """Draw how often each type is called what."""
    true = label_of(report.table, "type")
    rows = np.isfinite(true) & (true >= 1)
    counts = confusion(
        true[rows].astype(np.int64) - 1, report.result["spectral_type"][rows].astype(np.int64) - 1, 5
    ).counts
    part = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes = figure.subplots()
    image = axes.imshow(part, vmin=0, vmax=1, cmap="Blues")
    for row in range(5):
        for column in range(5):
            axes.text(
                column,
                row,
                f"{part[row, column]:.2f}\n{counts[row, column]:,}",
                ha="center",
                va="center",
                fontsize=8,
            )
    axes.set_xticks(range(5), TYPE_NAMES)
    axes.set_yticks(range(5), TYPE_NAMES)
    axes.set(xlabel="type by the network", ylabel="type in the catalogue")
    figure.colorbar(image, ax=axes)


def draw_bands(figure: Any, report: PhotometryReport) -> None:
    """Draw the scatter of redshifts with fewer bands and with larger errors."""
    axes = figure.subplots()
    conditions = [OBSERVED, "20 bands", "12 bands", "6 bands", "errors x 2"]
    for selection in ("F814W < 22.5", "22.5-24.5", "> 24.5"):
        values = [
            next(
                (m.value for m in report.measures if m.task == "redshift" and m.method == "network"
                 and m.condition == condition and m.selection == selection and m.quantity == "sigma_nmad"),
                np.nan,
            )
            for condition in conditions
        ]  # fmt: skip
        axes.plot(range(len(conditions)), values, marker="o", label=selection)
    axes.set_xticks(range(len(conditions)), ["24 bands", *conditions[1:]])
    axes.set(ylabel="sigma NMAD of dz/(1+z)", yscale="log")
    axes.legend()
