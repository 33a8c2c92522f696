"""CARMENES VIS as the pipeline CARACAL writes it: images SPEC, CONT, SIG, WAVE of 61 orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import bits_hdu, image, primary_hdu
from spectragui.simulation.mock_observation import MockObservation


def hdus(observation: MockObservation) -> list[Any]:
    """Return the extensions; CONT is the noise-free level of the continuum with the blaze in it."""
    from astropy.io import fits

    primary = primary_hdu(observation)
    header = primary.header
    header["INSTRUME"] = "CARMENES"
    header["SUBSYS"] = "vis"
    header["HIERARCH CARACAL BERV"] = (observation.exposure.berv_kms, "[km/s] not applied")
    images = [("SPEC", "flux"), ("CONT", "continuum"), ("SIG", "sigma")]
    extensions = [
        fits.ImageHDU(image(observation, attribute).astype(np.float32), name=name)
        for name, attribute in images
    ]
    wavelength = fits.ImageHDU(image(observation, "wavelength_aa"), name="WAVE")
    wavelength.header["BUNIT"] = "Angstrom"
    return [primary, *extensions, wavelength, bits_hdu(observation, image(observation, "bits"))]
