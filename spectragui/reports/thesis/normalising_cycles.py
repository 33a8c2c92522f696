"""Preprocessing of an order: smoothing, continuum, polynomial, and cycle by cycle."""

from __future__ import annotations

from typing import Any

from spectragui.reports.report_item import Compared, ReportItem, Results, register_item
from spectragui.reports.thesis.preprocessing_steps import STAR_WORDS


def draw(figure: Any, results: Results) -> None:
    """Draw the steps of the first cycle left, the order after each cycle right."""
    frame = results["thesis.frame"]
    steps, left = frame["steps"], figure.subplots(3, 2, sharex=True)
    panels = (
        ("deblazed, and smoothed", (("deblazed", "0.7"), ("smoothed", "C0"))),
        ("smoothed, and its continuum", (("smoothed", "0.7"), ("continuum", "C3"))),
        (
            "after the continuum (+1), and the polynomial of the rest",
            (("after", "0.7"), ("polynomial", "C2")),
        ),
    )
    for axes, (title, curves) in zip(left[:, 0], panels, strict=True):
        for name, colour in curves:
            shift = 1.0 if name == "polynomial" else 0.0
            axes.plot(
                steps[name]["wavelength_aa"], steps[name]["flux"] + shift, lw=0.6, color=colour, label=name
            )
        axes.set_title(title, fontsize=9, loc="left")
        axes.set_ylabel("flux / level")
        axes.legend(fontsize=7, loc="lower right")
    for number, (axes, cycle) in enumerate(zip(left[:, 1], frame["cycles"], strict=True), start=1):
        axes.plot(frame["truth"]["wavelength_aa"], frame["truth"]["flux"], lw=0.6, color="0.7", label="truth")
        axes.plot(cycle["wavelength_aa"], cycle["flux"], lw=0.6, color="C0", label=f"after cycle {number}")
        axes.axhline(1.0, color="0.5", lw=0.6)
        axes.set_ylabel("normalised flux")
        axes.legend(fontsize=7, loc="lower right")
    for axes in left[-1]:
        axes.set_xlabel("wavelength [Å], vacuum, as observed")


def text(results: Results) -> str:
    """Say what was simulated and what BIC chose."""
    frame = results["thesis.frame"]
    chosen = " ".join(note for note in frame["notes"] if "cycle" in note)
    return (
        f"One order of a simulated frame of CARMENES VIS ({STAR_WORDS}; {frame['n_orders']} orders of "
        f"{frame['n_pixels']} pixels). Left, the first cycle: smoothing (Savitzky-Golay), continuum, "
        "polynomial. "
        f"Right, the order after one, two and three cycles, beside the noise-free truth. {chosen}"
    )


def compared(results: Results) -> list[Compared]:
    """Return the thesis' shapes and cycles beside ours."""
    frame = results["thesis.frame"]
    return [
        Compared(
            "cycles of normalisation",
            "",
            3.0,
            "Sect. 4.2.2",
            float(len(frame["cycles"])),
            "chain carmenes-thesis",
        ),
        Compared(
            "shape of a VIS spectrum",
            "",
            "(61, 3699)",
            "Sect. 4.2.1",
            f"({frame['n_orders']}, {frame['n_pixels']})",
            "simulated frame",
            "other shapes are read here, and reported",
        ),
    ]


ITEM = register_item(
    ReportItem(
        "thesis",
        "normalising_cycles",
        "Smoothing, continuum, polynomial, cycle by cycle",
        "Chapter 4",
        ("thesis.frame",),
        text,
        draw,
        compared=compared,
        size=(11.0, 7.0),
    )
)
