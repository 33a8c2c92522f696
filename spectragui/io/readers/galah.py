"""GALAH (HERMES): one camera a file; flux, relative error, normalised flux as 1-D images."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.readers.fits_image import flux_unit
from spectragui.io.reading.arms import arm_of_file
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source

_NAME = re.compile(r"(\d{15})([1-4])$")


@register_reader("galah", priority=30)
class GalahReader:
    """One of the four cameras of a GALAH spectrum."""

    description = "GALAH (HERMES) spectrum, one file a camera; the four cameras of a star are joined"

    def identify(self, source: Source) -> bool:
        """Return whether the header names HERMES and the first image is a spectrum."""
        if source.kind != "fits" or len(source.hdus) < 3:
            return False
        header = source.headers[0]
        return "HERMES" in header.text("INSTRUME").upper() and has_linear_scale(header)

    def exposure_of(self, path: Path) -> str:
        """Return the exposure that a file of one camera belongs to by its name; empty without one."""
        return arm_of_file(path, _NAME)[0]

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectrum of this camera."""
        header = source.headers[0]
        flux = float_array(source.data(0))
        wavelength, _ = linear_scale(header, flux.size)
        context = Context(
            source, header, options, "galah", stated_by_keywords(header), "camera", flux_unit(header)
        )
        context.has_blaze = False  # a grating in first order
        exposure, arm = arm_of_file(source.path, _NAME)
        if exposure:
            context.meta.update(arm_of=f"galah {exposure}", arm=arm)
        name = header.text("OBJ_NAME", "2MASS_ID")
        if name:
            context.meta["object"] = name
        index = _relative_error(source)
        sigma = None
        if index is not None:
            sigma = float_array(source.data(index)) * np.abs(flux)
            context.uncertainty_source = f"extension {index} (relative error) x flux"
        return (make_spectrum([RawOrder(wavelength, flux, sigma)], context),)


def _relative_error(source: Source) -> int | None:
    """Return the extension of relative errors: by name (data release 4), else the second (2 and 3)."""
    names = [own.text("EXTNAME").lower() for own in source.own_headers]
    if "relative_error" in names:
        return names.index("relative_error")
    same = len(source.hdus) > 1 and source.hdus[1].shape == source.hdus[0].shape
    return 1 if same and not names[1] else None
