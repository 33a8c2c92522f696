"""Table 4.1 and Figure 4.2: which stars and galaxies were called what."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.alhambra.evaluation import LAYERS, heldout_report, how_measured, number
from spectragui.reports.report_item import (
    Compared,
    Must,
    ReportItem,
    ReportTable,
    Results,
    above,
    register_item,
)
from spectragui.training.photometry.measures import label_of

#: Table 4.1: predicted (galaxy, star) by expected (galaxy, star).
PRINTED = np.array([[21_700, 23], [189, 406]])
_NAMES = ("galaxy", "star")


def counts(results: Results) -> Any:
    """Return how many held-out objects were called what, predicted by expected, shape (2, 2)."""
    report = heldout_report(results)
    star = label_of(report.table, "star")
    known = np.isfinite(star)
    said = np.asarray(report.result["p_star"])[known] > 0.5
    true = star[known] == 1.0
    return np.array([[int(np.sum((said == p) & (true == e))) for e in (False, True)] for p in (False, True)])


def draw(figure: Any, results: Results) -> None:
    """Draw both matrices side by side."""
    ours = counts(results)
    for axes, (title, table) in zip(
        figure.subplots(1, 2), (("Thesis, Table 4.1", PRINTED), ("Ours, held out", ours)), strict=True
    ):
        part = table / np.maximum(table.sum(axis=0, keepdims=True), 1)
        axes.imshow(part, vmin=0, vmax=1, cmap="Blues")
        for row in range(2):
            for column in range(2):
                axes.text(
                    column,
                    row,
                    f"{table[row, column]:,}\n{100 * part[row, column]:.1f} %",
                    ha="center",
                    va="center",
                    color="w" if part[row, column] > 0.6 else "k",
                )
        axes.set_xticks(range(2), _NAMES)
        axes.set_yticks(range(2), _NAMES)
        axes.set(xlabel="expected", ylabel="predicted", title=f"{title} (objects; part of the expected)")
        axes.title.set_fontsize(9)


def _rates(table: Any) -> dict[str, float]:
    return {
        "accuracy": float(np.trace(table) / table.sum()),
        "completeness": float(table[1, 1] / max(table[:, 1].sum(), 1)),
        "purity": float(table[1, 1] / max(table[1].sum(), 1)),
        "stars": float(table[:, 1].sum() / table.sum()),
    }


def text(results: Results) -> str:
    """Say what is to be seen."""
    printed, ours = _rates(PRINTED), _rates(counts(results))
    return (
        f"Objects called star where p(star) > 0.5. Of the thesis' objects {100 * printed['stars']:.1f} % are "
        f"stars, so that calling all galaxies is right for {100 - 100 * printed['stars']:.1f} %; of ours "
        f"{100 * ours['stars']:.1f} %. Its near copies of the answer (`stell`, `Satur_Flag`) are among "
        "its inputs; "
        "our `p_star_photometry` does without any shape."
    )


def table(results: Results) -> ReportTable:
    """Return both tables of counts."""
    ours = counts(results)
    rows = tuple(
        (_NAMES[p], _NAMES[e], float(PRINTED[p, e]), float(ours[p, e])) for p in range(2) for e in range(2)
    )
    columns = (("predicted", ""), ("expected", ""), ("thesis", "objects"), ("ours", "objects"))
    return ReportTable(columns, rows)


def compared(results: Results) -> list[Compared]:
    """Return accuracy, completeness and purity of both, and of the thesis' own networks."""
    printed, ours, how = _rates(PRINTED), _rates(counts(results)), how_measured(results)
    rows = [
        Compared(
            f"stellarity: {name}",
            "%",
            round(100 * printed[name], 2),
            "Table 4.1",
            100 * ours[name],
            how,
            "follows from its four numbers",
        )
        for name in ("accuracy", "completeness", "purity")
    ]
    same = "accuracy_at_1.9_percent_stars"
    for method in ("network", "thesis, text", "thesis, code", LAYERS):
        value = 100 * number(results, "stellarity", same, method=method)
        rows.append(
            Compared(
                f"stellarity: accuracy at 1.9 % stars, {method}",
                "%",
                99.05,
                "Sect. 4.2",
                value,
                "same held-out objects, weighed to the thesis' part of stars",
            )
        )
    return rows


def musts(results: Results) -> list[Must]:
    """Return what the stellarity must reach."""
    how = how_measured(results)
    real = number(results, "stellarity", "auc", condition="real rows, HST labels")
    accuracy = number(results, "stellarity", "accuracy_at_1.9_percent_stars")
    return [
        above("stellarity AUC", 0.995, number(results, "stellarity", "auc"), "", how),
        above("stellarity accuracy at the thesis' part of stars", 0.9905, accuracy, "%", how, 100.0),
        above(
            "star/galaxy AUC on real rows held out", 0.92, real, "", "bundled networks, rows with HST labels"
        ),
    ]


ITEM = register_item(
    ReportItem(
        "alhambra",
        "stellarity_confusion",
        "Predicted and expected stellarity",
        "Table 4.1, Figure 4.2",
        ("alhambra.heldout", "alhambra.rivals", "alhambra.layers"),
        text,
        draw,
        table,
        compared,
        musts,
        size=(9.5, 4.4),
    )
)
