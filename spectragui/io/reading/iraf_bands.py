"""Bands of IRAF's extracted spectra (BANDIDn): which is the flux, which its error."""

from __future__ import annotations

import re

from spectragui.io.headers.fits_header import Header

_SIGMA_BAND = re.compile(r"(sigma|noise|error)", re.I)
_FLUX_BANDS = (
    r"object spectrum$",
    r"object(?!.*divided)",
    r"(?!.*(sky|background spectrum|lamp|flat|raw)).*(spectrum|flux)",
)


def choose_bands(header: Header, n_bands: int) -> tuple[int, int | None, str]:
    """Return the indices of flux and sigma among the bands by their BANDIDn, and a note."""
    if n_bands == 1:
        return 0, None, ""
    names = [band_name(header, index) for index in range(n_bands)]
    sigma = [i for i, name in enumerate(names) if _SIGMA_BAND.search(name) and "signal" not in name.lower()]
    chosen = next(
        (
            i
            for pattern in _FLUX_BANDS
            for i, name in enumerate(names)
            if re.match(pattern, name, re.I) and i not in sigma
        ),
        0,
    )
    note = f"The flux is band {chosen + 1} of {n_bands} ({names[chosen] or 'not named'})."
    return chosen, (sigma[0] if sigma else None), note


def band_name(header: Header, index: int) -> str:
    """Return the name that BANDIDn gives to a band."""
    return header.text(f"BANDID{index + 1}")
