"""Write the report on the networks of photometry: one table of all measures, a text, figures."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.training.parameters.report_figures import make_folder, save_figures
from spectragui.training.photometry.evaluation import PhotometryReport
from spectragui.training.photometry.figures import report_figures
from spectragui.training.photometry.measures import MAGNITUDE_CUTS, OBSERVED, REDSHIFT_CUTS, Measure

REDSHIFT_ORDER = ("all", *(cut[0] for cut in MAGNITUDE_CUTS), *(cut[0] for cut in REDSHIFT_CUTS))

_VALUES = ("bias", "scatter", "standard_deviation", "inside_68_percent")
_STARS = ("auc", "accuracy", "accuracy_at_1.9_percent_stars", "completeness", "purity", "part_of_stars")
_TASKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("stellarity", "Star/galaxy", (*_STARS, "calibration_error")),
    ("log_mass", "log mass (dex)", _VALUES),
    ("m_abs_b", "absolute B magnitude (mag)", _VALUES),
    ("type", "Type", ("accuracy", "balanced_accuracy", "rank_correlation")),
)


def find_measure(
    measures: Sequence[Measure], task: str, method: str, condition: str, selection: str, quantity: str
) -> Measure | None:
    """Return one of the measures; None if it was not made."""
    key = (task, method, condition, selection, quantity)
    return next(
        (m for m in measures if (m.task, m.method, m.condition, m.selection, m.quantity) == key), None
    )


def photometry_report_text(name: str, dataset: str, report: PhotometryReport) -> str:
    """Return the report as text in Markdown."""
    measures = report.measures
    lines = [f"# {name} on {dataset}", "", f"{len(report.result):,} objects; {report.result.model}.", ""]
    lines += _redshift_table(measures)
    for task, title, quantities in _TASKS:
        lines += _task_table(measures, task, title, quantities)
    ranks = [
        m for m in measures if m.quantity in ("pit_distance", "inside_68_percent") and m.task == "redshift"
    ]
    if ranks:
        lines += [
            "## Redshift probabilities",
            "",
            "| selection | quantity | value | n |",
            "|---|---|---|---|",
        ]
        lines += [f"| {m.selection} | {m.quantity} | {m.value:.4f} | {m.n:,} |" for m in ranks]
        lines.append("")
    lines += _remarks(report)
    return "\n".join(lines)


def _redshift_table(measures: Sequence[Measure]) -> list[str]:
    kinds = list(dict.fromkeys((m.method, m.condition) for m in measures if m.task == "redshift"))
    if not kinds:
        return []
    lines = [
        "## Redshift: sigma_NMAD(dz/(1+z)), outliers beyond 0.15 in %, bias",
        "",
        f"| method | condition | {' | '.join(REDSHIFT_ORDER)} |",
        f"|---|---|{'---|' * len(REDSHIFT_ORDER)}",
    ]
    for method, condition in kinds:
        cells = []
        for selection in REDSHIFT_ORDER:
            found = [
                find_measure(measures, "redshift", method, condition, selection, quantity)
                for quantity in ("sigma_nmad", "outliers_0.15", "bias")
            ]
            if any(one is None or one.n == 0 for one in found):
                cells.append("")
                continue
            scatter, outliers, bias = (one.value for one in found if one is not None)
            cells.append(f"{scatter:.4f}, {100 * outliers:.1f}, {bias:+.4f}")
        lines.append(f"| {method} | {condition} | {' | '.join(cells)} |")
    return [*lines, ""]


def _task_table(measures: Sequence[Measure], task: str, title: str, quantities: Sequence[str]) -> list[str]:
    kinds = list(dict.fromkeys((m.method, m.condition) for m in measures if m.task == task))
    if not kinds:
        return []
    head = " | ".join(quantity.replace("_", " ") for quantity in quantities)
    lines = [
        f"## {title}",
        "",
        f"| method | condition | {head} | n |",
        f"|---|---|{'---|' * (len(quantities) + 1)}",
    ]
    for method, condition in kinds:
        found = [find_measure(measures, task, method, condition, "all", quantity) for quantity in quantities]
        if all(one is None for one in found):
            continue
        n = next(one.n for one in found if one is not None)
        cells = ["" if one is None else f"{one.value:.4f}" for one in found]
        lines.append(f"| {method} | {condition} | {' | '.join(cells)} | {n:,} |")
    return [*lines, ""]


def _remarks(report: PhotometryReport) -> list[str]:
    remarks = [*report.remarks, *report.table.remarks, *report.result.remarks]
    by_thesis = [
        m
        for m in report.measures
        if m.method.startswith("thesis") and m.task == "stellarity" and m.quantity == "accuracy"
    ]
    if by_thesis:
        remarks.append(
            "The thesis prints dz/(1+z) < 0.006 and 99.05 % of stars and galaxies right. Calling all "
            "galaxies gives 98.1 % at its part of stars: accuracy at 1.9 percent stars compares with it."
        )
    if any(m.selection == "z > 1.2" and m.n > 0 for m in report.measures):
        remarks.append(
            "The thesis does not trust its redshifts beyond 0.9: see the columns 0.9-1.2 and z > 1.2."
        )
    return ["## Remarks", "", *(f"- {remark}" for remark in dict.fromkeys(remarks)), ""] if remarks else []


def write_photometry_report(name: str, dataset: str, report: PhotometryReport, folder: Path) -> list[Path]:
    """Write table, text and figures into a folder; return the files.

    Raises
    ------
    WriteError
        If the folder or a file cannot be written.
    TrainingError
        If matplotlib is not installed; table and text are written then.
    """
    make_folder(folder)
    table = folder / "measures.ecsv"
    with atomic_path(table) as temporary, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measures_table(report.measures).write(temporary, format="ascii.ecsv", overwrite=True)
    text = folder / "report.md"
    write_text_atomically(text, photometry_report_text(name, dataset, report))
    return [table, text, *save_figures(report_figures(report), folder)]


def measures_table(measures: Sequence[Measure]) -> Any:
    """Return all measures as an astropy table, one row a number."""
    from astropy.table import Table

    names = ("task", "method", "condition", "selection", "quantity", "value", "n")
    return Table({name: [getattr(m, name) for m in measures] for name in names}, names=names)


def main_numbers(report: PhotometryReport) -> dict[str, float]:
    """Return the numbers that stand in a card, by name."""
    wanted = {
        "sigma_nmad_bright": ("redshift", MAGNITUDE_CUTS[0][0], "sigma_nmad"),
        "sigma_nmad_faint": ("redshift", MAGNITUDE_CUTS[1][0], "sigma_nmad"),
        "outliers_bright": ("redshift", MAGNITUDE_CUTS[0][0], "outliers_0.15"),
        "outliers_faint": ("redshift", MAGNITUDE_CUTS[1][0], "outliers_0.15"),
        "pit_distance": ("redshift", "all", "pit_distance"),
        "star_auc": ("stellarity", "all", "auc"),
        "star_accuracy": ("stellarity", "all", "accuracy"),
        "log_mass_scatter": ("log_mass", "all", "scatter"),
        "m_abs_b_scatter": ("m_abs_b", "all", "scatter"),
        "type_balanced_accuracy": ("type", "all", "balanced_accuracy"),
    }
    found = {}
    for name, (task, selection, quantity) in wanted.items():
        one = find_measure(report.measures, task, "network", OBSERVED, selection, quantity)
        if one is not None:
            found[name] = round(one.value, 5)
    return found
