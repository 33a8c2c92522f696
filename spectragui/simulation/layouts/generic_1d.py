"""No instrument in particular: one spectrum as a table WAVE FLUX ERR MASK."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import primary_hdu, simulation_cards
from spectragui.simulation.mock_observation import MockObservation


def hdus(observation: MockObservation) -> list[Any]:
    """Return the table; what the wavelengths are stands in its header."""
    from astropy.io import fits

    (order,) = observation.orders
    instrument = observation.instrument
    columns = [
        fits.Column("WAVE", "D", unit="Angstrom", array=order.wavelength_aa),
        fits.Column("FLUX", "E", array=order.flux.astype(np.float32)),
    ]
    if np.isfinite(observation.exposure.snr):
        columns.append(fits.Column("ERR", "E", array=order.sigma.astype(np.float32)))
    columns.append(fits.Column("MASK", "B", array=(~np.isfinite(order.flux)).astype(np.uint8)))
    table = fits.BinTableHDU.from_columns(columns, name="SPECTRUM")
    ucd = {"air": ("em.wl;obs.atmos", "wavelength in air"), "vacuum": ("em.wl", "wavelength in vacuum")}
    table.header["TUCD1"] = ucd[instrument.medium]
    primary = primary_hdu(observation)
    for keyword, value, comment in simulation_cards(observation):
        table.header[keyword] = (value, comment)
    for header in (primary.header, table.header):
        describe_axis(header, observation)
    return [primary, table]


def describe_axis(header: Any, observation: MockObservation) -> None:
    """Write medium, frame and resolving power into a header."""
    frame = "BARYCENT" if observation.exposure.berv_kms == 0 else "TOPOCENT"
    header["AIRORVAC"] = (observation.instrument.medium, "medium of the wavelengths")
    header["SPECSYS"] = (frame, "frame of the wavelengths")
    header["SPEC_RES"] = (observation.instrument.resolving_power, "resolving power, wavelength / FWHM")
    if observation.exposure.berv_kms:
        header["BERV"] = (observation.exposure.berv_kms, "[km/s] not applied")
