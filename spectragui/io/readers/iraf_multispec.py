"""IRAF multispec: orders as rows of one image, dispersion in the WAT2 cards, bands as planes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.readers.fits_image import flux_unit
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.error_files import sigma_beside
from spectragui.io.reading.iraf_bands import band_name, choose_bands
from spectragui.io.reading.iraf_cards import wat_text, wat_units
from spectragui.io.reading.iraf_dispersion import dispersions_of_lines, wavelengths_of
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.wavelength_units import parse_unit


@register_reader("iraf-multispec", priority=45)
class IrafMultispecReader:
    """Echelle orders with linear, logarithmic, polynomial or spline dispersions by IRAF."""

    description = "IRAF multispec: linear, logarithmic, Chebyshev, Legendre or spline dispersion an order"

    def identify(self, source: Source) -> bool:
        """Return whether the WAT2 cards hold dispersions."""
        if source.kind != "fits" or not source.hdus[0].shape:
            return False
        header = source.headers[0]
        said = f"{wat_text(header, 0)} {wat_text(header, 1)} {header.text('CTYPE1')}".lower()
        return "multispe" in said and re.search(r"spec\d+\s*=", wat_text(header, 2)) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one echelle spectrum of the file."""
        header = source.headers[0]
        bands = _bands(np.asarray(source.data(0)), header)
        flux_band, sigma_band, told = choose_bands(header, len(bands))
        context = Context(
            source, header, options, "iraf-multispec", _stated(header), "multispec", flux_unit(header)
        )
        context.is_echelle = bands.shape[1] > 1
        if told:
            context.note(told)
        if sigma_band is not None:
            context.uncertainty_source = f"band {sigma_band + 1} ({band_name(header, sigma_band)})"
        sigma = None if sigma_band is None else bands[sigma_band]
        if sigma is None:
            sigma, context.uncertainty_source = sigma_beside(source, bands[flux_band].shape)
        return (make_spectrum(_orders(bands[flux_band], sigma, context), context),)


def _bands(cube: NDArray[Any], header: Header) -> NDArray[Any]:
    """Return the image as bands of lines; where its second axis are bands of one line, one a band."""
    kept = re.findall(r"-?\d+", header.text("WAXMAP01"))
    if cube.ndim == 2 and len(kept) >= 6 and kept[2] == "0" and kept[4] == "2":
        return cube[:, np.newaxis]
    return cube.reshape((-1, *np.atleast_2d(cube).shape[-2:]))


def _orders(flux: NDArray[Any], sigma: NDArray[Any] | None, context: Context) -> list[RawOrder]:
    source, header = context.source, context.header
    try:
        dispersions, note = dispersions_of_lines(header, len(flux))
        if note:
            context.note(note)
        without = sum(dispersion.kind < 0 for dispersion in dispersions)
        if without:
            context.note(f"{without} of {len(flux)} lines have no wavelength solution and were left out.")
        return [
            RawOrder(
                wavelengths_of(dispersion, flux.shape[1], header),
                row,
                None if sigma is None else sigma[index],
                None,
                dispersion.beam,
            )
            for index, (dispersion, row) in enumerate(zip(dispersions, flux, strict=False))
            if dispersion.kind >= 0
        ]
    except (ValueError, IndexError) as error:
        raise source.error(
            f"the wavelength solution in the WAT2 cards is damaged: {error}.",
            "Name a file of wavelengths with --wavelength-file.",
        ) from error


def _stated(header: Header) -> Stated:
    said = wat_units(header)
    unit = parse_unit(said)
    if unit:
        return Stated(unit, f"WAT1_001: units={said}")
    return Stated(odd_unit=said)
