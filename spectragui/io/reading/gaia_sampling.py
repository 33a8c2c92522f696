"""Gaia's mean spectra are known by their sampling, since the archive's files say little else."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.io.headers.fits_header import Header

#: Number of samples: first and last wavelength [nm] and the archive's name of the product.
GAIA_SAMPLINGS = {2401: (846.0, 870.0, "RVS"), 343: (336.0, 1020.0, "XP_SAMPLED")}


def with_gaia_kind(header: Header, wavelength: Any) -> Header:
    """Return the header with RETRIEVAL_TYPE where the wavelengths are exactly those of a Gaia product."""
    values = np.asarray(wavelength)
    if values.size not in GAIA_SAMPLINGS or "RETRIEVAL_TYPE" in header or values.dtype.kind not in "fiu":
        return header
    first, last, kind = GAIA_SAMPLINGS[values.size]
    ends = np.array([values.ravel()[0], values.ravel()[-1]], dtype=np.float64)
    for scale in (1.0, 10.0):
        if np.allclose(ends, [first * scale, last * scale], rtol=0, atol=1e-3 * scale):
            return Header([*header.cards, ("RETRIEVAL_TYPE", kind, "told by the sampling")])
    return header
