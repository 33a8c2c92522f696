"""Section 3.3: the augmentation of an epoch, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.report_item import Compared, ReportItem, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw the spectrum after each step."""
    one = results["denoise.example"]
    wave, steps = one["wavelength_aa"], one["augmented"]
    panels = (
        ("noiseless, from the pool", {"noiseless": one["truth"]}),
        (
            "1. error of the flux calibration, at most 2 % (on both)",
            {"factor": np.asarray(steps["calibrated"]) / one["truth"]},
        ),
        ("2. noise (on the input alone)", {"input": steps["noisy"], "target": steps["calibrated"]}),
        (
            f"3. scale {steps['scale']:.4f} and offset {steps['offset']:+.4f} (on both)",
            {"input": steps["input"], "target": steps["target"]},
        ),
    )
    for axes, (title, curves) in zip(figure.subplots(4, 1, sharex=True), panels, strict=True):
        for name, values in curves.items():
            axes.plot(wave, values, lw=0.5, label=name, color="0.7" if name == "input" else "C0")
        axes.set_title(title, fontsize=9, loc="left")
        axes.set_ylabel("factor" if "factor" in curves else "flux", fontsize=8)
        axes.legend(fontsize=7, loc="lower right")
    figure.axes[-1].set_xlabel("wavelength [Å], vacuum")


def text(results: Results) -> str:
    """Say what is drawn anew."""
    return (
        "What a network is given and asked for in one epoch; calibration, noise, scale and offset are drawn "
        "anew in the next. The order is the paper's."
    )


def compared(results: Results) -> list[Compared]:
    """Return the printed numbers beside those used."""
    steps, truth = results["denoise.example"]["augmented"], results["denoise.example"]["truth"]
    largest = 100 * float(np.max(np.abs(np.asarray(steps["calibrated"]) / truth - 1.0)))
    return [
        Compared(
            "largest calibration error",
            "%",
            2.0,
            "Sect. 2.2",
            largest,
            "this spectrum, one draw",
            "a peak, not an rms",
        ),
        Compared(
            "scale", "", "N(1, 1.01)", "Sect. 3.3", "N(1, 0.01)", "preset paper-dae", "surely a misprint"
        ),
        Compared("offset", "", "N(0, 0.01)", "Sect. 3.3", "N(0, 0.01)", "preset paper-dae"),
    ]


ITEM = register_item(
    ReportItem(
        "denoise",
        "augmentation_steps",
        "Augmentation, step by step",
        "Section 3.3",
        ("denoise.example",),
        text,
        draw,
        compared=compared,
        size=(10.0, 7.0),
    )
)
