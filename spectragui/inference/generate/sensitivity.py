"""Which pixels tell a label: how the generated spectrum changes when one label does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.numerics import interpolate_cubic
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.opened_model import open_model
from spectragui.inference.prediction import Comparison
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.line_spread import added_power

# What a label is changed by, in its unit.
STEPS = {"teff": 100.0, "logg": 0.1, "m_h": 0.1, "alpha_m": 0.1, "vsini": 1.0, "vmic": 0.1}


def label_sensitivity(
    comparison: Comparison, name: str, resolving_power: float, progress: Progress = no_progress
) -> NDArray[np.float64]:
    """Compute how much the normalised flux of each pixel changes when a label rises by its step.

    Parameters
    ----------
    comparison : Comparison
        Gives pixels, labels and the model whose emulator generates.
    name : str
        One of `STEPS`.
    resolving_power : float
        wavelength / FWHM.
    progress : Progress

    Returns
    -------
    ndarray, shape (n_pixels,)
        Change of the normalised flux for +100 K, +0.1 dex, +1 km/s (v sin i) or +0.1 km/s (vmic);
        NaN where the comparison has a gap.

    Notes
    -----
    Central difference; at v sin i below half a step, a forward one.
    """
    emulator = open_model(comparison.model).emulator
    labels = {**_usual(emulator), **dict(comparison.labels.values)}
    half = 0.5 * STEPS[name]
    low = max(labels[name] - half, 0.0) if name in ("vsini", "vmic") else labels[name] - half
    fluxes = []
    for part, value in enumerate((low, low + 2 * half)):
        progress(0.5 * part, "Changing the label")
        changed = LabelSet({**labels, name: value})
        fluxes.append(_flux_at(comparison.wavelength_aa, changed, resolving_power, emulator))
    return np.where(np.isfinite(comparison.generated), fluxes[1] - fluxes[0], np.nan)


def _usual(emulator: Emulator) -> dict[str, float]:
    """Return what stands for a label that was not determined."""
    middle = {name: 0.5 * sum(ends) for name, ends in emulator.label_ranges.items()}
    return {**middle, "alpha_m": 0.0, "vsini": 0.0, "vmic": 1.2}


def _flux_at(
    wavelength_aa: NDArray[np.float64], labels: LabelSet, resolving_power: float, emulator: Emulator
) -> NDArray[np.float64]:
    point = np.array([[labels[name] for name in emulator.label_names]])
    flux = np.asarray(emulator.normalised_flux(point), dtype=np.float64)[0]
    added = float(added_power(resolving_power, emulator.resolving_power))
    flux = broaden(flux, emulator.dv_kms, vsini_kms=labels["vsini"], resolving_power=added)
    step = emulator.dv_kms / SPEED_OF_LIGHT_KMS
    return np.asarray(interpolate_cubic(flux, np.log(wavelength_aa / emulator.wavelength_aa[0]) / step))
