"""1-D FITS images: linear and log-linear scales, errors in another extension."""

from __future__ import annotations

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.assemble import Context, RawOrder, make_spectrum
from spectragui.io.companion_images import find_mask, find_sigma, images_of_shape
from spectragui.io.fits_header import Header
from spectragui.io.flux_units import flux_unit_text
from spectragui.io.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import register_reader
from spectragui.io.source import Source


@register_reader("fits-image", priority=60)
class FitsImageReader:
    """One spectrum as a 1-D image with a wavelength scale in the header."""

    description = "1-D FITS image, linear or log-linear in wavelength"

    def identify(self, source: Source) -> bool:
        """Return whether an image extension holds one row of pixels with a scale."""
        return source.kind == "fits" and _flux_extension(source, source.options) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one spectrum of the file."""
        index = _flux_extension(source, options)
        if index is None:
            raise source.error(
                f"extension {options.extension!r} holds no 1-D image.", "Choose another --extension."
            )
        header = source.headers[index]
        flux = np.asarray(source.data(index)).ravel()
        wavelength, scale_note = linear_scale(header, flux.size)
        context = Context(
            source,
            header,
            options,
            "fits-image",
            stated=stated_by_keywords(header),
            product="s1d",
            flux_unit=flux_unit(header),
        )
        if scale_note:
            context.note(f"Wavelength scale: {scale_note}.")
        others = images_of_shape(source, source.hdus[index].shape, index)
        sigma, context.uncertainty_source = find_sigma(source, others, flux)
        mask = find_mask(source, others)
        return (make_spectrum([RawOrder(wavelength, flux, sigma, mask)], context),)


def flux_unit(header: Header) -> str:
    """Return BUNIT where astropy knows it, else an empty string."""
    return flux_unit_text(header.text("BUNIT"))


def _flux_extension(source: Source, options: ReadOptions) -> int | None:
    wanted = options.extension.strip()
    for index, hdu in enumerate(source.hdus):
        if wanted and wanted not in (str(index), hdu.name):
            continue
        if hdu.is_image and is_one_row(hdu.shape) and has_linear_scale(source.headers[index]):
            return index
    return None


def is_one_row(shape: tuple[int, ...]) -> bool:
    """Return whether an image of this shape is one row of at least eight pixels."""
    return len(shape) >= 1 and shape[-1] >= 8 and int(np.prod(shape)) == shape[-1]
