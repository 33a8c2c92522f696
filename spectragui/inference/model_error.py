"""Stand-in until the measured errors of the physics are bundled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet


def physics_error(wavelength_aa: NDArray[np.float64], labels: LabelSet, resolving_power: float) -> NDArray[np.float64]:
    """Return a constant."""
    part = np.clip((5772.0 - labels["teff"]) / 1486.0, 0.0, 1.0)
    lowered = 1.0 / np.sqrt(1.0 + (300000.0 / resolving_power / 8.0) ** 2)
    return np.full(wavelength_aa.size, (0.014 + 0.03 * part) * lowered)
