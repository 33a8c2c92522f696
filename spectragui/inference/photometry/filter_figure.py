"""A figure of the filter curves of a band set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import WriteError
from spectragui.core.photometry import BandSet

_NEAREST_NAMES = 0.012  # of the width of the figure


def draw_filters(bands: BandSet, path: Path) -> None:
    """Draw the bands of a set against wavelength; a band without a curve as a box of its width.

    Raises
    ------
    WriteError
        If matplotlib is not installed or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise WriteError(
            "Figures need matplotlib.", "Install it: pip install 'spectragui[figures]'."
        ) from error
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    draw_bands(figure.subplots(), bands)
    with atomic_path(path) as temporary:
        try:
            figure.savefig(temporary, dpi=150)
        except ValueError as error:
            raise WriteError(
                f"{path.name}: a figure cannot be written as {path.suffix or 'a file without suffix'}.",
                "Use .png, .svg or .pdf.",
            ) from error


def draw_bands(axes: Any, bands: BandSet) -> None:
    """Draw the bands of a set into axes of matplotlib; a band without a curve as a box of its width."""
    heights = _label_heights(bands)
    for number, band in enumerate(bands.bands):
        if band.curve is None:
            low, high = band.pivot_aa - band.width_aa / 2, band.pivot_aa + band.width_aa / 2
            wave, response = np.array([low, low, high, high]), np.array([0.0, 1.0, 1.0, 0.0])
        else:
            wave, response = band.curve
        colour = f"C{number % 10}"
        axes.fill_between(wave, response / response.max(), color=colour, alpha=0.25, linewidth=0)
        axes.plot(wave, response / response.max(), color=colour, linewidth=0.8)
        axes.text(
            band.pivot_aa, heights[number], band.name, rotation=90, fontsize=6, ha="center", va="bottom"
        )
    axes.set(
        xscale="log", xlabel="wavelength [Å]", ylabel="response (peak = 1)", ylim=(0, 1.48), title=bands.title
    )
    ticks = [
        t for t in (3000, 4000, 5000, 6000, 8000, 10_000, 15_000, 20_000, 25_000) if t < axes.get_xlim()[1]
    ]
    axes.set_xticks(ticks, [f"{t:,}" for t in ticks])
    axes.minorticks_off()


def _label_heights(bands: BandSet) -> list[float]:
    """Return where the name of each band begins: one row higher where the one before it is too near."""
    place = np.log([band.pivot_aa for band in bands.bands])
    least = _NEAREST_NAMES * max(float(np.ptp(place)), 1e-9)
    heights, last = [1.03] * len(place), [-np.inf, -np.inf]
    for number in np.argsort(place):
        row = 0 if place[number] - last[0] >= least else 1
        heights[number], last[row] = (1.03, 1.24)[row], float(place[number])
    return heights
