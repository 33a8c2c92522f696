"""The CERES pipelines (FEROS, CORALIE, FIDEOS, PUCHEROS ...): a cube of planes, each orders x pixels.

References
----------
Brahm, Jordan & Espinoza 2017, PASP 129, 034002.
"""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import sigma_from_ivar, split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import is_wavelength_image
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_WAVELENGTH, _DEBLAZED, _DEBLAZED_IVAR = 0, 3, 4


@register_reader("ceres", priority=38)
class CeresReader:
    """Orders as the CERES pipelines write them."""

    description = "CERES pipelines (FEROS, CORALIE ...): planes of wavelength, flux, inverse variance"

    def identify(self, source: Source) -> bool:
        """Return whether the first image is a cube of 9 to 11 planes, the first of wavelengths."""
        if source.kind != "fits" or len(source.hdus[0].shape) != 3:
            return False
        shape = source.hdus[0].shape
        if not (9 <= shape[0] <= 11 and shape[1] < shape[2]) or "WAT2_001" in source.headers[0]:
            return False
        return is_wavelength_image(np.asarray(source.data(0))[_WAVELENGTH])

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders, blaze-corrected."""
        cube = np.asarray(source.data(0), dtype=np.float64)
        context = Context(source, source.headers[0], options, "ceres", product="orders", is_echelle=True)
        context.has_blaze = False
        context.stated = Stated(
            "Angstrom", "CERES: Brahm et al. 2017", "vacuum", "CERES: wavelengths in vacuum",
            "barycentric", "CERES: corrected to the barycentre",
        )  # fmt: skip
        context.uncertainty_source = "1 / sqrt of plane 5 (inverse variance of the deblazed flux)"
        context.note("The flux is plane 4, divided by the blaze function.")
        sigma = sigma_from_ivar(cube[_DEBLAZED_IVAR])
        return (make_spectrum(split_rows(cube[_WAVELENGTH], cube[_DEBLAZED], sigma), context),)
