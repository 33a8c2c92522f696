"""Where stars have lines too broad for a continuum to be found across them."""

from __future__ import annotations

import numpy as np

from spectragui.core.numerics import BoolArray
from spectragui.core.spectral_axis import air_to_vacuum
from spectragui.core.spectrum import Spectrum
from spectragui.io.line_lists.line_lists import telluric_bands
from spectragui.preprocessing.envelope.percentiles import quick_percentiles
from spectragui.preprocessing.observer_frame import observer_factor

# Line, air wavelength and half width [Angstrom], of wings that matter in F to M stars at R > 5000.
BROAD_LINES = (
    ("Ca II K", 3933.66, 15.0),
    ("Ca II H", 3968.47, 15.0),
    ("Hδ", 4101.73, 18.0),
    ("Ca I", 4226.73, 4.0),
    ("Hγ", 4340.47, 20.0),
    ("Hβ", 4861.35, 25.0),
    ("Mg I b", 5175.0, 14.0),
    ("Na I D", 5892.9, 8.0),
    ("Hα", 6562.79, 28.0),
    ("Ca II", 8498.02, 6.0),
    ("Ca II", 8542.09, 10.0),
    ("Ca II", 8662.14, 8.0),
)
OXYGEN_BANDS = ("O₂ A", "O₂ B")  # nothing of the continuum is left in them
LOW_PERCENTILE, BAND_DEPTH = 20.0, 0.12  # a band is there where this percentile lies so much lower in it
FEWEST_PIXELS = 20


def near_broad_lines(order: Spectrum) -> BoolArray:
    """Return which pixels of an order lie in a broad line or an oxygen band, shape (n_pixels,)."""
    wavelength = order.wavelength_aa
    near = np.zeros(wavelength.shape, dtype=bool)
    for _, centre, half in BROAD_LINES:
        place = float(air_to_vacuum(centre)) if order.spectral_axis.medium == "vacuum" else centre
        first, last = np.searchsorted(wavelength, (place - half, place + half))
        near[first:last] = True
    factor = observer_factor(order) or 1.0
    for band in telluric_bands():
        if band.name in OXYGEN_BANDS:
            low, high = (limit / factor for limit in band.limits_in(order.spectral_axis.medium))
            first, last = (int(i) for i in np.searchsorted(wavelength, (low, high)))
            near[first:last] |= _has_band(order, first, last)
    return near


def _has_band(order: Spectrum, first: int, last: int) -> bool:
    """Return whether the flux between two pixels is lower than beside them, as in a telluric band.

    Spectra that are corrected for the atmosphere, or simulated without one, keep their continuum there.
    """
    width = last - first
    beside = np.r_[max(first - width, 0) : first, last : min(last + width, len(order))]
    inside = order.flux[first:last][order.good[first:last]]
    outside = order.flux[beside][order.good[beside]]
    if inside.size < FEWEST_PIXELS or outside.size < FEWEST_PIXELS:
        return width > 0
    (low_inside,) = quick_percentiles(inside, LOW_PERCENTILE)
    low_outside, high_outside = quick_percentiles(outside, LOW_PERCENTILE, 100.0 - LOW_PERCENTILE)
    return low_inside < low_outside - BAND_DEPTH * high_outside
