"""SERVAL templates: co-added orders against the natural logarithm of wavelength.

References
----------
Zechmeister et al. 2018, A&A 609, A12.
"""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.named_images import image_numbers, named_image
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated


@register_reader("serval-template", priority=22)
class ServalTemplateReader:
    """Templates that SERVAL co-adds of many exposures."""

    description = "SERVAL templates: images SPEC, SIG and WAVE (natural logarithms), orders as rows"

    def identify(self, source: Source) -> bool:
        """Return whether SPEC and WAVE are there, and WAVE holds logarithms."""
        if source.kind != "fits":
            return False
        names = image_numbers(source)
        if not {"SPEC", "WAVE"} <= set(names):
            return False
        wave = np.asarray(source.data(names["WAVE"]), dtype=np.float64)
        finite = wave[np.isfinite(wave) & (wave > 0)]
        return finite.size > 0 and float(finite.min()) > 7.0 and float(finite.max()) < 11.0

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders; those that SERVAL left empty are dropped."""
        names = image_numbers(source)
        flux, wave = named_image(source, names, "SPEC"), named_image(source, names, "WAVE")
        assert flux is not None and wave is not None
        sigma = named_image(source, names, "SIG")
        context = Context(source, source.headers[0], options, "serval-template", product="template")
        context.is_echelle = True
        context.stated = Stated(
            "Angstrom", "SERVAL: natural logarithms of Angstrom", "vacuum", "SERVAL: wavelengths in vacuum",
            "barycentric", "SERVAL: exposures are shifted to the barycentre before they are added",
        )  # fmt: skip
        context.uncertainty_source = "extension SIG" if sigma is not None else ""
        wavelength = np.where((wave > 7.0) & (wave < 11.0), np.exp(np.clip(wave, 7.0, 11.0)), np.nan)
        return (make_spectrum(split_rows(wavelength, flux, sigma), context),)
