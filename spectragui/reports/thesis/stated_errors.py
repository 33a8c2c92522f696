"""Whether stated errors hold what they say."""

from __future__ import annotations

from typing import Any

from spectragui.core.labels import LABELS
from spectragui.reports.report_item import Must, ReportItem, ReportTable, Results, register_item
from spectragui.reports.thesis.evaluation import BUNDLED, WHOLE, cases_of
from spectragui.training.parameters.metrics import coverage_of_errors
from spectragui.training.parameters.report_figures import draw_calibration

_SNRS = (10, 30, 100)


def draw(figure: Any, results: Results) -> None:
    """Draw the part within k sigma of the bundled StarNet at each S/N."""
    draw_calibration(figure, cases_of(results, BUNDLED))


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Part of held-out spectra whose error is below so many stated sigmas, for the bundled StarNet "
        "at each "
        "S/N; dashed: a normal distribution. The thesis states no errors; the table has its networks "
        "with the "
        "one error that was measured for them after training."
    )


def _parts(results: Results, name: str) -> list[tuple[str, str, float]]:
    return [
        (result.case.name, label, float(part))
        for result in cases_of(results, name)
        for label, part in zip(
            result.label_names, coverage_of_errors(result.predicted, result.sigma, result.true), strict=True
        )
    ]


def table(results: Results) -> ReportTable:
    """Return the part within 1 sigma."""
    rows = tuple(
        (name, case, label, 100 * part)
        for name in (BUNDLED, *WHOLE)
        for case, label, part in _parts(results, name)
    )
    return ReportTable((("network", ""), ("spectra", ""), ("label", ""), ("within_1_sigma", "%")), rows)


def musts(results: Results) -> list[Must]:
    """Return whether each label holds at each S/N."""
    parts, rows = _parts(results, BUNDLED), []
    n = len(cases_of(results, BUNDLED)[0].true)
    for snr in _SNRS:
        found = {label: part for case, label, part in parts if case.endswith(f"S/N {snr}")}
        if found:
            shown = ", ".join(
                f"{LABELS[label].plain_symbol} {100 * part:.0f}" for label, part in found.items()
            )
            met = all(abs(part - 0.68) <= 0.05 for part in found.values())
            rows.append(
                Must(
                    f"{BUNDLED}: within 1 sigma at S/N {snr}",
                    "68 ± 5 %",
                    f"{shown} %",
                    met,
                    f"{n} held-out spectra",
                )
            )
    return rows


ITEM = register_item(
    ReportItem(
        "thesis",
        "stated_errors",
        "Calibration of the errors",
        "",
        ("thesis.comparison",),
        text,
        draw,
        table,
        musts=musts,
        size=(10.0, 6.0),
    )
)
