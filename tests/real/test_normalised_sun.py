"""The Sun of HARPS, normalised by the bundled chain, against the synthetic Sun."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spectragui.core.spectrum import Spectrum
from spectragui.io.read import read_spectrum
from spectragui.preprocessing.chain_files import load_preset
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, observed_flux

SUN = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 3.6}
VELOCITY_KMS = 0.2  # left in the file


def test_the_normalised_sun_is_the_synthetic_sun(shared_data: Path) -> None:
    observed = load_preset("generic-1d").apply(read_spectrum(shared_data / "stars/harps_sun_ganymede.fits"))
    assert isinstance(observed, Spectrum)
    inside = observed.good & (observed.wavelength_aa > 4450.0) & (observed.wavelength_aa < 5300.0)
    wavelength = observed.wavelength_aa[inside]
    how = Observing(resolving_power=115_000.0, v_rad_kms=VELOCITY_KMS, vmac_kms=3.2)
    difference = observed.flux[inside] - observed_flux(
        load_emulator("optical-emulator"), SUN, how, wavelength
    )
    assert inside.sum() > 80_000
    assert np.nanmedian(np.abs(difference)) < 0.010  # the line list's own: 0.0053
