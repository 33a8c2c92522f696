"""What a selected region of a spectrum says: pixels, mean flux and signal-to-noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import true_minus
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.plots.crosshair import format_flux
from spectragui.preprocessing.noise_estimate import estimate_noise

ENOUGH_PIXELS = 30  # to tell noise from lines


def describe_region(spectrum: AnySpectrum, start_aa: float, stop_aa: float) -> str:
    """Return what lies between two wavelengths [Angstrom], in words."""
    fluxes, ratios = [], []
    for order in orders_of(spectrum):
        if order.spectral_axis.unit == "pixel":
            wavelength = order.spectral_axis.values
        else:
            wavelength = order.wavelength_aa
        inside = (wavelength >= start_aa) & (wavelength <= stop_aa) & order.good
        fluxes.append(order.flux[inside])
        if order.uncertainty is not None:
            ratios.append(order.flux[inside] / order.uncertainty[inside])
    flux = np.concatenate(fluxes)
    limits = f"{start_aa:.2f}–{stop_aa:.2f} Å"
    if flux.size == 0:
        return f"{limits} · no pixels"
    parts = [limits, f"{flux.size:,} pixels", f"mean {format_flux(float(flux.mean()))}"]
    if ratios:
        parts.append(_snr_text(np.concatenate(ratios)))
    elif flux.size >= ENOUGH_PIXELS:
        noise = estimate_noise(flux, np.zeros(flux.size, dtype=bool))
        parts.append(f"{_snr_text(flux / noise)} from scatter")
    return " · ".join(parts)


def _snr_text(ratios: NDArray[np.float64]) -> str:
    return f"S/N {true_minus(f'{np.median(ratios):.0f}')}"
