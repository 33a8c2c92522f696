"""HARPS e2ds as its pipeline writes it: an image of blazed orders, wavelengths as header polynomials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import bits_hdu, image, primary_hdu
from spectragui.simulation.mock_observation import MockObservation

_EXTRACTED_PIXELS = 6.0  # that the extraction adds up: the read noise of one is this much less


def hdus(observation: MockObservation) -> list[Any]:
    """Return the image of electrons, an order a row; there is no image of errors."""
    instrument = observation.instrument
    primary = primary_hdu(observation, image(observation, "flux").astype(np.float32))
    header = primary.header
    header["INSTRUME"] = "HARPS"
    header["HIERARCH ESO DRS BERV"] = (observation.exposure.berv_kms, "[km/s] not applied")
    header["HIERARCH ESO DRS CCD SIGDET"] = instrument.read_noise / math.sqrt(_EXTRACTED_PIXELS)
    header["HIERARCH ESO DRS CCD CONAD"] = 1.0
    header["HIERARCH ESO DRS CAL TH DEG LL"] = 3
    for row, order in enumerate(instrument.orders):
        for power, value in enumerate(instrument.wavelength_polynomial(order)):
            header[f"HIERARCH ESO DRS CAL TH COEFF LL{4 * row + power}"] = float(value)
    for row, mock in enumerate(observation.orders):
        middle = slice(mock.flux.size // 2 - 50, mock.flux.size // 2 + 50)
        snr = float(np.nanmedian(mock.flux[middle] / mock.sigma[middle]))
        header[f"HIERARCH ESO DRS SPE EXT SN{row}"] = round(snr, 1)
    return [primary, bits_hdu(observation, image(observation, "bits"))]
