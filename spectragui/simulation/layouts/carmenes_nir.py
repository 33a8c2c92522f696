"""CARMENES NIR as the pipeline CARACAL writes it: 56 half-orders in the columns of one table."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.simulation.layouts.cards import bits_hdu, primary_hdu
from spectragui.simulation.mock_observation import MockObservation


def hdus(observation: MockObservation) -> list[Any]:
    """Return the table WAVE SPEC CONT SIG MASK_I; half-orders follow each other, told apart by steps."""
    from astropy.io import fits

    primary = primary_hdu(observation)
    header = primary.header
    header["INSTRUME"] = "CARMENES"
    header["SUBSYS"] = "nir"
    header["HIERARCH CARACAL BERV"] = (observation.exposure.berv_kms, "[km/s] not applied")
    orders = observation.orders
    blazes = [observation.instrument.throughput(n, order.wavelength_aa) for n, order in enumerate(orders)]
    blaze = np.concatenate(blazes) / np.median([one.max() for one in blazes])
    found = {
        "WAVE": np.concatenate([order.wavelength_aa for order in orders]),
        "SPEC": np.concatenate([order.flux for order in orders]),
        "CONT": blaze,
        "SIG": np.concatenate([order.sigma for order in orders]),
    }
    columns = [fits.Column(name, "D", array=values) for name, values in found.items()]
    flux = columns[1].array
    columns.append(fits.Column("MASK_I", "J", array=np.isfinite(flux).astype(np.int32)))  # 1 = good
    bits = np.concatenate([order.bits for order in observation.orders])
    return [primary, fits.BinTableHDU.from_columns(columns), bits_hdu(observation, bits)]
