"""Multi-fibre images (2dfdr: AAOmega and HERMES; WEAVE): a fibre a row on one scale, with a fibre table."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.readers.fits_image import flux_unit
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.companion_images import find_sigma, images_of_shape
from spectragui.io.reading.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.spectrum_list import SpectrumEntry, SpectrumList

_TABLES = ("FIBRES", "FIBTABLE", "FIBRE_TABLE", "FIBRES_IFU")
_NAMES = ("NAME", "TARGNAME", "OBJECT", "TARGID")


@register_reader("fibre-rows", priority=58)
class FibreRowsReader:
    """Spectra of many fibres on one wavelength scale."""

    description = "multi-fibre image (2dfdr, WEAVE): a fibre a row on one scale, with a table of fibres"

    def identify(self, source: Source) -> bool:
        """Return whether there is a table of fibres and an image with a row and a scale for each."""
        return source.kind == "fits" and _parts(source) is not None

    def read(self, source: Source, options: ReadOptions) -> SpectrumList:
        """Return one spectrum a fibre that has any light."""
        found = _parts(source)
        assert found is not None
        index, table = found
        header, flux = source.headers[index], np.asarray(source.data(index), dtype=np.float64)
        wavelength, _ = linear_scale(header, flux.shape[1])
        others = images_of_shape(source, source.hdus[index].shape, index)
        sigma, said = find_sigma(source, others, flux)
        sigma = None if sigma is None else sigma.reshape(flux.shape)
        names = _names(source, table)
        rows = [row for row in range(len(flux)) if np.any(np.nan_to_num(flux[row]))]
        if not rows:
            raise source.error("none of its fibres has any light.", "Choose another file.")

        def make(number: int) -> AnySpectrum:
            row = rows[number]
            context = Context(source, header, options, "fibre-rows", product="fibres")
            context.stated, context.flux_unit = stated_by_keywords(header), flux_unit(header)
            context.uncertainty_source = said
            context.meta["object"] = names[row]
            return make_spectrum(
                [RawOrder(wavelength, flux[row], None if sigma is None else sigma[row])], context
            )

        return SpectrumList([SpectrumEntry(i, names[row]) for i, row in enumerate(rows)], make)


def _parts(source: Source) -> tuple[int, int] | None:
    """Return the indices of the image of fluxes and of the table of fibres."""
    table = next((i for i, hdu in enumerate(source.hdus) if hdu.name.upper() in _TABLES), None)
    if table is None or not hasattr(source.hdus[table], "columns"):
        return None
    n_fibres = int(source.own_headers[table].number("NAXIS2"))
    for index, hdu in enumerate(source.hdus):
        is_image = hdu.is_image and len(hdu.shape) == 2 and hdu.shape[0] == n_fibres and hdu.shape[1] >= 100
        if is_image and has_linear_scale(source.headers[index]):
            return index, table
    return None


def _names(source: Source, table: int) -> list[str]:
    data: Any = source.data(table)
    column = next((name for name in _NAMES if name in data.names), None)
    if column is None:
        return [f"fibre {i + 1}" for i in range(len(data))]
    return [str(value).strip() or f"fibre {i + 1}" for i, value in enumerate(data[column])]
