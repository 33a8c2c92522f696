"""Speed of generation against synthesis."""

from __future__ import annotations

from typing import Any

from spectragui.reports.cvae.evaluation import OURS, SYNTHESIS_S, SYNTHESIS_SOURCE
from spectragui.reports.report_item import (
    Compared,
    Must,
    ReportItem,
    ReportTable,
    Results,
    above,
    register_item,
)

_ROWS = (("synthesis", ""), ("emulator, unbroadened", "emulator"), (f"{OURS}, one spectrum", "one"),
         (f"{OURS}, of a hundred", "of_hundred"))  # fmt: skip


def _times(results: Results) -> list[tuple[str, float]]:
    speed = results["cvae.speed"]
    return [(name, float(speed[key]) if key else SYNTHESIS_S) for name, key in _ROWS]


def draw(figure: Any, results: Results) -> None:
    """Draw the time of a spectrum each way."""
    names, seconds = zip(*_times(results), strict=True)
    axes = figure.subplots()
    axes.barh(range(len(names)), [1000 * value for value in seconds], color=["0.6", "C2", "C0", "C0"])
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="CPU time of a spectrum [ms]")


def text(results: Results) -> str:
    """Say what was timed."""
    return (
        "CPU time of one core for one spectrum of 19,000 pixels, rotation and line spread included "
        f"(the emulator: 49,469 pixels without). Synthesis was not timed here: {SYNTHESIS_SOURCE}."
    )


def table(results: Results) -> ReportTable:
    """Return times and ratios."""
    rows = tuple((name, 1000 * value, SYNTHESIS_S / value) for name, value in _times(results))
    return ReportTable((("how", ""), ("time", "ms"), ("faster_than_synthesis", "")), rows)


def compared(results: Results) -> list[Compared]:
    """Return the paper's ratio beside ours."""
    ratio = SYNTHESIS_S / float(results["cvae.speed"]["one"])
    return [Compared("generation against synthesis, times quicker", "", "about 100", "Abstract", ratio,
                     f"{OURS} one by one on this machine; {SYNTHESIS_SOURCE}",
                     "theirs is SYNSPEC on their machine")]  # fmt: skip


def musts(results: Results) -> list[Must]:
    """Return whether it is as many times quicker as the paper says."""
    ratio = SYNTHESIS_S / float(results["cvae.speed"]["one"])
    return [above("generation against synthesis, times quicker", 100.0, ratio, "", f"{OURS}, one spectrum")]


ITEM = register_item(
    ReportItem("cvae", "generation_speed", "Speed against synthesis", "Abstract", ("cvae.speed",), text, draw,
               table, compared, musts, size=(7.5, 2.8))
)  # fmt: skip
