"""CARMENES VIS as the pipeline CARACAL writes it: images SPEC, CONT, SIG, WAVE of 61 orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import bits_hdu, image, primary_hdu
from spectragui.simulation.mock_observation import MockObservation


def hdus(observation: MockObservation) -> list[Any]:
    """Return the extensions; CONT is the blaze as a flat field shows it, 1 at the top of the middle order."""
    from astropy.io import fits

    primary = primary_hdu(observation)
    header = primary.header
    header["INSTRUME"] = "CARMENES"
    header["SUBSYS"] = "vis"
    header["HIERARCH CARACAL BERV"] = (observation.exposure.berv_kms, "[km/s] not applied")
    instrument = observation.instrument
    blaze = np.stack(
        [
            instrument.throughput(number, order.wavelength_aa)
            for number, order in enumerate(observation.orders)
        ]
    )
    blaze /= np.median(blaze.max(axis=1))
    images = {"SPEC": image(observation, "flux"), "CONT": blaze, "SIG": image(observation, "sigma")}
    extensions = [fits.ImageHDU(values.astype(np.float32), name=name) for name, values in images.items()]
    wavelength = fits.ImageHDU(image(observation, "wavelength_aa"), name="WAVE")
    wavelength.header["BUNIT"] = "Angstrom"
    return [primary, *extensions, wavelength, bits_hdu(observation, image(observation, "bits"))]
