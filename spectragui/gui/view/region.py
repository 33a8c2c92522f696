"""What a selected region of a spectrum says: pixels, mean flux and signal-to-noise."""

from __future__ import annotations

import math

from spectragui.analysis.region_pixels import region_pixels
from spectragui.analysis.region_statistics import region_statistics
from spectragui.core.errors import MeasurementError
from spectragui.core.labels import true_minus
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.plots.crosshair import format_flux

ENOUGH_PIXELS = 30  # to tell noise from lines


def describe_region(spectrum: AnySpectrum, start_aa: float, stop_aa: float) -> str:
    """Return what lies between two wavelengths [Angstrom], in words; as the measurement would say it."""
    limits = f"{start_aa:.2f}–{stop_aa:.2f} Å"
    try:
        found = region_statistics(region_pixels(spectrum, start_aa, stop_aa))
    except MeasurementError:
        return f"{limits} · no pixels"
    parts = [limits, f"{found.n_pixels:,} pixels", f"mean {format_flux(found.mean)}"]
    if math.isfinite(found.snr):
        parts.append(f"S/N {true_minus(f'{found.snr:.0f}')}")
    elif found.n_pixels >= ENOUGH_PIXELS and math.isfinite(found.snr_scatter):
        parts.append(f"S/N {true_minus(f'{found.snr_scatter:.0f}')} from scatter")
    return " · ".join(parts)
