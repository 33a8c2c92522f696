"""The templates that velocities of stars are measured with: a few emulator spectra over the whole grid."""

from __future__ import annotations

import functools

import numpy as np

from spectragui.analysis.cross_correlation import VelocityTemplates
from spectragui.simulation.emulator import load_emulator

STEP_KMS = 1.5

# teff [K], logg, m_h, alpha_m, vmic [km/s]: dwarfs and giants, solar and metal-poor, to the hot edge.
TEMPLATE_LABELS = (
    (4000.0, 1.2, -0.3, 0.1, 1.6),
    (4100.0, 4.6, 0.0, 0.0, 0.8),
    (4600.0, 2.4, 0.0, 0.0, 1.4),
    (4600.0, 1.4, -1.8, 0.3, 1.8),
    (4900.0, 4.5, 0.0, 0.0, 0.8),
    (5100.0, 2.8, -0.7, 0.2, 1.4),
    (5700.0, 4.4, 0.0, 0.0, 1.0),
    (5700.0, 4.3, -0.9, 0.2, 1.0),
    (5900.0, 3.8, -2.0, 0.3, 1.4),
    (6500.0, 4.1, 0.0, 0.0, 1.6),
    (6500.0, 4.1, -1.3, 0.2, 1.6),
    (7600.0, 4.0, 0.0, 0.0, 2.5),
    (7600.0, 4.0, -1.0, 0.1, 2.5),
    (9000.0, 4.0, 0.0, 0.0, 2.0),
    (9300.0, 3.9, -1.0, 0.0, 2.0),
)
SUN_LIKE_TEMPLATE = 6


@functools.cache
def velocity_templates(step_kms: float = STEP_KMS) -> VelocityTemplates:
    """Return the templates of the optical window on a grid of constant velocity step (cached).

    Parameters
    ----------
    step_kms : float
    """
    emulator = load_emulator()
    flux = emulator.normalised_flux(np.asarray(TEMPLATE_LABELS))
    return VelocityTemplates.on_grid(emulator.wavelength_aa, np.asarray(flux, dtype=np.float64), step_kms)
