"""Which pixels a network's labels rest on."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.labels import LABELS, MAIN_LABELS
from spectragui.reports.report_item import ReportItem, Results, register_item
from spectragui.reports.thesis.evaluation import BUNDLED, WHOLE
from spectragui.training.parameters.report_figures import legend_above


def draw(figure: Any, results: Results) -> None:
    """Draw the spectrum above, and the gradient of each label of both networks below."""
    kept = results["thesis.sensitivity"]
    axes = figure.subplots(1 + len(MAIN_LABELS), 1, sharex=True)
    one = kept[BUNDLED]
    axes[0].plot(one["wavelength_aa"], one["flux"], lw=0.4, color="0.3")
    axes[0].set_ylabel("input flux", fontsize=8)
    for row, label in zip(axes[1:], MAIN_LABELS, strict=True):
        for name, colour in ((WHOLE[0], "C1"), (BUNDLED, "C0")):
            found = kept[name]
            gradient = np.asarray(found["gradients"])[list(found["labels"]).index(label)]
            row.plot(found["wavelength_aa"], gradient, lw=0.4, color=colour, label=name)
        unit = f" [{LABELS[label].unit} per 1 %]" if LABELS[label].unit else " [per 1 %]"
        row.set_ylabel(f"d {LABELS[label].plain_symbol}{unit}", fontsize=8)
    legend_above(figure, axes[1])
    axes[-1].set_xlabel("wavelength [Å], air, rest frame")


def text(results: Results) -> str:
    """Say which star it is."""
    star = np.asarray(results["thesis.sensitivity"][BUNDLED]["star"])
    return (
        "Change of each label for a flux that is 1 % higher in one pixel, at the held-out spectrum "
        "most like the "
        f"Sun (Teff {star[0]:.0f} K, log g {star[1]:.2f}), S/N 50: the bundled StarNet, and the "
        "thesis' as far as it "
        "was trained. The thesis shows nothing like it."
    )


ITEM = register_item(
    ReportItem(
        "thesis",
        "sensitivity_by_pixel",
        "Sensitivity by pixel",
        "",
        ("thesis.sensitivity",),
        text,
        draw,
        size=(10.0, 7.5),
    )
)
