"""SDSS spSpec (data releases 1 to 8): rows flux, flux without continuum, 1-sigma noise, mask."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated


@register_reader("sdss-spspec", priority=28)
class SdssSpSpecReader:
    """One spectrum of the first two phases of SDSS."""

    description = "SDSS spSpec (data releases 1-8): rows of flux, noise and mask, COEFF0 and COEFF1"

    def identify(self, source: Source) -> bool:
        """Return whether the first image has four or five rows and SDSS's coefficients."""
        if source.kind != "fits" or len(source.hdus[0].shape) != 2:
            return False
        header = source.headers[0]
        is_sdss = "SDSS" in header.text("TELESCOP").upper()
        return is_sdss and source.hdus[0].shape[0] in (4, 5) and "COEFF0" in header and "COEFF1" in header

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectrum."""
        header, rows = source.headers[0], np.asarray(source.data(0), dtype=np.float64)
        wavelength = 10.0 ** (header.number("COEFF0") + header.number("COEFF1") * np.arange(rows.shape[1]))
        context = Context(source, header, options, "sdss-spspec", product="spSpec")
        context.stated = Stated(
            "Angstrom", "log10 by COEFF0 and COEFF1", "vacuum", "SDSS data model: wavelengths in vacuum",
            "heliocentric", "SDSS data model: corrected to the Sun",
        )  # fmt: skip
        context.flux_unit = "1e-17 erg / (Angstrom s cm2)"
        context.uncertainty_source = "row 3 (noise)"
        context.meta["instrument"] = "SDSS"
        context.meta["resolving_power"] = 2000.0
        context.meta["resolving_power_source"] = "instrument table: SDSS (York et al. 2000, AJ 120, 1579)"
        bad = bad_by_rule(rows[3], options)
        return (make_spectrum([RawOrder(wavelength, rows[0], rows[2], bad)], context),)
