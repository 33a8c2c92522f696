"""Images of one or several spectra with one vector of wavelengths as an extension of its own."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.readers.fits_image import flux_unit, is_one_row
from spectragui.io.readers.order_images import stated_by_extension
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.companion_images import (
    find_mask,
    find_sigma,
    find_wavelengths,
    images_of_shape,
    is_companion,
)
from spectragui.io.reading.raw_order import split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import is_wavelength_image
from spectragui.io.reading.source import Source
from spectragui.io.reading.spectrum_list import SpectrumEntry, SpectrumList


@register_reader("shared-wavelengths", priority=57)
class SharedWavelengthsReader:
    """Spectra as an image, their wavelengths as another with a name such as WAVE."""

    description = "image of one spectrum, or one a row, with the wavelengths as an extension of its own"

    def identify(self, source: Source) -> bool:
        """Return whether there is a vector of wavelengths and an image as long as it."""
        return source.kind == "fits" and _extensions(source, source.options) is not None

    def read(self, source: Source, options: ReadOptions) -> SpectrumList:
        """Return one spectrum a row."""
        found = _extensions(source, options)
        if found is None:
            raise source.error("there is no image of spectra there.", "Choose another --extension.")
        flux_index, wavelength_index = found
        flux = np.atleast_2d(np.squeeze(np.asarray(source.data(flux_index))))
        wavelength = np.asarray(source.data(wavelength_index), dtype=np.float64).ravel()
        others = images_of_shape(source, source.hdus[flux_index].shape, flux_index)
        others = [index for index in others if index != wavelength_index]
        sigma, sigma_source = find_sigma(source, others, flux)
        rows = split_rows(np.tile(wavelength, (len(flux), 1)), flux, sigma, find_mask(source, others))
        header = source.headers[flux_index]

        def make(number: int) -> AnySpectrum:
            rows[number].order = None
            context = Context(source, header, options, "shared-wavelengths", product="s1d")
            context.stated = stated_by_extension(source, wavelength_index)
            context.flux_unit, context.uncertainty_source = flux_unit(header), sigma_source
            return make_spectrum([rows[number]], context)

        return SpectrumList([SpectrumEntry(i, f"row {i + 1}") for i in range(len(rows))], make)


def _extensions(source: Source, options: ReadOptions) -> tuple[int, int] | None:
    """Return the indices of flux and wavelengths."""
    vectors = [i for i, hdu in enumerate(source.hdus) if hdu.is_image and hdu.shape and is_one_row(hdu.shape)]
    wavelength = find_wavelengths(source, vectors)
    if wavelength is None or not is_wavelength_image(np.asarray(source.data(wavelength))):
        return None
    length, wanted = source.hdus[wavelength].shape[-1], options.extension.strip()
    for index, hdu in enumerate(source.hdus):
        if index == wavelength or (wanted and wanted not in (str(index), hdu.name)):
            continue
        is_spectra = hdu.is_image and len(hdu.shape) in (1, 2) and hdu.shape[-1] == length
        if is_spectra and not is_companion(source, index):
            return index, wavelength
    return None
