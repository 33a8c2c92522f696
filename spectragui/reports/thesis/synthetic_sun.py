"""Synthetic against observed spectrum after the same steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.reports.report_item import ReportItem, ReportTable, Results, register_item
from spectragui.reports.thesis.preprocessing_steps import SUN_POWER, SUN_RANGE


def draw(figure: Any, results: Results) -> None:
    """Draw both before and after the normalisation, and their difference."""
    one = results["thesis.synthetic"]
    axes = figure.subplots(3, 1, sharex=True, height_ratios=[1, 1.3, 0.8])
    for name, colour in (("observed", "0.4"), ("synthetic", "C1")):
        before = one["before"][name]
        axes[0].plot(before["wavelength_aa"], before["flux"], lw=0.5, color=colour, label=name)
        axes[1].plot(one[name]["wavelength_aa"], one[name]["flux"], lw=0.5, color=colour, label=name)
    wave, difference = apart(results)
    axes[2].plot(wave, 100 * difference, lw=0.4, color="C3")
    axes[0].set_title("on the same pixels, before the normalisation", fontsize=9, loc="left")
    axes[1].set_title("after three cycles of normalisation, both alike", fontsize=9, loc="left")
    axes[0].set_ylabel("flux / level")
    axes[1].set_ylabel("normalised flux")
    axes[2].set_ylabel("obs. - synth. [%]")
    axes[2].set_ylim(-25, 25)
    axes[2].set_xlabel("wavelength [Å], air, rest frame")
    axes[1].legend(fontsize=8, loc="lower right")


def apart(results: Results) -> Any:
    """Return wavelengths, and observed minus synthetic."""
    one = results["thesis.synthetic"]
    wave = np.asarray(one["observed"]["wavelength_aa"])
    made = np.interp(wave, one["synthetic"]["wavelength_aa"], one["synthetic"]["flux"])
    return wave, np.asarray(one["observed"]["flux"]) - made


def text(results: Results) -> str:
    """Say which spectra and which steps."""
    return (
        f"The Sun (HARPS, light of Ganymede) and the emulator's spectrum of its labels, {SUN_RANGE[0]:g}-"
        f"{SUN_RANGE[1]:g} Å: cut, blurred to R {SUN_POWER:,.0f}, put on the observed pixels, then "
        "normalised by the "
        "same three cycles. The line list was calibrated on the Sun, so that this is no independent "
        "test; the "
        "rotation of the Sun (1.6 km/s) is left out."
    )


def table(results: Results) -> ReportTable:
    """Return how far apart they are."""
    _, difference = apart(results)
    difference = difference[np.isfinite(difference)]
    rows = (("median of |observed - synthetic|", 100 * float(np.median(np.abs(difference)))),
            ("rms", 100 * float(np.sqrt(np.mean(np.square(difference))))))  # fmt: skip
    return ReportTable((("measure", ""), ("value", "%")), rows)


ITEM = register_item(
    ReportItem("thesis", "synthetic_sun", "Synthetic against observed, after the same steps", "Chapter 4",
               ("thesis.synthetic",), text, draw, table, size=(10.0, 6.5))
)  # fmt: skip
