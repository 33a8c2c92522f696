"""Whether the probabilities of redshifts are what they say: ranks (PIT) and 68 % intervals."""

from __future__ import annotations

from typing import Any

from spectragui.reports.alhambra.evaluation import heldout_report, how_measured, measures_of
from spectragui.reports.report_item import Must, ReportItem, ReportTable, Results, register_item
from spectragui.training.photometry.figures import draw_pit


def draw(figure: Any, results: Results) -> None:
    """Draw the ranks and the parts within."""
    draw_pit(figure, heldout_report(results))


def _inside(results: Results) -> list[tuple[str, float, int]]:
    return [
        (m.selection, m.value, m.n)
        for m in measures_of(results["alhambra.heldout"])
        if m.task == "redshift" and m.quantity == "inside_68_percent"
    ]


def text(results: Results) -> str:
    """Say what is seen."""
    return (
        "Rank of the true redshift in its probability: flat where the probabilities are right. The thesis "
        "gives one number a galaxy and no error, so this has no counterpart there. Right: the part of true "
        "redshifts within the stated 68 % interval by brightness; grey: 64-72 %."
    )


def table(results: Results) -> ReportTable:
    """Return the parts within the interval."""
    rows = tuple((name, 100.0 * value, float(n)) for name, value, n in _inside(results))
    return ReportTable((("selection", ""), ("inside_68_percent", "%"), ("galaxies", "")), rows)


def musts(results: Results) -> list[Must]:
    """Return whether intervals hold what they say, in every bin."""
    parts = [value for _, value, _ in _inside(results)]
    worst = max(parts, key=lambda value: abs(value - 0.68)) if parts else float("nan")
    met = abs(worst - 0.68) <= 0.05 if parts else None
    return [
        Must(
            "1 sigma interval of z, every bin of brightness",
            "68 ± 5 %",
            f"worst {100 * worst:.1f} %",
            met,
            how_measured(results),
        )
    ]


ITEM = register_item(
    ReportItem(
        "alhambra",
        "redshift_ranks",
        "Redshift probabilities",
        "",
        ("alhambra.heldout",),
        text,
        draw,
        table,
        musts=musts,
        size=(10.0, 4.2),
    )
)
