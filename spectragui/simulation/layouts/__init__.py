"""Write a simulated observation as the instrument's own pipeline writes it, so that its reader reads it."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import WriteError
from spectragui.simulation.mock_observation import MockObservation

# Layout -> module beside this one; each has `hdus(observation)`, the FITS extensions in order.
_MODULES = {
    "carmenes-vis": "carmenes_vis",
    "carmenes-nir": "carmenes_nir",
    "harps-e2ds": "harps_e2ds_frame",
    "apogee-visit": "apogee_visit",
    "pfs-object": "pfs_object",
    "generic-1d": "generic_1d",
    "generic-echelle": "generic_echelle",
}
LAYOUTS = tuple(_MODULES)


def write_observation(observation: MockObservation, path: str | os.PathLike[str]) -> None:
    """Write an observation in its instrument's layout, all of it or nothing.

    Raises
    ------
    WriteError
        If the path does not end in .fits, or the file cannot be written.
    """
    from astropy.io import fits

    file = Path(path)
    if file.suffix.lower() not in (".fits", ".fit"):
        raise WriteError(
            f"{file.name}: observations are simulated as FITS.", "Use a name that ends in .fits."
        )
    module = importlib.import_module(f"{__name__}.{_MODULES[observation.instrument.layout]}")
    with atomic_path(file) as temporary:
        fits.HDUList(module.hdus(observation)).writeto(temporary, overwrite=True)
