"""Subaru PFS pfsObject: one spectrum as a table in nm and nJy."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import bits_hdu, primary_hdu
from spectragui.simulation.mock_observation import MockObservation


def hdus(observation: MockObservation) -> list[Any]:
    """Return FLUX, FLUXTBL, COVAR, MASK, SKY; the flux per frequency."""
    from astropy.io import fits

    (order,) = observation.orders
    primary = primary_hdu(observation)
    primary.header["PATCH"], primary.header["OBJID"] = "0,0", 1
    primary.header["SPEC_RES"] = (observation.instrument.resolving_power, "wavelength / FWHM")
    bad = ~np.isfinite(order.flux)
    flux, variance = np.nan_to_num(order.flux), np.nan_to_num(np.square(order.sigma))
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("lambda", "D", unit="nm", array=order.wavelength_aa / 10.0),
            fits.Column("flux", "E", unit="nJy", array=flux),
            fits.Column("fluxVariance", "E", array=variance),
            fits.Column("mask", "J", array=bad.astype(np.int32)),
        ],
        name="FLUXTBL",
    )
    covariance = np.zeros((3, flux.size), dtype=np.float32)
    covariance[0] = variance
    return [
        primary,
        fits.ImageHDU(flux.astype(np.float32), name="FLUX"),
        table,
        fits.ImageHDU(covariance, name="COVAR"),
        fits.ImageHDU(bad.astype(np.int32), name="MASK"),
        fits.ImageHDU(np.zeros(flux.size, dtype=np.float32), name="SKY"),
        bits_hdu(observation, order.bits),
    ]
