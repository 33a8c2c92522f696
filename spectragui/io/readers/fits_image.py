"""1-D FITS images: linear and log-linear scales, errors in another extension."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.iraf_cards import wat_text
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.companion_images import find_mask, find_sigma, images_of_shape
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.iraf_bands import band_name, choose_bands
from spectragui.io.reading.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source


@register_reader("fits-image", priority=60)
class FitsImageReader:
    """Spectra as rows of an image with one wavelength scale in the header."""

    description = "1-D FITS image, linear or log-linear in wavelength; IRAF's bands and equispec rows"

    def identify(self, source: Source) -> bool:
        """Return whether an image extension holds rows of pixels with a scale."""
        return source.kind == "fits" and _flux_extension(source, source.options) is not None

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectra: one a row, nearly always one."""
        index = _flux_extension(source, options)
        if index is None:
            raise source.error(
                f"extension {options.extension!r} holds no 1-D image.", "Choose another --extension."
            )
        header = source.headers[index]
        data = np.asarray(source.data(index))
        bands = data.reshape((-1, *data.shape[-2:])) if data.ndim == 3 else np.atleast_2d(data)[np.newaxis]
        flux_band, sigma_band, note = choose_bands(header, len(bands))
        others = (
            images_of_shape(source, source.hdus[index].shape, index) if data.size == data.shape[-1] else []
        )
        sigma, sigma_source = find_sigma(source, others, data)
        if sigma_band is not None:
            sigma_source = f"band {sigma_band + 1} ({band_name(header, sigma_band)})"
        mask = find_mask(source, others)
        spectra = []
        for row in range(bands.shape[1]):
            row_sigma = sigma if sigma_band is None else bands[sigma_band, row]
            context = _context(source, header, options, sigma_source, note)
            spectra.append(_read_row(bands[flux_band, row], row_sigma, mask, header, context))
        return tuple(spectra)


def _context(source: Source, header: Header, options: ReadOptions, sigma_source: str, note: str) -> Context:
    context = Context(
        source,
        header,
        options,
        "fits-image",
        stated=stated_by_keywords(header),
        product="s1d",
        flux_unit=flux_unit(header),
        uncertainty_source=sigma_source,
    )
    if note:
        context.note(note)
    return context


def _read_row(
    flux: NDArray[Any],
    sigma: NDArray[Any] | None,
    mask: NDArray[np.bool_] | None,
    header: Header,
    context: Context,
) -> AnySpectrum:
    wavelength, scale_note = linear_scale(header, flux.size)
    if scale_note:
        context.note(f"Wavelength scale: {scale_note}.")
    return make_spectrum([RawOrder(wavelength, flux, sigma, mask)], context)


def flux_unit(header: Header) -> str:
    """Return BUNIT where astropy knows it, else an empty string."""
    return flux_unit_text(header.text("BUNIT"))


def _flux_extension(source: Source, options: ReadOptions) -> int | None:
    wanted = options.extension.strip()
    for index, hdu in enumerate(source.hdus):
        if wanted and wanted not in (str(index), hdu.name):
            continue
        if hdu.is_image and _holds_rows(hdu.shape, source.headers[index]):
            return index
    return None


def _holds_rows(shape: tuple[int, ...], header: Header) -> bool:
    """Whether an image holds spectra on one scale: one row, IRAF's bands of it, or equispec rows."""
    if not has_linear_scale(header):
        return False
    if is_one_row(shape):
        return True
    is_iraf = "BANDID1" in header or "equispec" in wat_text(header, 0).lower()
    return is_iraf and 2 <= len(shape) <= 3 and shape[-1] >= 100 and shape[-2] <= 500


def is_one_row(shape: tuple[int, ...]) -> bool:
    """Return whether an image of this shape is one row of at least eight pixels."""
    return len(shape) >= 1 and shape[-1] >= 8 and int(np.prod(shape)) == shape[-1]
