"""ESPaDOnS FITS of CFHT: rows named by COLn (Wavelength, Intensity, ErrorBar), orders one after another."""

from __future__ import annotations

import re

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated


@register_reader("espadons-rows", priority=35)
class EspadonsRowsReader:
    """Intensity spectra of ESPaDOnS as CFHT distributes them."""

    description = "ESPaDOnS FITS of CFHT: rows of one image named by COL1, COL2 ..."

    def identify(self, source: Source) -> bool:
        """Return whether the first image has rows named Wavelength and Intensity."""
        if source.kind != "fits" or len(source.hdus[0].shape) != 2:
            return False
        rows = _rows(source.headers[0])
        return {"wavelength", "intensity"} <= set(rows) and max(rows.values()) < source.hdus[0].shape[0]

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the echelle spectrum: the first Wavelength, Intensity and ErrorBar of the rows."""
        header = source.headers[0]
        rows = _rows(header)
        data = np.asarray(source.data(0), dtype=np.float64)
        context = Context(source, header, options, "espadons-rows", product="rows", is_echelle=True)
        context.stated = Stated("nm", "LibreESpRIT writes nm", "air", "LibreESpRIT writes wavelengths in air")
        sigma = data[rows["errorbar"]] if "errorbar" in rows else None
        context.uncertainty_source = f"row {rows['errorbar'] + 1} (ErrorBar)" if sigma is not None else ""
        wavelength = data[rows["wavelength"]]
        edges = [0, *(np.flatnonzero(np.diff(wavelength) < 0) + 1).tolist(), wavelength.size]
        pieces = [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]
        flux = data[rows["intensity"]]
        orders = [
            RawOrder(wavelength[p], flux[p], None if sigma is None else sigma[p], None, i)
            for i, p in enumerate(pieces)
        ]
        return (make_spectrum(orders, context),)


def _rows(header: Header) -> dict[str, int]:
    """Return the index of the first row of each name that COLn gives."""
    found: dict[str, int] = {}
    for keyword in header.matching(r"COL\d+$"):
        number = int(re.sub(r"\D", "", keyword))
        found.setdefault(header.text(keyword).split()[0].lower() if header.text(keyword) else "", number - 1)
    return found
