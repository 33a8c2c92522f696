"""MAKEE (HIRES, ESI): orders as rows, wavelengths by polynomials in WV_0_nn and WV_4_nn."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.error_files import sigma_beside
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_COEFFICIENTS = 4  # in each of the two cards


@register_reader("makee", priority=30)
class MakeeReader:
    """Orders as MAKEE extracts them."""

    description = "MAKEE (HIRES, ESI): orders as rows of an image, polynomials in the cards WV_0_nn"

    def identify(self, source: Source) -> bool:
        """Return whether the first image has a polynomial for its first order."""
        return source.kind == "fits" and len(source.hdus[0].shape) == 2 and "WV_0_01" in source.headers[0]

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the echelle spectrum."""
        header = source.headers[0]
        flux = np.asarray(source.data(0), dtype=np.float64)
        pixel = np.arange(flux.shape[1], dtype=np.float64)
        polynomials = [_polynomial(source, header, order) for order in range(1, len(flux) + 1)]
        wavelength = np.array([np.polynomial.polynomial.polyval(pixel, p) for p in polynomials])
        context = Context(source, header, options, "makee", product="makee", is_echelle=True)
        context.stated = Stated(
            "Angstrom", "MAKEE: wavelengths in Angstrom", "vacuum", "MAKEE converts to vacuum, as a rule",
            "heliocentric", "MAKEE corrects to the Sun, as a rule",
        )  # fmt: skip
        sigma, context.uncertainty_source = sigma_beside(source, flux.shape)
        return (make_spectrum(split_rows(wavelength, flux, sigma), context),)


def _polynomial(source: Source, header: Header, order: int) -> list[float]:
    """Return the coefficients of an order, the constant first.

    Raises
    ------
    ReadError
        If a card is missing or holds no numbers.
    """
    words = f"{header.text(f'WV_0_{order:02d}')} {header.text(f'WV_4_{order:02d}')}".split()
    try:
        numbers = [float(word.replace("D", "E")) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) < _COEFFICIENTS:
        raise source.error(
            f"the wavelength polynomial of order {order} (WV_0_{order:02d}) is missing or damaged.",
            "Name the file of wavelengths with --wavelength-file.",
        )
    return numbers
