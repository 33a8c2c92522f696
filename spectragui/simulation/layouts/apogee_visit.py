"""APOGEE apVisit: images of three chips, the reddest first, wavelengths descending."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.simulation.layouts.cards import bits_hdu, image, primary_hdu
from spectragui.simulation.mock_observation import BAD, MockObservation

_FLUX = "10^-17 erg/s/cm^2/Ang"
_BADPIX = 1  # bit 0 of APOGEE's pixel mask


def hdus(observation: MockObservation) -> list[Any]:
    """Return flux, error, mask, wavelength, sky, its error, telluric, its error."""
    from astropy.io import fits

    def chips(name: str) -> NDArray[Any]:
        return image(observation, name)[::-1, ::-1]

    primary = primary_hdu(observation)
    header = primary.header
    header["TELESCOP"], header["PLATE"], header["FLUXFLAM"] = "apo25m", "simulated", 1e-17
    header["OBJID"] = header["OBJECT"]
    header["BC"] = (observation.exposure.berv_kms, "[km/s] barycentric correction, not applied")
    bits = chips("bits")
    flux, sigma = (np.nan_to_num(chips(name)).astype(np.float32) for name in ("flux", "sigma"))
    flags = np.where(bits & BAD, _BADPIX, 0).astype(np.int16)
    nothing = np.zeros(flux.shape, dtype=np.float32)
    images = [
        (flux, f"Flux ({_FLUX})"),
        (sigma, f"Flux Error ({_FLUX})"),
        (flags, "Flag Mask (bitwise)"),
        (chips("wavelength_aa"), "Wavelength (Ang)"),
        (nothing, f"Sky ({_FLUX})"),
        (nothing, f"Sky Error ({_FLUX})"),
        (chips("telluric").astype(np.float32), "Telluric"),
        (nothing, "Telluric Error"),
    ]
    extensions = []
    for values, unit in images:
        hdu = fits.ImageHDU(np.ascontiguousarray(values))
        hdu.header["CTYPE1"], hdu.header["CTYPE2"], hdu.header["BUNIT"] = "Pixel", "Chip", unit
        extensions.append(hdu)
    return [primary, *extensions, bits_hdu(observation, bits)]
