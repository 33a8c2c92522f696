"""HDF5 as the program Starfish writes it: wavelengths, fluxes, errors and masks an order."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.hdf5_file import Hdf5Arrays, opened_hdf5
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_NAMES = (
    ("wls", "waves", "wl", "wave"),
    ("fls", "fluxes", "fl", "flux"),
    ("sigmas", "sigma"),
    ("masks", "mask"),
)


@register_reader("starfish-hdf5", priority=96)
class StarfishReader:
    """Orders in an HDF5 file."""

    description = "HDF5 by Starfish"

    def identify(self, source: Source) -> bool:
        """Return whether the file is HDF5; the last reader that is asked."""
        return source.kind == "hdf5"

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders."""
        wavelength, flux, sigma, mask = _arrays(source)
        context = Context(source, Header([]), options, "starfish-hdf5", is_echelle=True)
        context.stated = Stated("Angstrom", "Starfish data format")
        context.uncertainty_source = "sigmas" if sigma is not None else ""
        bad = None if mask is None else bad_by_rule(mask, options, good_is_set=True)
        if any(image is not None and image.shape != flux.shape for image in (wavelength, sigma, bad)):
            raise source.error("its arrays differ in shape.", "Copy or download it again.")
        return (make_spectrum(split_rows(wavelength, flux, sigma, bad), context),)


def _arrays(source: Source) -> list[Any]:
    with opened_hdf5(source) as file:
        own = Hdf5Arrays(file, source.limits)
        arrays = [own.number_array(*names) for names in _NAMES]
        held = ", ".join(list(file)[:8]) or "nothing"
    if arrays[0] is None or arrays[1] is None:
        raise source.error(
            f"this HDF5 file does not hold a spectrum as Starfish or MAROON-X write it; it holds {held}.",
            "It needs wls and fls (wavelengths and fluxes), or write the spectrum as FITS or CSV.",
        )
    return [None if array is None else np.atleast_2d(array) for array in arrays]
