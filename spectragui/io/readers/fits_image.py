"""1-D FITS images: linear and log-linear scales, arms as extensions, rows of flux and error."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.companion_images import find_mask, find_sigma, images_of_shape
from spectragui.io.reading.error_files import flux_file_of
from spectragui.io.reading.flux_units import flux_unit_text
from spectragui.io.reading.image_arms import arms_beside, left_out, spectral_axis_of, twins_of
from spectragui.io.reading.iraf_bands import band_name, choose_bands
from spectragui.io.reading.iraf_cards import wat_text
from spectragui.io.reading.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.reading.raw_order import RawOrder, sigma_of_kind
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.row_roles import MOST_ROWS, roles_of_rows, row_names
from spectragui.io.reading.side_files import NOT_A_SPECTRUM
from spectragui.io.reading.source import Source

NAME = "fits-image"
_LEAST_PIXELS = 8


@register_reader(NAME, priority=60)
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
        _refuse_errors(source)
        header = source.headers[index]
        if spectral_axis_of(source.hdus[index].shape, header) is not None:
            return _one_spectrum(source, index, options)
        data = np.asarray(source.data(index))
        if data.ndim == 2 and not _is_iraf(header):
            return _rows(source, header, data, options)
        return _bands(source, header, data, options)


def _refuse_errors(source: Source) -> None:
    """Raise for a file of errors that lies beside its file of fluxes and says so itself."""
    flux = flux_file_of(source.path)
    if flux is not None and "error" in source.headers[0].text("OBJECT").lower():
        message, hint = NOT_A_SPECTRUM["errors"]
        raise source.error(message.format(flux=flux.name), hint.format(flux=flux.name))


def _one_spectrum(source: Source, index: int, options: ReadOptions) -> tuple[AnySpectrum, ...]:
    """Return the spectrum of an image of one row, with its arms; or of several exposures of it."""
    told = bool(options.extension.strip())
    arms = [] if told else arms_beside(source, index)
    twins = [] if told or arms else twins_of(source, index)
    note = "" if told else left_out(source, index, [*arms, *twins])
    spectra = []
    for parts in [[index], *([twin] for twin in twins)] if twins else [[index, *arms]]:
        context = _context(source, source.headers[parts[0]], options, _axis(source, parts[0]))
        raws = [_raw(source, part, context) for part in parts]
        if len(parts) > 1:
            names = ", ".join(source.own_headers[part].text("EXTNAME") or str(part) for part in parts)
            context.note(f"Extensions {names} are taken for parts of one spectrum.")
        if note:
            context.note(note)
        spectra.append(make_spectrum(raws, context))
    return tuple(spectra)


def _axis(source: Source, index: int) -> int:
    axis = spectral_axis_of(source.hdus[index].shape, source.headers[index])
    assert axis is not None
    return axis


def _raw(source: Source, index: int, context: Context) -> RawOrder:
    """Return the one spectrum of an extension with errors and mask of the images that go with it."""
    header, data = source.headers[index], np.asarray(source.data(index))
    others = [i for i in images_of_shape(source, data.shape, index) if not _is_flux(source, i, index)]
    sigma, context.uncertainty_source = find_sigma(source, others, data)
    wavelength, scale_note = linear_scale(header, data.size, _axis(source, index))
    if scale_note:
        context.note(f"Wavelength scale: {scale_note}.")
    return RawOrder(wavelength, data.ravel(), sigma, find_mask(source, others))


def _is_flux(source: Source, index: int, first: int) -> bool:
    """Return whether an image is another arm's or exposure's flux, and so no companion."""
    return index in (*arms_beside(source, first), *twins_of(source, first))


def _rows(
    source: Source, header: Header, data: NDArray[Any], options: ReadOptions
) -> tuple[AnySpectrum, ...]:
    """Return the rows of an image as flux with its error, or each as a spectrum."""
    wavelength, _ = linear_scale(header, data.shape[1])
    roles = roles_of_rows(header, np.asarray(data, dtype=np.float64))
    if roles is None:
        spectra = []
        for row in data:
            context = _context(source, header, options)
            context.note(f"The {len(data)} rows of the image are taken for a spectrum each.")
            spectra.append(make_spectrum([RawOrder(wavelength, row)], context))
        return tuple(spectra)
    context = _context(source, header, options)
    sigma = None
    if roles.error is not None:
        flux = data[roles.flux]
        sigma = sigma_of_kind(data[roles.error], options.error_kind or roles.kind, flux)
        context.uncertainty_source = roles.source
    if roles.left:
        context.note(f"Rows left out of the image: {', '.join(roles.left)}.")
    return (make_spectrum([RawOrder(wavelength, data[roles.flux], sigma)], context),)


def _bands(
    source: Source, header: Header, data: NDArray[Any], options: ReadOptions
) -> tuple[AnySpectrum, ...]:
    """Return the spectra of an IRAF image: lines, in bands of flux, sky and sigma."""
    bands = data.reshape((-1, *data.shape[-2:])) if data.ndim == 3 else np.atleast_2d(data)[np.newaxis]
    flux_band, sigma_band, note = choose_bands(header, len(bands))
    wavelength, scale_note = linear_scale(header, bands.shape[-1])
    spectra = []
    for row in range(bands.shape[1]):
        context = _context(source, header, options)
        sigma = None
        if sigma_band is not None:
            sigma = bands[sigma_band, row]
            context.uncertainty_source = f"band {sigma_band + 1} ({band_name(header, sigma_band)})"
        for sentence in (note, f"Wavelength scale: {scale_note}." if scale_note else ""):
            if sentence:
                context.note(sentence)
        spectra.append(make_spectrum([RawOrder(wavelength, bands[flux_band, row], sigma)], context))
    return tuple(spectra)


def _context(source: Source, header: Header, options: ReadOptions, axis: int = 1) -> Context:
    return Context(
        source,
        header,
        options,
        NAME,
        stated=stated_by_keywords(header, axis),
        product="s1d",
        flux_unit=flux_unit(header),
    )


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
    """Whether an image holds spectra on one scale: one row, IRAF's bands of it, or rows."""
    if spectral_axis_of(shape, header) is not None:
        return True
    if not has_linear_scale(header) or len(shape) < 2 or shape[-1] < 100:
        return False
    if _is_iraf(header):
        return len(shape) <= 3 and shape[-2] <= 500
    is_few = len(shape) == 2 and shape[0] <= MOST_ROWS and not _is_spatial(header)
    return is_few and (bool(row_names(header, shape[0])) or not _is_picture(header))


def _is_iraf(header: Header) -> bool:
    return "BANDID1" in header or "equispec" in wat_text(header, 0).lower()


def _is_spatial(header: Header) -> bool:
    """Whether the second axis is one of places on the sky: a slit, not rows of spectra."""
    return (
        header.text("CTYPE2")
        .upper()
        .startswith(("RA", "DEC", "LINEAR", "PIXEL", "SLIT", "ANGLE", "GLON", "OFFSET"))
    )


def _is_picture(header: Header) -> bool:
    return header.text("CTYPE1").upper().startswith(("RA", "DEC", "GLON", "GLAT", "PIXEL"))


def is_one_row(shape: tuple[int, ...]) -> bool:
    """Return whether an image of this shape is one row of at least eight pixels."""
    return len(shape) >= 1 and shape[-1] >= _LEAST_PIXELS and int(np.prod(shape)) == shape[-1]
