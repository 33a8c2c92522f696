"""No instrument in particular: orders as rows of images, flux with its blaze, error, wavelength, mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import bits_hdu, image, primary_hdu
from spectragui.simulation.layouts.generic_1d import describe_axis
from spectragui.simulation.mock_observation import MockObservation


def hdus(observation: MockObservation) -> list[Any]:
    """Return the images; bad pixels are in the mask, hits of cosmic rays are not."""
    from astropy.io import fits

    flux = image(observation, "flux")
    primary = primary_hdu(observation, flux.astype(np.float32))
    describe_axis(primary.header, observation)
    primary.header["BUNIT"] = ("electron", "extracted flux, blaze not removed")
    error = fits.ImageHDU(image(observation, "sigma").astype(np.float32), name="ERROR")
    wavelength = fits.ImageHDU(image(observation, "wavelength_aa"), name="WAVE")
    error.header["BUNIT"], wavelength.header["BUNIT"] = "electron", "Angstrom"
    mask = fits.ImageHDU((~np.isfinite(flux)).astype(np.uint8), name="MASK")
    return [primary, error, wavelength, mask, bits_hdu(observation, image(observation, "bits"))]
