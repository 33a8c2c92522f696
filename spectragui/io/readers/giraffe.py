"""GIRAFFE pipeline: an image with a spectrum a column, wavelengths along the second axis."""

from __future__ import annotations

import math

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.wavelength_units import parse_unit


@register_reader("giraffe", priority=36)
class GiraffeReader:
    """Spectra of fibres as columns of an image."""

    description = "GIRAFFE pipeline: image with a fibre a column, wavelengths along the second axis"

    def identify(self, source: Source) -> bool:
        """Return whether the second axis of the first image has a scale of wavelengths."""
        if source.kind != "fits" or len(source.hdus[0].shape) != 2:
            return False
        header, shape = source.headers[0], source.hdus[0].shape
        is_wavelength = header.text("CTYPE2").upper().startswith(("WAVE", "AWAV", "LAMBDA"))
        return shape[0] >= 100 and is_wavelength and all(map(math.isfinite, _scale(header)[:2]))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return one spectrum a fibre that has any light."""
        header = source.headers[0]
        data = np.asarray(source.data(0), dtype=np.float64)
        start, step, reference = _scale(header)
        wavelength = start + step * (np.arange(1, len(data) + 1) - reference)
        unit = parse_unit(header.text("CUNIT2"))
        names = _fibre_names(source, data.shape[1])
        spectra = []
        for fibre in range(data.shape[1]):
            if not np.any(np.nan_to_num(data[:, fibre])):
                continue
            context = Context(source, header, options, "giraffe", product="fibres")
            context.stated = Stated(unit, header.quote("CUNIT2") if unit else "")
            if names[fibre]:
                context.meta["object"] = names[fibre]
            spectra.append(make_spectrum([RawOrder(wavelength, data[:, fibre])], context))
        if not spectra:
            raise source.error("none of its fibres has any light.", "Choose another file.")
        return tuple(spectra)


def _scale(header: Header) -> tuple[float, float, float]:
    step = header.number("CD2_2", "CDELT2")
    reference = header.number("CRPIX2")
    return (
        header.number("CRVAL2"),
        step if step else math.nan,
        reference if math.isfinite(reference) else 1.0,
    )


def _fibre_names(source: Source, n_fibres: int) -> list[str]:
    """Return what the table of the fibre setup calls each fibre's object."""
    for index, hdu in enumerate(source.hdus):
        if hasattr(hdu, "columns") and "OBJECT" in hdu.columns.names:
            names = [str(name).strip() for name in source.data(index)["OBJECT"]]
            if len(names) == n_fibres:
                return names
    return [""] * n_fibres
