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
from spectragui.io.reading.axis_passport import Stated, parse_unit
from spectragui.io.reading.error_files import sigma_beside
from spectragui.io.reading.iraf_bands import band_name, choose_bands
from spectragui.io.reading.iraf_dispersion import read_dispersions, wavelengths_of
from spectragui.io.reading.linear_scale import wat_text
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source


@register_reader("iraf-multispec", priority=45)
class IrafMultispecReader:
    """Echelle orders with linear, logarithmic, polynomial or spline dispersions by IRAF."""

    description = "IRAF multispec: linear, logarithmic, Chebyshev, Legendre or spline dispersion an order"

    def identify(self, source: Source) -> bool:
        """Return whether the WAT2 cards hold dispersions."""
        if source.kind != "fits" or not source.hdus[0].shape:
            return False
        return "multispec" in wat_text(source.headers[0], 0).lower() and "spec1" in wat_text(
            source.headers[0], 2
        )

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one echelle spectrum of the file."""
        header = source.headers[0]
        cube = np.asarray(source.data(0))
        bands = cube.reshape((-1, *np.atleast_2d(cube).shape[-2:])) if cube.ndim != 2 else cube[np.newaxis]
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
        return (make_spectrum(_orders(header, bands[flux_band], sigma, source), context),)


def _orders(header: Header, flux: NDArray[Any], sigma: NDArray[Any] | None, source: Source) -> list[RawOrder]:
    try:
        dispersions = read_dispersions(header)
        if len(dispersions) < len(flux):
            raise ValueError(f"there are {len(dispersions)} solutions for {len(flux)} orders")
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
    text = wat_text(header, 1)
    found = re.search(r"units=['\"]?([A-Za-z.0-9]+)", text)
    unit = parse_unit(found.group(1)) if found else ""
    if unit:
        return Stated(unit, f"WAT1_001: units={found.group(1) if found else ''}")
    return Stated()
