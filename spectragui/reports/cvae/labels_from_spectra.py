"""Section 4.1 and its table: labels read from test spectra and from generated ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import LABELS
from spectragui.reports.card_musts import case_musts, emulator_musts, judged_elsewhere
from spectragui.reports.cvae.evaluation import label_tests
from spectragui.reports.report_item import (
    Compared,
    Must,
    ReportItem,
    ReportTable,
    Results,
    below,
    register_item,
)
from spectragui.training.generator.labels_returned import LABELS_TESTED, PAPER_ERRORS
from spectragui.training.parameters.report import TARGETS
from spectragui.training.parameters.report_figures import legend_above


def draw(figure: Any, results: Results) -> None:
    """Draw the errors of each label, the paper's and ours, from true and generated spectra."""
    tests = label_tests(results)
    names = ["paper", *(test.name for test in tests)]
    for axes, (number, label) in zip(
        figure.subplots(1, len(LABELS_TESTED)), enumerate(LABELS_TESTED), strict=True
    ):
        true = [PAPER_ERRORS[number][0], *(float(test.true_errors[number]) for test in tests)]
        made = [PAPER_ERRORS[number][1], *(float(test.generated_errors[number]) for test in tests)]
        place = np.arange(len(names))
        axes.barh(place - 0.2, true, 0.38, label="test spectra")
        axes.barh(place + 0.2, made, 0.38, label="generated spectra")
        axes.set_yticks(place, names if number == 0 else [""] * len(names), fontsize=7)
        axes.invert_yaxis()
        unit = f" [{LABELS[label].unit}]" if LABELS[label].unit else ""
        axes.set_xlabel(f"mean |error| of\n{LABELS[label].plain_symbol}{unit}", fontsize=8)
    legend_above(figure, figure.axes[0])


def text(results: Results) -> str:
    """Say which networks read."""
    kept = results["cvae.labels"]
    hidden = ", ".join(str(width) for width in kept["hidden"])
    return (
        "Mean absolute errors of labels that a network reads from noise-free held-out spectra, and from "
        "spectra generated at the same labels: where both are alike, generated spectra are as good as true "
        "ones. `optical-parameters` is bundled; the paper's network (25 coefficients to "
        f"{hidden}) was trained here for {float(kept['minutes']):g} minutes on "
        f"{int(kept['n_training']):,} spectra."
    )


def table(results: Results) -> ReportTable:
    """Return all errors, a row a label and network."""
    rows = []
    for test in label_tests(results):
        for number, label in enumerate(LABELS_TESTED):
            rows.append(
                (
                    test.name,
                    label,
                    LABELS[label].unit or "-",
                    *map(float, PAPER_ERRORS[number]),
                    float(test.true_errors[number]),
                    float(test.generated_errors[number]),
                    float(test.n_spectra),
                )
            )
    columns = (
        ("network", ""),
        ("label", ""),
        ("unit", ""),
        ("paper_test", ""),
        ("paper_generated", ""),
        ("test", ""),
        ("generated", ""),
        ("spectra", ""),
    )
    return ReportTable(columns, tuple(rows))


def compared(results: Results) -> list[Compared]:
    """Return each column of the paper's table beside each network's."""
    rows = []
    for test in label_tests(results):
        if "within" in test.name:
            continue
        for number, label in enumerate(LABELS_TESTED):
            for kind, printed, ours in (
                ("test", PAPER_ERRORS[number][0], test.true_errors[number]),
                ("generated", PAPER_ERRORS[number][1], test.generated_errors[number]),
            ):
                rows.append(
                    Compared(
                        f"error of {LABELS[label].plain_symbol}, {kind} spectra",
                        LABELS[label].unit,
                        printed,
                        "its table of errors",
                        float(ours),
                        f"{test.name}, {test.n_spectra} spectra",
                    )
                )
    return rows


def musts(results: Results) -> list[Must]:
    """Return whether the bundled network reaches the paper's table in each column."""
    first = label_tests(results)[0]
    how = f"{first.name}, {first.n_spectra} noise-free held-out spectra, the paper's ranges"
    noisy = {case: limits for case, limits in TARGETS.items() if case.startswith("S/N")}
    others = case_musts("optical-parameters", noisy) + emulator_musts("optical-emulator")
    others.append(
        judged_elsewhere(
            "optical-parameters on real FGK stars",
            "90 K, 0.20, 0.10; fit 65 K, 0.12, 0.08",
            "docs/accuracy.md, star by star",
        )
    )
    return [
        below(
            f"noise-free error of {LABELS[label].plain_symbol} (the paper's)",
            PAPER_ERRORS[number][0],
            float(first.true_errors[number]),
            LABELS[label].unit,
            how,
        )
        for number, label in enumerate(LABELS_TESTED)
    ] + others


ITEM = register_item(
    ReportItem(
        "cvae",
        "labels_from_spectra",
        "Labels from test and from generated spectra",
        "Section 4.1, its table of errors",
        ("cvae.labels",),
        text,
        draw,
        table,
        compared,
        musts,
        size=(11.0, 3.8),
    )
)
