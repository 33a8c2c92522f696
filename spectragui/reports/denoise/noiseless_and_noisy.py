"""Figure 1: a simulated observation without and with its noise."""

from __future__ import annotations

from typing import Any

from spectragui.reports.denoise.evaluation import STAR_WORDS
from spectragui.reports.report_item import ReportItem, Results, register_item


def draw(figure: Any, results: Results) -> None:
    """Draw both."""
    one = results["denoise.example"]
    axes = figure.subplots()
    axes.plot(one["wavelength_aa"], one["noisy"], color="0.7", lw=0.5, label="noisy")
    axes.plot(one["wavelength_aa"], one["truth"], color="C0", lw=0.8, label="noiseless")
    axes.set(
        xlabel="wavelength [Å], vacuum",
        ylabel="flux (median 0.5)",
        title=f"{STAR_WORDS}; S/N {one['snr']:.1f} (median of flux/sigma)",
    )
    axes.set_ylim(0.0, 1.1)
    axes.legend(fontsize=8, loc="lower right")


def text(results: Results) -> str:
    """Say what was simulated."""
    one = results["denoise.example"]
    return (
        f"The star of the paper's Figure 1 as PFS (medium resolution, 4096 pixels) would see it in a drawn "
        f"night, at {one['v_rad']:+.0f} km/s. The paper scales the median of 6500-9500 Å to 0.5; the "
        "spectra at "
        "hand cover 7062-8898 Å, so that here the median of the pixels is 0.5."
    )


ITEM = register_item(
    ReportItem(
        "denoise",
        "noiseless_and_noisy",
        "Noiseless and noisy spectrum",
        "Figure 1",
        ("denoise.example",),
        text,
        draw,
        size=(10.0, 4.2),
    )
)
