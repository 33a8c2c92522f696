"""The signal-to-noise ratio of a spectrum as lists and trees show it."""

from __future__ import annotations

import math

import numpy as np

from spectragui.core.numerics import der_snr, median_snr
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of

#: What `spectrum_snr` is, for tooltips of lists and trees.
SNR_WORDS = (
    "Signal-to-noise ratio per pixel: median of flux / σ over the whole spectrum "
    "(of an echelle spectrum: the median of its orders'); σ from the file, else from the scatter."
)


def spectrum_snr(spectrum: AnySpectrum) -> float:
    """Return the median signal-to-noise ratio per pixel of a spectrum's orders.

    From the file's errors where it has them, else estimated from the flux; may be NaN, as that of
    a spectrum that was generated without noise, or denoised: its scatter would be its lines.
    """
    if is_noiseless(spectrum):
        return math.nan
    finite = [value for value in map(order_snr, orders_of(spectrum)) if math.isfinite(value)]
    return float(np.median(finite)) if finite else math.nan


def is_noiseless(spectrum: AnySpectrum) -> bool:
    """Say whether a spectrum was generated without noise: a model, no observation."""
    return bool(spectrum.meta.get("simulated")) and spectrum.meta.get("snr") == 0.0


def order_snr(order: Spectrum) -> float:
    """Return the median signal-to-noise ratio per pixel of one order; may be NaN."""
    if order.uncertainty is None and order.meta.get("denoised"):
        return math.nan
    if order.uncertainty is not None:
        return median_snr(order.flux, order.uncertainty, order.mask)
    return der_snr(order.flux, order.mask)
