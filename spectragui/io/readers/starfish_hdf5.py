"""HDF5 as the program Starfish writes it: wavelengths, fluxes, errors and masks an order."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.assemble import Context, make_spectrum
from spectragui.io.axis_passport import Stated
from spectragui.io.fits_header import Header
from spectragui.io.raw_order import split_rows
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import register_reader
from spectragui.io.source import Source

_NAMES = (
    ("wls", "waves", "wl", "wave"),
    ("fls", "fluxes", "fl", "flux"),
    ("sigmas", "sigma"),
    ("masks", "mask"),
)


@register_reader("starfish-hdf5", priority=95)
class StarfishReader:
    """Orders in an HDF5 file; needs the optional package h5py."""

    description = "HDF5 by Starfish (needs the package h5py)"

    def identify(self, source: Source) -> bool:
        """Return whether the file is HDF5."""
        return source.kind == "hdf5"

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders."""
        wavelength, flux, sigma, mask = _arrays(source)
        context = Context(source, Header([]), options, "starfish-hdf5", is_echelle=True)
        context.stated = Stated("Angstrom", "Starfish data format")
        context.uncertainty_source = "sigmas" if sigma is not None else ""
        bad = None if mask is None else ~mask.astype(bool)  # Starfish: True = use the pixel
        return (make_spectrum(split_rows(wavelength, flux, sigma, bad), context),)


def _arrays(source: Source) -> list[Any]:
    try:
        import h5py
    except ImportError as error:
        raise source.error(
            "this is an HDF5 file, and the package that reads those is not installed.",
            "Install it with: pip install h5py.",
        ) from error
    try:
        with h5py.File(source.path, "r") as file:
            found = [
                next((np.atleast_2d(np.asarray(file[n])) for n in names if n in file), None)
                for names in _NAMES
            ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise source.error(f"the HDF5 file is damaged ({error}).", "Copy or download it again.") from error
    if found[0] is None or found[1] is None:
        raise source.error(
            "this HDF5 file does not hold a spectrum as Starfish writes it.", "It needs wls and fls."
        )
    return found
